# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things lie on this computer: the add-on, its own folder, results, the core's Python.

Results (avatars, speech, performances, clips) go into the folder ``likeness`` beside the .blend file, where
all files of one project share them. For a file that has never been saved they go into the folder that the
preferences name, else into ``speaking_likeness`` of Blender's own data files; not into the extension's user
folder, which Blender deletes together with the extension.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from itertools import count
from pathlib import Path

import bpy  # pyright: ignore[reportMissingImports]

from ..errors import LikenessError
from .child import SETUP_HINT
from .claims import claim
from .environment import find_python
from .process import core_home

PACKAGE = __name__.rsplit(".", 2)[0]  # of the add-on, as Blender's preferences know it
FOLDER = "likeness"
UNSAVED_FOLDER = "speaking_likeness"


def package_folder() -> Path:
    """The folder of the add-on's code."""
    return Path(__file__).resolve().parent.parent


def user_folder() -> Path | None:
    """The add-on's own folder for what it needs and could make again; None outside of an extension."""
    if not PACKAGE.startswith("bl_ext."):
        return None
    return Path(bpy.utils.extension_path_user(PACKAGE))


def results_folder() -> Path:
    """The folder for results of the file that is open; see above. It need not exist yet."""
    if bpy.data.filepath:
        return Path(bpy.data.filepath).parent / FOLDER
    preferences = addon_preferences()
    if preferences is not None and preferences.unsaved_folder:
        return Path(bpy.path.abspath(preferences.unsaved_folder))
    return Path(bpy.utils.user_resource("DATAFILES", path=UNSAVED_FOLDER))


def name_result(name: str) -> str:
    """A name that any file system takes, made of what a person typed."""
    return re.sub(r"[^\w\- ]+", "", name).strip()[:60] or "Avatar"


def name_take(folder: Path, name: str) -> str:
    """The next free ``NAME-03`` for a speech with its performance, so that no earlier take is touched.

    It is claimed until the job has ended: another Blender takes another one.
    """
    pattern = re.compile(re.escape(name) + r"-(\d+)\.(?:speech|performance)")
    numbers = [int(found[1]) for path in folder.glob("*") if (found := pattern.fullmatch(path.name))]
    first = max(numbers, default=0) + 1
    kinds = (".speech", ".performance")
    names = (f"{name}-{number:02d}" for number in count(first))
    return claim(folder, names, lambda own: not any((folder / f"{own}{kind}").exists() for kind in kinds))


def name_avatar(folder: Path, name: str, photo: Path) -> Path:
    """``NAME.avatar``, which replaces one of the same photo; numbered where one of another photo has that name.

    It is claimed until the job has ended.
    """
    sha256 = hashlib.sha256(photo.read_bytes()).hexdigest()
    names = (f"{name}{f'-{number}' if number > 1 else ''}.avatar" for number in count(1))
    return folder / claim(folder, names, lambda own: _photo_of(folder / own) in ("", sha256))


def _photo_of(avatar: Path) -> str:
    """sha256 of the photo that an avatar was built from; empty where there is none, or nobody can say."""
    try:
        return json.loads((avatar / "avatar.json").read_text(encoding="utf-8"))["photo"]["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def core_python() -> Path | None:
    """The Python that is to run the core, None when there is none yet."""
    preferences = addon_preferences()
    named = bpy.path.abspath(preferences.python) if preferences is not None and preferences.python else ""
    return find_python(named, user_folder(), core_home(package_folder()), os.environ)


def require_core_python() -> Path:
    """`core_python`, or LikenessError ``core_not_set_up``."""
    python = core_python()
    if python is None:
        raise LikenessError("core_not_set_up", "The core is not set up yet.", SETUP_HINT)
    return python


def core_environ() -> dict[str, str]:
    """The environment that the core is started in.

    An extension's models and caches go into its user folder: they outlive an update, and Blender removes them with it.
    """
    folder = user_folder()
    own = {}
    if folder is not None:
        own = {
            "SPEAKING_LIKENESS_MODELS": str(folder / "models"),
            "MPLCONFIGDIR": str(folder / "cache" / "matplotlib"),
            "NUMBA_CACHE_DIR": str(folder / "cache" / "numba"),
            "npm_config_cache": str(folder / "cache" / "npm"),
            "PIP_NO_CACHE_DIR": "1",
        }
    return {"SPEAKING_LIKENESS_VOICES": str(voices_folder()), **own, **os.environ}


def voices_folder() -> Path:
    """Where voice profiles go, those of all projects."""
    return Path(bpy.utils.user_resource("DATAFILES", path=UNSAVED_FOLDER)) / "voices"


def free_name(folder: Path, name: str, suffix: str) -> Path:
    """``NAME.suffix`` in a folder, numbered where it is taken; claimed until the job has ended."""
    names = (f"{name}{f'-{number}' if number > 1 else ''}{suffix}" for number in count(1))
    return folder / claim(folder, names, lambda own: not (folder / own).exists())


def fonts_folder() -> str | None:
    """Blender's own fonts, which have letters of all writing systems, for what the core draws."""
    folder = bpy.utils.system_resource("DATAFILES", path="fonts")
    return folder or None


def blender_program() -> str:
    """What renders beside this Blender: the same program, or the Python that has bpy."""
    return bpy.app.binary_path or sys.executable


def setup_log(folder: Path) -> Path:
    """What the last set-up said; it stays, so that it can be looked at later."""
    return folder / "set_up.log"


def log_file(name: str) -> Path:
    """A log of this session; Blender removes it when it ends."""
    return Path(bpy.app.tempdir) / name


def addon_preferences() -> bpy.types.AddonPreferences | None:
    """The preferences, None where the add-on was registered without being installed."""
    addon = bpy.context.preferences.addons.get(PACKAGE)
    return addon.preferences if addon is not None else None
