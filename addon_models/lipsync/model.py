# SPDX-License-Identifier: GPL-3.0-or-later
"""The mouth network as torch trains it; core/speech/net.py runs the same thing in numpy.

Log-mel frames, two at a time, go through residual blocks of dilated convolutions. Three blocks and the first
layer look one step (20 ms) ahead, everything else looks back only: 102.5 ms of look-ahead in all, the half
window of the spectrum included. Normalisation is folded into the weights when they are exported.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from core.speech.features import MELS
from core.speech.inventory import CLASSES, PHONES
from core.speech.net import BLENDSHAPES, LIPS, STEP

DILATIONS = (1, 2, 4, 8, 1, 2, 4, 8, 1, 2)
WIDTH = 256
OUTPUTS = {"classes": len(CLASSES), "phones": len(PHONES), "lips": len(LIPS), "blendshapes": len(BLENDSHAPES)}


class _Convolution(nn.Module):
    """Three taps; those of dilation 1 are centred, the others look back."""

    def __init__(self, inputs: int, outputs: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.convolution = nn.Conv1d(inputs, outputs, 3, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm1d(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        sides = (1, 1) if self.dilation == 1 else (2 * self.dilation, 0)
        return self.norm(self.convolution(nn.functional.pad(x, sides)))


class _Block(nn.Module):
    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.wide = _Convolution(WIDTH, WIDTH, dilation)
        self.mix = nn.Conv1d(WIDTH, WIDTH, 1, bias=False)
        self.norm = nn.BatchNorm1d(WIDTH)
        self.drop = nn.Dropout1d(0.05)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = torch.relu(self.wide(x))
        return torch.relu(x + self.norm(self.mix(self.drop(inner))))


class MouthNet(nn.Module):
    """(B, T, MELS) log-mel, T even -> per output (B, T, size): logits of classes and phones, curves of lips."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.BatchNorm1d(MELS)
        self.first = _Convolution(STEP * MELS, WIDTH, 1)
        self.blocks = nn.ModuleList(_Block(dilation) for dilation in DILATIONS)
        self.last = nn.Conv1d(WIDTH, WIDTH, 1, bias=False)
        self.last_norm = nn.BatchNorm1d(WIDTH)
        self.heads = nn.Conv1d(WIDTH, STEP * sum(OUTPUTS.values()), 1)

    def forward(self, mel: torch.Tensor) -> dict[str, torch.Tensor]:
        batch, frames, _ = mel.shape
        x = self.scale(mel.transpose(1, 2)).transpose(1, 2)
        x = torch.relu(self.first(x.reshape(batch, frames // STEP, STEP * MELS).transpose(1, 2)))
        for block in self.blocks:
            x = block(x)
        x = self.heads(torch.relu(self.last_norm(self.last(x))))
        x = x.transpose(1, 2).reshape(batch, frames, -1)
        return dict(zip(OUTPUTS, x.split(list(OUTPUTS.values()), dim=2), strict=True))

    def export(self) -> dict[str, np.ndarray]:
        """Weights for core/speech/net.py: normalisations folded, taps as (3, inputs, outputs)."""

        def fold(weight: torch.Tensor, norm: nn.BatchNorm1d) -> tuple[np.ndarray, np.ndarray]:
            gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            bias = norm.bias - norm.running_mean * gain
            taps = (weight * gain[:, None, None]).permute(2, 1, 0)
            return taps.detach().numpy().astype(np.float32), bias.detach().numpy().astype(np.float32)

        gain = self.scale.weight / torch.sqrt(self.scale.running_var + self.scale.eps)
        shift = self.scale.bias - self.scale.running_mean * gain
        arrays = {"gain": gain.detach().numpy(), "shift": shift.detach().numpy(), "dilations": np.array(DILATIONS)}
        arrays["first_w"], arrays["first_b"] = fold(self.first.convolution.weight, self.first.norm)
        for index, block in enumerate(self.blocks):
            arrays[f"wide{index}_w"], arrays[f"wide{index}_b"] = fold(block.wide.convolution.weight, block.wide.norm)
            arrays[f"mix{index}_w"], arrays[f"mix{index}_b"] = fold(block.mix.weight, block.norm)
        arrays["last_w"], arrays["last_b"] = fold(self.last.weight, self.last_norm)
        arrays["heads_w"] = self.heads.weight.permute(2, 1, 0).detach().numpy()
        arrays["heads_b"] = self.heads.bias.detach().numpy()
        return arrays
