# SPDX-License-Identifier: GPL-3.0-or-later
"""espeak-ng (GPL-3) as a voice: plain, quick and small, in more than a hundred languages, with the times of its phones.

The engine says at which sample each phone begins; `with_closures` is all that is corrected. Japanese is read from kana,
since it knows no kanji; Latin words in it, and what a person wants to hear, are told as phones (core/pronunciation/
codes.py), for which a language may have to take its nearest ones.
"""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby

import numpy as np

from core.progress import Progress
from core.pronunciation.codes import write_codes
from core.pronunciation.espeak import Sound, Symbol, synthesise
from core.pronunciation.japanese import read_japanese, write_kana
from core.pronunciation.languages import LANGUAGES, SPOKEN_ONLY, find_language
from core.pronunciation.reading import share_out, spell
from core.pronunciation.symbols import Pronunciation, trace_symbols
from core.speech import Phone
from core.speech.edges import in_order
from core.speech.phones import viseme_of
from core.voice.joining import join, trim
from core.voice.line import Line
from core.voice.provider import Delivery, Utterance, Voice
from core.voice.timing import SHORTEST_PAUSE, divide_diphthong

PACE = 165  # words a minute at speed 1
RATE = 22_050  # of all its voices
_PITCH = 50  # espeak's number for the voice's own pitch and its movement; 50 more are twice as high
_LONGEST = 200  # words said in one go; more are said in parts, parted by _BREATH
_BREATH = 0.25  # seconds

# Voices of a language beyond its own: what stands in the id | espeak's name | language | what it is.
_DIALECTS = """
ca-ba           | ca-ba           | ca | Balearic
ca-nw           | ca-nw           | ca | North-western
ca-va           | ca-va           | ca | Valencian
en-029          | en-029          | en | Caribbean
en-gb           | en              | en | British
en-gb-scotland  | en-gb-scotland  | en | Scottish
en-gb-x-gbclan  | en-gb-x-gbclan  | en | Lancastrian
en-gb-x-gbcwmd  | en-gb-x-gbcwmd  | en | West Midlands
en-gb-x-rp      | en-gb-x-rp      | en | Received Pronunciation
en-us-nyc       | en-us-nyc       | en | New York City
fr-be           | fr-be           | fr | Belgian
fr-ch           | fr-ch           | fr | Swiss
ru-lv           | ru-lv           | ru | Latvian
vi-vn-x-central | vi-vn-x-central | vi | Central
vi-vn-x-south   | vi-vn-x-south   | vi | Southern
"""
# Timbres: what stands behind the voice's name -> sex; the first is the voice's own.
_TIMBRES = {"": "male", "m3": "male", "m7": "male", "f1": "female", "f2": "female", "f3": "female", "f5": "female"}
_STYLES = {  # style -> sex -> the timbre that stands for it
    "whisper": {"male": "whisper", "female": "whisperf"},
    "croak": {"male": "croak", "female": "croak"},
}
_STOPS = frozenset("pbtdkɡgcɟqʔʈɖ")
# Of full scale: quieter is a closure, in a plain timbre and in one with an echo. Measured on en, es and zh: with
# the second, starts of stops of f2 and f3 lie where those of the plain voice do, within 2 ms, against what is heard;
# with the first 25 ms too late.
_SILENT, _ECHOING = 3e-4, 0.02
_ECHOES = frozenset(("f2", "f3", "f4", "f5", "m2"))
_CLOSURE, _FIRST_CLOSURE, _BURST = 0.15, 0.04, 0.012  # seconds: longest, after a pause; sound before the event


@dataclass(frozen=True)
class _Timed:
    """One phone and when it begins (seconds); ``""`` is a pause. word: of the line."""

    start: float
    phone: str
    stress: int
    word: int


class EspeakProvider:
    """VoiceProvider over all languages of espeak-ng."""

    name = "espeak"
    reach = 0.0

    def voices(self) -> tuple[Voice, ...]:
        return _list_voices()

    def prepare(self, voice: Voice, progress: Progress) -> None:
        """Nothing is missing: the package has all its voices."""

    def utter(self, line: Line, voice: Voice, delivery: Delivery) -> Utterance:
        base, _, timbre = voice.id.partition(":")[2].partition("+")
        timbre = _STYLES[delivery.style][voice.sex] if delivery.style else timbre
        base = _bases()[base]
        named = f"{base}+{timbre}" if timbre else base
        parts = [_utter(line, range(first, min(first + _LONGEST, len(line.words))), named, delivery)
                 for first in range(0, len(line.words), _LONGEST)]  # fmt: skip
        parts = [part for part in parts if part.phones]
        if not parts:
            return Utterance(np.zeros(0, np.float32), RATE, ())
        return join(parts, [_BREATH] * (len(parts) - 1))


@cache
def _list_voices() -> tuple[Voice, ...]:
    found: list[Voice] = []
    for timbre, sex in _TIMBRES.items():  # the first timbre of all before the second: it is the best
        for language in (LANGUAGES | SPOKEN_ONLY).values():
            found.append(_voice(language.code, language.code, language.name, timbre, sex))
        for base, _, code, about in _dialects():
            found.append(_voice(base, code, f"{find_language(code).name}, {about}", timbre, sex))
    return tuple(found)


def _voice(base: str, code: str, name: str, timbre: str, sex: str) -> Voice:
    suffix = f"+{timbre}" if timbre else ""
    shown = f"{name} ({timbre or 'plain'})"
    return Voice(
        f"espeak:{base}{suffix}", shown, (code,), sex, "espeak", "GPL-3.0-or-later", styles=(*_STYLES,),
        about="a plain machine's voice, exact in time",
    )  # fmt: skip


def _dialects() -> list[tuple[str, str, str, str]]:
    rows = [[cell.strip() for cell in line.split("|")] for line in _DIALECTS.strip().splitlines()]
    return [(base, named, code, about) for base, named, code, about in rows]


@cache
def _bases() -> dict[str, str]:
    """What stands in an id -> espeak's voice."""
    own = {code: language.voice for code, language in (LANGUAGES | SPOKEN_ONLY).items()}
    return own | {base: named for base, named, _, _ in _dialects()}


def _utter(line: Line, part: range, voice: str, delivery: Delivery) -> Utterance:
    """Some of a line's words; ``Phone.word`` counts in the line."""
    base = voice.partition("+")[0]
    words = [spell(line.words[index], base).replace("[[", "[") for index in part]
    if line.language == "ja":
        words = list(write_kana(line.words[part.start : part.stop]))
    written = _with_codes(words, _told(line, part), base)
    gap = " " if find_language(line.language).is_spaced or line.language == "ja" else ""
    pitch = round(_PITCH + _PITCH * math.log2(delivery.pitch))
    pace = round(PACE * delivery.speed)
    coded = written != words
    sound = synthesise(gap.join(written), voice, _within(pace, 80, 450), _within(pitch, 0, 99), _PITCH, coded)
    phones = time_symbols(sound, written, words, gap, voice)
    moved = tuple(replace(phone, word=part.start + phone.word) if phone.word >= 0 else phone for phone in phones)
    said = Utterance(sound.wave, sound.rate, moved)
    return trim(said) if moved else said


def _told(line: Line, part: range) -> dict[int, Pronunciation]:
    """Word of a part -> phones that are told instead of letters."""
    told = {index - part.start: line.given[index] for index in part if line.given.get(index)}
    if line.language == "ja":
        words = line.words[part.start : part.stop]
        latin = {index for index, word in enumerate(words) if any(c.isascii() and c.isalpha() for c in word)}
        told = {reading.word: reading.phones for reading in read_japanese(words) if reading.word in latin} | told
    return told


def _with_codes(words: Sequence[str], told: dict[int, Pronunciation], voice: str) -> list[str]:
    """The words, with those told as phones in espeak's own names; punctuation behind them stays."""
    written = list(words)
    for index, phones in told.items():
        word = written[index]
        end = len(word)
        while end and unicodedata.category(word[end - 1])[0] in "PS":
            end -= 1
        written[index] = (write_codes(phones, voice) or word[:end]) + word[end:]
    return written


def _within(value: int, low: int, high: int) -> int:
    return min(max(value, low), high)


def time_symbols(
    sound: Sound, written: Sequence[str], words: Sequence[str], gap: str, voice: str
) -> tuple[Phone, ...]:
    """Contiguous phones of a sound of ``written`` joined by ``gap``, from the first one to the last.

    words: the same in letters, as each is said alone. voice: espeak's, with its timbre. ``Phone.word`` is an index into
    the words.
    """
    base = voice.partition("+")[0]
    starts = [0]
    for word in written[:-1]:
        starts.append(starts[-1] + len(word) + len(gap))
    timed = _without_ends(list(_time(sound, starts, voice)))
    sounding = [index for index, one in enumerate(timed) if one.phone]
    if not sounding:
        return ()
    pairs = tuple((timed[index].phone, timed[index].stress) for index in sounding)
    owners = dict(zip(sounding, share_out([timed[i].word for i in sounding], pairs, words, base), strict=True))
    edges = in_order(np.array([*(one.start for one in timed), _end(sound)])).tolist()
    phones = (
        Phone(edges[index], edges[index + 1], one.phone, viseme_of(one.phone), owners.get(index, -1), one.stress)
        for index, one in enumerate(timed)
    )
    return tuple(part for phone in phones for part in divide_diphthong(phone))


def _time(sound: Sound, starts: Sequence[int], voice: str) -> Iterator[_Timed]:
    """Each phone of a sound. starts: of the words, in characters; a word once left does not come back."""
    symbols = sound.symbols
    begins = with_closures(sound, voice)
    base = voice.partition("+")[0]
    ends = [*begins[1:], len(sound.wave) / sound.rate]
    owners = np.maximum.accumulate([bisect_right(starts, symbol.position) - 1 for symbol in symbols]).tolist()
    keys = [(owner, not symbol.ipa) for owner, symbol in zip(owners, symbols, strict=True)]
    for (owner, is_pause), group in groupby(range(len(symbols)), key=keys.__getitem__):
        run = list(group)
        if is_pause:
            yield _Timed(begins[run[0]], "", 0, -1)
            continue
        traced = trace_symbols([symbols[index].ipa for index in run], base)
        for number, index in enumerate(run):
            inside = [(phone, stress) for phone, stress, symbol in traced if symbol == number]
            for place, (phone, stress) in enumerate(inside):
                at = begins[index] + (ends[index] - begins[index]) * place / len(inside)
                yield _Timed(at, phone, stress, owner)


def _without_ends(timed: Sequence[_Timed]) -> list[_Timed]:
    """Without silence at the ends, and without silences too short to be pauses."""
    sounding = [index for index, one in enumerate(timed) if one.phone]
    if not sounding:
        return []
    kept: list[_Timed] = []
    for index in range(sounding[0], sounding[-1] + 1):
        one = timed[index]
        is_short = not one.phone and timed[index + 1].start - one.start < SHORTEST_PAUSE
        if not is_short and (one.phone or kept[-1].phone):
            kept.append(one)
    return kept


def _end(sound: Sound) -> float:
    """Seconds at which the last phone of a sound ends: where its last pause begins."""
    end = len(sound.wave) / sound.rate
    for symbol in reversed(sound.symbols):
        if symbol.ipa:
            break
        end = symbol.start
    return end


def with_closures(sound: Sound, voice: str) -> list[float]:
    """Seconds at which the symbols of a voice's sound begin, the closures of stops included.

    The engine counts these to the sound before: a stretch of silence.
    """
    rate = sound.rate
    is_loud = np.abs(sound.wave) > (_ECHOING if voice.partition("+")[2] in _ECHOES else _SILENT)
    begins: list[float] = []
    before = Symbol(0.0, "", 0)
    for symbol in sound.symbols:
        start = symbol.start
        if symbol.ipa.lstrip("ˈˌ")[:1] in _STOPS:
            longest = _CLOSURE if before.ipa else _FIRST_CLOSURE
            first = round(begins[-1] * rate) if begins else 0
            start = _closure(is_loud, first, round(start * rate), round(longest * rate), round(_BURST * rate)) / rate
        begins.append(start)
        before = symbol
    return begins


def _closure(is_loud: np.ndarray, first: int, event: int, longest: int, burst: int) -> int:
    """The sample at which the silence begins that ends with the burst of a stop, at its event or a little before.

    is_loud: (N,) bool. first: the sample at which the sound before begins. longest: samples of a closure at most.
    """
    closure = _after_last(is_loud, first, event)
    if closure >= event - burst:
        closure = _after_last(is_loud, first, event - burst)
    return max(closure, event - longest)


def _after_last(flags: np.ndarray, first: int, end: int) -> int:
    """The index behind the last True of a stretch; ``first`` where there is none."""
    found = np.flatnonzero(flags[first : max(end, first)])
    return first + (int(found[-1]) + 1 if len(found) else 0)
