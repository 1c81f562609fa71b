# SPDX-License-Identifier: GPL-3.0-or-later
"""The VoiceProfile: a blend of Kokoro's voices that resembles somebody's, in the folder ``NAME.voice/``.

It resembles a voice; it is no copy of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import core
from core.consent import Consent, make_consent
from core.errors import LikenessError
from core.formats import FORMATS, bring_up
from core.models import model_digests
from core.storage import digest_file, read_json, read_npz, write_folder, write_json, write_npz, write_wave
from core.trust.binding import bind, require_given
from core.voice import kokoro
from core.voice.identity import MODEL

SUFFIX = ".voice"
SAMPLE = "sample.wav"
PITCHES, RANGES = (0.7, 1.4), (0.6, 1.6)  # factors beyond which a voice sounds worked on


@dataclass(frozen=True)
class VoiceProfile:
    """What ``NAME.voice/`` holds.

    language: that it was made and measured in. weights: Kokoro's voices -> shares with a sum of 1. styles: (510, 256)
    float32. pitch: hertz of the sample's median; pitch_factor: by which the blend comes to it. range, range_factor: the
    same of the semitones from the tenth to the ninetieth percentile. likeness: cosines to the sample, of text that was
    not searched with: ``default`` (the language's first voice), ``nearest`` (single voice), ``nearest_pitch``,
    ``blend``, ``blend_pitch``. kept: ``blend`` or ``nearest``. sample_sha256: of the file; sample: kept here, or None.
    consent_heard: how alike the spoken consent is; None where none was needed. kept_sha256: of the kept file, as it was
    when the profile was made; ``""`` where none is kept. version: differs where the profile is another one.
    """

    name: str
    language: str
    weights: Mapping[str, float]
    styles: np.ndarray
    pitch: float
    pitch_factor: float
    range: float
    range_factor: float
    likeness: Mapping[str, float]
    kept: str
    consent: Consent
    consent_heard: float | None
    sample_sha256: str
    sample: Path | None = None
    warnings: tuple[str, ...] = ()
    kept_sha256: str = ""
    version: str = ""


def save_profile(profile: VoiceProfile, out: Path, sample: np.ndarray | None, rate: int) -> Path:
    """Write the folder. sample: (N,) what is kept of it, or None. Raises LikenessError as `write_folder` does."""
    entry: dict[str, Any] = {
        "format": FORMATS["voice"],
        "name": profile.name,
        "language": profile.language,
        "synthetic": True,
        "weights": dict(profile.weights),
        "pitch": {"hertz": profile.pitch, "factor": profile.pitch_factor},
        "range": {"semitones": profile.range, "factor": profile.range_factor},
        "likeness": dict(profile.likeness),
        "kept": profile.kept,
        "consent": profile.consent.as_dict(),
        "consent_heard": profile.consent_heard,
        "sample": {"sha256": profile.sample_sha256, "file": None},
        "warnings": list(profile.warnings),
        "generator": {"version": core.__version__, "models": model_digests((*kokoro.MODELS, MODEL))},
    }

    def write(folder: Path) -> None:
        write_npz(folder / "styles.npz", {"styles": profile.styles.astype(np.float32)})
        if sample is not None:
            write_wave(folder / SAMPLE, sample, rate)
            entry["sample"] |= {"file": SAMPLE, "kept_sha256": digest_file(folder / SAMPLE)}
        entry["consent"] = bind("voice", entry["consent"], [profile.sample_sha256], folder)
        write_json(folder / "voice.json", entry)

    return write_folder(out, write)


def load_profile(folder: Path) -> VoiceProfile:
    """Read a folder.

    Raises LikenessError ``file_missing``, ``file_damaged``, ``profile_unreadable``, ``too_new``, ``consent_swapped``.
    """
    folder = Path(folder)
    entry, arrays = read_json(folder / "voice.json"), read_npz(folder / "styles.npz")
    try:
        styles = arrays["styles"]
        entry = bring_up("voice", entry, folder.name)
        if styles.shape != kokoro.STYLES or not np.isfinite(styles).all():
            raise ValueError("it is of another format")
        kept, kept_sha256 = entry["sample"]["file"], entry["sample"]["kept_sha256"]
        if not isinstance(kept_sha256, str):
            raise ValueError("its sample has no hash")
        require_given("voice", f"voice “{entry['name']}”", entry["consent"], [entry["sample"]["sha256"]], folder)
        return VoiceProfile(
            entry["name"],
            entry["language"],
            entry["weights"],
            styles,
            entry["pitch"]["hertz"],
            float(np.clip(entry["pitch"]["factor"], *PITCHES)),
            entry["range"]["semitones"],
            float(np.clip(entry["range"]["factor"], *RANGES)),
            entry["likeness"],
            entry["kept"],
            make_consent(entry["consent"]),
            entry["consent_heard"],
            entry["sample"]["sha256"],
            folder / kept if kept == SAMPLE and (folder / kept).is_file() else None,
            tuple(entry["warnings"]),
            kept_sha256,
            digest_file(folder / "voice.json"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LikenessError(
            "profile_unreadable", f"{folder.name} is no voice profile: {error}.", "Make it again from its sample."
        ) from error


def blend(weights: Mapping[str, float]) -> np.ndarray:
    """(510, 256) float32: the styles of Kokoro's voices, added up by their weights."""
    styles = np.zeros(kokoro.STYLES, np.float64)
    for name, weight in weights.items():
        styles += weight * kokoro.load_styles(name)
    return styles.astype(np.float32)

