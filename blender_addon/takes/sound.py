# SPDX-License-Identifier: GPL-3.0-or-later
"""The take's voice as a strip in the scene's sequencer."""

from __future__ import annotations

from pathlib import Path

import bpy

# Custom property of a strip that this program made: the rig that speaks in it.
STRIP_RIG = "likeness_rig_id"


def place_sound(scene: bpy.types.Scene, path: Path, start: int, rig_id: str) -> bpy.types.Strip:
    """Put the wave file at a frame, packed into the .blend, in place of this rig's earlier voice."""
    strips = scene.sequence_editor_create().strips
    new = strips.new_sound(path.stem, str(path), channel=_free_channel(strips, rig_id), frame_start=start)
    new[STRIP_RIG] = rig_id
    new.sound.pack()
    new.sound.filepath = f"//{path.name}"
    for old in [s for s in strips if s.get(STRIP_RIG) == rig_id and s != new]:
        sound = old.sound
        strips.remove(old)
        if sound is not None and sound.users == 0:
            bpy.data.sounds.remove(sound)
    scene.sync_mode = "AUDIO_SYNC"
    return new


def _free_channel(strips: bpy.types.StripsTopLevel, rig_id: str) -> int:
    """The lowest channel that holds nothing of anybody else."""
    taken = {strip.channel for strip in strips if strip.get(STRIP_RIG) != rig_id}
    return next(channel for channel in range(1, 129) if channel not in taken)
