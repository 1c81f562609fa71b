# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames to films and back: each codec, its colours and transparency, the same bytes each time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from core.colour import to_linear
from core.delivery import (
    CODECS,
    FORMATS,
    Encoder,
    list_pictures,
    picture_size,
    probe,
    read_frames,
    safe_area,
    write_thumbnail,
)
from core.errors import LikenessError

SIZE, FPS, COUNT = (64, 48), 25, 7
VIDEOS = [name for name, codec in CODECS.items() if codec.suffix]


def frames(count: int = COUNT, alpha: bool = False) -> list[np.ndarray]:
    """A grey picture with a block of colour that grows; its left half is transparent at the top."""
    made = []
    for number in range(count):
        frame = np.full((SIZE[1], SIZE[0], 4), (128, 128, 128, 255), np.uint8)
        frame[:24, : 16 + 4 * number, :3] = (200, 40, 70)
        if alpha:
            frame[:16, :32] = 0
        made.append(frame if alpha else np.ascontiguousarray(frame[..., :3]))
    return made


def encode(path: Path, codec: str, pictures: list[np.ndarray], alpha: bool = False, quality: str = "final") -> Path:
    with Encoder(path, codec, SIZE, FPS, alpha, quality) as film:
        for picture in pictures:
            film.write(picture)
    return path


@pytest.mark.parametrize("quality", ["draft", "final"])
@pytest.mark.parametrize("codec", VIDEOS)
def test_each_codec_gives_back_what_it_was_given(codec: str, quality: str, tmp_path: Path):
    path = encode(tmp_path / f"film{CODECS[codec].suffix}", codec, frames(), quality=quality)
    media = probe(path)
    assert (media.size, media.fps, media.frames, media.seconds) == (SIZE, FPS, COUNT, COUNT / FPS)
    assert not media.has_sound and not media.has_alpha
    back = list(read_frames(path))
    assert len(back) == COUNT
    for given, read in zip(frames(), back, strict=True):
        assert np.abs(read[-8:].astype(int) - 128).max() <= 2  # grey stays that grey
        colour = np.abs(read[4:16, 4:12].astype(int) - given[4:16, 4:12])
        assert colour.max() <= (6 if quality == "final" else 12)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("codec", VIDEOS)
def test_colours_are_tagged_as_players_read_them(codec: str, tmp_path: Path):
    path = encode(tmp_path / "film.mp4", codec, frames(2))
    with av.open(str(path)) as film:
        context = film.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
        assert context.codec_tag == {"h264": "avc1", "h265": "hvc1", "av1": "av01", "prores": "ap4h"}[codec]


@pytest.mark.parametrize("codec", CODECS)
def test_the_same_frames_give_the_same_bytes(codec: str, tmp_path: Path):
    films = [encode(tmp_path / f"{number}" / "film", codec, frames()) for number in range(2)]
    files = [sorted(film.iterdir()) if film.is_dir() else [film] for film in films]
    for one, other in zip(*files, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert b"Lavf" not in one.read_bytes() and b"Lavc" not in one.read_bytes()


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("codec", VIDEOS)
def test_films_of_few_pictures_are_timed_right_each_time(codec: str, count: int, tmp_path: Path):
    """x265 gives the packets of its shortest films decoding times that it never set, in most processes."""
    for number in range(6):
        path = encode(tmp_path / f"{number}{CODECS[codec].suffix}", codec, frames(count))
        with av.open(str(path)) as film:
            stamps = [(packet.dts, packet.pts) for packet in film.demux(video=0) if packet.pts is not None]
        assert len(stamps) == count and all(-count * 10**6 < dts <= pts for dts, pts in stamps)
        assert probe(path).frames == len(list(read_frames(path))) == count


def test_the_table_of_a_film_comes_before_its_pictures(tmp_path: Path):
    content = encode(tmp_path / "film.mp4", "h264", frames()).read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_prores_keeps_alpha_and_darkens_no_edge(tmp_path: Path):
    path = encode(tmp_path / "film.mov", "prores", frames(alpha=True), alpha=True)
    assert probe(path).has_alpha
    for given, read in zip(frames(alpha=True), read_frames(path), strict=True):
        assert read.shape == given.shape
        assert np.abs(read[..., 3].astype(int) - given[..., 3]).max() <= 1
        # Grey next to what is transparent (black in the given frame), below it.
        assert np.abs(read[24:, :32, :3].astype(int) - 128).max() <= 3
        edge = read[:16, :32, :3]
        assert edge.min() > 30


def test_pngs_are_exact_and_exrs_are_light(tmp_path: Path):
    given = frames(3, alpha=True)
    folder = encode(tmp_path / "shot", "png", given, alpha=True)
    assert [path.name for path in list_pictures(folder)] == [f"frame.{number:06}.png" for number in (1, 2, 3)]
    assert all(np.array_equal(read, one) for read, one in zip(read_frames(folder), given, strict=True))
    assert probe(folder).fps == FPS and probe(folder).frames == 3

    folder = encode(tmp_path / "light", "exr", given, alpha=True)
    for read, one in zip(read_frames(folder), given, strict=True):
        assert read.dtype == np.float32
        assert np.allclose(read[..., :3], to_linear(one[..., :3]) * (one[..., 3:] / 255), atol=1e-3)


def test_exrs_keep_what_is_brighter_than_white(tmp_path: Path):
    light = np.full((SIZE[1], SIZE[0], 3), (4.0, 0.5, 0.25), np.float32)
    (read,) = read_frames(encode(tmp_path / "light", "exr", [light]))
    assert np.allclose(read, light, rtol=1e-3)


def test_a_film_is_read_by_time(tmp_path: Path):
    pictures = [np.full((48, 64, 3), 20 * number, np.uint8) for number in range(10)]
    path = encode(tmp_path / "film.mov", "prores", pictures)

    def grey(**how: float) -> list[int]:
        return [round(frame.mean() / 20) for frame in read_frames(path, **how)]

    assert grey() == list(range(10))
    assert grey(fps=50) == [number // 2 for number in range(20)]
    assert grey(fps=12.5) == [0, 2, 4, 6, 8]
    assert grey(fps=25, start=0.16, seconds=0.12) == [4, 5, 6]
    assert grey(start=0.16) == [4, 5, 6, 7, 8, 9]


def test_a_long_group_is_sought_in(tmp_path: Path):
    pictures = [np.full((48, 64, 3), 3 * number, np.uint8) for number in range(60)]
    path = encode(tmp_path / "film.mp4", "h264", pictures)
    frame = next(read_frames(path, fps=25, start=55 / 25))
    assert abs(frame.mean() - 165) < 2


def test_a_phone_held_upright_is_read_upright(tmp_path: Path):
    """A film that says that it is turned is shown turned."""
    path = encode(tmp_path / "film.mp4", "h264", frames(1))
    content = path.read_bytes()
    plain, turned = ([1, 0, 0, 0, 1, 0, 0, 0], [0, 1, 0, -1, 0, 0, 48, 0])

    def matrix(values: list[int]) -> bytes:
        parts = [value << 16 for value in values] + [1 << 30]
        return b"".join(part.to_bytes(4, "big", signed=True) for part in parts)

    track = content.index(b"tkhd")
    at = content.index(matrix(plain), track)
    path.write_bytes(content[:at] + matrix(turned) + content[at + 36 :])
    (frame,) = read_frames(path)
    assert frame.shape == (64, 48, 3) and probe(path).size == (48, 64)
    assert frame[4, -6, 0] > 180 and frame[4, 6, 0] < 140  # what was at the left is above, clockwise


def test_what_is_brighter_than_white_is_brought_into_what_screens_show(tmp_path: Path):
    """A phone's film in HLG: its white is white, its skin is no paler than in the scene."""
    path = tmp_path / "phone.mp4"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx265", 25, {"x265-params": "log-level=none"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p10le"
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc, context.color_range = 9, 9, 18, 1
        picture = av.VideoFrame.from_ndarray(np.full((SIZE[1], SIZE[0], 3), 191, np.uint8), "rgb24")
        picture = picture.reformat(format="yuv420p10le", dst_colorspace=9, src_color_range=2, dst_color_range=1)
        picture.pts = 0
        film.mux([*stream.encode(picture), *stream.encode(None)])
    (frame,) = read_frames(path)
    assert frame.min() > 225 and np.ptp(frame) <= 2


def test_a_film_of_narrow_pixels_is_read_as_it_is_seen(tmp_path: Path):
    path = tmp_path / "tape.mp4"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", 25)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(3, 2)
        picture = av.VideoFrame.from_ndarray(frames(1)[0], "rgb24")
        film.mux([*stream.encode(picture), *stream.encode(None)])
    (frame,) = read_frames(path)
    assert frame.shape == (48, 96, 3) and probe(path).size == (96, 48)


def test_a_web_film_keeps_its_alpha(tmp_path: Path):
    path = tmp_path / "sticker.webm"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libvpx-vp9", 25)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuva420p"
        for given in frames(3, alpha=True):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(given, "rgba")))
        film.mux(stream.encode(None))
    read = list(read_frames(path))
    assert probe(path).has_alpha and [frame.shape for frame in read] == [(48, 64, 4)] * 3
    assert read[2][:12, :28, 3].max() < 10 and read[2][24:, :, 3].min() > 245
    assert len(list(read_frames(path, fps=50))) == 6


def test_what_cannot_be_written_is_told(tmp_path: Path):
    def code(run) -> str:
        with pytest.raises(LikenessError) as caught:
            run()
        return caught.value.code

    assert code(lambda: Encoder(tmp_path / "a.mp4", "h264", SIZE, FPS, alpha=True)) == "alpha_unsupported"
    assert code(lambda: Encoder(tmp_path / "a.mp4", "vp9", SIZE, FPS)) == "codec_unknown"
    assert code(lambda: Encoder(tmp_path / "a.mp4", "h264", (63, 48), FPS)) == "size_odd"
    assert code(lambda: encode(tmp_path / "a.mp4", "h264", [])) == "film_empty"
    assert code(lambda: encode(tmp_path / "a.mp4", "h264", [np.zeros((4, 4, 3), np.uint8)])) == "frame_mismatch"
    (tmp_path / "file").write_bytes(b"")
    assert code(lambda: encode(tmp_path / "file" / "a.mp4", "h264", frames(1))) == "encode_failed"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_what_cannot_be_read_is_told(tmp_path: Path):
    for content, code in ((None, "file_missing"), (b"nothing", "film_unreadable"), (b"", "film_unreadable")):
        path = tmp_path / "film.mp4"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(LikenessError) as caught:
            probe(path)
        assert caught.value.code == code
    whole = encode(tmp_path / "whole.mp4", "h264", frames()).read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(LikenessError):
        list(read_frames(path))


def test_formats_have_even_sizes_and_safe_areas():
    for name, form in FORMATS.items():
        for size in ("180p", "480p", "720p", "1080p", "1440p", "2160p"):
            width, height = picture_size(name, size)
            assert width % 2 == height % 2 == 0 and min(width, height) == int(size[:-1])
            assert abs(width / height - form.ratio[0] / form.ratio[1]) < 0.01
        left, top, right, bottom = safe_area(name)
        assert 0.05 <= left < right <= 0.95 and 0.05 <= top < bottom <= 0.95
    assert picture_size("4:5", "1080p") == (1080, 1350)
    for arguments, code in ((("3:2", "720p"), "format_unknown"), (("16:9", "large"), "size_unknown")):
        with pytest.raises(LikenessError) as caught:
            picture_size(*arguments)
        assert caught.value.code == code


def test_a_thumbnail_is_small_enough(tmp_path: Path):
    noise = np.random.default_rng(0).integers(0, 255, (1080, 1920, 3), np.uint8)
    path = write_thumbnail(noise, tmp_path / "film.jpg")
    assert probe(path).size == (1280, 720) and path.stat().st_size <= 2_000_000
    with pytest.raises(LikenessError):
        write_thumbnail(noise, tmp_path / "film.gif")


def test_films_of_an_odd_rate_keep_it(tmp_path: Path):
    path = tmp_path / "film.mp4"
    with Encoder(path, "h264", SIZE, Fraction(30000, 1001)) as film:
        for frame in frames():
            film.write(frame)
    assert probe(path).fps == Fraction(30000, 1001)
