# SPDX-License-Identifier: GPL-3.0-or-later
"""The Likeness tab in the sidebar of the 3D View."""

from . import direction, exchange, job, photo, pins, render, retarget, rig, scores, speak, takes, translate, voices

CLASSES = (
    *job.CLASSES,
    *photo.CLASSES,
    *scores.CLASSES,
    *pins.CLASSES,
    *speak.CLASSES,
    *voices.CLASSES,
    *direction.CLASSES,
    *translate.CLASSES,
    *takes.CLASSES,
    *rig.CLASSES,
    *render.CLASSES,
    *exchange.CLASSES,
    *retarget.CLASSES,
)
