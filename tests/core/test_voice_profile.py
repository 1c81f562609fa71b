# SPDX-License-Identifier: GPL-3.0-or-later
"""Voice profiles: what a sample has to be, who has to agree, and what is made of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import espeak_voice
import numpy as np
import pytest
import soundfile
import soxr

from core.consent import Consent
from core.errors import LikenessError
from core.jobs import check_params, run_job
from core.models import missing_bytes
from core.pronunciation.languages import find_language
from core.script import parse_script
from core.voice import Delivery, Line, Utterance, find_voice, kokoro, list_voices, resemblance
from core.voice.basis import texts_of
from core.voice.identity import MODEL, embed, likeness
from core.voice.line import make_line
from core.voice.profile import SAMPLE, VoiceProfile, load_profile, save_profile
from core.voice.resemblance import candidates, first_weights, make_profile, tidied
from core.voice.sample import Sample, alike, clipped, read_sample

pytestmark = pytest.mark.skipif(missing_bytes((MODEL, "kokoro_voices")) > 0, reason="optional models are not here")

RATE = 24_000
TEXT = (
    "I grew up in a small town by the river, where everybody knew everybody else.",
    "In the evening my father used to read us stories about sailors and distant islands.",
    "One day we decided to build a boat of our own, although none of us could swim.",
)
SYNTHETIC = Consent(speaker="hibari's heart", basis="synthetic")
PERSON = Consent(speaker="Ada", basis="self", date="2026-11-26", uses=("private",))


def _heart(texts: Sequence[str]) -> np.ndarray:
    provider, voice = find_voice("heart", "en")
    lines = [make_line(parse_script(text).sentences[0]) for text in texts]
    return np.concatenate([np.pad(provider.utter(line, voice, Delivery()).wave, (0, RATE // 4)) for line in lines])


def _espeak(texts: Sequence[str], out: Path) -> np.ndarray:
    espeak_voice.speak("en-us+m3", " ".join(texts), out)
    wave, rate = soundfile.read(out, dtype="float32")
    return soxr.resample(wave, rate, RATE)


@dataclass(frozen=True)
class Voices:
    """Sounds at `RATE` of two voices, and the first one's sample."""

    heart: np.ndarray
    other: np.ndarray
    sample: Sample
    path: Path


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> Voices:
    folder = tmp_path_factory.mktemp("samples")
    heart, other = _heart(TEXT), _espeak(TEXT, folder / "other.wav")
    soundfile.write(folder / "heart.wav", heart, RATE)
    return Voices(heart, other, read_sample(folder / "heart.wav"), folder / "heart.wav")


def _refused(wave: np.ndarray, tmp_path: Path, rate: int = RATE) -> str:
    soundfile.write(tmp_path / "a.wav", wave, rate)
    with pytest.raises(LikenessError) as caught:
        read_sample(tmp_path / "a.wav")
    assert caught.value.message.endswith(".") and caught.value.hint.endswith(".")
    return caught.value.code


def test_a_voice_is_more_like_itself_than_like_another(voices: Voices) -> None:
    half = len(voices.heart) // 2
    first, second = (embed(part, RATE) for part in (voices.heart[:half], voices.heart[half:]))
    assert likeness(first, second) > 0.85
    assert likeness(first, embed(voices.other, RATE)) < 0.75
    assert np.linalg.norm(first) == pytest.approx(1.0, abs=1e-4)


def test_a_good_sample_has_no_warnings_and_its_own_pitch(voices: Voices) -> None:
    assert voices.sample.warnings == () and 150 < voices.sample.pitch < 230 and 3 < voices.sample.range < 12
    assert len(voices.sample.sha256) == 64 and 8 < voices.sample.seconds < 20


def test_what_is_no_sample_is_refused_each_in_its_own_words(voices: Voices, tmp_path: Path) -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(8 * RATE)
    times = np.arange(RATE // 2) / RATE
    notes = [np.sin(2 * np.pi * hertz * times) * np.exp(-4 * times) for hertz in (262, 330, 392, 523) * 4]
    assert _refused(voices.heart[:RATE], tmp_path) == "sample_too_short"
    assert _refused(np.zeros(4_000 * 601, np.int16), tmp_path, 4_000) == "sample_too_long"
    assert _refused(np.zeros(5 * RATE), tmp_path) == "sound_silent"
    assert _refused(noise, tmp_path) == "sample_not_speech"
    assert _refused(0.3 * np.concatenate(notes), tmp_path) == "sample_not_speech"
    assert _refused(np.clip(12 * voices.heart, -0.9, 0.9), tmp_path) == "sample_clipped"
    both = np.concatenate([voices.heart[: 7 * RATE], voices.other[: 7 * RATE]])
    assert _refused(both, tmp_path) == "sample_two_speakers"


def test_a_telephones_sample_works_and_says_so(voices: Voices, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", soxr.resample(voices.heart, RATE, 8_000), 8_000)
    sample = read_sample(tmp_path / "a.wav")
    assert any("telephone" in warning for warning in sample.warnings)
    assert sample.pitch == pytest.approx(voices.sample.pitch, rel=0.03)


def test_only_flat_tops_count_as_cut_off() -> None:
    wave = np.random.default_rng(0).standard_normal(10_000).astype(np.float32)
    assert clipped(wave) == 0.0 and clipped(np.clip(wave, -0.3, 0.3)) > 0.2


def test_one_voice_is_one_group() -> None:
    rng = np.random.default_rng(0)
    one, two = (np.abs(rng.standard_normal(256)) for _ in range(2))
    near = [voice + 0.1 * rng.standard_normal((10, 256)) for voice in (one, two)]
    unit = [windows / np.linalg.norm(windows, axis=1, keepdims=True) for windows in near]
    assert alike(unit[0]) > 0.95 and alike(np.concatenate(unit)) < 0.8 and alike(unit[0][:3]) == 1.0


@pytest.mark.parametrize(
    ("consent", "code"),
    [
        (Consent(statement="She said yes."), "consent_needed"),
        (Consent(basis="synthetic"), "consent_needed"),
        (PERSON, "consent_recording_needed"),
    ],
)
def test_without_consent_nothing_is_made(consent: Consent, code: str, voices: Voices, tmp_path: Path) -> None:
    with pytest.raises(LikenessError) as caught:
        make_profile(voices.path, tmp_path / "a.voice", "en", consent)
    assert caught.value.code == code and list(tmp_path.iterdir()) == []


def test_the_consent_has_to_be_said_and_by_the_same_voice(
    voices: Voices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentence = texts_of("en").consent
    _espeak([sentence], tmp_path / "other.wav")
    for name, texts in (("other_words", TEXT[1:2]), ("agreed", (sentence,))):
        soundfile.write(tmp_path / f"{name}.wav", _heart(texts), RATE)
    codes = {}
    for name in ("other", "other_words"):
        with pytest.raises(LikenessError) as caught:
            make_profile(voices.path, tmp_path / "a.voice", "en", PERSON, consent_recording=tmp_path / f"{name}.wav")
        codes[name] = caught.value.code
    assert codes == {"other": "consent_another_voice", "other_words": "consent_not_said"}
    assert not (tmp_path / "a.voice").exists()
    monkeypatch.setattr(kokoro, "speak_styles", _as_heart)
    made = make_profile(
        voices.path, tmp_path / "a.voice", "en", PERSON, consent_recording=tmp_path / "agreed.wav", name="Ada"
    )
    assert made.consent_heard is not None and made.consent_heard > 0.75
    assert made.sample is None and made.consent == PERSON and made.name == "Ada"


def test_a_language_without_profiles_says_which_there_are(voices: Voices, tmp_path: Path) -> None:
    with pytest.raises(LikenessError) as caught:
        make_profile(voices.path, tmp_path / "a.voice", "de", SYNTHETIC)
    assert caught.value.code == "profile_language" and "en" in caught.value.hint


def test_weights_of_a_voices_own_identity_are_that_voice() -> None:
    names = candidates("en")
    own = resemblance._identities()["am_michael"]
    weights = first_weights(own, names)
    assert max(weights, key=lambda name: weights[name]) == "am_michael" and weights["am_michael"] > 0.9
    assert sum(weights.values()) == pytest.approx(1.0)


def test_weights_are_few_and_add_up_to_one() -> None:
    weights = tidied({"a": 3.0, "b": 2.0, "c": 1.0, "d": 1.0, "e": 0.9, "f": 0.0})
    assert list(weights) == ["a", "b", "d", "c"] and sum(weights.values()) == pytest.approx(1.0, abs=1e-9)
    assert tidied({"a": 1.0, "b": 0.01}) == {"a": 1.0}


def _as_heart(line: Line, styles: np.ndarray, letter: str, delivery: Delivery) -> Utterance:
    """In place of Kokoro, which takes minutes: every blend sounds alike."""
    provider, voice = find_voice("heart", "en")
    return provider.utter(line, voice, delivery)


def test_a_blend_that_is_no_better_is_not_kept(
    voices: Voices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kokoro, "speak_styles", _as_heart)
    fractions: list[float] = []
    params = {
        "sample": str(voices.path), "out": str(tmp_path / "a.voice"),
        "consent": json.dumps({"speaker": "nobody", "basis": "synthetic"}),
    }  # fmt: skip
    told = run_job("make_voice", check_params("make_voice", params), lambda share, text: fractions.append(share))
    assert told["kept"] == "nearest" and list(told["weights"].values()) == [1.0]
    assert any("nearest single voice" in warning for warning in told["warnings"])
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    entry = json.loads((tmp_path / "a.voice" / "voice.json").read_text())
    assert set(entry["likeness"]) == {"default", "nearest", "nearest_pitch", "blend", "blend_pitch"}
    assert entry["synthetic"] and entry["consent"]["basis"] == "synthetic" and entry["sample"]["file"] == SAMPLE
    assert set(entry["generator"]["models"]) == {"kokoro", "kokoro_voices", MODEL}
    first = {path.name: path.read_bytes() for path in (tmp_path / "a.voice").iterdir()}
    run_job("make_voice", check_params("make_voice", params), lambda share, text: None)
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "a.voice").iterdir()}


def _profile(consent: Consent = SYNTHETIC, pitch: float = 1.1) -> VoiceProfile:
    weights = {"af_bella": 0.6, "af_sky": 0.4}
    styles = resemblance.blend(weights)
    measured = {"blend": 0.8}
    return VoiceProfile("Mix", "en", weights, styles, 200.0, pitch, 6.0, 1.0, measured, "blend", consent, None, "0")


def test_a_profile_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    made = _profile()
    save_profile(made, tmp_path / "mix.voice", None, RATE)
    read = load_profile(tmp_path / "mix.voice")
    np.testing.assert_array_equal(read.styles, made.styles)
    assert (read.weights, read.pitch_factor, read.consent, read.sample) == (made.weights, 1.1, SYNTHETIC, None)


def test_profiles_are_found_by_path_and_in_their_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_profile(_profile(), tmp_path / "mix.voice", None, RATE)
    provider, voice = find_voice(f"profile:{tmp_path / 'mix.voice'}", "en")
    assert provider.name == "profile" and voice.name == "Mix" and {"en", "es", "ja", "zh"} <= set(voice.languages)
    monkeypatch.setenv("SPEAKING_LIKENESS_VOICES", str(tmp_path))
    (tmp_path / "broken.voice").mkdir()
    assert [one.id for one in list_voices("es") if one.provider == "profile"] == ["profile:mix"]
    assert find_voice("profile:mix", "en")[1].name == "Mix"
    assert find_voice("auto", "en")[1].provider != "profile"


def test_who_did_not_agree_to_other_languages_speaks_none(tmp_path: Path) -> None:
    consent = Consent(speaker="Ada", basis="self", uses=("private",))
    save_profile(_profile(consent), tmp_path / "ada.voice", None, RATE)
    with pytest.raises(LikenessError) as caught:
        find_voice(f"profile:{tmp_path / 'ada.voice'}", "es")
    assert caught.value.code == "voice_speaks_another"


@pytest.mark.parametrize("damage", ["missing", "no_styles", "other"])
def test_a_damaged_profile_is_told(damage: str, tmp_path: Path) -> None:
    folder = save_profile(_profile(), tmp_path / "mix.voice", None, RATE)
    table = folder / "voice.json"
    {
        "missing": table.unlink,
        "no_styles": (folder / "styles.npz").unlink,
        "other": lambda: table.write_text('{"format": 1}'),
    }[damage]()
    with pytest.raises(LikenessError) as caught:
        find_voice(f"profile:{folder}", "en")
    assert caught.value.code in ("file_missing", "profile_unreadable")


@pytest.mark.skipif(missing_bytes(("kokoro",)) > 0, reason="Kokoro is not here")
def test_a_profile_speaks_at_its_own_height(tmp_path: Path) -> None:
    from core.voice.manipulation import find_melody

    line = make_line(parse_script("We talked until it got dark.").sentences[0])
    said = []
    for pitch in (1.0, 1.2):
        save_profile(_profile(pitch=pitch), tmp_path / f"{pitch}.voice", None, RATE)
        provider, voice = find_voice(f"profile:{tmp_path / f'{pitch}.voice'}", "en")
        said.append(provider.utter(line, voice, Delivery()))
    medians = [find_melody(one.wave, one.rate).median for one in said]
    assert medians[1] / medians[0] == pytest.approx(1.2, abs=0.03)
    assert [phone.phone for phone in said[0].phones] == [phone.phone for phone in said[1].phones]


def test_a_language_may_be_named_without_its_region() -> None:
    assert texts_of(find_language("pt").code).search
    assert any(name[0] == "p" for name in candidates("pt-BR"))
