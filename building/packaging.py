# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension as a zip for Blender."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from . import places
from .environments import BLENDER
from .guide import build_guide
from .model_files import packaged_models
from .places import digest
from .programs import run_logged, say


def write_package() -> Path:
    """The extension that every platform takes, in dist/."""
    with tempfile.TemporaryDirectory(dir=places.VENV) as temporary:
        stage, built = Path(temporary, "stage"), Path(temporary, "built.zip")
        stage_package(stage, packaged_models())
        shutil.copytree(build_guide(), stage / "guide")
        manifest = (stage / "blender_manifest.toml").read_text(encoding="utf-8")
        version = re.findall(r'^version = "(.+)"$', manifest, re.MULTILINE)[0]
        target = places.ROOT / "dist" / f"speaking_likeness-{version}.zip"
        _extension_tool("Package", "build", "--source-dir", stage, "--output-filepath", built)
        final = Path(temporary, target.name)
        normalise(built, final)
        validate(final)
        target.parent.mkdir(exist_ok=True)
        final.replace(target)
    say(f"{target.relative_to(places.ROOT)}: {target.stat().st_size / 1e6:.1f} MB, sha256 {digest(target)}")
    return target


def validate(package: Path) -> None:
    """Let Blender look at a zip. Raises Stop with what it finds wrong."""
    _extension_tool("Validation", "validate", package)


def _extension_tool(text: str, *arguments: str | Path) -> None:
    tool = next(BLENDER.folder.rglob("bl_pkg/cli/blender_ext.py"))
    run_logged([BLENDER.python, tool, *arguments], text, places.VENV / "package.log")


def stage_package(stage: Path, models: Sequence[Path]) -> None:
    """Lay out the extension in a new folder: the add-on, and inside it the core and the model files."""
    shutil.copytree(places.ROOT / "blender_addon", stage, ignore=shutil.ignore_patterns("requirements*.txt"))
    shutil.copytree(places.ROOT / "core", stage / "core")
    shutil.copytree(places.ROOT / "addon_models", stage / "addon_models", ignore=shutil.ignore_patterns("*.py"))
    shutil.copy(places.ROOT / "LICENSE", stage)
    for path in models:
        shutil.copy(path, stage / "addon_models")


def normalise(source: Path, target: Path) -> None:
    """The same archive with sorted names and one date, so that the same tree gives the same bytes."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in sorted(old.namelist()):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o644 << 16
            new.writestr(entry, old.read(name), zipfile.ZIP_DEFLATED, 9)
