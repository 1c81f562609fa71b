# SPDX-License-Identifier: GPL-3.0-or-later
"""Portrait: the decoded photo, its face, the person matte and the estimated camera."""

from core.portrait.portrait import Camera, Portrait, Side, load_portrait

__all__ = ["Camera", "Portrait", "Side", "load_portrait"]
