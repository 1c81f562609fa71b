# SPDX-License-Identifier: GPL-3.0-or-later
"""The takes' voices as strips in the scene's sequencer."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import bpy

from .. import compat

# Custom properties of a strip that this program made: the rig that speaks in it, and in which of its takes.
STRIP_RIG = "likeness_rig_id"
STRIP_TAKE = "likeness_take"


def place_sound(scene: bpy.types.Scene, path: Path, start: int, rig_id: str, take: str) -> bpy.types.Strip:
    """Put the wave file at a frame, packed into the .blend, in place of this take's earlier voice."""
    strips = compat.editor_strips(scene.sequence_editor_create())
    new = strips.new_sound(path.stem, str(path), channel=_free_channel(strips), frame_start=start)
    new.sound.pack()
    new.sound.filepath = f"//{path.name}"
    remove_sounds(scene, rig_id, take)
    new[STRIP_RIG], new[STRIP_TAKE] = rig_id, take
    new.channel = _own_channel(strips, new)
    scene.sync_mode = "AUDIO_SYNC"
    scene.use_audio_scrub = True
    return new


def copy_sound(scene: bpy.types.Scene, rig_id: str, take: str, name: str) -> None:
    """Give a take that is called so the voice of another one, the same sound on a strip of its own."""
    strip = find_sound(scene, rig_id, take)
    data = read_sound(strip)
    if data is None or not compat.has_sound():
        return
    strips, file = compat.editor_strips(scene.sequence_editor), Path(bpy.app.tempdir) / "copied.wav"
    file.write_bytes(data)  # Blender makes a strip of a file only
    new = strips.new_sound(strip.name, str(file), _free_channel(strips), compat.strip_start(strip))
    unused, new.sound = new.sound, strip.sound
    bpy.data.sounds.remove(unused)
    compat.set_strip_end(new, compat.strip_span(strip)[1])
    new.volume, new.pan = strip.volume, strip.pan
    new[STRIP_RIG], new[STRIP_TAKE] = rig_id, name
    new.channel = _own_channel(strips, new)


def find_sound(scene: bpy.types.Scene, rig_id: str, take: str) -> bpy.types.Strip | None:
    """The strip of a take's voice."""
    return next(iter(_sounds(scene, rig_id, take)), None)


def read_sound(strip: bpy.types.Strip | None) -> bytes | None:
    """The sound file of a strip, out of the .blend or from the disk; None where it is gone."""
    sound = strip.sound if strip is not None else None
    if sound is None:
        return None
    if sound.packed_file is not None:
        return sound.packed_file.data
    file = Path(bpy.path.abspath(sound.filepath))
    return file.read_bytes() if file.is_file() else None


def show_sounds(scene: bpy.types.Scene, rig_id: str, takes: Collection[str]) -> None:
    """Let only these takes' voices be heard of this rig."""
    for strip in _sounds(scene, rig_id, None):
        strip.mute = strip.get(STRIP_TAKE) not in takes


def name_sounds(scene: bpy.types.Scene, rig_id: str, take: str, name: str) -> None:
    """A take is called something else."""
    for strip in _sounds(scene, rig_id, take):
        strip[STRIP_TAKE] = name


def remove_sounds(scene: bpy.types.Scene, rig_id: str, take: str) -> None:
    """Take a take's voice away, and the sound where nothing else plays it."""
    for strip in _sounds(scene, rig_id, take):
        sound = strip.sound
        compat.editor_strips(scene.sequence_editor).remove(strip)
        if sound is not None and sound.users == 0:
            bpy.data.sounds.remove(sound)


def _sounds(scene: bpy.types.Scene, rig_id: str, take: str | None) -> list[bpy.types.Strip]:
    """Voices of a rig; of all its takes where none is named."""
    strips = compat.editor_strips(scene.sequence_editor) if scene.sequence_editor is not None else ()
    return [s for s in strips if s.get(STRIP_RIG) == rig_id and take in (None, s.get(STRIP_TAKE))]


def _free_channel(strips: bpy.types.StripsTopLevel) -> int:
    """The lowest channel that holds nothing."""
    taken = {strip.channel for strip in strips}
    return next(channel for channel in range(1, 129) if channel not in taken)


def _own_channel(strips: bpy.types.StripsTopLevel, new: bpy.types.Strip) -> int:
    """The lowest channel that holds nothing but this rig's voices, all of them at other times; else its own."""
    others: dict[int, list[bpy.types.Strip]] = {new.channel: []}
    for strip in strips:
        if strip != new:
            others.setdefault(strip.channel, []).append(strip)
    begin, end = compat.strip_span(new)
    return min(
        channel
        for channel, there in others.items()
        if all(s.get(STRIP_RIG) == new[STRIP_RIG] for s in there)
        and not any(low < end and high > begin for low, high in map(compat.strip_span, there))
    )
