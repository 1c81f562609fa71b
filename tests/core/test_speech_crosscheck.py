# SPDX-License-Identifier: GPL-3.0-or-later
"""The network's alignment against that of another recogniser, which nobody here has trained: pocketsphinx."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from core.recording import record
from core.script import parse_script
from core.speech import Speech
from core.speech.features import RATE
from core.voice import speak

TEXT = "Maybe the plumber can mend the broken pump before supper. Every few years a comet passes above the village."


@pytest.fixture(scope="module")
def aligned(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    """TEXT as the English voice says it, its words found as in anybody's recording."""
    folder = tmp_path_factory.mktemp("crosscheck")
    script = parse_script(TEXT)
    speak(script, folder / "said.speech")
    return record(folder / "said.speech" / "speech.wav", folder / "aligned.speech", script)


def test_another_recogniser_hears_the_words_at_the_same_times(aligned: Speech) -> None:
    pocketsphinx = pytest.importorskip("pocketsphinx")
    decoder = pocketsphinx.Decoder(samprate=RATE, loglevel="FATAL", bestpath=False)
    decoder.set_align_text(TEXT.lower().replace(".", ""))
    wave = soxr.resample(aligned.wave, aligned.rate, RATE)
    samples = (np.clip(wave, -1.0, 1.0) * 32767).astype("<i2").tobytes()
    for prepare in (lambda: None, decoder.set_alignment):  # the words, then their phones
        prepare()
        decoder.start_utt()
        decoder.process_raw(samples, full_utt=True)
        decoder.end_utt()
    theirs = [entry.start * 0.01 for entry in decoder.get_alignment() if entry.name[0] not in "<(["]
    ours = [word.start for word in aligned.words]
    assert len(theirs) == len(ours)
    apart = np.subtract(ours, theirs)
    assert np.median(np.abs(apart)) <= 0.025
    assert np.abs(apart).max() <= 0.15
