# SPDX-License-Identifier: GPL-3.0-or-later
"""32 bits as a noise-like tile that repeats, for pictures (down and across) and sounds (time and frequency).

The payload lies in how far four known noise patterns are shifted round the tile, relative to a fifth one: each shift
is one of 64 x 64, thus 12 bits, so four hold the payload and a checksum of 16 bits. Whoever folds a picture or a sound
to one tile finds each shift as the peak of a correlation, wherever the tile begins. Each pattern has harmonics of the
tile to itself, so that the five do not disturb one another at any shift, and all harmonics are equally strong, so that
it is nearly their phases alone that are looked at: what else the host holds, however loud, is then just noise.

The method is known: spread spectrum (Cox, Kilian, Leighton, Shamoon: "Secure Spread Spectrum Watermarking for
Multimedia", 1997), tiles found again after crops (Kutter: "Watermarking Resisting to Translation, Rotation and
Scaling", 1998), payloads as shifts and matching by phase alone (Kalker, Depovere, Haitsma, Maes: "A Video Watermarking
System for Broadcast Monitoring", 1999). It is written by hand since no library does it here: trustmark, videoseal and
audioseal fetch their weights from the internet, resemble-perth needs torch, invisible-watermark loses its mark where
a picture is cropped or halved.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import fft

TILE = 64  # cells along each side of a tile
PAYLOAD_BITS = 32
# Standard deviations from which on a tile counts as seen. A reader compares 2**32 payloads at 128 x 128 places and
# some 370 scales: 2**54.5 normal numbers, of which one in 2e7 sets is above 10.2; the checksum makes that rarer still.
LEAST_SCORE = 10.2
REACH = 28  # the highest harmonic that is used; 32 is where a cell ends to tell two waves apart
HARMONICS_DOWN, HARMONICS_ACROSS = np.arange(-REACH, REACH + 1), np.arange(REACH + 1)
_PATTERNS = 5  # the reference and four of 12 bits
_SHIFT_BITS = 6
_FINE = 2  # places that are looked at per cell
_REFERENCES = 4  # places of the reference pattern that are tried
_LOUDEST = 1.5  # times its noise, above which a harmonic counts no more: beyond it is a pattern of the host's own


@dataclass(frozen=True)
class Reading:
    """payload; score: how many standard deviations the tile stands out from noise."""

    payload: int
    score: float


@dataclass(frozen=True)
class ShiftCode:
    """lowest: harmonic below which hosts are too loud. seed: of the patterns."""

    seed: int
    lowest: float

    @cached_property
    def owners(self) -> np.ndarray:
        """(57, 29): which pattern a harmonic belongs to, -1 where none."""
        down, across = HARMONICS_DOWN[:, None], HARMONICS_ACROSS[None]
        radius = np.hypot(down, across)
        used = (radius >= self.lowest) & (radius <= REACH) & ((across > 0) | (down > 0))
        owners = np.full(used.shape, -1)
        # The bits of PCG64 are the same in every version of NumPy, what Generator makes of them is not.
        order = np.argsort(np.random.PCG64(self.seed).random_raw(int(used.sum())))
        owners[used] = order % _PATTERNS
        return owners

    @cached_property
    def phases(self) -> np.ndarray:
        """(57, 29) complex of length 1: the patterns, unshifted; 0 where none."""
        raw = np.random.PCG64(self.seed + 1).random_raw(self.owners.size).reshape(self.owners.shape)
        return np.where(self.owners >= 0, np.exp(2j * np.pi * (raw / 2.0**64)), 0)

    def make_spectrum(self, payload: int) -> np.ndarray:
        """(57, 29) complex: the harmonics of the payload's tile.

        Raises ValueError where the payload does not fit in 32 bits.
        """
        if not 0 <= payload < 1 << PAYLOAD_BITS:
            raise ValueError(f"{payload} is no payload of {PAYLOAD_BITS} bits.")
        spectrum = self.phases.copy()
        for index, (down, across) in enumerate(_shifts_of(payload), 1):
            turn = HARMONICS_DOWN[:, None] * down + HARMONICS_ACROSS[None] * across
            spectrum *= np.where(self.owners == index, np.exp(-2j * np.pi * turn / TILE), 1)
        return spectrum

    def make_tile(self, payload: int) -> np.ndarray:
        """(64, 64) float32 of mean 0 and standard deviation 1: the payload's tile."""
        tile = np.asarray(fft.irfft2(_as_fft(self.make_spectrum(payload), TILE), (TILE, TILE)))
        return (tile / tile.std()).astype(np.float32)

    def correlate(self, spectrum: np.ndarray) -> np.ndarray:
        """(5, 128, 128): each pattern at each shift, in standard deviations of what noise gives.

        spectrum: a host's harmonics, each as a multiple of how strong such harmonics are in that host without a mark.
        """
        length = np.abs(spectrum)
        level = spectrum * np.minimum(1, _LOUDEST / np.where(length > 0, length, 1)) * self.phases.conj()
        own = self.owners[None] == np.arange(_PATTERNS)[:, None, None]
        parts = np.where(own, level, 0)
        spread = np.sqrt((np.abs(parts) ** 2).sum(axis=(1, 2)) / 2)
        size = TILE * _FINE
        planes = np.asarray(fft.irfft2(_as_fft(parts, size), (size, size))) * (size * size / 2)
        return planes / np.where(spread > 0, spread, 1)[:, None, None]

    @cached_property
    def _counts(self) -> np.ndarray:
        return np.bincount(self.owners[self.owners >= 0], minlength=_PATTERNS)

    def look(self, planes: np.ndarray) -> float:
        """The score that there would be of the tile of some payload, checksum aside."""
        return float(planes.max(axis=(1, 2)) @ self._shares)

    @cached_property
    def _shares(self) -> np.ndarray:
        return np.sqrt(self._counts / self._counts.sum())

    def read(self, planes: np.ndarray) -> Reading | None:
        """The payload that stands out most of those whose checksum is right, None where none does."""
        best: Reading | None = None
        for place in _find_peaks(planes[0], _REFERENCES):
            seen = np.roll(planes, (-place[0], -place[1]), (1, 2))[:, ::_FINE, ::_FINE].reshape(_PATTERNS, -1)
            found = seen[1:].argmax(axis=1)
            payload = _payload_of([divmod(int(index), TILE) for index in found])
            peaks = np.array([seen[0, 0], *seen[1:].max(axis=1)])
            score = float(peaks @ self._shares)
            if payload is not None and score >= LEAST_SCORE and (best is None or score > best.score):
                best = Reading(payload, score)
        return best


def _as_fft(spectrum: np.ndarray, size: int) -> np.ndarray:
    """The harmonics where scipy.fft.irfft2 looks for them; of column 0, which it counts once, only half is held."""
    out = np.zeros((*spectrum.shape[:-2], size, size // 2 + 1), np.complex64)
    out[..., HARMONICS_DOWN, : REACH + 1] = spectrum
    out[..., 0] *= 2
    return out


def _find_peaks(plane: np.ndarray, count: int) -> list[tuple[int, int]]:
    indices = np.argpartition(plane, -count, axis=None)[-count:]
    return [divmod(int(index), plane.shape[1]) for index in indices]


def _shifts_of(payload: int) -> list[tuple[int, int]]:
    checked = payload << 16 | _checksum(payload)
    words = [checked >> 12 * index & 0xFFF for index in range(_PATTERNS - 1)]
    return [divmod(word, 1 << _SHIFT_BITS) for word in words]


def _payload_of(shifts: list[tuple[int, int]]) -> int | None:
    checked = sum((down << _SHIFT_BITS | across) << 12 * index for index, (down, across) in enumerate(shifts))
    payload = checked >> 16
    return payload if _checksum(payload) == checked & 0xFFFF else None


def _checksum(payload: int) -> int:
    return binascii.crc_hqx(payload.to_bytes(4, "big"), 0xFFFF)
