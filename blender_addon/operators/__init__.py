# SPDX-License-Identifier: GPL-3.0-or-later
"""One flow a file: read the context, call, report."""

from . import (
    core,
    direction,
    drop,
    exchange,
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
    *pins.CLASSES,
    *speak.CLASSES,
    *drop.CLASSES,
    *voices.CLASSES,
    *pronunciations.CLASSES,
    *direction.CLASSES,
    *takes.CLASSES,
    *translate.CLASSES,
    *timeline.CLASSES,
    *rig.CLASSES,
    *render.CLASSES,
    *exchange.CLASSES,
    *retarget.CLASSES,
)
