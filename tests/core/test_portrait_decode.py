# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of picture file becomes the same upright 8-bit sRGB pixels."""

from __future__ import annotations

import hashlib
import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage import data

from core.errors import LikenessError
from core.portrait.decode import LONGEST_SIDE, MAX_PIXELS, MID_GREY, read_photo

ORIENTATION = 0x0112
# EXIF orientation -> what has to be done to upright pixels so that this tag puts them right again.
STORED = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.transpose(1, 0, 2),
    6: lambda pixels: np.rot90(pixels, 1),
    7: lambda pixels: pixels[::-1, ::-1].transpose(1, 0, 2),
    8: lambda pixels: np.rot90(pixels, -1),
}


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """(240, 200, 3) of the NASA portrait that scikit-image ships; not square, so that a wrong turn shows."""
    return data.astronaut()[0:240, 120:320]


def save(path: Path, pixels: np.ndarray | Image.Image, **options: object) -> Path:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(np.ascontiguousarray(pixels))
    image.save(path, **options)
    return path


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b.astype(float)).mean())


@pytest.mark.parametrize("orientation", STORED)
def test_the_exif_orientation_is_applied(tmp_path: Path, photo: np.ndarray, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = save(tmp_path / "turned.png", STORED[orientation](photo), exif=exif)
    assert np.array_equal(read_photo(path).image, photo)


def test_the_content_decides_not_the_extension(tmp_path: Path, photo: np.ndarray) -> None:
    path = save(tmp_path / "really_a_png.jpg", photo, format="PNG")
    assert np.array_equal(read_photo(path).image, photo)


def test_the_digest_is_that_of_the_file(tmp_path: Path, photo: np.ndarray) -> None:
    path = save(tmp_path / "photo.png", photo)
    assert read_photo(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_cmyk_looks_like_the_rgb_it_was_made_from(tmp_path: Path, photo: np.ndarray) -> None:
    path = save(tmp_path / "print.jpg", Image.fromarray(photo).convert("CMYK"), quality=95)
    assert apart(read_photo(path).image, photo) < 3.0


def test_grey_becomes_three_equal_channels(tmp_path: Path, photo: np.ndarray) -> None:
    grey = Image.fromarray(photo).convert("L")
    image = read_photo(save(tmp_path / "grey.png", grey)).image
    assert np.array_equal(image, np.stack([np.asarray(grey)] * 3, axis=2))


def test_sixteen_bit_grey_is_scaled_not_clipped(tmp_path: Path, photo: np.ndarray) -> None:
    grey = np.asarray(Image.fromarray(photo).convert("L"))
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    assert deep.mode == "I;16"
    image = read_photo(save(tmp_path / "deep.png", deep)).image
    assert np.array_equal(image[..., 0], grey)


@pytest.mark.parametrize("top", [1.0, 255.0])
def test_floating_point_grey_is_scaled_by_its_range(tmp_path: Path, photo: np.ndarray, top: float) -> None:
    grey = np.asarray(Image.fromarray(photo).convert("L")).astype(np.float32)
    grey = grey / grey.max()
    image = read_photo(save(tmp_path / "float.tiff", Image.fromarray(grey * np.float32(top)))).image
    assert apart(image[..., 0], grey * 255.0) < 0.6


def test_a_palette_shows_its_colours(tmp_path: Path, photo: np.ndarray) -> None:
    few = Image.fromarray(photo).quantize(200)
    image = read_photo(save(tmp_path / "palette.png", few)).image
    assert np.array_equal(image, np.asarray(few.convert("RGB")))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_laid_on_mid_grey_and_kept_as_alpha(
    tmp_path: Path, photo: np.ndarray, mode: str
) -> None:
    alpha = np.full(photo.shape[:2], 255, np.uint8)
    alpha[:, :50] = 0
    whole = Image.fromarray(np.dstack([photo, alpha]))
    stored = whole.quantize(250) if mode == "P" else whole.convert(mode)
    read = read_photo(save(tmp_path / "clear.png", stored))
    assert (read.image[:, :50] == MID_GREY).all()
    assert read.alpha is not None
    assert (read.alpha[:, :50] == 0.0).all()
    assert (read.alpha[:, 50:] == 1.0).all()
    expected = np.asarray(stored.convert("RGB"))[:, 50:]
    assert apart(read.image[:, 50:], expected) < 0.01


def test_an_opaque_alpha_channel_is_no_hint(tmp_path: Path, photo: np.ndarray) -> None:
    full = np.full(photo.shape[:2], 255, np.uint8)
    assert read_photo(save(tmp_path / "opaque.png", np.dstack([photo, full]))).alpha is None


def swap_primaries(profile: bytes) -> bytes:
    """An sRGB profile in which red and green have changed places."""
    for a, b in ((b"rXYZ", b"gXYZ"), (b"rTRC", b"gTRC")):
        at, to = profile.index(a), profile.index(b)
        profile = bytes(profile[:at] + b + profile[at + 4 :])
        profile = bytes(profile[:to] + a + profile[to + 4 :])
    return profile


def test_the_colour_profile_is_applied(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 220
    image = read_photo(save(tmp_path / "red.png", red, icc_profile=swap_primaries(srgb))).image
    assert image[..., 1].min() > 200
    assert image[..., 0].max() < 30
    image = read_photo(save(tmp_path / "plain.png", red, icc_profile=srgb)).image
    assert apart(image, red) < 1.5


def test_a_damaged_colour_profile_is_told_and_passed_over(tmp_path: Path, photo: np.ndarray) -> None:
    read = read_photo(save(tmp_path / "odd.png", photo, icc_profile=b"no profile at all" * 20))
    assert np.array_equal(read.image, photo)
    assert "colour profile" in read.warnings[0]


def test_a_large_photo_is_reduced_by_averaging(tmp_path: Path) -> None:
    stripes = np.zeros((600, 6144, 3), np.uint8)
    stripes[:, ::2] = 200
    read = read_photo(save(tmp_path / "wide.png", stripes))
    assert read.image.shape == (400, LONGEST_SIDE, 3)
    assert read.scale == pytest.approx(LONGEST_SIDE / 6144)
    assert abs(float(read.image.mean()) - 100.0) < 1.0
    assert read.image.min() > 50  # sampling would keep black stripes


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises width x height pixels and that holds none."""
    file = io.BytesIO()
    Image.new("1", (1, 1)).save(file, "PNG")
    content = bytearray(file.getvalue())
    content[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


@pytest.mark.parametrize("size", [(8001, 8000), (10_000, 10_000), (60_000, 60_000)])
def test_more_than_64_megapixels_are_refused_by_the_header_alone(
    tmp_path: Path, size: tuple[int, int], recwarn: pytest.WarningsRecorder
) -> None:
    assert size[0] * size[1] > MAX_PIXELS
    (tmp_path / "bomb.png").write_bytes(bomb(*size))
    with pytest.raises(LikenessError) as refusal:
        read_photo(tmp_path / "bomb.png")  # decoding would find no pixels: photo_unreadable
    assert refusal.value.code == "photo_too_large"
    assert not recwarn.list


def test_64_megapixels_exactly_are_not_refused_for_their_size(tmp_path: Path) -> None:
    (tmp_path / "edge.png").write_bytes(bomb(8000, 8000))
    with pytest.raises(LikenessError) as refusal:
        read_photo(tmp_path / "edge.png")
    assert refusal.value.code == "photo_unreadable"


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_does_not_spoil_a_good_photo(tmp_path: Path, photo: np.ndarray) -> None:
    garbage = b"Exif\x00\x00MM\x00*\xff\xff\xff\xff garbage"
    path = save(tmp_path / "photo.jpg", photo, quality=95, exif=garbage)
    assert apart(read_photo(path).image, photo) < 4.0
