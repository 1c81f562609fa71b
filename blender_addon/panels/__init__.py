# SPDX-License-Identifier: GPL-3.0-or-later
"""The Likeness tab in the sidebar of the 3D View."""

from . import (
    avatar,
    direction,
    exchange,
    help,
    job,
    perform,
    photo,
    pins,
    render,
    retarget,
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
    *rig.CLASSES,
    *script.CLASSES,
    *voices.CLASSES,
    *translate.CLASSES,
    *direction.CLASSES,
    *perform.CLASSES,
    *takes.CLASSES,
    *stage.CLASSES,
    *render.CLASSES,
    *exchange.CLASSES,
    *retarget.CLASSES,
    *help.CLASSES,
)
