# SPDX-License-Identifier: GPL-3.0-or-later
"""The Likeness tab in the sidebar of the 3D View."""

from . import job, photo, render, speak

CLASSES = (*job.CLASSES, *photo.CLASSES, *speak.CLASSES, *render.CLASSES)
