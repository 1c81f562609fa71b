# SPDX-License-Identifier: GPL-3.0-or-later
"""The focal length comes from the photo's own tags where they can be believed."""

from __future__ import annotations

import math

import pytest
from PIL import ExifTags, Image

from core.portrait.camera import DEFAULT_DISTANCE, EYE_CORNERS, estimate_camera

DIAGONAL = math.hypot(36.0, 24.0)


def tagged(**values: float) -> Image.Exif:
    exif = Image.Exif()
    ifd = exif.get_ifd(ExifTags.IFD.Exif)
    for name, value in values.items():
        ifd[ExifTags.Base[name]] = value
    return exif


def test_a_35_mm_equivalent_is_read_by_the_frame_s_diagonal() -> None:
    camera = estimate_camera(tagged(FocalLengthIn35mmFilm=50), 1.0, 3600, 2400, 200.0)
    assert camera.source == "exif"
    assert camera.focal == pytest.approx(5000.0)
    assert (camera.cx, camera.cy, camera.width, camera.height) == (1800.0, 1200.0, 3600, 2400)


@pytest.mark.parametrize("size", [(3600, 2400), (2400, 3600)])
def test_an_upright_frame_has_the_same_focal_length(size: tuple[int, int]) -> None:
    exif = tagged(FocalLengthIn35mmFilm=85, ExifImageWidth=3600, ExifImageHeight=2400)
    assert estimate_camera(exif, 1.0, *size, 200.0).focal == pytest.approx(8500.0)


def test_a_reduced_photo_has_a_reduced_focal_length() -> None:
    exif = tagged(FocalLengthIn35mmFilm=50, ExifImageWidth=7200, ExifImageHeight=4800)
    assert estimate_camera(exif, 0.5, 3600, 2400, 200.0).focal == pytest.approx(5000.0)
    resaved = estimate_camera(exif, 1.0, 1800, 1200, 100.0)  # reduced by some other program before
    assert resaved.focal == pytest.approx(2500.0)


def test_a_crop_keeps_the_focal_length_of_the_whole_frame() -> None:
    exif = tagged(FocalLengthIn35mmFilm=50, ExifImageWidth=3600, ExifImageHeight=2400)
    camera = estimate_camera(exif, 1.0, 1000, 1300, 200.0)
    assert camera.focal == pytest.approx(5000.0)
    assert (camera.cx, camera.cy) == (500.0, 650.0)


def test_a_lens_in_millimetres_needs_the_sensor_s_resolution() -> None:
    exif = tagged(
        FocalLength=50.0, FocalPlaneXResolution=2540.0, FocalPlaneResolutionUnit=2,
        ExifImageWidth=3600, ExifImageHeight=2400,
    )  # fmt: skip
    assert estimate_camera(exif, 0.5, 1800, 1200, 100.0).focal == pytest.approx(2500.0)
    assert estimate_camera(tagged(FocalLength=50.0), 1.0, 1800, 1200, 100.0).source == "default"


def test_a_lens_in_millimetres_follows_an_earlier_reduction() -> None:
    exif = tagged(
        FocalLength=50.0, FocalPlaneXResolution=2540.0, FocalPlaneResolutionUnit=2,
        ExifImageWidth=3600, ExifImageHeight=2400,
    )  # fmt: skip
    assert estimate_camera(exif, 1.0, 1800, 1200, 100.0).focal == pytest.approx(2500.0)


def test_without_tags_a_50_mm_lens_is_assumed() -> None:
    camera = estimate_camera(Image.Exif(), 1.0, 3600, 2400, 200.0)
    assert camera.source == "default"
    assert camera.focal == pytest.approx(5000.0)


def test_without_tags_a_tight_head_shot_is_seen_from_a_metre_away() -> None:
    camera = estimate_camera(Image.Exif(), 1.0, 480, 600, 150.0)
    assert camera.focal * EYE_CORNERS / 150.0 == pytest.approx(DEFAULT_DISTANCE)


@pytest.mark.parametrize("lens", [0, -50, float("nan"), 100_000])
def test_senseless_tags_are_not_believed(lens: float) -> None:
    exif = tagged()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FocalLengthIn35mmFilm] = lens
    assert estimate_camera(exif, 1.0, 3600, 2400, 200.0).source == "default"


def test_tags_that_put_the_face_on_the_lens_are_not_believed() -> None:
    camera = estimate_camera(tagged(FocalLengthIn35mmFilm=24), 1.0, 480, 600, 300.0)
    assert camera.source == "default"
