# SPDX-License-Identifier: GPL-3.0-or-later
"""One flow a file: read the context, call, report."""

from . import (
    avatar,
    core,
    curves,
    direction,
    exchange,
    feelings,
    job,
    photo,
    pins,
    pronunciations,
    render,
    retarget,
    rig,
    speak,
    takes,
    timeline,
    translate,
    voices,
)

CLASSES = (
    *job.CLASSES,
    *core.CLASSES,
    *photo.CLASSES,
    *avatar.CLASSES,
    *pins.CLASSES,
    *speak.CLASSES,
    *voices.CLASSES,
    *pronunciations.CLASSES,
    *direction.CLASSES,
    *takes.CLASSES,
    *feelings.CLASSES,
    *curves.CLASSES,
    *translate.CLASSES,
    *timeline.CLASSES,
    *rig.CLASSES,
    *render.CLASSES,
    *exchange.CLASSES,
    *retarget.CLASSES,
)
