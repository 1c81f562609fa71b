# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound strips in a Blender that was built without sound, as the wheel of bpy 4.2 is.

It makes none, but keeps sounds: each remembers where its strip would be, so that takes keep their voices, are performed
again and captioned; only nothing is heard.
"""

from __future__ import annotations

import wave
from collections.abc import Iterator
from typing import Any

import bpy

EDITOR = "silent_scene"  # custom property of a sound: the scene in whose sequencer its strip would be
FIELDS = ("name", "mute", "channel", "frame_start", "frame_final_duration")


class SilentStrip:
    """Stands for the strip of a sound; custom properties and places are the sound's own."""

    type = "SOUND"

    def __init__(self, sound: bpy.types.Sound) -> None:
        self.__dict__["sound"] = sound

    def __getattr__(self, name: str) -> Any:
        if name not in FIELDS:
            raise AttributeError(name)
        return self.sound[f"silent_{name}"]

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in FIELDS:
            raise AttributeError(name)
        self.sound[f"silent_{name}"] = value

    @property
    def frame_final_start(self) -> int:
        """As long as nobody trims it, the start."""
        return round(self.frame_start)

    @property
    def frame_final_end(self) -> int:
        """The first frame after it."""
        return self.frame_final_start + self.frame_final_duration

    def __getitem__(self, key: str) -> Any:
        return self.sound[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.sound[key] = value

    def __contains__(self, key: str) -> bool:
        return key in self.sound

    def get(self, key: str, default: Any = None) -> Any:
        """A custom property."""
        return self.sound.get(key, default)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SilentStrip) and self.sound == other.sound

    def __hash__(self) -> int:
        return hash(self.sound)


class SilentStrips:
    """The strips of a sequencer, those of sounds among them."""

    def __init__(self, editor: bpy.types.SequenceEditor, strips: Any) -> None:
        self.scene, self.strips = editor.id_data, strips

    def _silent(self) -> list[SilentStrip]:
        return [SilentStrip(sound) for sound in bpy.data.sounds if sound.get(EDITOR) == self.scene]

    def __iter__(self) -> Iterator[Any]:
        yield from self.strips
        yield from self._silent()

    def __len__(self) -> int:
        return len(self.strips) + len(self._silent())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.strips, name)

    def new_sound(self, name: str, filepath: str, channel: int, frame_start: int) -> SilentStrip:
        """As Blender's own; a wave file."""
        sound = bpy.data.sounds.load(filepath)
        sound.use_fake_user = True
        sound[EDITOR] = self.scene
        with wave.open(filepath) as file:
            seconds = file.getnframes() / file.getframerate()
        render = self.scene.render
        values = (name, False, channel, frame_start, round(seconds * render.fps / render.fps_base))
        strip = SilentStrip(sound)
        for field, value in zip(FIELDS, values, strict=True):
            setattr(strip, field, value)
        return strip

    def remove(self, strip: Any) -> None:
        """As Blender's own; the sound stays, with nobody who uses it."""
        if not isinstance(strip, SilentStrip):
            self.strips.remove(strip)
            return
        del strip.sound[EDITOR]
        strip.sound.use_fake_user = False
