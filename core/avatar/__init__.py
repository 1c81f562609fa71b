# SPDX-License-Identifier: GPL-3.0-or-later
"""Avatar: the fitted head with its shape keys, textures, eyes, teeth, tongue, hair and skeleton."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.avatar.build import AvatarSummary, build_avatar

__all__ = ["AvatarSummary", "build_avatar"]


def __getattr__(name: str):
    """Load the builder on first use: `core.avatar.template` alone must not need the whole pipeline."""
    if name in __all__:
        from core.avatar import build

        return getattr(build, name)
    raise AttributeError(name)
