# SPDX-License-Identifier: GPL-3.0-or-later
"""A cloned voice: Chatterbox (MIT) speaks as the person of a sample does, in 23 languages, offline and slowly.

``chatterbox:PATH`` is the voice of a sample in a folder ``NAME.voice`` whose ``voice.json`` says who agreed to it. Its
watermark stays in the sound. It tells no times, so that phones are found by ear; and it knows no paces, so that others
are made by stretching.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from core.child import Child, ChildFailed
from core.cloning.environment import child_environ, require_python
from core.consent import UNKNOWN, Consent, make_consent
from core.errors import LikenessError
from core.progress import Progress
from core.storage import read_json
from core.voice.hearing import time_by_ear
from core.voice.joining import trim
from core.voice.line import Line
from core.voice.prosody import shift_pitch
from core.voice.provider import Delivery, Utterance, Voice

RATE = 24_000
SEED = 0
PATIENCE = 1800.0  # seconds for a sentence; the first one loads the networks, and a slow processor takes minutes
_PROGRAM = Path(__file__).parents[1] / "cloning" / "program.py"
_LONGEST = 300  # characters said at once, or it loses the thread; it makes 40 s of sound at most
_PREFIX = "chatterbox:"
_USE = "sample"  # of core/consent.py, which has to be among the uses where any are named
# Code of our table -> Chatterbox's.
_SAME = ("en", "ar", "da", "de", "el", "es", "fi", "fr", "he", "hi", "it", "ja", "ko", "ms", "nl", "pl", "ru", "sv",
         "sw", "tr", "zh")  # fmt: skip
_LANGUAGES = {code: code for code in _SAME} | {"nb": "no", "pt-BR": "pt", "pt-PT": "pt", "es-419": "es"}


class ChatterboxProvider:
    """VoiceProvider over the samples that there are; none is listed."""

    name = "chatterbox"
    reach = 0.0

    def voices(self) -> tuple[Voice, ...]:
        return ()

    def find(self, voice: str) -> Voice | None:
        """The voice of a sample. Raises LikenessError as `find_sample` does."""
        if not voice.startswith(_PREFIX):
            return None
        sample, consent = find_sample(voice)
        told = _profile(sample).get("language")
        languages = tuple(sorted(_LANGUAGES, key=lambda code: code != told)) if told in _LANGUAGES else (*_LANGUAGES,)
        return Voice(
            voice, sample.parent.stem, languages, "", self.name, "MIT", is_slow=True,
            about="a cloned voice, with consent and a watermark", consent=consent,
        )  # fmt: skip

    def prepare(self, voice: Voice, progress: Progress) -> None:
        """Raises LikenessError ``voice_missing`` where the environment for it is not set up."""
        find_sample(voice.id)
        require_python()

    def utter(self, line: Line, voice: Voice, delivery: Delivery) -> Utterance:
        nothing = Utterance(np.zeros(0, np.float32), RATE, ())
        if not any(map(str.isalnum, line.text)):
            return nothing
        sample, _ = find_sample(voice.id)
        code = _LANGUAGES[line.language]
        pieces = [_say(text, code, sample) for text in _pieces(line.text)]
        rate = pieces[0][1]
        wave = np.concatenate([wave for wave, _ in pieces])
        # The pitch is changed as on a tape, which takes the pace along.
        wave = _stretch(wave, delivery.speed / delivery.pitch)
        phones = time_by_ear(wave, rate, line)
        return shift_pitch(trim(Utterance(wave, rate, phones)), delivery.pitch) if phones else nothing


def find_sample(voice: str) -> tuple[Path, Consent]:
    """The sample of a voice's id, and who agreed that it is cloned.

    Raises LikenessError ``file_missing``, ``consent_missing`` where nobody did, and as `make_consent` does.
    """
    sample = Path(voice.removeprefix(_PREFIX)).expanduser().resolve()
    sample = sample / "sample.wav" if sample.is_dir() else sample
    if not sample.is_file():
        message = f"There is no sample of a voice at {sample}."
        raise LikenessError("file_missing", message, "Name the sample.wav in a folder NAME.voice.")
    consent = _consent(_profile(sample).get("consent"), sample.parent)
    if consent == UNKNOWN or (consent.uses and _USE not in consent.uses):
        raise LikenessError(
            "consent_missing",
            f"Nobody is recorded to have agreed that the voice in {sample.name} is cloned.",
            f"Make a voice profile (NAME.voice) of the sample, and say there who agreed (use “{_USE}”, or none named).",
        )
    return sample, consent


def _profile(sample: Path) -> dict[str, Any]:
    """What the profile around a sample says; nothing where it lies in none."""
    folder = sample.parent
    if folder.suffix != ".voice" or not (folder / "voice.json").is_file():
        return {}
    told = read_json(folder / "voice.json")
    return told if isinstance(told, dict) else {}


def _consent(entry: Any, folder: Path) -> Consent:
    """The record in a profile: of entries, or a statement."""
    if isinstance(entry, str):
        return Consent(statement=entry.strip())
    return make_consent(entry, folder) if isinstance(entry, dict) and entry else UNKNOWN


def _pieces(text: str) -> list[str]:
    """A text in pieces of at most `_LONGEST` characters, cut after words where there are spaces."""
    pieces: list[str] = []
    while len(text) > _LONGEST:
        cut = max(text.rfind(" ", 0, _LONGEST), 0) or _LONGEST
        pieces.append(text[:cut])
        text = text[cut:].lstrip()
    return [*pieces, text] if text else pieces


def _say(text: str, language: str, sample: Path) -> tuple[np.ndarray, int]:
    """(N,) float32 and its rate. Raises LikenessError ``cloning_failed``."""
    with tempfile.TemporaryDirectory(prefix="likeness_cloning_") as folder:
        out = Path(folder) / "said.wav"
        question = {"text": text, "language": language, "sample": str(sample), "out": str(out), "seed": SEED}
        try:
            _child(require_python()).ask(question, PATIENCE)
            wave, rate = soundfile.read(out, dtype="float32", always_2d=True)
        except (ChildFailed, OSError, soundfile.LibsndfileError) as error:
            raise LikenessError(
                "cloning_failed",
                f"Chatterbox, which clones voices, failed: {str(error).rstrip('.')}.",
                "Try again; if it stays so, set cloning up anew: python -m core cloning install",
            ) from error
    return wave.mean(axis=1), rate


@cache
def _child(python: Path) -> Child:
    return Child(lambda: [str(python), str(_PROGRAM)], child_environ(python))


def _stretch(wave: np.ndarray, pace: float) -> np.ndarray:
    """The wave so many times as quick, as high as before."""
    import librosa

    return wave if abs(pace - 1.0) < 0.01 else librosa.effects.time_stretch(wave, rate=pace).astype(np.float32)
