# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech that went through a real codec: libsndfile writes it and reads it back. numpy."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

import librosa
import numpy as np
import soundfile

from core.speech.features import RATE


@dataclass(frozen=True)
class Codec:
    """How libsndfile names it, and the rate that it is made for. compression: 0..1, lowest and highest bit rate."""

    format: str
    subtype: str
    rate: int = RATE
    compression: tuple[float, float] | None = None
    options: dict[str, Any] = field(default_factory=dict)


# MP3 at 64 to 8 kbit/s, Opus at 30 to 8, and GSM 06.10, the mobile telephone's 13.
CODECS = (
    Codec("MP3", "MPEG_LAYER_III", compression=(0.6, 0.97), options={"bitrate_mode": "CONSTANT"}),
    Codec("OGG", "OPUS", compression=(0.9, 0.99)),
    Codec("WAV", "GSM610", rate=8000),
)
_LONGEST_LAG = RATE // 4  # samples


def encode(wave: np.ndarray, codec: Codec, compression: float | None = None) -> np.ndarray:
    """(N,) float32 -> (N,) float32 as the codec's decoder gives it back, its delay taken out."""
    options = codec.options if compression is None else {**codec.options, "compression_level": compression}
    sent = _resample(wave, RATE, codec.rate)
    file = io.BytesIO()
    soundfile.write(file, sent, codec.rate, format=codec.format, subtype=codec.subtype, **options)
    file.seek(0)
    heard, rate = soundfile.read(file, dtype="float32")
    heard = _resample(heard, rate, RATE)
    return librosa.util.fix_length(heard[_lag(wave, heard) :], size=len(wave))


def pass_codec(wave: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """(N,) float32 through one of CODECS at a drawn bit rate."""
    codec = CODECS[int(draw.integers(len(CODECS)))]
    return encode(wave, codec, None if codec.compression is None else float(draw.uniform(*codec.compression)))


def _resample(wave: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    return wave if rate == wanted else librosa.resample(wave, orig_sr=rate, target_sr=wanted, res_type="soxr_mq")


def _lag(sent: np.ndarray, heard: np.ndarray) -> int:
    """Samples by which a decoder is late: where both agree most."""
    size = 2 ** int(np.ceil(np.log2(len(sent) + len(heard))))
    agreement = np.fft.irfft(np.conj(np.fft.rfft(sent, size)) * np.fft.rfft(heard, size))
    return int(agreement[:_LONGEST_LAG].argmax())
