# SPDX-License-Identifier: GPL-3.0-or-later
"""From a sound file to a Speech."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from string import punctuation

import numpy as np
import soxr

from core.consent import UNKNOWN, Consent
from core.progress import Progress, silent, span
from core.pronunciation.languages import find_language, require_heard
from core.pronunciation.spoken import SpokenWord
from core.pronunciation.words import spoken_words
from core.recording import recogniser
from core.recording.ends import shorten_ends
from core.recording.second_ear import hear_again
from core.recording.settling import close_before, fill, find_stress, hush, settle
from core.recording.sound import RATE, read_sound
from core.script import Script
from core.speech import Phone, Speech, load_speech, save_speech
from core.speech.confidence import with_confidence
from core.speech.features import RATE as HEARING
from core.speech.net import Heard, hear
from core.storage import require_writable
from core.voice.words import heard_words, stress_words

VOICE = "recording"
LEAST_FIT = 0.22  # of a script's words to a sound, see `_find_script`


def record(
    sound: Path,
    out: Path,
    script: Script | None = None,
    progress: Progress = silent,
    language: str = "en",
    own: Mapping[str, str] | None = None,
    direction: str = "",
    consent: Consent = UNKNOWN,
    trim: bool = False,
) -> Speech:
    """Make the folder ``out`` (``NAME.speech``) of a recording of somebody who speaks.

    script: what is said; its words are found in the sound. Small differences do no harm; a script that does
    not belong to the sound is left aside with a warning. Without one the sounds are recognised, and there are
    no words. language: what is spoken where there is no script, which has its own. own: pronunciations that the person
    gives, see `core.pronunciation.own`. direction: how it is to be performed, in plain words. consent: of who speaks.
    trim: whether silence at its ends is shortened, see `shorten_ends`; then it is no more in time with a picture that
    it belongs to. The same arguments give the same bytes.

    Raises LikenessError as `read_sound` and `spoken_words` do, ``language_unheard`` for a script in a language that can
    only be spoken, ``output_unwritable``, and what ``progress`` raises.
    """
    language = find_language(language).code if script is None else script.language
    if script is not None:
        require_heard(find_language(language))
    out = Path(out)
    require_writable(out)
    wave = read_sound(sound, span(progress, 0.0, 0.1))
    wave = shorten_ends(wave, RATE) if trim else wave
    listened = soxr.resample(wave, RATE, HEARING, quality="VHQ")
    hearing = hear(listened, span(progress, 0.1, 0.3))
    phones, warnings = None, []
    if script is not None:
        phones, warnings = _follow(script, own or {}, hearing, wave, span(progress, 0.3, 0.6))
    found = script if phones is not None else None
    if phones is None:
        phones = find_sounds(hear_again(hearing, listened, language, span(progress, 0.6, 0.95)), wave)
    progress(0.95, "Setting the phones in time")
    if not any(phone.phone for phone in phones):
        warnings.append("Nothing in the recording sounds like speech; the mouth stays still.")
    settled = settle(with_confidence(close_before(phones, wave, RATE), hearing))
    said = _write_down(found, language, wave, settled, tuple(warnings))
    recorded = replace(said, direction=direction, consent=consent)
    speech = load_speech(save_speech(recorded, out))  # 16 bits a sample, as every later reader sees it
    progress(1.0, "Recorded")
    return speech


def find_sounds(hearing: Heard, wave: np.ndarray) -> tuple[Phone, ...]:
    """The phones that are heard in a (N,) wave at `RATE`, where it is not quiet, with the stress of the vowels."""
    return find_stress(hush(recogniser.recognise(hearing, len(wave) / RATE), wave, RATE), wave, RATE)


def _follow(
    script: Script, own: Mapping[str, str], hearing: Heard, wave: np.ndarray, progress: Progress
) -> tuple[tuple[Phone, ...] | None, list[str]]:
    """The script's phones where they are heard, None where it is not what is said, and what is to be told."""
    heard = find_sounds(hearing, wave)
    spoken = spoken_words(script, own)
    said = _find_script(spoken, hearing, heard, progress)
    warnings = [*script.warnings, *_unsaid(script, spoken, said)]
    return (fill(said, heard) if said is not None else None), warnings


def _write_down(
    script: Script | None, language: str, wave: np.ndarray, settled: Sequence[Phone], warnings: tuple[str, ...]
) -> Speech:
    """All that is known of what was said; script: what it follows."""
    written = script.words if script is not None else ()
    words, phones = heard_words(written, settled)
    phones, stressed = stress_words(phones, script.stressed if script is not None and written else (), settled)
    text, tags = (script.text, script.tags) if script is not None else ("", ())
    return Speech(text, language, VOICE, RATE, wave, phones, words, warnings, tags, stressed=stressed)


def _find_script(
    words: Sequence[SpokenWord], hearing: Heard, heard: Sequence[Phone], progress: Progress
) -> tuple[Phone, ...] | None:
    """The phones of the script's words in the recording; None where it says something else.

    Measured on 59 sentences of voices and people that nothing was trained on: at least .62 with their own scripts, .28
    where another sentence is said between two, .17 (the worst; .33 the next) before; at most .19 with other scripts.
    """
    found = recogniser.align(hearing, heard, words, progress) if words else None
    if found is None or found.fit < LEAST_FIT:
        return None
    return tuple(replace(phone, word=words[phone.word].word if phone.word >= 0 else -1) for phone in found.phones)


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
