# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the person's own trust data lie: certificate, revocations, the accepted policy, preferences.

They are the person's, not an installation's: they outlive the extension and serve every Blender on the computer.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from core.errors import LikenessError
from core.storage import read_json, write_file

FOLDER_VARIABLE = "SPEAKING_LIKENESS_CONFIG"
LISTS_VARIABLE = "SPEAKING_LIKENESS_REVOKED"
CERTIFICATE_VARIABLE = "SPEAKING_LIKENESS_CERTIFICATE"
KEY_VARIABLE = "SPEAKING_LIKENESS_KEY"
ANCHORS_VARIABLE = "SPEAKING_LIKENESS_ANCHORS"
PREFERENCES = "preferences.json"
NAME = "speaking_likeness"


@dataclass(frozen=True)
class Preferences:
    """certificate, key: PEM files of the person's own. anchors: PEM of certificates that the person trusts.

    lists: files and folders of revoked ids that others keep too.
    """

    certificate: Path | None = None
    key: Path | None = None
    anchors: Path | None = None
    lists: tuple[Path, ...] = ()


def config_folder() -> Path:
    """The folder, which need not be there yet: the one that ``SPEAKING_LIKENESS_CONFIG`` names, else the system's."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / NAME
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / NAME
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / NAME


def read_preferences() -> Preferences:
    """What ``preferences.json`` says, each entry overruled by the environment.

    Paths in the file may be relative to it. Raises LikenessError ``file_damaged``.
    """
    path = config_folder() / PREFERENCES
    said = read_json(path) if path.is_file() else {}
    lists = said.get("revocation_lists", []) if isinstance(said, dict) else None
    if not isinstance(lists, list) or not all(isinstance(value, str) for value in (*lists, *_texts(said))):
        raise LikenessError("file_damaged", f"{path} is not as it should be.", "Correct it, or delete it.")
    named = os.environ.get(LISTS_VARIABLE)
    found = [path.parent / name for name in lists]
    if named:
        found = [Path(name) for name in named.split(os.pathsep) if name]
    return Preferences(
        _path(CERTIFICATE_VARIABLE, path.parent, said.get("certificate")),
        _path(KEY_VARIABLE, path.parent, said.get("key")),
        _path(ANCHORS_VARIABLE, path.parent, said.get("anchors")),
        tuple(found),
    )


def write_preferences(preferences: Preferences) -> Path:
    """Keep preferences. Raises LikenessError ``output_unwritable``."""
    said = {
        "certificate": str(preferences.certificate) if preferences.certificate else None,
        "key": str(preferences.key) if preferences.key else None,
        "anchors": str(preferences.anchors) if preferences.anchors else None,
        "revocation_lists": list(map(str, preferences.lists)) or None,
    }
    text = json.dumps({key: value for key, value in said.items() if value}, indent=1, ensure_ascii=False)
    return write_file(config_folder() / PREFERENCES, (text + "\n").encode())


def _texts(said: dict[str, object]) -> list[object]:
    return [said[key] for key in ("certificate", "key", "anchors") if said.get(key) is not None]


def _path(variable: str, folder: Path, said: str | None) -> Path | None:
    named = os.environ.get(variable)
    if named:
        return Path(named)
    return folder / said if said else None
