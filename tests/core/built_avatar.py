# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole avatar that many tests look at and none changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from core.avatar import build
from core.avatar.store import Avatar, save_avatar
from core.consent import Consent

AGREED = Consent(statement="public domain portrait, test")


@dataclass(frozen=True)
class Built:
    """An avatar as it was before it was written, and its folder."""

    made: Avatar
    folder: Path


def build_once(photo: Path, folder: Path) -> Built:
    """The avatar of a photo, with the settings that a person finds."""
    made: list[Avatar] = []

    def keep(avatar: Avatar, out: Path) -> None:
        made.append(avatar)
        save_avatar(avatar, out)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "save_avatar", keep)
        build.build_avatar(photo, folder, name="nasa", consent=AGREED)
    return Built(made[0], folder)
