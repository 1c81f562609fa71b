# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech of espeak-ng with the times of its phones: formant synthesis in many languages, timbres and paces."""

from __future__ import annotations

from core.errors import LikenessError
from core.pronunciation.espeak import synthesise, voices
from core.voice.espeak import with_closures
from corpus.clip import Clip, make_clip

__all__ = ["speak", "voices"]


def speak(text: str, voice: str, pace: int, pitch: int, pitch_range: int, source: str) -> Clip | None:
    """One text by a voice such as ``es+f3``; pace in words a minute, pitch and its range 0..99.

    None where the engine has no such voice, nothing to say, or crashes, as it does on some texts.
    """
    try:
        sound = synthesise(text, voice, pace, pitch, pitch_range, coded=True)
    except LikenessError:
        return None
    if not len(sound.wave) or not sound.symbols:
        return None
    starts = zip(with_closures(sound, voice), (symbol.ipa for symbol in sound.symbols), strict=True)
    return make_clip(sound.wave, sound.rate, list(starts), source)
