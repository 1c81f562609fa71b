# SPDX-License-Identifier: GPL-3.0-or-later
"""Segments, sound, chapters and captions become one film."""

from __future__ import annotations

from pathlib import Path

import av
import av.filter
import numpy as np
import pytest
import soundfile
from scipy.signal import resample_poly
from test_delivery_pictures import COUNT, FPS, SIZE, encode, frames

from core.captions import Caption
from core.delivery import (
    CODECS,
    RATE,
    Chapter,
    Encoder,
    SoundPart,
    join_captions,
    join_film,
    mix_sound,
    probe,
    read_frames,
    read_sound,
    write_caption_files,
)
from core.delivery.sound import duck
from core.errors import LikenessError
from core.storyboard.storyboard import Music
from core.voice.loudness import LEVEL_STEP, measure_loudness, true_peak

LENGTHS = (7, 1, 12)


def measure(path: Path) -> tuple[float, float]:
    """Integrated loudness (LUFS) and true peak (dBTP) of a file, as FFmpeg measures them."""
    with av.open(str(path)) as film:
        stream = film.streams.audio[0]
        graph = av.filter.Graph()
        source = graph.add_abuffer(template=stream)
        meter = graph.add("ebur128", "metadata=1:peak=true:framelog=quiet")
        sink = graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        graph.configure()
        loudness, peak = -np.inf, -np.inf

        def pull() -> None:
            nonlocal loudness, peak
            while True:
                try:
                    frame = sink.pull()
                except (av.error.BlockingIOError, av.error.EOFError):
                    return
                if "lavfi.r128.I" in frame.metadata:  # not in the last, shorter block
                    loudness = float(frame.metadata["lavfi.r128.I"])
                    peak = max(peak, 20 * np.log10(float(frame.metadata["lavfi.r128.true_peak"])))

        for frame in film.decode(stream):
            source.push(frame)
            pull()
        source.push(None)
        pull()
    return loudness, peak


def speech(seconds: float, seed: int = 0) -> np.ndarray:
    """Noise in syllables, as high as voices are, with peaks."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(seconds * RATE)) / RATE
    wave = resample_poly(rng.normal(0, 0.05, len(times) // 4), 4, 1) * (0.2 + np.sin(np.pi * 4 * times) ** 2)
    wave[:: RATE // 3] *= 8
    return wave.astype(np.float32)


@pytest.fixture
def said(tmp_path: Path) -> Path:
    path = tmp_path / "said.wav"
    soundfile.write(path, speech(4.0), RATE)
    return path


@pytest.fixture
def music(tmp_path: Path) -> Path:
    path = tmp_path / "music.wav"
    times = np.arange(3 * RATE) / RATE
    soundfile.write(path, np.stack([0.3 * np.sin(2 * np.pi * f * times) for f in (220, 330)], axis=1), RATE)
    return path


@pytest.mark.parametrize("codec", CODECS)
def test_segments_follow_each_other_without_a_gap(codec: str, tmp_path: Path):
    pictures = frames(sum(LENGTHS))
    segments, first = [], 0
    for number, length in enumerate(LENGTHS):
        name = tmp_path / f"{number}{CODECS[codec].suffix}"
        segments.append(encode(name, codec, pictures[first : first + length]))
        first += length
    out = tmp_path / f"film{CODECS[codec].suffix}"
    tone = np.stack([0.1 * np.sin(np.arange(2 * RATE) * 0.05)] * 2, axis=1)
    chapters = (Chapter(0.0, "Öffnung"), Chapter(0.4, "The end"))
    joined = join_film(segments, tone, RATE, out, codec, chapters, title="Ein Film", language="de")
    assert joined.frames == len(pictures)

    media = probe(out)
    assert (media.frames, media.fps, media.size) == (len(pictures), FPS, SIZE)
    assert media.title == "Ein Film" and media.chapters == chapters and media.has_sound
    back = list(read_frames(out))
    alone = [frame for segment in segments for frame in read_frames(segment)]
    assert len(back) == len(alone)
    assert all(np.array_equal(one, other) for one, other in zip(back, alone, strict=True))
    wave, rate = read_sound(out)
    assert rate == RATE and abs(len(wave) / RATE - len(pictures) / FPS) < 0.03
    assert np.abs(wave[2000:20000] - tone[2000:20000]).max() < 0.01  # nothing is put off
    if CODECS[codec].suffix:
        with av.open(str(out)) as film:
            stream = film.streams.video[0]
            stamps = sorted(float(p.pts * p.time_base) for p in film.demux(stream) if p.pts is not None)
        assert np.allclose(stamps, np.arange(len(pictures)) / FPS, atol=1e-6)
    content = [path.read_bytes() for path in (sorted(out.iterdir()) if out.is_dir() else [out])]
    join_film(segments, tone, RATE, out, codec, chapters, title="Ein Film", language="de")
    assert content == [path.read_bytes() for path in (sorted(out.iterdir()) if out.is_dir() else [out])]
    assert not list(tmp_path.glob(".*"))


def test_a_folder_of_pictures_can_be_called_something_else(tmp_path: Path):
    """Films are made under a hidden name and then put in their place."""
    segment = encode(tmp_path / "a", "png", frames(3))
    join_film([segment], np.zeros((RATE, 2)), RATE, tmp_path / ".film.new", "png")
    out = (tmp_path / ".film.new").replace(tmp_path / "film")
    assert probe(out).frames == len(list(read_frames(out))) == 3 and probe(out).has_sound
    assert len(read_sound(out)[0]) == round(3 / FPS * RATE)


def test_captions_are_a_track_and_two_files(tmp_path: Path):
    segment = encode(tmp_path / "a.mp4", "h264", frames(50))
    captions = join_captions(
        [
            (0.0, (Caption(0.2, 0.6, ("Hällo there,", "all of you")),)),
            (1.0, (Caption(0.1, 0.5, ("שלום",), True), Caption(0.5, 0.9, ("bye",)))),
        ]
    )
    assert [(one.start, one.end) for one in captions] == [(0.2, 0.6), (1.1, 1.5), (1.5, 1.9)]
    out = tmp_path / "film.mp4"
    join_film([segment], None, RATE, out, "h264", captions=captions, language="he")
    media = probe(out)
    assert media.captions == ("heb",) and not media.has_sound and media.frames == 50
    with av.open(str(out)) as film:
        shown = [
            (round(float(p.pts * p.time_base), 3), round(float(p.duration * p.time_base), 3), bytes(p)[2:].decode())
            for p in film.demux(film.streams.subtitles[0])
            if len(bytes(p)) > 2
        ]
    assert shown == [
        (0.2, 0.4, "Hällo there,\nall of you"),
        (1.1, 0.4, "\u2067שלום\u2069"),
        (1.5, 0.4, "bye"),
    ]
    files = write_caption_files(captions, out)
    assert [path.name for path in files] == ["film.srt", "film.vtt"]
    assert "00:00:01,100 --> 00:00:01,500" in files[0].read_text(encoding="utf-8")
    assert write_caption_files((), out) == ()


def test_captions_of_two_who_speak_at_once_are_not_over_each_other():
    captions = join_captions([(0, (Caption(0, 2, ("A",)), Caption(1, 3, ("B",)), Caption(1.1, 2.5, ("C",))))])
    assert captions == (Caption(0, 1, ("A",)), Caption(1, 3, ("B", "C")))


def test_what_does_not_fit_is_not_joined(tmp_path: Path):
    one = encode(tmp_path / "one.mp4", "h264", frames(3))
    with Encoder(tmp_path / "two.mp4", "h264", (32, 32), FPS) as film:
        film.write(np.zeros((32, 32, 3), np.uint8))
    draft = encode(tmp_path / "draft.mp4", "h264", frames(3), quality="draft")
    out = tmp_path / "film.mp4"
    out.write_bytes(b"earlier")
    for other in (tmp_path / "two.mp4", draft):
        with pytest.raises(LikenessError) as caught:
            join_film([one, other], None, RATE, out, "h264")
        assert caught.value.code == "segments_differ"
    with pytest.raises(LikenessError) as caught:
        join_film([], None, RATE, out, "h264")
    assert caught.value.code == "film_empty"
    assert out.read_bytes() == b"earlier" and not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("target", [-16.0, -14.0])
def test_a_film_is_as_loud_as_asked_for(target: float, said: Path, music: Path, tmp_path: Path):
    parts = (SoundPart(said, 1.0), SoundPart(said, 6.0, gain=-3.0))
    wave, rate = mix_sound(parts, 12.0, Music(music), target)
    assert wave.shape == (12 * RATE, 2) and rate == RATE
    assert abs(measure_loudness(wave, rate) - target) < 0.2 and 20 * np.log10(true_peak(wave)) <= -1.0
    segment = encode(tmp_path / "a.mp4", "h264", frames(12 * FPS // 1), quality="draft")
    join_film([segment], wave, rate, tmp_path / "film.mp4", "h264")
    loudness, peak = measure(tmp_path / "film.mp4")  # FFmpeg's own measure, after AAC
    assert abs(loudness - target) <= 0.5 and peak <= -1.0


def test_music_makes_way_for_speech(said: Path, music: Path):
    wave, _ = mix_sound((SoundPart(said, 4.0),), 14.0, Music(music, level=-12, ducked=-10))
    only, _ = mix_sound((SoundPart(said, 4.0),), 14.0)

    def level(sound: np.ndarray, start: float, end: float) -> float:
        return 10 * np.log10(np.mean(sound[round(start * RATE) : round(end * RATE)] ** 2))

    alone = level(wave, 1.0, 3.0)
    assert abs(level(wave, 10.0, 11.0) - alone) < 1.0  # goes on, begun anew, as loud
    assert level(wave, 13.8, 14.0) < alone - 20  # and fades out
    rest = wave - only * (np.sqrt(np.mean(wave[5 * RATE : 7 * RATE] ** 2) / np.mean(only[5 * RATE : 7 * RATE] ** 2)))
    assert level(rest, 5.0, 7.0) < alone - 6
    voice = measure_loudness(wave[round(4.2 * RATE) : round(7.8 * RATE)], RATE)
    assert voice - measure_loudness(wave[: 3 * RATE], RATE) == pytest.approx(12, abs=1.0)


def test_ducking_is_smooth_and_in_time():
    said = np.zeros(round(6 / LEVEL_STEP), bool)
    for start, end in ((2.0, 2.6), (3.0, 3.5)):
        said[round(start / LEVEL_STEP) : round(end / LEVEL_STEP)] = True
    down = duck(said)
    assert np.all(down[said] == 1) and np.all(down[round(2.6 / LEVEL_STEP) : round(3.0 / LEVEL_STEP)] == 1)
    assert np.all(down[: round(1.65 / LEVEL_STEP)] == 0) and np.all(down[round(4.4 / LEVEL_STEP) :] == 0)
    assert np.abs(np.diff(down)).max() < 0.03
    assert not duck(np.zeros(100, bool)).any()


def test_silence_stays_silence(tmp_path: Path):
    path = tmp_path / "silent.wav"
    soundfile.write(path, np.zeros(RATE), RATE)
    wave, _ = mix_sound((SoundPart(path, 0.5),), 2.0)
    assert wave.shape == (2 * RATE, 2) and not wave.any()
    assert not mix_sound((), 1.0)[0].any()


def test_parts_lie_where_they_should(said: Path):
    wave, _ = mix_sound((SoundPart(said, 1.0, seconds=1.0, offset=0.5), SoundPart(said, 2.5)), 3.0)
    assert level_of(wave[: RATE - 10]) < -55 < -40 < level_of(wave[RATE : RATE + 100])
    assert level_of(wave[round(2.01 * RATE) : round(2.49 * RATE)]) < -55 < -40 < level_of(wave[-2000:])


def level_of(wave: np.ndarray) -> float:
    """Root mean square, in dBFS."""
    return float(10 * np.log10(np.mean(np.square(wave, dtype=np.float64))))


@pytest.mark.parametrize("target", [-16.0, -14.0])
def test_a_quiet_room_is_heard_between_words_and_changes_nothing_else(target: float, said: Path):
    wave, _ = mix_sound((SoundPart(said, 3.0), SoundPart(said, 20.0)), 27.0, loudness=target)
    pauses = [wave[round(start * RATE) : round(end * RATE)] for start, end in ((0.1, 2.9), (7.2, 19.8), (24.2, 26.9))]
    for pause in pauses:
        assert all(-70 < level_of(pause[first : first + RATE // 5]) < -60 for first in range(0, len(pause), RATE // 5))
        assert np.abs(pause).max() < 10 ** (-45 / 20) and np.abs(np.diff(pause, axis=0)).max() < 10 ** (-60 / 20)
    assert not np.array_equal(*pauses[1].T)  # it comes from nowhere
    assert abs(measure_loudness(wave, RATE) - target) < 0.1 and 20 * np.log10(true_peak(wave)) <= -1.45
    again, _ = mix_sound((SoundPart(said, 3.0), SoundPart(said, 20.0)), 27.0, loudness=target)
    assert np.array_equal(wave, again)  # a film is made of the same bytes


def test_nobody_who_speaks_no_room(music: Path):
    wave, _ = mix_sound((SoundPart(music, 1.0, seconds=1.0, is_speech=False),), 3.0)
    assert not wave[: RATE - 10].any() and not wave[round(2.1 * RATE) :].any()


def test_sound_that_cannot_be_had_is_told(tmp_path: Path):
    film = encode(tmp_path / "a.mp4", "h264", frames(COUNT))
    (tmp_path / "broken.wav").write_bytes(b"RIFF nothing")
    for path, code in (
        (film, "film_silent"),
        (tmp_path / "none.wav", "file_missing"),
        (tmp_path / "broken.wav", "film_unreadable"),
    ):
        with pytest.raises(LikenessError) as caught:
            read_sound(path)
        assert caught.value.code == code
    with pytest.raises(LikenessError) as caught:
        mix_sound((), 1.0, loudness=3.0)
    assert caught.value.code == "loudness_unusual"
