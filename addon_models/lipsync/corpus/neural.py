# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech of the neural voices Kokoro and Piper as the product speaks it.

Their phone times are right on the median and stray by some 10 ms; a network that was trained on exact labels moves each
boundary afterwards (realign.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from core.script import Sentence
from core.voice.kokoro import load_styles, speak_styles, synthesise
from core.voice.labels import Symbol
from core.voice.line import make_line
from core.voice.misaki import ALPHABET, LANGUAGE_OF, write_phones
from core.voice.piper import PiperProvider
from core.voice.provider import Delivery, Utterance
from corpus.clip import Clip, make_clip

_LONGEST = 500  # symbols that Kokoro takes


def speak_kokoro(text: str, voice: str, letter: str, pace: float, source: str) -> Clip | None:
    """A text by a voice such as ``af_heart``; letter: of the language, which need not be its own; pace 2 is quick."""
    line = make_line(Sentence(text, False, LANGUAGE_OF[letter]))
    return clip_of(speak_styles(line, load_styles(voice), letter, Delivery(pace)), source)


def speak_made_up(words: Sequence[Sequence[str]], gap: str, voice: str, pace: float, source: str) -> Clip | None:
    """Words that are lists of phones, with ``gap`` between them, by a voice of Kokoro."""
    said = gap.join("ˈ" + write_phones([(phone, 0) for phone in word]) for word in words) + "."
    symbols = [Symbol(character, 0) for character in said if character in ALPHABET][:_LONGEST]
    return clip_of(synthesise(symbols, load_styles(voice), "a", pace), source)


def speak_piper(text: str, voice: str, pace: float, source: str) -> Clip | None:
    """A text by the Piper voice of an id; pace 2 is quick."""
    provider = PiperProvider()
    chosen = next(one for one in provider.voices() if one.id == voice)
    line = make_line(Sentence(text, False, chosen.languages[0]))
    return clip_of(provider.utter(line, chosen, Delivery(pace)), source)


def clip_of(said: Utterance, source: str) -> Clip | None:
    """An utterance as a clip; None where nothing was said."""
    if not said.phones:
        return None
    starts = [(0.0, ""), *((phone.start, phone.phone) for phone in said.phones), (said.phones[-1].end, "")]
    return make_clip(said.wave, said.rate, starts, source)
