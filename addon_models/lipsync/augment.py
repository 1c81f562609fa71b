# SPDX-License-Identifier: GPL-3.0-or-later
"""Rooms, microphones, noise, music, codecs: what stands between a mouth and a file. Batches of waves, in torch."""

from __future__ import annotations

import math

import torch

from core.speech.features import RATE


def spoil(wave: torch.Tensor, draw: torch.Generator, strength: float = 1.0) -> torch.Tensor:
    """(B, N) -> (B, N): each row in a room, through a microphone, with noise, at some level.

    strength 0..1: how likely each of these is; noise at the edge of hearing is always there, since no recording
    has the exact silence of a synthesiser.
    """
    wave = wave / wave.abs().amax(dim=1, keepdim=True).clamp_min(1e-4)
    wave = _filter(wave, draw, strength)
    wave = wave + _disturbance(wave, draw, strength)
    return _record(wave, draw, strength)


def _chance(draw: torch.Generator, rows: int, probability: float) -> torch.Tensor:
    return (torch.rand(rows, 1, generator=draw) < probability).float()


def _uniform(draw: torch.Generator, rows: int, low: float, high: float) -> torch.Tensor:
    return low + (high - low) * torch.rand(rows, 1, generator=draw)


def _filter(wave: torch.Tensor, draw: torch.Generator, strength: float) -> torch.Tensor:
    """A room's echo, a microphone's colour and a line's bandwidth, all in one product of spectra."""
    rows, count = wave.shape
    size = 2 ** math.ceil(math.log2(count + RATE // 2))
    frequency = torch.linspace(0, RATE / 2, size // 2 + 1)
    octave = torch.log2(frequency.clamp_min(50.0) / 1000.0)
    colour = torch.zeros(rows, len(frequency))
    for _ in range(3):
        phase, period = _uniform(draw, rows, 0, 2 * math.pi), _uniform(draw, rows, 2.0, 8.0)
        colour += _uniform(draw, rows, 0.0, 5.0) * torch.cos(2 * math.pi * octave / period + phase)
    colour = colour + _uniform(draw, rows, -3.0, 3.0) * octave
    gain = 10 ** (_chance(draw, rows, 0.8 * strength) * colour / 20)
    is_narrow = _chance(draw, rows, 0.25 * strength)
    is_line = _chance(draw, rows, 0.5)
    low = is_line * _uniform(draw, rows, 150, 350) + (1 - is_line) * 20
    high = _uniform(draw, rows, 3000, 7000)
    band = torch.sigmoid((frequency - low) / 20) * torch.sigmoid((high - frequency) / 100)
    gain = gain * (is_narrow * band.clamp_min(1e-3) + 1 - is_narrow)
    echo = _echo(rows, size, draw, _chance(draw, rows, 0.4 * strength))
    spectrum = torch.fft.rfft(wave, size) * gain * torch.fft.rfft(echo, size)
    return torch.fft.irfft(spectrum, size)[:, :count]


def _echo(rows: int, size: int, draw: torch.Generator, chosen: torch.Tensor) -> torch.Tensor:
    """Impulse responses: the sound itself and a decaying tail of noise, reverberation times of 0.1 to 0.7 s."""
    length = RATE // 2
    time = torch.arange(length) / RATE
    decay = torch.exp(-6.9 * time / _uniform(draw, rows, 0.1, 0.7))
    tail = torch.randn(rows, length, generator=draw) * decay * (time > 0.002)
    tail = tail / tail.norm(dim=1, keepdim=True) * 10 ** (_uniform(draw, rows, -16, 0) / 20)
    response = torch.zeros(rows, size)
    response[:, :length] = chosen * tail
    response[:, 0] += 1.0
    return response


def _disturbance(wave: torch.Tensor, draw: torch.Generator, strength: float) -> torch.Tensor:
    """Noise of any colour, hum, other voices and music, each at a level below the speech."""
    rows, count = wave.shape
    speech = wave.pow(2).mean(dim=1, keepdim=True).sqrt().clamp_min(1e-4)
    loud = _chance(draw, rows, 0.65 * strength)
    below = loud * _uniform(draw, rows, 3, 35) + (1 - loud) * _uniform(draw, rows, 40, 65)
    sums = _scaled(_coloured(rows, count, draw), speech, below)
    others = wave.roll(1, 0).roll(count // 3, 1) + wave.roll(2, 0).roll(count // 2, 1)
    for make, probability, low, high in (
        (lambda chosen: _hum(len(chosen), count, draw), 0.12, 0, 30),
        (lambda chosen: others[chosen], 0.08, 8, 25),
        (lambda chosen: _music(len(chosen), count, draw), 0.15, 0, 25),
    ):
        chosen = torch.nonzero(torch.rand(rows, generator=draw) < probability * strength)[:, 0]
        if len(chosen):
            sums[chosen] += _scaled(make(chosen), speech[chosen], _uniform(draw, len(chosen), low, high))
    return sums


def _scaled(noise: torch.Tensor, speech: torch.Tensor, below: torch.Tensor) -> torch.Tensor:
    """Noise at so many decibels below the speech's level (B, 1)."""
    level = noise.pow(2).mean(dim=1, keepdim=True).sqrt().clamp_min(1e-6)
    return noise * (speech / level) * 10 ** (-below / 20)


def _coloured(rows: int, count: int, draw: torch.Generator) -> torch.Tensor:
    """Noise that falls by 0 to 9 dB an octave, some of it swelling slowly."""
    spectrum = torch.fft.rfft(torch.randn(rows, count, generator=draw))
    frequency = torch.arange(spectrum.shape[1]).clamp_min(count * 60 // RATE)
    noise = torch.fft.irfft(spectrum * frequency ** (-_uniform(draw, rows, 0, 1.5)), count)
    time = torch.arange(count) / RATE
    swell = torch.sin(2 * math.pi * _uniform(draw, rows, 0.1, 3) * time + _uniform(draw, rows, 0, 6.3))
    return noise * (1 + _uniform(draw, rows, 0, 0.9) * swell)


def _hum(rows: int, count: int, draw: torch.Generator) -> torch.Tensor:
    """Mains and machines: a low tone with harmonics."""
    time = torch.arange(count) / RATE
    base = _uniform(draw, rows, 45, 130)
    return sum(torch.sin(2 * math.pi * base * k * time) * _uniform(draw, rows, 0, 1) / k for k in range(1, 6))


def _music(rows: int, count: int, draw: torch.Generator) -> torch.Tensor:
    """Chords of plucked and held tones over a beat."""
    time = torch.arange(count) / RATE
    sums = torch.zeros(rows, count)
    beat = _uniform(draw, rows, 0.2, 0.8)
    for _ in range(4):
        pitch = 110 * 2 ** (torch.randint(0, 30, (rows, 1), generator=draw) / 12)
        phase = time / beat + torch.rand(rows, 1, generator=draw)
        jump = 2 ** (torch.randint(-5, 6, (rows, 64), generator=draw) / 12)
        note = pitch * jump.gather(1, phase.long().clamp(0, 63))
        envelope = torch.exp(-(phase % 1) * _uniform(draw, rows, 0, 6))
        angle = 2 * math.pi * torch.cumsum(note, 1) / RATE
        sums += envelope * (torch.sin(angle) + 0.5 * torch.sin(2 * angle) + 0.3 * torch.sin(3 * angle))
    return sums


def _record(wave: torch.Tensor, draw: torch.Generator, strength: float) -> torch.Tensor:
    """A level, some clipping, a few bits."""
    rows = len(wave)
    wave = wave / wave.abs().amax(dim=1, keepdim=True).clamp_min(1e-4)
    over = 1 + _chance(draw, rows, 0.08 * strength) * _uniform(draw, rows, 0.2, 3)
    wave = (wave * over).clamp(-1, 1)
    coarse = _chance(draw, rows, 0.1 * strength)
    folded = torch.sign(wave) * torch.log1p(255 * wave.abs()) / math.log(256)  # mu-law, as telephones have it
    folded = torch.round(folded * 127) / 127
    unfolded = torch.sign(folded) * (256 ** folded.abs() - 1) / 255
    wave = coarse * unfolded + (1 - coarse) * wave
    return wave * 10 ** (_uniform(draw, rows, -36, 0) / 20)
