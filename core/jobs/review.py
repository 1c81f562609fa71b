# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that measures a take."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.errors import LikenessError
from core.progress import Progress


def review(
    progress: Progress, performance: Path | None, avatar: Path | None, motion: Path | None, speech: Path | None
) -> dict[str, Any]:
    """How good a take is: a performance on an avatar, or the motion that Blender sampled, with its speech.

    Raises LikenessError ``nothing_to_review``.
    """
    from core.avatar.store import load_avatar
    from core.performance import load_performance
    from core.review import motion_of, read_motion, review_take
    from core.speech import load_speech

    begin = time.monotonic()
    played = load_performance(performance) if performance is not None else None
    if motion is None and played is None:
        raise LikenessError("nothing_to_review", "There is no take to measure.", "Name a performance, or a motion.")
    progress(0.1, "Reading the take")
    if motion is not None:
        moved = read_motion(motion)
    else:
        assert played is not None
        moved = motion_of(played, load_avatar(avatar) if avatar is not None else None)
    said = load_speech(speech) if speech is not None else None
    progress(0.5, "Measuring the take")
    timeline = said or played
    found = review_take(
        moved,
        timeline.phones if timeline is not None else (),
        timeline.words if timeline is not None else (),
        said.wave if said is not None else None,
        said.rate if said is not None else 0,
    )
    poor = [measure.key for measure in found.measures if measure.grade == "poor"]
    return {
        "measures": [asdict(measure) for measure in found.measures],
        "warnings": [asdict(warning) for warning in found.warnings],
        "summary": f"{len(found.warnings)} warnings; poor: {', '.join(poor) or 'nothing'}",
        "seconds": time.monotonic() - begin,
    }
