# SPDX-License-Identifier: GPL-3.0-or-later
"""The headless renderer's start: ``python -m blender_addon.shots`` with the Python that has bpy, or
``blender -b --factory-startup --quiet --python blender_addon/shots/__main__.py``.

Blender runs a file, not a module, and the package has another name where it is installed; so it is loaded by its place.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

NAME = "likeness_renderer"  # of the package in this process, wherever it lies


def keep_stdout() -> TextIO:
    """What is left of stdout for answers; whatever else is printed, also by Blender itself, goes to stderr."""
    sys.stdout.flush()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return answers


def load_package(folder: Path) -> str:
    """Make the package in a folder known under `NAME`, and return that."""
    if NAME not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            NAME, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        package = importlib.util.module_from_spec(spec)
        sys.modules[NAME] = package
        spec.loader.exec_module(package)
    return NAME


def end_with_parent() -> None:
    """End within a second when who started this process is no more: who was killed in the middle of a frame wants no
    picture. Windows does not tell; there it ends after the frame, when nobody takes its answer."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    if os.name == "posix" and parent > 1:
        threading.Thread(target=watch, daemon=True).start()


def main() -> int:
    """Answer questions until stdin closes."""
    answers = keep_stdout()
    end_with_parent()
    package = load_package(Path(__file__).resolve().parents[1])
    return importlib.import_module(f"{package}.shots.serve").serve(sys.stdin, answers)


if __name__ == "__main__":
    try:
        status = main()
    except BaseException:  # told here, since this process ends without Python's own end
        import traceback

        traceback.print_exc()
        status = 1
    sys.stderr.flush()
    os._exit(status)  # bpy's own end may hang
