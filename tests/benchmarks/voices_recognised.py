# SPDX-License-Identifier: GPL-3.0-or-later
"""English speech heard by a recogniser of somebody else: hama (Apache-2.0), which knows no words."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any

from core.speech import Speech

# Phones that are counted as one, as Lee and Hon (1989) do with TIMIT's, and hama's and our ways of writing the same.
_SAME = {
    "ə": "ʌ", "ɐ": "ʌ", "ɨ": "ɪ", "ɝ": "ɜ", "ɚ": "ɜ", "ɔ": "ɑ", "ɒ": "ɑ", "ʒ": "ʃ", "g": "ɡ", "r": "ɹ", "ɾ": "t",
    "ɫ": "l", "a": "ɑ", "o": "ɑ", "e": "ɛ",
}  # fmt: skip
_FLAPPED = frozenset("td")


def phone_error(speech: Speech) -> float | None:
    """Share of the phones of a speech that are heard as others, not heard, or heard besides; None without hama.

    Diphthongs are compared by their halves.
    """
    if find_spec("hama") is None:
        return None
    said = [_SAME.get(sign, sign) for phone in speech.phones for sign in phone.phone]
    heard = _model().transcribe_waveform(speech.wave, speech.rate).phonemes
    return distance(said, [_SAME.get(sign, sign) for phone in heard for sign in phone]) / max(len(said), 1)


def distance(said: list[str], heard: list[str]) -> int:
    """How many phones have to be changed, left out or put in; a flap is as good as t and d."""
    row = list(range(len(heard) + 1))
    for index, own in enumerate(said, 1):
        before, row[0] = row[0], index
        for place, other in enumerate(heard, 1):
            same = own == other or {own, other} <= _FLAPPED
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (not same))
    return row[-1]


@cache
def _model() -> Any:
    import hama

    return hama.ASRModel()
