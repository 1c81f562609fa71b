# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that make an avatar of a photo."""

from __future__ import annotations

from typing import Any

from core.commands.command import add_command


def add_avatar(commands: Any) -> None:
    """Add ``avatar`` and ``refit``."""
    avatar = add_command(commands, "avatar", "build_avatar", "build an avatar from a photo")
    avatar.add_argument("photo", metavar="PHOTO")
    avatar.add_argument("--out", required=True, metavar="X.avatar")
    avatar.add_argument("--name", help="what the avatar is called (default: as its folder)")
    avatar.add_argument("--face", type=int, metavar="N", help="which face, 1 being the largest")
    avatar.add_argument("--consent", metavar="TEXT|FILE.json", help="who agreed to this likeness: kept in the avatar")
    avatar.add_argument("--photo-left", metavar="PHOTO", help="a photo of the head's left side, turned by 20 to 45°")
    avatar.add_argument("--photo-right", metavar="PHOTO", help="the same of the head's right side")
    avatar.add_argument("--glasses", default="keep", metavar="keep|remove", help="an object, or painted out")
    avatar.add_argument("--texture", type=int, default=2048, metavar="2048|4096", help="side of the head's maps")
    avatar.add_argument("--pins", metavar="FILE", help="landmarks that were set by hand in the photo (JSON)")

    refit = add_command(commands, "refit", "refit_avatar", "fit the head to pins, without building the avatar")
    refit.add_argument("photo", metavar="PHOTO")
    refit.add_argument("--out", required=True, metavar="X.refit")
    refit.add_argument("--face", type=int, metavar="N", help="which face, 1 being the largest")
    refit.add_argument("--photo-left", metavar="PHOTO")
    refit.add_argument("--photo-right", metavar="PHOTO")
    refit.add_argument("--pins", metavar="FILE")
    refit.add_argument("--picture", action="store_true", help="add the upright photo in which pins are counted")
