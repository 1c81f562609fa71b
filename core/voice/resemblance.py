# SPDX-License-Identifier: GPL-3.0-or-later
"""From a sample of somebody's voice to the blend of Kokoro's voices that resembles it most.

Each of Kokoro's voices has an identity, measured once (addon_models/voices/measure.py). The first guess is the sum of
identities, with weights of 0 and more, that comes nearest to the sample's (non-negative least squares, Lawson and
Hanson 1974). What a blend sounds like is no such sum, so the weights are then searched: each step speaks, and listens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from core.consent import Consent
from core.models import fetch_models, missing_bytes
from core.progress import Progress, silent, span
from core.pronunciation.languages import find_language
from core.recording.sound import RATE
from core.script import Sentence
from core.storage import require_writable
from core.voice import kokoro
from core.voice.basis import Texts, require_basis, texts_of
from core.voice.identity import MODEL, embed, likeness
from core.voice.line import make_line
from core.voice.manipulation import Shape, find_melody, reshape
from core.voice.misaki import LANGUAGE_OF
from core.voice.online import require_fetching
from core.voice.profile import PITCHES, RANGES, VoiceProfile, blend, load_profile, save_profile
from core.voice.provider import Delivery, Utterance
from core.voice.sample import Sample, read_sample
from core.voice.spoken_consent import hear_consent

Weights = Mapping[str, float]
_MOST = 4  # voices in a blend
_STEPS = (0.35, 0.15)  # by which a voice's weight grows before all are brought back to a sum of 1
_LEAST_GAIN = 0.002  # of the likeness, for which a step is taken
_LEAST_WEIGHT = 0.04  # below which a voice is left out
_DIGITS = 3  # of a weight
_BREAK = 0.2  # seconds between two sentences
# By how much less alike a blend may get at the sample's pitch and range: people hear a wrong height at once, while
# the network hears it little, and any change of pitch a bit.
_HEIGHT = 0.03
PLAIN = Shape()


@dataclass
class _Audition:
    """Blends that speak and are listened to, each once a sentence. letter: Kokoro's of the language."""

    sample: Sample
    letter: str
    language: str
    spoken: dict[tuple[object, ...], Utterance] = field(default_factory=dict)
    scores: dict[tuple[object, ...], float] = field(default_factory=dict)

    def score(self, weights: Weights, sentences: Sequence[str], shape: Shape = PLAIN) -> float:
        """How alike a blend that says some sentences is to the sample."""
        key = (shape, *sentences, *sorted(weights.items()))
        if key not in self.scores:
            self.scores[key] = likeness(embed(self._speak(weights, sentences, shape), RATE), self.sample.identity)
        return self.scores[key]

    def match(self, weights: Weights, sentences: Sequence[str]) -> Shape:
        """What brings a blend to the pitch and range of the sample, or half of the way, or not, as is most alike."""
        melody = find_melody(self._speak(weights, sentences, PLAIN), RATE)
        pitch = float(np.clip(self.sample.pitch / max(melody.median, 1.0), *PITCHES))
        reach = float(np.clip(self.sample.range / max(melody.range, 0.1), *RANGES))
        shapes = {share: Shape(round(pitch**share, 4), round(reach**share, 4)) for share in (1.0, 0.5, 0.0)}
        best = max(shapes, key=lambda share: self.score(weights, sentences, shapes[share]) + _HEIGHT * share)
        return shapes[best]

    def _speak(self, weights: Weights, sentences: Sequence[str], shape: Shape) -> np.ndarray:
        styles, rest = blend(weights), np.zeros(round(_BREAK * RATE), np.float32)
        waves: list[np.ndarray] = []
        for sentence in sentences:
            line = make_line(Sentence(sentence, True, self.language))
            key = (sentence, *sorted(weights.items()))
            if key not in self.spoken:
                self.spoken[key] = kokoro.speak_styles(line, styles, self.letter, Delivery())
            waves += [reshape(self.spoken[key], shape).wave, rest]
        return np.concatenate(waves)


@cache
def _identities() -> Mapping[str, np.ndarray]:
    """Kokoro's voices -> (256,) float32 of length 1."""
    with np.load(Path(__file__).with_name("kokoro_identities.npz"), allow_pickle=False) as stored:
        return dict(zip(stored["names"].tolist(), stored["identities"].astype(np.float32), strict=True))


def make_profile(
    sample: Path,
    out: Path,
    language: str,
    consent: Consent,
    progress: Progress = silent,
    consent_recording: Path | None = None,
    name: str | None = None,
    online: bool = False,
) -> VoiceProfile:
    """Make the folder ``out`` (``NAME.voice``): a voice that resembles the sample's; no copy of it.

    sample: 5 to 30 seconds of one person, see `read_sample`. language: one that Kokoro speaks; in it the profile is
    made, whatever the sample is in. consent_recording: a sound in which that person says the sentence of consent,
    needed unless the consent says that the sample is synthetic. name: default the folder's.
    online: whether networks that are missing may be fetched.
    A blend that does not resemble the sample more than the nearest single voice, on text that neither was
    searched with, is not kept, and a warning says so. The same arguments give the same bytes.

    Raises LikenessError as `read_sample`, `require_basis`, `hear_consent`, `fetch_models` and `write_folder` do,
    ``language_unknown``, ``profile_language``, and what ``progress`` raises.
    """
    out, language = Path(out), find_language(language).code
    texts = texts_of(language)
    require_basis(consent, consent_recording is not None, language)
    require_writable(out)
    wanted = (*kokoro.MODELS, MODEL)
    require_fetching("A voice profile", missing_bytes(wanted), online)
    fetch_models(wanted, span(progress, 0.0, 0.05))
    recorded = read_sample(sample, span(progress, 0.05, 0.15))
    alike = None
    if consent_recording is not None:
        alike = round(hear_consent(consent_recording, language, recorded, span(progress, 0.15, 0.2)), 3)
    audition = _Audition(recorded, _letter(recorded, language), language)
    nearest, blended = _search(audition, texts, span(progress, 0.2, 0.85))
    progress(0.85, "Measuring with other words")
    profile = _chosen(audition, texts, nearest, blended, consent, name or out.stem, alike)
    may_keep = not consent.uses or "sample" in consent.uses
    save_profile(profile, out, recorded.wave if may_keep else None, RATE)
    progress(1.0, "The voice is made")
    return load_profile(out)


def candidates(language: str) -> list[str]:
    """Kokoro's voices that a blend may have: those of the language, and the English ones, which are trained best."""
    letters = {letter for letter, spoken in LANGUAGE_OF.items() if spoken in (language, "en")}
    return [name for name in _identities() if name[0] in letters]


def first_weights(identity: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """Weights of voices whose identities add up to about ``identity`` (256,), `_MOST` of them at most."""
    table = np.stack([_identities()[name] for name in names], axis=1).astype(np.float64)
    found, _ = nnls(table, identity.astype(np.float64))
    return tidied(dict(zip(names, found.tolist(), strict=True)))


def tidied(weights: Weights) -> dict[str, float]:
    """The `_MOST` largest weights that count, with a sum of 1."""
    total = sum(weights.values())
    kept = sorted(((weight / total, name) for name, weight in weights.items()), reverse=True)[:_MOST]
    kept = [(weight, name) for weight, name in kept if weight >= _LEAST_WEIGHT] or kept[:1]
    total = sum(weight for weight, _ in kept)
    shares = {name: round(weight / total, _DIGITS) for weight, name in kept}
    first = next(iter(shares))
    shares[first] = round(shares[first] + 1.0 - sum(shares.values()), _DIGITS)
    return shares


def _letter(sample: Sample, language: str) -> str:
    """Kokoro's letter of the language; of English the accent of the voice that is most alike."""
    letters = [letter for letter, spoken in LANGUAGE_OF.items() if spoken == language]
    own = [name for name in _identities() if name[0] in letters]
    return max(own, key=lambda name: likeness(_identities()[name], sample.identity))[0] if own else letters[0]


def _search(audition: _Audition, texts: Texts, progress: Progress) -> tuple[dict[str, float], dict[str, float]]:
    """The nearest single voice, and the best blend that is found: coordinate by coordinate, each step measured."""
    identity = audition.sample.identity
    names = candidates(audition.language)
    ranked = sorted(names, key=lambda name: -likeness(_identities()[name], identity))
    guess = first_weights(identity, names)
    tried = list(dict.fromkeys((*guess, *ranked[:2])))
    steps = 4 + len(_STEPS) * len(tried)

    def score(weights: Weights) -> float:
        progress(min(len(audition.scores) / steps, 1.0), "Trying blends of voices")
        return audition.score(weights, texts.search)

    nearest = max(({name: 1.0} for name in ranked[:2]), key=score)
    best = max((nearest, guess, tidied(_stepped(guess, next(iter(nearest)), _STEPS[0]))), key=score)
    for step in _STEPS:
        for name in tried:
            further = tidied(_stepped(best, name, step))
            if score(further) > score(best) + _LEAST_GAIN:
                best = further
    return dict(nearest), dict(best)


def _stepped(weights: Weights, name: str, step: float) -> dict[str, float]:
    return {**weights, name: weights.get(name, 0.0) + step}


def _chosen(
    audition: _Audition,
    texts: Texts,
    nearest: Weights,
    blended: Weights,
    consent: Consent,
    name: str,
    alike: float | None,
) -> VoiceProfile:
    """The blend, or the nearest voice where that is more alike with the held-out text."""
    listed = kokoro.KokoroProvider().voices()
    default = next(voice.id.partition(":")[2] for voice in listed if audition.language in voice.languages)
    shapes = audition.match(nearest, texts.search), audition.match(blended, texts.search)
    asked = {
        "default": ({default: 1.0}, PLAIN),
        "nearest": (nearest, PLAIN),
        "nearest_pitch": (nearest, shapes[0]),
        "blend": (blended, PLAIN),
        "blend_pitch": (blended, shapes[1]),
    }
    measured = {kind: audition.score(weights, texts.held_out, shape) for kind, (weights, shape) in asked.items()}
    is_blend = measured["blend_pitch"] > measured["nearest_pitch"]
    weights, shape = (blended, shapes[1]) if is_blend else (nearest, shapes[0])
    sample = audition.sample
    warnings = list(sample.warnings)
    if not is_blend:
        warnings.append("No blend resembles the sample more than the nearest single voice, which is used.")
    return VoiceProfile(
        name,
        audition.language,
        weights,
        blend(weights),
        sample.pitch,
        shape.pitch,
        sample.range,
        shape.range,
        {key: round(value, 3) for key, value in measured.items()},
        "blend" if is_blend else "nearest",
        consent,
        alike,
        sample.sha256,
        warnings=tuple(warnings),
    )
