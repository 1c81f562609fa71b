# SPDX-License-Identifier: GPL-3.0-or-later
"""From a sound file to a Speech."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from string import punctuation

import numpy as np
import soxr

from core.progress import Progress, silent, span
from core.pronunciation.languages import find_language
from core.pronunciation.spoken import SpokenWord
from core.pronunciation.words import spoken_words
from core.recording import recogniser
from core.recording.settling import fill, find_stress, hush, settle
from core.recording.sound import RATE, read_sound
from core.script import Script
from core.speech import Phone, Speech, load_speech, save_speech
from core.speech.confidence import voiced, with_confidence
from core.speech.net import hear
from core.storage import require_writable
from core.voice.words import heard_words

VOICE = "recording"
LEAST_AGREEMENT = 0.25  # see `_find_script`
_LEAST_ABROAD = 0.20  # the same in languages that the recogniser does not know: .21 to .38 for nine read by espeak
_STEP = 0.010  # seconds


def record(
    sound: Path,
    out: Path,
    script: Script | None = None,
    progress: Progress = silent,
    language: str = "en",
    own: Mapping[str, str] | None = None,
) -> Speech:
    """Make the folder ``out`` (``NAME.speech``) of a recording of somebody who speaks.

    script: what is said; its words are found in the sound. Small differences do no harm; a script that does
    not belong to the sound is left aside with a warning. Without one the sounds are recognised, and there are
    no words. language: what is spoken where there is no script, which has its own. own: pronunciations that the person
    gives, see `core.pronunciation.own`. The same arguments give the same bytes.

    Raises LikenessError as `read_sound` and `spoken_words` do, ``output_unwritable``, and what ``progress`` raises.
    """
    language = find_language(language).code if script is None else script.language
    out = Path(out)
    require_writable(out)
    wave = read_sound(sound, span(progress, 0.0, 0.1))
    listened = soxr.resample(wave, RATE, recogniser.RATE, quality="VHQ")
    hearing = hear(listened, span(progress, 0.1, 0.2))
    end = 0.95 if script is None else 0.75
    heard = hush(voiced(recogniser.recognise(listened, span(progress, 0.2, end)), hearing), wave, RATE)
    phones = heard = find_stress(heard, wave, RATE)
    text, written, warnings = "", (), []
    if script is not None:
        spoken = spoken_words(script, own or {})
        said = _find_script(spoken, language, listened, heard, span(progress, end, 0.95))
        warnings += [*script.warnings, *_unsaid(script, spoken, said)]
        if said is not None:
            phones, text, written = fill(said, heard), script.text, script.words
    if not any(phone.phone for phone in phones):
        warnings.append("Nothing in the recording sounds like speech; the mouth stays still.")
    words, phones = heard_words(written, settle(with_confidence(phones, hearing)))
    recorded = Speech(text, language, VOICE, RATE, wave, phones, words, tuple(warnings))
    speech = load_speech(save_speech(recorded, out))  # 16 bits a sample, as every later reader sees it
    progress(1.0, "Recorded")
    return speech


def agreement(phones: Sequence[Phone], others: Sequence[Phone]) -> float:
    """Share of the time of the phones' sounds in which the others show the same viseme."""
    duration = phones[-1].end
    times = np.arange(_STEP / 2, duration, _STEP)
    first, second = (
        np.array([phone.viseme for phone in track])[
            np.searchsorted([phone.end for phone in track[:-1]], times, side="right")
        ]
        for track in (phones, others)
    )
    sounding = first != "viseme_sil"
    return float(np.mean(first[sounding] == second[sounding])) if sounding.any() else 0.0


def _find_script(
    words: Sequence[SpokenWord], language: str, wave: np.ndarray, heard: Sequence[Phone], progress: Progress
) -> tuple[Phone, ...] | None:
    """The phones of the script's words in the recording; None where it says something else.

    Measured with `agreement` times the share of the words that are found: at least .34 for 37 recordings with
    their own scripts (short ones in quick Australian and British English too); with another's, hardly any words
    are found, and it is at most .20.
    """
    aligned = recogniser.align(wave, words, progress, language) if words else None
    if aligned is None:
        return None
    said = {phone.word for phone in aligned if phone.word >= 0}
    if agreement(aligned, heard) * len(said) / len(words) < (LEAST_AGREEMENT if language == "en" else _LEAST_ABROAD):
        return None
    return tuple(replace(phone, word=words[phone.word].word if phone.word >= 0 else -1) for phone in aligned)


def _unsaid(script: Script, spoken: Sequence[SpokenWord], phones: Sequence[Phone] | None) -> list[str]:
    """Sentences about a script that the recording does not follow."""
    if phones is None:
        return ["The script was not found in the recording, whose sounds were recognised without it."]
    said = {phone.word for phone in phones}
    written = script.words
    missing = [
        written[index].strip(punctuation + "“”‘’«»„—…、。，！？；：「」؟،।")
        for index in dict.fromkeys(word.word for word in spoken)
        if index not in said
    ]
    if not missing:
        return []
    shown = ", ".join(f"“{word}”" for word in missing[:5]) + (" and more" if len(missing) > 5 else "")
    return [f"Not heard in the recording: {shown}."]
