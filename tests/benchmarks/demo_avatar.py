# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's avatar for benchmarks of the core: NASA's portrait of Eileen Collins, which scikit-image ships."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import imageio.v3
import skimage.data

from core.avatar.build import build_avatar
from core.avatar.store import Avatar, load_avatar, load_materials


def build_demo_avatar(out: Path, again: bool = True) -> Avatar:
    """``out/demo.avatar`` with its pictures, built if it is not there or ``again``.

    Raises LikenessError as `build_avatar` does.
    """
    folder = out / "demo.avatar"
    if again or not folder.is_dir():
        imageio.v3.imwrite(out / "demo.png", skimage.data.astronaut())
        build_avatar(out / "demo.png", folder, name="demo")
    return replace(load_avatar(folder), materials=load_materials(folder))
