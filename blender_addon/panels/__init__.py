# SPDX-License-Identifier: GPL-3.0-or-later
"""The Likeness tab in the sidebar of the 3D View."""

from . import (
    avatar,
    comparison,
    conversation,
    direction,
    exchange,
    job,
    library,
    perform,
    photo,
    pins,
    render,
    retarget,
    review,
    rig,
    scores,
    script,
    stage,
    takes,
    translate,
    voices,
)

# The order of the work; a panel inside another one comes after it.
CLASSES = (
    *job.CLASSES,
    *photo.CLASSES,
    *pins.CLASSES,
    *avatar.CLASSES,
    *scores.CLASSES,
    *comparison.CLASSES,
    *rig.CLASSES,
    *library.CLASSES,
    *script.CLASSES,
    *voices.CLASSES,
    *translate.CLASSES,
    *direction.CLASSES,
    *perform.CLASSES,
    *takes.CLASSES,
    *review.CLASSES,
    *stage.CLASSES,
    *conversation.CLASSES,
    *render.CLASSES,
    *exchange.CLASSES,
    *retarget.CLASSES,
)
