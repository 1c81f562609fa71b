# SPDX-License-Identifier: GPL-3.0-or-later
"""The network's two forms agree, and hearing in pieces is hearing as a whole."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from core.speech import net
from core.speech.features import HOP, RATE
from core.speech.inventory import CLASS_OF, CLASSES, PHONES, nearest

LIPSYNC = Path(__file__).resolve().parents[2] / "addon_models" / "lipsync"


@pytest.fixture(scope="module")
def wave() -> np.ndarray:
    draw = np.random.default_rng(3)
    return (0.1 * draw.normal(size=3 * RATE + 77)).astype(np.float32)


def test_every_phone_has_a_class_and_its_own_name() -> None:
    assert len(set(PHONES)) == len(PHONES) == len(CLASS_OF)
    assert set(CLASS_OF) == set(range(len(CLASSES)))
    assert all(nearest(phone) == (index,) for index, phone in enumerate(PHONES))


@pytest.mark.parametrize(
    ("ipa", "heard_as"),
    [("tʃʰ", "tʃ"), ("t͡ɕ", "tʃ"), ("kʷ", "k"), ("ɡ͡b", "b"), ("ã", "a"), ("iː", "i"), ("ç", "ç"), ("ɫ", "l"),
     ("aɪ", "a ɪ"), ("oʊ", "o ʊ"), ("ɝ", "ɜ"), ("p͡f", "p f"), ("n̪", "n"), ("", ""), ("ˈæ", "æ"), ("ʁ", "ɣ")],
)  # fmt: skip
def test_phones_of_the_whole_alphabet_are_heard_as_a_near_one(ipa: str, heard_as: str) -> None:
    assert " ".join(PHONES[index] for index in nearest(ipa)) == heard_as


@pytest.mark.parametrize("chunk", [160, 533, 4000])
def test_hearing_in_pieces_is_hearing_as_a_whole(wave: np.ndarray, chunk: int) -> None:
    whole = net.hear(wave)
    listener = net.Listener()
    pieces = [listener.feed(wave[at : at + chunk]) for at in range(0, len(wave), chunk)]
    parts = net.join([*pieces, listener.finish()])
    assert len(whole) == len(wave) // HOP
    for name in ("classes", "phones", "lips", "blendshapes"):
        np.testing.assert_allclose(getattr(parts, name)[: len(whole)], getattr(whole, name), atol=2e-5)


def test_nothing_later_than_the_look_ahead_matters(wave: np.ndarray) -> None:
    changed = wave.copy()
    changed[2 * RATE :] *= -0.3
    decided = int((2.0 - net.LOOK_AHEAD) * net.FRAMES)
    first, second = net.hear(wave), net.hear(changed)
    np.testing.assert_allclose(first.phones[:decided], second.phones[:decided], atol=2e-5)
    assert np.abs(first.phones[decided:] - second.phones[decided:]).max() > 0.01
    assert net.LOOK_AHEAD <= 0.120


def test_a_listener_gives_each_frame_after_its_look_ahead(wave: np.ndarray) -> None:
    listener = net.Listener()
    given = 0
    for at in range(0, RATE, HOP):
        given += len(listener.feed(wave[at : at + HOP]))
        heard = (at + HOP) / RATE
        assert given >= int((heard - 0.120) * net.FRAMES) // net.STEP * net.STEP


@pytest.mark.parametrize("level", [1e-5, 3e-3, 0.1])
def test_a_sound_that_begins_with_its_room_begins_in_silence(level: float) -> None:
    """No word begins where only the file does."""
    draw = np.random.default_rng(1)
    heard = net.hear((level * draw.normal(size=RATE)).astype(np.float32))
    assert (np.exp(heard.classes[:30, CLASSES.index("SIL")]) > 0.3).mean() > 0.8
    assert heard.lips[:30, 0].max() < 0.5


def test_the_same_sound_gives_the_same_numbers(wave: np.ndarray) -> None:
    assert net.hear(wave).phones.tobytes() == net.hear(wave).phones.tobytes()


def test_it_is_small() -> None:
    with np.load(net.WEIGHTS) as data:
        assert sum(data[name].size for name in data if name != "filters") <= 5_000_000
    assert net.WEIGHTS.stat().st_size <= 12e6


def test_no_sound_is_no_frames() -> None:
    assert len(net.hear(np.zeros(0, np.float32))) == 0
    assert len(net.hear(np.zeros(HOP - 1, np.float32))) == 0


def test_torch_and_numpy_hear_the_same(wave: np.ndarray, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.syspath_prepend(str(LIPSYNC))
    try:
        import model
        import train

        torch.manual_seed(0)
        network = model.MouthNet()
        filters = train.mel_filters()
        network(8 * torch.randn(4, 200, 64) - 10)  # gives the normalisations something to fold
        network.eval()
        np.savez(tmp_path / "weights.npz", filters=filters, **network.export())
        monkeypatch.setattr(net, "WEIGHTS", tmp_path / "weights.npz")
        net._load.cache_clear()
        before = np.pad(wave[: net._MIRRORED], (net._LEAD, 0), mode="symmetric")[: net._LEAD]
        padded = np.concatenate([before, wave, np.zeros(-len(wave) % (net.STEP * HOP), np.float32)])
        with torch.no_grad():
            outputs = network(train.Spectra(filters)(torch.from_numpy(padded)[None]))
            outputs = {name: output[:, len(before) // HOP :] for name, output in outputs.items()}
        heard = net.hear(wave)
        for name in ("classes", "phones"):
            expected = torch.log_softmax(outputs[name], 2)[0, : len(heard)].numpy()
            np.testing.assert_allclose(getattr(heard, name), expected, atol=1e-4)
        lips = outputs["lips"].clamp(0, 1)[0, : len(heard)].numpy()
        np.testing.assert_allclose(heard.lips, lips, atol=1e-4)
    finally:
        net._load.cache_clear()
        for name in ("model", "train", "augment", "batches"):
            sys.modules.pop(name, None)
