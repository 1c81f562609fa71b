# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs that make avatars."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from core.progress import Progress


def build_avatar(
    progress: Progress,
    photo: Path,
    out: Path,
    face: int | None,
    name: str | None,
    consent: str | None,
    **choices: Any,
) -> dict[str, Any]:
    """Photo to Avatar; without a name it is called as its folder is.

    consent: a record as JSON, or a statement in words, see core/consent.py. choices: as AvatarSettings has them.
    """
    from core.avatar import build_avatar
    from core.avatar.settings import AvatarSettings
    from core.consent import parse_consent

    summary = build_avatar(
        photo,
        out,
        name=name or out.stem,
        face=face,
        consent=parse_consent(consent or ""),
        settings=AvatarSettings(**choices),
        progress=progress,
    )
    return {
        "avatar": str(summary.folder),
        "warnings": list(summary.warnings),
        "scores": {key: float(value) for key, value in summary.scores.items()},
        "seconds": {key: float(value) for key, value in summary.seconds.items()},
    }


def refit_avatar(progress: Progress, out: Path, **asked: Any) -> dict[str, Any]:
    """Photo and pins to the head that they give, for a preview."""
    from core.avatar.refit import refit_avatar

    begin = time.monotonic()
    fit = refit_avatar(out=out, progress=progress, **asked)
    return {"refit": str(out), "error": float(fit.warped_error), "seconds": time.monotonic() - begin}
