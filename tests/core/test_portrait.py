# SPDX-License-Identifier: GPL-3.0-or-later
"""A photo becomes a Portrait: real portraits, odd file kinds, progress and cancellation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from core.errors import Cancelled, LikenessError
from core.portrait import Portrait, load_portrait

ORIENTATION = 0x0112


def save(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)
    return path


@pytest.fixture(scope="module")
def upright(nasa_portrait: Portrait) -> Portrait:
    return nasa_portrait


def off(portrait: Portrait, upright: Portrait) -> float:
    """Mean landmark distance in eye distances."""
    eyes = np.linalg.norm(upright.landmarks[33] - upright.landmarks[263])
    return float(np.linalg.norm((portrait.landmarks - upright.landmarks)[:, :2], axis=1).mean() / eyes)


def tagged_sideways(path: Path, image: Image.Image) -> Path:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    return save(path, image.transpose(Image.Transpose.ROTATE_90), exif=exif)


def sixteen_bit(path: Path, image: Image.Image) -> Path:
    return save(path, Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257))


def transparent(path: Path, image: Image.Image) -> Path:
    alpha = np.full((512, 512), 255, np.uint8)
    alpha[:, 400:] = 0
    return save(path, Image.fromarray(np.dstack([np.asarray(image), alpha])))


KINDS: dict[str, Callable[[Path, Image.Image], Path]] = {
    "exif_rotated.png": tagged_sideways,
    "cmyk.jpg": lambda path, image: save(path, image.convert("CMYK"), quality=95),
    "grey.png": lambda path, image: save(path, image.convert("L")),
    "sixteen_bit.png": sixteen_bit,
    "transparent.png": transparent,
    "palette.png": lambda path, image: save(path, image.quantize(256)),
    "lying.png": lambda path, image: save(path, image.transpose(Image.Transpose.ROTATE_90)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_picture_gives_the_same_face(tmp_path: Path, upright: Portrait, kind: str) -> None:
    portrait = load_portrait(KINDS[kind](tmp_path / kind, Image.fromarray(data.astronaut())))
    assert portrait.image.shape == upright.image.shape
    assert off(portrait, upright) < 0.03
    person, same = portrait.matte[:330, :400] > 0.5, upright.matte[:330, :400] > 0.5
    assert (person & same).sum() / (person | same).sum() > 0.9


def test_a_photo_that_lies_on_its_side_is_turned_and_says_so(tmp_path: Path, upright: Portrait) -> None:
    lying = Image.fromarray(data.astronaut()).transpose(Image.Transpose.ROTATE_270)
    portrait = load_portrait(save(tmp_path / "lying.png", lying))
    assert np.array_equal(portrait.image, upright.image)
    assert np.array_equal(portrait.matte, upright.matte)
    assert any("turned upright" in warning for warning in portrait.warnings)


def test_a_head_cut_above_the_forehead_is_taken_with_a_warning(tmp_path: Path, upright: Portrait) -> None:
    portrait = load_portrait(save(tmp_path / "cut.png", Image.fromarray(data.astronaut()[45:])))
    assert any("top of the head" in warning for warning in portrait.warnings)
    assert not any("top of the head" in warning for warning in upright.warnings)


def test_warnings_are_sentences(upright: Portrait) -> None:
    assert upright.warnings
    assert all(warning[0].isupper() and warning.endswith(".") for warning in upright.warnings)


def test_progress_rises_from_nothing_to_all(tmp_path: Path) -> None:
    seen: list[tuple[float, str]] = []
    path = save(tmp_path / "photo.png", Image.fromarray(data.astronaut()))
    load_portrait(path, progress=lambda fraction, text: seen.append((fraction, text)))
    fractions = [fraction for fraction, _ in seen]
    assert fractions[0] == 0.0
    assert fractions[-1] == 1.0
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 4
    assert all(text for _, text in seen)


@pytest.mark.parametrize("stop", [0.05, 0.5])
def test_cancelling_ends_the_work(tmp_path: Path, stop: float) -> None:
    def cancel(fraction: float, text: str) -> None:
        if fraction > stop:
            raise Cancelled

    with pytest.raises(Cancelled):
        load_portrait(save(tmp_path / "photo.png", Image.fromarray(data.astronaut())), progress=cancel)


def test_all_real_portraits_load(portraits: Path) -> None:
    """22 photographs of 13 people: hat, glasses, scarf, beards, dark, small, two people, turned a little."""
    small = {"adams", "collins_astronaut", "obama_240p", "omar", "underwood_lowres"}
    pictures = sorted(path for path in portraits.glob("*.jpg") if path.stem != "obama_half_face")
    assert len(pictures) == 22
    for path in pictures:
        portrait = load_portrait(path)
        height, width = portrait.image.shape[:2]
        nose, chin = portrait.landmarks[[1, 152], :2]
        assert portrait.matte[int(nose[1]), int(nose[0])] > 0.99, path.stem
        corners = portrait.matte[:3, :3].max(), portrait.matte[:3, -3:].max()
        assert max(corners) < 0.05, path.stem
        covered = portrait.matte[int(chin[1]) :].mean()
        assert covered > 0.2, path.stem
        assert (width, height) == (portrait.camera.width, portrait.camera.height)
        said = " ".join(portrait.warnings)
        assert ("small" in said) == (path.stem in small), path.stem
        assert ("2 faces" in said) == path.stem.startswith("two"), path.stem


def test_a_photo_stored_sideways_gives_the_same_face_as_the_upright_one(portraits: Path) -> None:
    turned, upright = load_portrait(portraits / "lieu_exif6.jpg"), load_portrait(portraits / "lieu.jpg")
    assert turned.image.shape == upright.image.shape
    assert off(turned, upright) < 0.01


def test_a_face_at_the_border_is_refused(portraits: Path) -> None:
    with pytest.raises(LikenessError) as refusal:
        load_portrait(portraits / "obama_half_face.jpg")
    assert refusal.value.code == "face_cut"
