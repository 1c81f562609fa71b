# SPDX-License-Identifier: GPL-3.0-or-later
"""Every bad photo is refused with a code, a sentence that says why, and a hint what to do."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from core.errors import LikenessError
from core.portrait import load_portrait

# File in the shared bad/ folder -> the code it is refused with.
REFUSED = {
    "bomb_20k_1bit.png": "photo_too_large",
    "cartoon.jpg": "face_not_found",
    "cat.jpg": "face_not_found",
    "coffee.jpg": "face_not_found",
    "empty.jpg": "photo_empty",
    "header_only.jpg": "photo_unreadable",
    "noise.jpg": "face_not_found",
    "one_pixel.png": "photo_too_small",
    "text_named.jpg": "photo_unreadable",
    "truncated.jpg": "photo_unreadable",
}
ACCEPTED = {"png_named.jpg"}


def refuse(path: Path) -> LikenessError:
    with pytest.raises(LikenessError) as refusal:
        load_portrait(path)
    error = refusal.value
    for sentence in (error.message, error.hint):
        assert sentence[0].isupper() or sentence.startswith(path.name)
        assert sentence.endswith(".")
        assert str(path.parent) not in sentence
    return error


def jpeg(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG")
    return file.getvalue()


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_photo_is_refused(portraits: Path, name: str) -> None:
    assert refuse(portraits / "bad" / name).code == REFUSED[name]


def test_a_png_named_jpg_is_accepted(portraits: Path) -> None:
    portrait = load_portrait(portraits / "bad" / "png_named.jpg")
    assert portrait.image.shape == (360, 300, 3)


def test_every_bad_photo_is_a_test(portraits: Path) -> None:
    assert {path.name for path in (portraits / "bad").iterdir()} == set(REFUSED) | ACCEPTED


def test_a_missing_photo_is_told(tmp_path: Path) -> None:
    assert refuse(tmp_path / "nowhere.jpg").code == "photo_missing"


def test_a_folder_is_no_photo(tmp_path: Path) -> None:
    assert refuse(tmp_path).code == "photo_missing"


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    assert refuse(tmp_path / "empty.jpg").code == "photo_empty"


@pytest.mark.parametrize("part", [0.02, 0.3, 0.9])
def test_a_truncated_photo_is_told(tmp_path: Path, part: float) -> None:
    whole = jpeg(data.astronaut())
    (tmp_path / "cut.jpg").write_bytes(whole[: int(part * len(whole))])
    assert refuse(tmp_path / "cut.jpg").code == "photo_unreadable"


ODD = (b"This is a text.\n" * 50, b"\xff\xd8\xff\xe0", b"%!PS-Adobe-3.0 EPSF-3.0\n")


@pytest.mark.parametrize("content", ODD)
def test_what_is_no_picture_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.jpg").write_bytes(content)
    assert refuse(tmp_path / "odd.jpg").code == "photo_unreadable"


def test_a_heic_photo_is_called_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "phone.heic").write_bytes(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(2000))
    error = refuse(tmp_path / "phone.heic")
    assert error.code == "photo_unreadable"
    assert "HEIC" in error.message


def test_a_single_pixel_is_too_small(tmp_path: Path) -> None:
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    assert refuse(tmp_path / "dot.png").code == "photo_too_small"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_photo_without_permission_is_told(tmp_path: Path) -> None:
    path = tmp_path / "private.jpg"
    path.write_bytes(jpeg(data.astronaut()))
    path.chmod(0)
    assert refuse(path).code == "photo_unreadable"


def test_a_cat_is_no_person(tmp_path: Path) -> None:
    Image.fromarray(data.cat()).save(tmp_path / "cat.png")
    assert refuse(tmp_path / "cat.png").code == "face_not_found"


def test_noise_and_a_plain_wall_are_no_person(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    assert refuse(tmp_path / "noise.png").code == "face_not_found"
    Image.new("RGB", (640, 480), (200, 190, 180)).save(tmp_path / "wall.png")
    assert refuse(tmp_path / "wall.png").code == "face_not_found"
