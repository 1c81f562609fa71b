# SPDX-License-Identifier: GPL-3.0-or-later
"""Neither process imports the other's world."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BLENDER = {"bpy", "bmesh", "mathutils", "gpu", "gpu_extras", "blf", "bl_ext", "bpy_extras", "addon_utils",
           "aud"}  # fmt: skip
# What Blender's own Python has besides its standard library.
BLENDERS_OWN = BLENDER | {"numpy"}


def imported_modules(folder: Path) -> Iterator[tuple[Path, str]]:
    """(file, top-level module) of every import statement, wherever in the code it stands."""
    files = sorted(folder.rglob("*.py"))
    assert files, f"nothing to look at in {folder}"
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((file, alias.name.partition(".")[0]) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                if node.level == 0:
                    yield file, (node.module or "").partition(".")[0]
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
                ("import_module", "__import__")
            ):
                for argument in node.args[:1]:
                    if isinstance(argument, ast.Constant):
                        yield file, str(argument.value).partition(".")[0]


def test_the_core_imports_no_blender(repository: Path) -> None:
    found = [(file.name, name) for file, name in imported_modules(repository / "core") if name in BLENDER]
    assert found == []


def test_the_core_imports_nothing_of_the_add_on(repository: Path) -> None:
    names = {name for _, name in imported_modules(repository / "core")}
    assert "blender_addon" not in names


def test_the_add_on_needs_nothing_but_blenders_python_and_numpy(repository: Path) -> None:
    known = set(sys.stdlib_module_names) | BLENDERS_OWN
    found = {(file.name, name) for file, name in imported_modules(repository / "blender_addon")}
    assert {(file, name) for file, name in found if name not in known} == set()


def test_inside_the_add_on_imports_are_relative(repository: Path) -> None:
    """As an extension it is called bl_ext.user_default.speaking_likeness."""
    names = {name for _, name in imported_modules(repository / "blender_addon")}
    assert not names & {"blender_addon", "core"}


@pytest.mark.parametrize("module", ["process", "child", "environment"])
def test_the_supervisor_runs_without_blender(repository: Path, module: str) -> None:
    code = f"import sys, blender_addon.engine.{module}; sys.exit('bpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=repository).returncode == 0


def test_the_worker_starts_without_the_heavy_packages(repository: Path) -> None:
    """It greets at once because it imports only what a job needs, when the job needs it."""
    code = "import sys, json, core.command_line, core.worker; print(json.dumps(sorted(sys.modules)))"
    output = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, check=True)
    assert not {"numpy", "torch", "mediapipe", "cv2", "scipy", "librosa"} & set(json.loads(output.stdout))


def test_both_sides_speak_the_same_protocol_and_have_the_same_version(repository: Path) -> None:
    import core
    from blender_addon.engine import process
    from core import worker

    manifest = (repository / "blender_addon" / "blender_manifest.toml").read_text(encoding="utf-8")
    project = (repository / "pyproject.toml").read_text(encoding="utf-8")
    assert process.PROTOCOL == worker.PROTOCOL
    for text in (manifest, project):
        assert re.search(r'^version = "(.+)"$', text, re.MULTILINE)[1] == core.__version__


def test_packages_that_ping_looks_for_are_those_that_the_core_imports(repository: Path) -> None:
    """So that "Check" in the preferences tells the truth."""
    from core.jobs import PACKAGES

    standard = set(sys.stdlib_module_names) | {"core"}
    found = list(imported_modules(repository / "core"))
    own = repository / "core" / "cloning" / "program.py"  # runs in an environment of its own
    assert {name for file, name in found if file == own} - standard >= {"chatterbox", "pocket_tts"}
    names = {name for file, name in found if file != own} - standard
    assert names == set(PACKAGES)


def test_what_the_core_imports_is_what_set_up_installs(repository: Path) -> None:
    """What only the tools of a checkout bring along (torch once was) is missing where the add-on is installed."""
    from core.jobs import PACKAGES

    lock = (repository / "core" / "requirements.txt").read_text(encoding="utf-8")
    locked = set(re.findall(r"^(\S+)==", lock, re.MULTILINE))
    offered = {"parselmouth": ["praat-parselmouth"], **importlib.metadata.packages_distributions()}
    plain = {name: {re.sub(r"[-_.]+", "-", owner).lower() for owner in offered.get(name, ())} for name in PACKAGES}
    assert [name for name, owners in plain.items() if not owners & locked] == []
