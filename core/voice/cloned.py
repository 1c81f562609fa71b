# SPDX-License-Identifier: GPL-3.0-or-later
"""A cloned voice: an engine of core/cloning/engines.py speaks as the person of a sample does, offline and slowly.

``ENGINE:PATH``, as ``chatterbox:PATH``, is the voice of the sample that a profile, the folder ``NAME.voice``, keeps;
its consent has to allow that. A watermark stays in the sound. The engine tells no times, so that phones are found by
ear; and it knows no paces, so that others are made by stretching.
"""

from __future__ import annotations

import atexit
import tempfile
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import soundfile

from core.child import Child, ChildFailed
from core.cloning.engines import ENGINES, Engine
from core.cloning.environment import child_environ, require_python
from core.errors import LikenessError
from core.progress import Progress
from core.storage import digest_file
from core.voice.basis import LEAST_ALIKE, require_basis
from core.voice.hearing import time_by_ear
from core.voice.joining import trim
from core.voice.line import Line
from core.voice.manipulation import Shape, reshape
from core.voice.profile import SAMPLE, SUFFIX, VoiceProfile, load_profile
from core.voice.provider import Delivery, Utterance, Voice

RATE = 24_000
SEED = 0
PATIENCE = 1800.0  # seconds for a sentence; the first one loads the networks, and a slow processor takes minutes
_PROGRAM = Path(__file__).parents[1] / "cloning" / "program.py"
_LONGEST = 300  # characters said at once, or it loses the thread; it makes 40 s of sound at most
_USE = "sample"  # of core/consent.py, which a person has to allow by name


class ClonedProvider:
    """VoiceProvider of one engine over the samples that there are; none is listed."""

    reach = 0.0

    def __init__(self, engine: Engine) -> None:
        self.name = engine.name
        self._engine = engine

    def voices(self) -> tuple[Voice, ...]:
        return ()

    def find(self, voice: str) -> Voice | None:
        """The voice of a sample. Raises LikenessError as `find_sample` does."""
        if not voice.startswith(f"{self.name}:"):
            return None
        profile = find_sample(voice)[1]
        uses, known = profile.consent.uses, self._engine.languages
        speaks = known if not uses or "languages" in uses else ()
        languages = tuple(code for code in dict.fromkeys((profile.language, *speaks)) if code in known)
        if not languages:
            message = f"{profile.name} agreed to speak {profile.language} only, which {self._engine.title} does not."
            raise LikenessError("voice_speaks_another", message, "Use the profile's own voice (profile:…).")
        return Voice(
            voice, profile.name, languages, "", self.name, self._engine.licence, is_slow=True,
            about=self._engine.about, consent=profile.consent, version=profile.kept_sha256,
        )  # fmt: skip

    def prepare(self, voice: Voice, progress: Progress) -> None:
        """Raises LikenessError ``voice_missing`` where the environment for it is not set up."""
        find_sample(voice.id)
        require_python(self._engine)

    def utter(self, line: Line, voice: Voice, delivery: Delivery) -> Utterance:
        nothing = Utterance(np.zeros(0, np.float32), RATE, ())
        if not any(map(str.isalnum, line.text)):
            return nothing
        sample, profile = find_sample(voice.id)
        code = self._engine.languages[line.language]
        pieces = [_remembered(self.name, text, code, sample, profile.kept_sha256) for text in _pieces(line.text)]
        rate = pieces[0][1]
        wave = np.concatenate([wave for wave, _ in pieces])
        wave = _stretch(wave, delivery.speed)
        phones = time_by_ear(wave, rate, line)
        return reshape(trim(Utterance(wave, rate, phones)), Shape(delivery.pitch)) if phones else nothing


def find_sample(voice: str) -> tuple[Path, VoiceProfile]:
    """The sample that a voice's id names, and the profile that keeps it.

    Raises LikenessError ``file_missing``, ``consent_missing`` where it may not be cloned, ``sample_changed``, and as
    `load_profile` and `require_basis` do.
    """
    path = Path(voice.partition(":")[2]).expanduser().resolve()
    if not path.exists():
        message = f"There is no voice profile at {path}."
        raise LikenessError("file_missing", message, f"Name a folder NAME{SUFFIX}.")
    folder = path.parent if path.name == SAMPLE else path
    if folder.suffix != SUFFIX or not folder.is_dir():
        raise LikenessError(
            "consent_missing",
            f"Nobody is recorded to have agreed that the voice in {path.name} is cloned.",
            f"Make a voice profile of it, and name the folder NAME{SUFFIX}.",
        )
    profile = load_profile(folder)
    _require_consent(profile, folder)
    if profile.sample is None:
        message = f"{folder.name} keeps no {SAMPLE}."
        raise LikenessError("file_missing", message, f"Make it again with “{_USE}” among the uses of its consent.")
    if digest_file(profile.sample) != profile.kept_sha256:
        message = f"{SAMPLE} in {folder.name} is not the sample that was kept when the profile was made."
        raise LikenessError("sample_changed", message, "Make the profile again from its sample.")
    return profile.sample, profile


def _require_consent(profile: VoiceProfile, folder: Path) -> None:
    """That whoever speaks is known, was heard to agree, and allows that the sample is given away."""
    heard = profile.consent_heard
    require_basis(profile.consent, isinstance(heard, float) and heard >= LEAST_ALIKE, profile.language)
    if profile.consent.basis != "synthetic" and _USE not in profile.consent.uses:
        raise LikenessError(
            "consent_missing",
            f"The consent in {folder.name} does not say that the voice may be cloned.",
            f"Make the profile again with “{_USE}” among the uses of its consent, if the person allows that.",
        )


def _pieces(text: str) -> list[str]:
    """A text in pieces of at most `_LONGEST` characters, cut after words where there are spaces."""
    pieces: list[str] = []
    while len(text) > _LONGEST:
        cut = max(text.rfind(" ", 0, _LONGEST), 0) or _LONGEST
        pieces.append(text[:cut])
        text = text[cut:].lstrip()
    return [*pieces, text] if text else pieces


@lru_cache(64)
def _remembered(engine: str, text: str, language: str, sample: Path, sha256: str) -> tuple[np.ndarray, int]:
    """What `_say` says, kept in memory: other paces and pitches of a sentence are made of the same sound."""
    return _say(ENGINES[engine], text, language, sample)


def _say(engine: Engine, text: str, language: str, sample: Path) -> tuple[np.ndarray, int]:
    """(N,) float32 and its rate. Raises LikenessError ``cloning_failed``."""
    with tempfile.TemporaryDirectory(prefix="likeness_cloning_") as folder:
        out = Path(folder) / "said.wav"
        question = {"text": text, "language": language, "sample": str(sample), "out": str(out), "seed": SEED}
        try:
            _child(require_python(engine), engine.name).ask(question, PATIENCE)
            wave, rate = soundfile.read(out, dtype="float32", always_2d=True)
        except (ChildFailed, OSError, soundfile.LibsndfileError) as error:
            raise LikenessError(
                "cloning_failed",
                f"{engine.title}, which clones voices, failed: {str(error).rstrip('.')}.",
                f"Try again; if it stays so, set cloning up anew: python -m core cloning install {engine.name}",
            ) from error
    return wave.mean(axis=1), rate


@cache
def _child(python: Path, engine: str) -> Child:
    child = Child(lambda: [str(python), str(_PROGRAM), engine], child_environ(python))
    atexit.register(child.close)  # it sees that its stdin is closed only behind its sentence, minutes later
    return child


def _stretch(wave: np.ndarray, pace: float) -> np.ndarray:
    """The wave so many times as quick, as high as before."""
    import librosa

    return wave if abs(pace - 1.0) < 0.01 else librosa.effects.time_stretch(wave, rate=pace).astype(np.float32)
