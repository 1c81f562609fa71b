# SPDX-License-Identifier: GPL-3.0-or-later
"""The model files: fetched once, and those that the extension brings along."""

from __future__ import annotations

import json
import os
from pathlib import Path

from . import places
from .environments import CORE
from .places import digest
from .programs import run_logged


def prepare_models(optional: bool = False) -> None:
    """Fetch the model files once, also the optional ones if wanted. A stamp spares later runs the look into each."""
    folder = models_folder()
    stamp = folder / "ready.json"
    listed = digest(places.ROOT / "addon_models" / "models.toml")
    ready = json.loads(stamp.read_text()) if stamp.exists() else {}
    is_known = ready.get("models.toml") == listed and (ready.get("optional", False) or not optional)
    if not is_known or not all((folder / name).exists() for name in ready["files"]):
        command = [CORE.python, "-m", "core.models", "fetch", *(["--all"] if optional else [])]
        run_logged(command, "Model files", places.VENV / "models.log")
        names = sorted(path.name for path in folder.iterdir() if path != stamp and path.is_file())
        ready = {"models.toml": listed, "optional": optional, "files": names}
        stamp.write_text(json.dumps(ready, indent=1) + "\n")


def models_folder() -> Path:
    return Path(os.environ.get("SPEAKING_LIKENESS_MODELS") or places.ROOT / ".models")


def packaged_models() -> list[Path]:
    """The fetched files that the extension brings along: all that are not optional."""
    import tomllib  # only from Python 3.11 on; an older one may have started this file

    listed = tomllib.loads((places.ROOT / "addon_models" / "models.toml").read_text(encoding="utf-8"))["model"]
    files = [models_folder() / model["file"] for model in listed if not model.get("optional")]
    return [path for path in files if path.exists()]
