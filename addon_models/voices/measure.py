# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure what Kokoro's voices are like: writes core/voice/kokoro_identities.npz.

``PYTHONPATH=. python addon_models/voices/measure.py``, ten minutes on two cores. Every voice says the same four English
sentences, so that only who speaks differs.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.script import parse_script
from core.storage import write_npz
from core.voice import kokoro
from core.voice.identity import embed
from core.voice.line import make_line
from core.voice.provider import Delivery

OUT = Path(__file__).resolve().parents[2] / "core" / "voice" / "kokoro_identities.npz"
SENTENCES = (
    "The boy was there when the sun rose over the quiet harbour.",
    "Please ask her what time the next train leaves.",
    "A large size in stockings is hard to sell these days.",
    "We talked about the garden until it got dark outside.",
)


def identity(name: str) -> np.ndarray:
    """(256,) of length 1: the mean over the sentences."""
    styles = kokoro.load_styles(name)
    lines = [make_line(parse_script(sentence).sentences[0]) for sentence in SENTENCES]
    said = [kokoro.speak_styles(line, styles, "a", Delivery()) for line in lines]
    mean = np.mean([embed(one.wave, one.rate) for one in said], axis=0)
    return mean / np.linalg.norm(mean)


if __name__ == "__main__":
    names = kokoro.voice_names()
    found = np.stack([identity(name) for name in names])
    write_npz(OUT, {"names": np.array(names), "identities": found.astype(np.float16)})
