# SPDX-License-Identifier: GPL-3.0-or-later
"""How good a take is: measures with grades, and warnings with their time."""

from core.review.motion import Motion, motion_of, read_motion
from core.review.review import Measure, Remark, Review, review_take

__all__ = ["Measure", "Motion", "Remark", "Review", "motion_of", "read_motion", "review_take"]
