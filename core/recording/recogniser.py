# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sounds a recording holds and when: pocketsphinx and its English model.

The only module that knows the recogniser; another one has to offer `recognise` and `align`.

``bestpath`` is off: the best path through its word lattice gives words too few frames for their phones, and
then the second pass of alignment fails (cmusphinx/pocketsphinx, pull request 500).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from core.progress import Progress, silent
from core.pronunciation.spoken import SpokenWord
from core.recording.arpabet import IPA, name_phones, to_arpabet
from core.recording.quiet import quiet_runs
from core.speech import Phone
from core.speech.phones import viseme_of

RATE = 16_000
LAG = -0.008  # seconds by which its boundaries lie before hand-made ones; see core/voice/hibari.py
_FRAME = 0.010  # seconds
_SIZE = round(_FRAME * RATE)  # samples of a frame
_STRETCH = 20.0  # seconds recognised at a time, cut where it is quiet
_CHUNK = 2.0  # seconds between two looks at whether to stop
_PIECE = (8.0, 25.0)  # seconds aligned at a time: cut at a pause after the first, at any word after the second
_PAUSE = 0.15  # seconds between words where a piece may be cut
_MARGIN = 0.3  # seconds around a piece
_SKIPS, _SKIPPED_SENTENCES = 4, 8  # in a row
_LEAST_ADDED = 20  # frames of such sounds that are speech
_SHORT = 3  # phones of a word that is easily missed, and kept when its neighbours are heard


@dataclass(frozen=True)
class _Search:
    """Probabilities that a word or a sentence of the script is not said, and of a sound between sentences that is none
    of the script's; and how unlikely a path may become before it is given up.
    """

    skipped: float
    skipped_sentence: float
    added: float
    beam: float
    word_beam: float


# English: measured on 54 sentences of three voices, of 400 words none is missed, and none is put into a sentence that
# the script lacks. Other languages are strange to the model: with the same figures it finds no way through any of nine
# scripts read by espeak, with the second ones through eight.
_ENGLISH = _Search(1e-14, 1e-12, 1e-8, 1e-48, 7e-29)
_STRANGE = _Search(1e-90, 1e-90, 1e-60, 1e-200, 1e-160)


@dataclass(frozen=True)
class _Placed:
    """A word and where the first pass hears it, in frames; index -1 is speech that is not in the script."""

    index: int
    start: int
    end: int


def recognise(wave: np.ndarray, progress: Progress = silent) -> tuple[Phone, ...]:
    """The phones of a wave without knowing what is said; they tile it, ``""`` where it is still.

    wave: (N,) float32 at ``RATE``. ``Phone.word`` is -1, stress 0, vowels as if stressed (ʌ, ɝ); diphthongs and
    affricates are one phone. Raises what ``progress`` raises.
    """
    from pocketsphinx import get_model_path

    # Weight of the phone bigrams and beams as pocketsphinx's documentation gives them for phones.
    search = {"allphone": get_model_path("en-us/en-us-phone.lm.bin"), "lw": 2.0, "beam": 1e-20, "pbeam": 1e-20}
    decoder = _decoder(**search)
    phones: list[Phone] = []
    condensed, frames = _without_pauses(wave)
    cuts = _quiet_cuts(condensed)
    for start, end in pairwise(cuts):
        progress(start / len(condensed), "Listening")
        _hear(decoder, condensed[start:end])
        first = start // _SIZE
        found = [(segment.word, first + segment.start_frame) for segment in decoder.seg() or ()]
        phones += [_phone(name, float(frames[min(at, len(frames) - 1)]) * _FRAME, -1) for name, at in found]
    progress(1.0, "Listening")
    return _tile(phones, len(wave) / RATE)


def align(
    wave: np.ndarray, words: Sequence[SpokenWord], progress: Progress = silent, language: str = "en"
) -> tuple[Phone, ...] | None:
    """The phones of a wave in which these words are said, as `recognise` gives them; None where they are not.

    ``Phone.word`` is an index into ``words``, with -1 in pauses; words that are not said have no phones, and
    what is said besides is silence or lengthens its neighbours. Vowels carry the stress of the pronunciation.
    """
    search = _ENGLISH if language == "en" else _STRANGE
    decoder = _decoder(beam=search.beam, pbeam=search.beam, wbeam=search.word_beam)
    _add_words(decoder, words)
    placed = _place(decoder, wave, words, search, progress)
    if not placed:
        return None
    phones: list[Phone] = []
    pieces = list(_pieces(placed))
    for number, piece in enumerate(pieces):
        progress(0.5 + 0.5 * number / len(pieces), "Finding the sounds of the words")
        phones += _align_piece(decoder, wave, *piece, words)
    return _tile(phones, len(wave) / RATE)


def _decoder(**search: Any) -> Any:
    from pocketsphinx import Decoder

    return Decoder(samprate=RATE, loglevel="FATAL", lm=None, dict=None, bestpath=False, **search)


def _hear(decoder: Any, wave: np.ndarray) -> None:
    """One pass over a whole wave. Raises RuntimeError where nothing fits."""
    decoder.start_utt()
    decoder.process_raw(_samples(wave), full_utt=True)
    decoder.end_utt()


def _samples(wave: np.ndarray) -> bytes:
    return (np.clip(wave, -1.0, 1.0) * 32767).astype("<i2").tobytes()


def _add_words(decoder: Any, words: Sequence[SpokenWord]) -> None:
    """Word number N is ``wN`` to the decoder, in all the ways in which it is pronounced."""
    known = _dictionary({word.spelling for word in words})
    for index, word in enumerate(words):
        ways = dict.fromkeys([*known.get(word.spelling, ()), *(" ".join(to_arpabet(way)[0]) for way in word.ways)])
        for number, way in enumerate(filter(None, ways)):
            decoder.add_word(f"w{index}" + (f"({number + 1})" if number else ""), way, False)


def _dictionary(wanted: set[str]) -> dict[str, list[str]]:
    """Pronunciations of words in the dictionary that comes with the model, in ARPAbet."""
    from pocketsphinx import get_model_path

    found: dict[str, list[str]] = {}
    with open(get_model_path("en-us/cmudict-en-us.dict"), encoding="utf-8") as file:
        for line in file:
            name, way = line.rstrip("\n").split(" ", 1)
            spelling = name.partition("(")[0]
            if spelling in wanted:
                found.setdefault(spelling, []).append(way)
    return found


def _place(
    decoder: Any, wave: np.ndarray, words: Sequence[SpokenWord], search: _Search, progress: Progress
) -> list[_Placed]:
    """First pass: what is said of the words, with its frames; nothing where the recording says something else."""
    _listen_for(decoder, words, search)
    condensed, frames = _without_pauses(wave)
    _adapt(decoder, condensed)
    decoder.start_utt()
    step = round(_CHUNK * RATE)
    for start in range(0, len(condensed), step):
        progress(0.5 * start / len(condensed), "Finding the words")
        decoder.process_raw(_samples(condensed[start : start + step]))
    decoder.end_utt()
    if decoder.hyp() is None:
        return []
    placed: list[_Placed] = []
    for segment in decoder.seg():
        if segment.word[0] not in "wx":
            continue  # silence
        index = _index(segment.word) if segment.word.startswith("w") else -1
        last = len(frames) - 1
        start, end = frames[min(segment.start_frame, last)], frames[min(segment.end_frame, last)] + 1
        if index < 0 and placed and placed[-1].index < 0:
            start = placed.pop().start
        placed.append(_Placed(index, int(start), int(end)))
    return _restore(placed, words) if any(word.index >= 0 for word in placed) else []


def _without_pauses(wave: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The wave with its long pauses shortened, and the frame of the whole wave that each of its frames is.

    They would spoil the mean of the features, and the search would lose its way in them.
    """
    blocks = wave[: len(wave) // _SIZE * _SIZE].reshape(-1, _SIZE)
    is_kept = np.ones(len(blocks), bool)
    for start, end in quiet_runs(wave, RATE):
        is_kept[round((start + _MARGIN) / _FRAME) : max(round((end - _MARGIN) / _FRAME), 0)] = False
    return blocks[is_kept].ravel(), np.flatnonzero(is_kept)


def _listen_for(decoder: Any, words: Sequence[SpokenWord], search: _Search) -> None:
    """Search for the words in order, of which some or whole sentences may be missing; between sentences anything."""
    count = len(words)
    begins = [index for index, word in enumerate(words) if word.begins or not index]
    arcs: list[tuple[Any, ...]] = []
    for state in range(count):
        last = min(state + _SKIPS + 1, count)
        arcs += [(state, word + 1, search.skipped ** (word - state), f"w{word}") for word in range(state, last)]
        if state and count - state <= _SKIPS:
            arcs.append((state, count, search.skipped ** (count - state)))
    for number, state in enumerate(begins):
        for skipped, word in enumerate(begins[number + 1 : number + 1 + _SKIPPED_SENTENCES], start=1):
            arcs.append((state, word + 1, search.skipped_sentence**skipped, f"w{word}"))
        if state and number + _SKIPPED_SENTENCES >= len(begins):
            arcs.append((state, count, search.skipped_sentence ** (len(begins) - number)))
    for name in IPA:
        decoder.add_word(f"x{name}", name, False)
        arcs += [(state, state, search.added, f"x{name}") for state in (*begins, count)]
    decoder.add_fsg("script", decoder.create_fsg("script", 0, count, arcs))
    decoder.activate_search("script")


def _adapt(decoder: Any, wave: np.ndarray) -> None:
    """Set the mean of the features from the beginning, where a pass in chunks would have to guess it."""
    decoder.start_utt()
    decoder.process_raw(_samples(wave[: round(_STRETCH * RATE)]), no_search=True, full_utt=True)
    mean = decoder.get_cmn()
    decoder.end_utt()
    decoder.set_cmn(mean)


def _restore(heard: Sequence[_Placed], words: Sequence[SpokenWord]) -> list[_Placed]:
    """With short words between two that were heard: "at" in fluent speech is easily missed."""
    placed: list[_Placed] = []
    for word in heard:
        if word.index < 0 and word.end - word.start < _LEAST_ADDED:
            continue
        missed = word.index - 1
        if placed and 0 <= placed[-1].index == missed - 1 and len(words[missed].phones) <= _SHORT:
            placed.append(_Placed(missed, placed[-1].end, placed[-1].end))
        placed.append(word)
    return placed


def _pieces(placed: Sequence[_Placed]) -> Iterator[tuple[int, list[_Placed], int]]:
    """Words in stretches of a length that is aligned well, parted at pauses where there are any.

    Yields the first frame, the words and the last frame of each, with a margin that holds nothing else.
    """
    margin = round(_MARGIN / _FRAME)
    runs: list[list[_Placed]] = [[]]
    for word in placed:
        before = runs[-1]
        if before:
            length, gap = (word.start - before[0].start) * _FRAME, (word.start - before[-1].end) * _FRAME
            is_long = length > _PIECE[1] or (length > _PIECE[0] and gap >= _PAUSE)
            is_whole = before[-1].end > before[-1].start  # not between words of which one has no time yet
            if min(word.index, before[-1].index) < 0 or (is_whole and (gap > 2 * _MARGIN or is_long)):
                runs.append([])
        runs[-1].append(word)
    for before, run, after in zip([None, *runs[:-1]], runs, [*runs[1:], None], strict=True):
        if run[0].index >= 0:
            first = max(run[0].start - margin, before[-1].end if before else 0)
            last = min(run[-1].end + margin, after[0].start) if after else run[-1].end + margin
            yield first, run, last


def _align_piece(
    decoder: Any, wave: np.ndarray, first: int, piece: Sequence[_Placed], last: int, words: Sequence[SpokenWord]
) -> list[Phone]:
    """Second pass: the phones of a stretch of words, pauses between them included."""
    start, end = first * _SIZE, last * _SIZE
    try:
        decoder.set_align_text(" ".join(f"w{word.index}" for word in piece))
        _hear(decoder, wave[start:end])
        decoder.set_alignment()
        _hear(decoder, wave[start:end])
    except RuntimeError:
        return _spread(piece, words)
    phones: list[Phone] = []
    for entry in decoder.get_alignment():
        index = _index(entry.name) if entry.name.startswith("w") else -1
        sounds = [(sound.name, start / RATE + sound.start * _FRAME) for sound in entry]
        if index < 0:
            phones += [_phone(name, at, -1) for name, at in sounds]
            continue
        told = name_phones([name for name, _ in sounds], words[index].ways)
        phones += [
            Phone(at, at, ipa, viseme_of(ipa), index, stress)
            for (_, at), (ipa, stress) in zip(sounds, told, strict=True)
        ]
    return [*phones, _phone("SIL", min(end, len(wave)) / RATE, -1)]


def _spread(piece: Sequence[_Placed], words: Sequence[SpokenWord]) -> list[Phone]:
    """Where the second pass finds no way: each word's phones share the time of the word."""
    phones: list[Phone] = []
    for word in piece:
        said = words[word.index].phones
        edges = np.linspace(word.start * _FRAME, word.end * _FRAME, len(said) + 1)[:-1].tolist()
        phones += [
            Phone(at, at, ipa, viseme_of(ipa), word.index, stress)
            for at, (ipa, stress) in zip(edges, said, strict=True)
            if word.end > word.start
        ]
    return [*phones, _phone("SIL", piece[-1].end * _FRAME, -1)]


def _index(name: str) -> int:
    return int(name.partition("(")[0][1:])


def _phone(name: str, at: float, word: int) -> Phone:
    """A phone that begins at ``at``; silence and noises are ``""``."""
    ipa = IPA.get(name, "")
    return Phone(at, at, ipa, viseme_of(ipa), word)


def _tile(phones: Iterable[Phone], duration: float) -> tuple[Phone, ...]:
    """Phones that have only a start, as phones that follow each other from 0 to ``duration``."""
    starts = [phone for phone in phones if phone.start - LAG < duration]
    if not starts or starts[0].start > 0.0:
        starts.insert(0, _phone("SIL", LAG, -1))
    edges = [0.0, *(phone.start - LAG for phone in starts[1:]), duration]
    return tuple(
        Phone(start, end, phone.phone, phone.viseme, phone.word, phone.stress)
        for phone, start, end in zip(starts, edges[:-1], edges[1:], strict=True)
        if end > start
    )


def _quiet_cuts(wave: np.ndarray) -> list[int]:
    """Samples from 0 to the end, at most ``_STRETCH`` seconds apart, in the quietest frames of each last half."""
    blocks = wave[: len(wave) // _SIZE * _SIZE].reshape(-1, _SIZE)
    power = np.convolve(np.einsum("ij,ij->i", blocks, blocks, dtype=np.float64), np.ones(5), mode="same")
    longest = round(_STRETCH / _FRAME)
    cuts = [0]
    while len(power) - cuts[-1] > longest:
        window = power[cuts[-1] + longest // 2 : cuts[-1] + longest]
        cuts.append(cuts[-1] + longest // 2 + int(window.argmin()))
    return [*(cut * _SIZE for cut in cuts), len(wave)]
