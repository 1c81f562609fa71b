# SPDX-License-Identifier: GPL-3.0-or-later
"""How much the invisible marks outlive, and whether they are seen where there are none.

    .venv/core/bin/python tests/benchmarks/marks_measures.py [--out OUT] [--only films sounds alarms]

Films are pictures of scikit-image, panned and zoomed, and a face that moves and nears before a smooth background, as
rendered ones do. Speech is made up, or that of a folder. ``bench_clips.py`` takes its rows from here.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

import av
import cv2
import numpy as np
from scipy import signal
from skimage import data

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from summary import Row, report  # noqa: E402

from core.trust.picture_mark import PictureMarker, find_picture_mark  # noqa: E402
from core.trust.sound_mark import find_sound_mark, mark_sound  # noqa: E402

PAYLOAD = 0x2F9C41D7
PICTURES = (
    "astronaut", "brick", "camera", "cell", "chelsea", "coffee", "coins", "grass", "gravel", "hubble_deep_field",
    "immunohistochemistry", "moon", "page", "rocket", "text", "retina", "colorwheel", "clock",
)  # fmt: skip
Frames = list[np.ndarray]
NEEDED = 1.0  # share of films or sounds


def load_picture(name: str) -> np.ndarray:
    """A picture that scikit-image ships, uint8 (H, W, 3)."""
    picture = getattr(data, name)()
    return np.ascontiguousarray(np.stack([picture] * 3, -1) if picture.ndim == 2 else picture[..., :3])


def cover(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The middle of a picture, so large that it covers size (width, height)."""
    width, height = size
    factor = max(width / picture.shape[1], height / picture.shape[0])
    grown = (max(width, round(picture.shape[1] * factor)), max(height, round(picture.shape[0] * factor)))
    large = cv2.resize(picture, grown, interpolation=cv2.INTER_CUBIC)
    x, y = (large.shape[1] - width) // 2, (large.shape[0] - height) // 2
    return large[y : y + height, x : x + width].copy()


def pan(picture: np.ndarray, size: tuple[int, int], count: int) -> Frames:
    """A camera that wanders over a picture and nears it."""
    width, height = size
    large = cover(picture, (int(width * 1.3), int(height * 1.3)))
    frames = []
    for share in np.linspace(0, 1, count):
        zoom = 0.8 * (1 + 0.1 * share)
        move = np.array([[zoom, 0, -width * (0.01 + 0.12 * share)], [0, zoom, -height * (0.12 - 0.1 * share)]])
        frames.append(cv2.warpAffine(large, move, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
    return frames


def render(size: tuple[int, int], count: int) -> Frames:
    """A face that moves a little before a smooth background, while the camera nears."""
    width, height = size
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    background = np.stack([70 + 60 * down / height + 20 * across / width, 80 + 60 * down / height, 100 + down / 8], -1)
    side = int(height * 0.8)
    face = cv2.resize(data.astronaut()[:320, 60:380], (side, side), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    radius = np.hypot(*(np.mgrid[0:side, 0:side] - side / 2)) / (side * 0.42)
    matte = np.clip((1.05 - radius) * 12, 0, 1)[..., None].astype(np.float32)
    frames = []
    for index in range(count):
        frame = background.copy()
        x, y = int(width * (0.3 + 0.012 * np.sin(index / 6))), int(height * (0.15 + 0.01 * np.cos(index / 5)))
        part = frame[y : y + side, x : x + side]
        part[:] = face * matte + part * (1 - matte)
        zoom = 1 + 0.002 * index
        move = np.array([[zoom, 0, width * (1 - zoom) / 2], [0, zoom, height * (1 - zoom) / 2]])
        frames.append(np.clip(cv2.warpAffine(frame, move, size) + 0.5, 0, 255).astype(np.uint8))
    return frames


def encode(frames: Frames, crf: int, preset: str = "medium") -> Frames:
    """The frames as H.264 keeps them."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=25, options={"crf": str(crf), "preset": preset})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        film.mux(stream.encode())
    file.seek(0)
    with av.open(file) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def resize(frames: Frames, share: float) -> Frames:
    """The frames at a share of their size, of even sides."""
    height, width = frames[0].shape[:2]
    size = (round(width * share / 2) * 2, round(height * share / 2) * 2)
    return [cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames]


def crop(frames: Frames, share: float = 0.1) -> Frames:
    """The frames without a share of each side."""
    height, width = frames[0].shape[:2]
    y, x = int(height * share) // 2 * 2, int(width * share) // 2 * 2
    return [frame[y : height - y, x : width - x] for frame in frames]


def sharpen(frames: Frames) -> Frames:
    """The frames sharper and brighter."""
    return [cv2.convertScaleAbs(cv2.addWeighted(frame, 1.6, cv2.GaussianBlur(frame, (0, 0), 1.5), -0.6, 0),
                                alpha=1.1, beta=8) for frame in frames]


HARMS: Mapping[str, Callable[[Frames], Frames]] = {
    "a still picture": lambda frames: frames[:1],
    "crf 18": lambda frames: encode(frames, 18),
    "crf 23": lambda frames: encode(frames, 23),
    "crf 28": lambda frames: encode(frames, 28),
    "half size, crf 23": lambda frames: encode(resize(frames, 0.5), 23),
    "480 lines of 720, crf 23": lambda frames: encode(resize(frames, 2 / 3), 23),
    "10 % off each side, crf 23": lambda frames: encode(crop(frames), 23),
    "10 % off and half size, crf 23": lambda frames: encode(resize(crop(frames), 0.5), 23),
    "sharper and brighter, crf 23": lambda frames: encode(sharpen(frames), 23),
    "half size, crf 28": lambda frames: encode(resize(frames, 0.5), 28),
}
HINTS = ("half size, crf 28",)  # harder than what is promised


def measure_films(
    size: tuple[int, int] = (1280, 720), count: int = 36, harms: Collection[str] = tuple(HARMS)
) -> Iterator[Row]:
    """PSNR, and the share of films whose mark is read, per harm."""
    films = [render(size, count), *(pan(load_picture(name), size, count) for name in ("coffee", "astronaut", "grass"))]
    marker = PictureMarker(size, PAYLOAD)
    marked = [[marker.mark(frame) for frame in film] for film in films]
    yield Row("least PSNR, dB", min(cv2.PSNR(film[0], seen[0]) for film, seen in zip(films, marked, strict=True)), 42)
    for name in harms:
        marks = [find_picture_mark(HARMS[name](film)) for film in marked]
        right = [mark is not None and mark.payload == PAYLOAD for mark in marks]
        print(name, [mark and round(mark.confidence, 2) for mark in marks], flush=True)
        yield Row(f"films read: {name}", float(np.mean(right)), NEEDED, is_hint=name in HINTS)


def encode_sound(wave: np.ndarray, rate: int, codec: str, bit_rate: int) -> np.ndarray:
    """The float wave (N,) as stereo of a codec keeps it, (N, 2)."""
    file = io.BytesIO()
    with av.open(file, "w", format={"aac": "mp4", "libmp3lame": "mp3"}[codec]) as film:
        stream = film.add_stream(codec, rate=rate, layout="stereo")
        stream.bit_rate = bit_rate
        planes = np.ascontiguousarray(np.stack([wave, wave]).astype(np.float32))
        size = 1152 if codec == "libmp3lame" else 1024
        for start in range(0, planes.shape[1], size):
            part = np.ascontiguousarray(planes[:, start : start + size])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = rate, start
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    file.seek(0)
    with av.open(file) as film:
        return np.concatenate([frame.to_ndarray() for frame in film.decode(audio=0)], axis=1).T.astype(float)


def resample(wave: np.ndarray, rate: int, to: int) -> np.ndarray:
    """The wave at another rate."""
    step = int(np.gcd(rate, to))
    return signal.resample_poly(wave, to // step, rate // step)


RATE = 48000
SOUND_HARMS: Mapping[str, Callable[[np.ndarray], tuple[np.ndarray, int]]] = {
    "as it is": lambda wave: (wave, RATE),
    "AAC 96k": lambda wave: (encode_sound(wave, RATE, "aac", 96000), RATE),
    "AAC 64k": lambda wave: (encode_sound(wave, RATE, "aac", 64000), RATE),
    "MP3 128k": lambda wave: (encode_sound(wave, RATE, "libmp3lame", 128000), RATE),
    "44.1 kHz": lambda wave: (resample(wave, RATE, 44100), 44100),
    "24 kHz": lambda wave: (resample(wave, RATE, 24000), 24000),
    "quarter as loud, begins at 1.37 s, AAC 96k": lambda wave: (
        encode_sound(0.25 * wave[int(1.37 * RATE) :], RATE, "aac", 96000), RATE),
    "4 s of AAC 96k": lambda wave: (encode_sound(wave, RATE, "aac", 96000)[RATE : RATE * 5], RATE),
    "3 s of AAC 96k": lambda wave: (encode_sound(wave, RATE, "aac", 96000)[RATE : RATE * 4], RATE),
    "2 s of AAC 96k": lambda wave: (encode_sound(wave, RATE, "aac", 96000)[RATE : RATE * 3], RATE),
}
SOUND_HINTS = ("3 s of AAC 96k", "2 s of AAC 96k")


def measure_snr(wave: np.ndarray, marked: np.ndarray) -> float:
    """Mean of the signal-to-noise ratios of 20 ms, those that are all but silent left out, dB."""
    size = RATE // 50
    count = len(wave) // size
    signals = (wave[: count * size].reshape(count, size) ** 2).sum(axis=1)
    noises = ((marked - wave)[: count * size].reshape(count, size) ** 2).sum(axis=1)
    heard = signals > 1e-4 * signals.max()
    return float(np.mean(10 * np.log10(signals[heard] / (noises[heard] + 1e-20))))


def measure_sounds(waves: list[np.ndarray], harms: Collection[str] = tuple(SOUND_HARMS)) -> Iterator[Row]:
    """Segmental SNR, and the share of sounds whose mark is read, per harm; waves at 48 kHz, of 6 s or more."""
    marked = [mark_sound(wave, RATE, PAYLOAD) for wave in waves]
    yield Row("least segmental SNR, dB", min(map(measure_snr, waves, marked)), 18)
    for name in harms:
        marks = [find_sound_mark(*SOUND_HARMS[name](wave)) for wave in marked]
        right = [mark is not None and mark.payload == PAYLOAD for mark in marks]
        print(name, [mark and round(mark.confidence, 2) for mark in marks], flush=True)
        yield Row(f"sounds read: {name}", float(np.mean(right)), NEEDED, is_hint=name in SOUND_HINTS)


def make_plain_pictures(count: int) -> Iterator[np.ndarray]:
    """Pictures without a mark: crops of scikit-image's, every seventh noise, ramps or stripes."""
    random = np.random.default_rng(5)
    down, across = np.mgrid[0:360, 0:640]
    for index in range(count):
        if index % 7:
            picture = load_picture(PICTURES[index % len(PICTURES)])
            height, width = (int(side * random.uniform(0.4, 1)) for side in picture.shape[:2])
            y, x = random.integers(picture.shape[0] - height + 1), random.integers(picture.shape[1] - width + 1)
            yield cover(picture[y : y + height, x : x + width], ((640, 360), (360, 640))[index % 2])
            continue
        ramp = down * random.uniform(-0.4, 0.4) + across * random.uniform(-0.4, 0.4)
        kinds = (ramp + 128, 100 * np.sign(np.sin(ramp * random.uniform(1, 5))) + 128,
                 random.normal(128, random.uniform(1, 60), ramp.shape))
        yield np.repeat(np.clip(kinds[index // 7 % 3], 0, 255).astype(np.uint8)[..., None], 3, 2)


def make_plain_sounds(count: int) -> Iterator[np.ndarray]:
    """Sounds of 8 s without a mark: noises that come and go, chords, beats."""
    random = np.random.default_rng(6)
    times = np.arange(8 * RATE) / RATE
    for index in range(count):
        swell = 0.5 + 0.5 * np.sin(2 * np.pi * random.uniform(0.2, 6) * times)
        noise = signal.lfilter([1], [1, -random.uniform(0, 0.95)], random.normal(size=len(times)))
        tones = sum(np.sin(2 * np.pi * random.uniform(80, 4000) * times) for _ in range(5))
        beats = noise * np.exp(-(times % random.uniform(0.2, 0.8)) * 20)
        yield 0.05 * (noise * swell, tones * swell, beats, tones + 0.1 * noise)[index % 4]


def measure_alarms(waves: list[np.ndarray], pictures: int = 200, sounds: int = 50) -> Iterator[Row]:
    """How many of so many pictures, and sounds beside those given, seem to carry a mark."""
    seen = [find_picture_mark([picture]) for picture in make_plain_pictures(pictures)]
    yield Row(f"marks seen in {pictures} pictures without", sum(mark is not None for mark in seen), 0, at_most=True)
    heard = [find_sound_mark(wave, RATE) for wave in (*waves, *make_plain_sounds(sounds - len(waves)))]
    yield Row(f"marks heard in {sounds} sounds without", sum(mark is not None for mark in heard), 0, at_most=True)


def load_speech(folder: Path | None) -> list[np.ndarray]:
    """The speech of a folder's sound files at 48 kHz, or noises that come and go like syllables."""
    import soundfile

    if folder is None:
        return [make_babble(seed) for seed in range(4)]
    waves = [soundfile.read(path, always_2d=True) for path in sorted(folder.glob("*.wav"))]
    return [resample(wave.mean(axis=1), rate, RATE) for wave, rate in waves]


def make_babble(seed: int, seconds: float = 8.0) -> np.ndarray:
    """What is as loud as speech, and when, 48 kHz: a buzz that glides through gliding resonances, hiss, pauses."""
    random = np.random.default_rng(seed)
    times = np.arange(int(seconds * RATE)) / RATE
    knots = np.arange(0, seconds + 0.2, 0.12)

    def glide(low: float, high: float) -> np.ndarray:
        return np.interp(times, knots, random.uniform(low, high, len(knots)))

    phase = np.cumsum(glide(90, 230)) * 2 * np.pi / RATE
    formants = [(glide(300, 800), 1.0), (glide(900, 2300), 0.5), (glide(2400, 3500), 0.25)]
    wave = np.zeros_like(times)
    for harmonic in range(1, 40):
        pitch = harmonic * np.gradient(phase) * RATE / (2 * np.pi)
        level = sum(gain / (1 + ((pitch - place) / 120) ** 2) for place, gain in formants)
        wave += level * np.sin(harmonic * phase)
    hiss = signal.lfilter([1, -0.9], [1], random.normal(size=len(times)))
    loud, fricative = np.clip(glide(-0.3, 1), 0, 1), np.clip(glide(-1.2, 0.6), 0, 1)
    return 0.05 * (wave * loud + 2 * hiss * fricative + 0.002 * random.normal(size=len(times)))


def main() -> int:
    """Measure what is asked for, print the table, and tell by the exit status whether the bars are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="folder for summary.json")
    parser.add_argument("--only", nargs="+", choices=("films", "sounds", "alarms"),
                        default=("films", "sounds", "alarms"))
    parser.add_argument("--speech", type=Path, help="folder of WAV files of 6 s or more; made-up speech without")
    options = parser.parse_args()
    waves = load_speech(options.speech)
    measures = {"films": measure_films, "sounds": lambda: measure_sounds(waves),
                "alarms": lambda: measure_alarms(waves)}
    return report([row for name in options.only for row in measures[name]()], options.out)


if __name__ == "__main__":
    sys.exit(main())
