# SPDX-License-Identifier: GPL-3.0-or-later
"""Depth of field: sharp at somebody's eyes, followed as the head moves, or drawn from one to another."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np

from .cameras import ease
from .faces import EYES, PerformedFace
from .framing import View
from .keying import write_keys

DRAWN = 0.6  # seconds that focus takes from one to another
APART = 0.5  # seconds between keys while it follows somebody
# A camera that draws focus opens so far, so that one sees it; and where there is nobody else, it comes from so far
# behind the face, in metres.
WIDE_OPEN, BEHIND = 2.0, 1.0


def follow_eyes(camera: bpy.types.Object, armature: bpy.types.Object, face: PerformedFace, f_stop: float) -> None:
    """Keep a rig's nearer eye sharp, wherever it goes."""
    lens = camera.data.dof
    place = np.array(armature.matrix_world)
    bones = armature.data.bones
    eyes = {name: place[:3, :3] @ np.array(bones[name].head_local) + place[:3, 3] for name in EYES}
    here = np.array(camera.matrix_world.translation)
    lens.use_dof, lens.aperture_fstop = True, f_stop
    lens.focus_object = armature
    lens.focus_subtarget = min(eyes, key=lambda name: float(np.linalg.norm(eyes[name] - here)))
    lens.focus_distance = float(np.linalg.norm(face.eyes.mean(axis=0) - here))


def draw_focus(
    camera: bpy.types.Object,
    view: View,
    subjects: Sequence[tuple[PerformedFace | None, int]],
    frames: Sequence[int],
    fps: float,
    f_stop: float,
) -> None:
    """Key the distance at which the picture is sharp: at each subject's eyes from its frame on.

    subjects: None is what lies behind the face that comes after it. Keys are where focus begins and ends to be drawn,
    and twice a second between, so that it stays on eyes that move.
    """
    lens = camera.data.dof
    lens.use_dof, lens.focus_object, lens.aperture_fstop = True, None, min(f_stop, WIDE_OPEN)
    depths = _depths(view, subjects)
    first, last = frames[0], frames[-1]
    drawn = max(round(DRAWN * fps), 1)
    keyed = {first, last, *range(first, last, max(round(APART * fps), 1))}
    distance = depths[0].copy()
    at = np.array(frames)
    for (_, start), depth in zip(subjects[1:], depths[1:], strict=True):
        share = ease(np.clip((at - start) / drawn, 0.0, 1.0))
        distance = distance * (1.0 - share) + depth * share
        keyed = {frame for frame in keyed if not start < frame < start + drawn} | {start, start + drawn}
    chosen = sorted(frame for frame in keyed if first <= frame <= last)
    write_keys(camera.data, {"dof.focus_distance": distance[[frame - first for frame in chosen]]}, chosen)


def no_focus(camera: bpy.types.Object) -> None:
    """Everything is sharp."""
    camera.data.dof.use_dof, camera.data.dof.focus_object = False, None


def _depths(view: View, subjects: Sequence[tuple[PerformedFace | None, int]]) -> list[np.ndarray]:
    """(F,) per subject: metres from the camera along its axis."""
    found: list[np.ndarray] = []
    known = [face for face, _ in subjects if face is not None]
    for number, (face, _) in enumerate(subjects):
        nearest = face or next((later for later, _ in subjects[number:] if later is not None), known[0])
        depth = -np.einsum("fi,fi->f", nearest.eyes - view.place, view.axes[:, :, 2])
        found.append(depth if face is not None else depth + BEHIND)
    return found
