# SPDX-License-Identifier: GPL-3.0-or-later
"""A second opinion on the phones of a recording whose words nobody knows: pocketsphinx and its English model.

It errs elsewhere than the mouth network does. Where both are asked, closures of English voices that neither has learned
from are found to .97 instead of .84 (Flite's awb), and it hardly helps in other languages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from core.progress import Progress, silent
from core.speech.features import RATE
from core.speech.inventory import CLASS_OF, CLASSES, nearest
from core.speech.net import FRAMES, Heard

LAG = -0.008  # seconds by which its boundaries lie before hand-made ones; see core/voice/hibari.py
# Nats that a phone gains where it is of the class that is heard here, and again where it looks the same.
_WEIGHT = {"en": 0.8}
_ELSEWHERE = 0.5
_SIZE = RATE // 100  # samples of one of its frames
_STRETCH = 20.0  # seconds recognised at a time, cut where it is quiet
_LOOKS = {"SIL": 0, "CLOSED": 1, "LABDENT": 2, "ROUND": 3, "OPEN": 4, "MID": 4}  # all others alike
# ARPAbet, the alphabet of the model -> IPA.
ARPABET = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "aʊ", "AY": "aɪ", "B": "b", "CH": "tʃ", "D": "d",
    "DH": "ð", "EH": "ɛ", "ER": "ɝ", "EY": "eɪ", "F": "f", "G": "ɡ", "HH": "h", "IH": "ɪ", "IY": "i",
    "JH": "dʒ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ", "OW": "oʊ", "OY": "ɔɪ", "P": "p",
    "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t", "TH": "θ", "UH": "ʊ", "UW": "u", "V": "v", "W": "w", "Y": "j",
    "Z": "z", "ZH": "ʒ",
}  # fmt: skip


def hear_again(heard: Heard, wave: np.ndarray, language: str, progress: Progress = silent) -> Heard:
    """What the network hears, its phones' log probabilities raised where the second ear agrees.

    wave: the same sound, (N,) float32 at 16 kHz. Raises what ``progress`` raises.
    """
    weight = _WEIGHT.get(language, _ELSEWHERE)
    classes = np.zeros(len(heard), np.int64)
    for start, end, ipa in _phones(wave, progress):
        units = nearest(ipa)
        edges = np.linspace((start - LAG) * FRAMES, (end - LAG) * FRAMES, len(units) + 1).round().astype(int)
        for unit, (first, last) in zip(units, pairwise(edges.tolist()), strict=True):
            classes[first:last] = CLASS_OF[unit]
    looks = np.array([_LOOKS.get(name, 5) for name in CLASSES])
    gain = np.equal.outer(classes, np.arange(len(CLASSES))) * weight
    gain = gain + (looks[classes][:, None] == looks) * weight
    return replace(heard, phones=heard.phones + gain[:, np.array(CLASS_OF)].astype(np.float32))


def _phones(wave: np.ndarray, progress: Progress) -> Iterator[tuple[float, float, str]]:
    """Start, end (seconds) and IPA of the phones; silence and noises are ``""``."""
    from pocketsphinx import Decoder, get_model_path

    # Weight of the phone bigrams and beams as pocketsphinx's documentation gives them for phones.
    search: dict[str, Any] = {"allphone": get_model_path("en-us/en-us-phone.lm.bin"), "lw": 2.0}
    decoder = Decoder(
        samprate=RATE, loglevel="FATAL", lm=None, dict=None, bestpath=False, beam=1e-20, pbeam=1e-20, **search
    )
    for start, end in pairwise(_quiet_cuts(wave)):
        progress(start / max(len(wave), 1), "Listening again")
        samples = (np.clip(wave[start:end], -1.0, 1.0) * 32767).astype("<i2").tobytes()
        decoder.start_utt()
        decoder.process_raw(samples, full_utt=True)
        decoder.end_utt()
        for segment in decoder.seg() or ():
            first, last = ((start + frame * _SIZE) / RATE for frame in (segment.start_frame, segment.end_frame + 1))
            yield first, last, ARPABET.get(segment.word, "")
    progress(1.0, "Listening again")


def _quiet_cuts(wave: np.ndarray) -> list[int]:
    """Samples from 0 to the end, at most ``_STRETCH`` seconds apart, in the quietest frames of each last half."""
    blocks = wave[: len(wave) // _SIZE * _SIZE].reshape(-1, _SIZE)
    power = np.convolve(np.einsum("ij,ij->i", blocks, blocks, dtype=np.float64), np.ones(5), mode="same")
    longest = round(_STRETCH * RATE / _SIZE)
    cuts = [0]
    while len(power) - cuts[-1] > longest:
        window = power[cuts[-1] + longest // 2 : cuts[-1] + longest]
        cuts.append(cuts[-1] + longest // 2 + int(window.argmin()))
    return [*(cut * _SIZE for cut in cuts), len(wave)]
