# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the mouth network: ``python train.py CORPUS OUT [--steps N] [--resume]``.

The corpus is what make_corpus.py and prepare_grid.py wrote. OUT gets ``weights.npz`` (what core/speech/net.py
loads), ``history.json``, pictures of it and of the classes taken for each other, and a checkpoint from which
``--resume`` goes on. A GPU is used where there is one. Nothing
of ucla_dev or auseng_dev is read here. See README.md for what it reached.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import torch
from torch.nn import functional

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from augment import spoil  # noqa: E402
from batches import SECONDS, SHARES, Source, example, piece, read_source  # noqa: E402
from coding import pass_codec  # noqa: E402
from figures import draw_confusion, draw_curves  # noqa: E402
from model import MouthNet  # noqa: E402
from realign import REACH, find_words, realign  # noqa: E402

from core.speech.features import BAND, FFT, FLOOR, HOP, MARGIN, MELS, RATE, WINDOW  # noqa: E402
from core.speech.inventory import CLASS_OF, CLASSES, PHONES  # noqa: E402
from core.speech.net import BLENDSHAPES, LIPS, Heard  # noqa: E402

SEED = 11
BATCH = 32
STEPS = 3000  # about 95 minutes on 2 quiet cores
RATE_OF_LEARNING = 2.5e-3
FRAMES = int(SECONDS * RATE / HOP) // 2 * 2
EDGE = 12  # frames at both ends of an example whose surroundings the network cannot see
AVERAGING = 0.998  # of the weights, per step
REALIGNED_AT = (0.12, 0.4)  # of the time
CODED = 0.06  # of the examples, through a codec
TRACTS = np.linspace(0.86, 1.16, 13)  # lengths of vocal tracts (Jaitly and Hinton 2013), beside a tape's pace
TALLIED = 60  # clips of a held-out source, spread over it
GRID_HELD_OUT = 40  # of its sentences, the last ones by name
CURVES = len(LIPS) + len(BLENDSHAPES)


class Spectra:
    """core.speech.features.log_mel for batches, in torch."""

    def __init__(self, filters: np.ndarray, device: str = "cpu") -> None:
        self.device = device
        self.filters = torch.from_numpy(filters).to(device)
        bank = np.stack([mel_filters(factor) for factor in TRACTS])
        self.bank = torch.from_numpy(bank).to(device)
        self.taper = torch.from_numpy(np.hanning(WINDOW + 1)[:-1].astype(np.float32)).to(device)

    def __call__(self, wave: torch.Tensor, tracts: np.ndarray | None = None) -> torch.Tensor:
        """(B, N) -> (B, N // HOP, MELS); tracts: (B,) index into TRACTS of the vocal tract that each row gets."""
        frames = functional.pad(wave, (MARGIN, MARGIN)).unfold(1, WINDOW, HOP) * self.taper
        power = torch.fft.rfft(frames, FFT).abs().square()
        filters = self.filters if tracts is None else self.bank[torch.as_tensor(tracts, device=wave.device)]
        return torch.log(power @ filters + FLOOR)


def mel_filters(factor: float = 1.0) -> np.ndarray:
    """(FFT // 2 + 1, MELS) float32; their frequencies are multiplied by a factor."""
    low, high = (min(factor * edge, RATE / 2) for edge in BAND)
    return librosa.filters.mel(sr=RATE, n_fft=FFT, n_mels=MELS, fmin=low, fmax=high).T.astype(np.float32)


def draw_batch(sources: dict[str, Source], seed: int, size: int = BATCH) -> tuple[torch.Tensor, ...]:
    """wave (B, N), phones (B, T), curves (B, T, C), seen (B, T) of one seed."""
    draw = np.random.default_rng([SEED, seed])
    rows = [example(sources, draw, FRAMES, CURVES) for _ in range(size)]
    waves = [pass_codec(row[0], draw) if draw.random() < CODED else row[0] for row in rows]
    parts = (waves, *list(zip(*rows, strict=True))[1:])
    return tuple(torch.from_numpy(np.stack(part)) for part in parts)


def measure_loss(
    outputs: dict[str, torch.Tensor], phones: torch.Tensor, curves: torch.Tensor, seen: torch.Tensor, weights: Any
) -> dict[str, torch.Tensor]:
    """Cross-entropies over classes and phones, squared errors and missing correlation of the curves."""
    inner = slice(EDGE, -EDGE)
    phones, curves, seen = phones[:, inner], curves[:, inner], seen[:, inner]
    made = {name: value[:, inner] for name, value in outputs.items()}
    classes = torch.tensor(CLASS_OF, device=phones.device)[phones]
    losses = {
        name: functional.cross_entropy(
            made[name].flatten(0, 1), truth.flatten(), weight=weights[name], label_smoothing=0.05
        )
        for name, truth in (("classes", classes), ("phones", phones))
    }
    lips, shapes = made["lips"], made["blendshapes"]
    count = seen.sum().clamp_min(1.0)
    losses["lips"] = 4 * ((lips - curves[..., : len(LIPS)]) ** 2 * seen[..., None]).sum() / count
    losses["blendshapes"] = ((shapes - curves[..., len(LIPS) :]) ** 2 * seen[..., None]).sum() / count
    speaks = seen * (phones > 0)
    rows = speaks.sum(1) > 50
    if rows.any():
        losses["correlation"] = 0.5 * (1 - _correlation(lips[rows, :, 0], curves[rows, :, 0], speaks[rows])).mean()
    return losses


def _correlation(first: torch.Tensor, second: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    total = weight.sum(1, keepdim=True)
    first = (first - (first * weight).sum(1, keepdim=True) / total) * weight
    second = (second - (second * weight).sum(1, keepdim=True) / total) * weight
    return (first * second).sum(1) / (first.norm(dim=1) * second.norm(dim=1)).clamp_min(1e-6)


def class_weights(sources: dict[str, Source]) -> dict[str, torch.Tensor]:
    """freq^-.5 of the frames as the sources are drawn, mean 1 over the frames."""
    share = np.zeros(len(PHONES))
    for seed in range(6):
        share += np.bincount(draw_batch(sources, 10_000_000 + seed)[1].numpy().ravel(), minlength=len(PHONES))
    classes = np.bincount(CLASS_OF, weights=share)
    weights = {}
    for name, counts in (("phones", share), ("classes", classes)):
        frequency = (counts + 50) / (counts + 50).sum()
        weight = frequency**-0.5
        weights[name] = torch.tensor(weight / (weight * frequency).sum(), dtype=torch.float32)
    return weights


@dataclass
class State:
    """Everything that a checkpoint keeps."""

    net: MouthNet
    average: MouthNet
    optimiser: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)

    def save(self, out: Path, filters: np.ndarray) -> None:
        """Checkpoint, weights and history."""
        parts = {name: getattr(self, name).state_dict() for name in ("net", "average", "optimiser")}
        torch.save({**parts, "step": self.step, "seconds": self.seconds}, out / "checkpoint.tmp")
        (out / "checkpoint.tmp").replace(out / "checkpoint.pt")
        weights = copy.deepcopy(self.average).cpu().eval().export()
        halves = {name: value if name == "dilations" else value.astype(np.float16) for name, value in weights.items()}
        np.savez(out / "weights.npz", filters=filters, **halves)
        (out / "history.json").write_text(json.dumps(self.history, indent=1))

    def load(self, out: Path) -> None:
        """Go on from a checkpoint."""
        kept = torch.load(out / "checkpoint.pt", weights_only=True)
        for name in ("net", "average", "optimiser"):
            getattr(self, name).load_state_dict(kept[name])
        self.step, self.seconds = kept["step"], kept["seconds"]
        self.history = json.loads((out / "history.json").read_text())


class Ear:
    """The averaged network with its eyes shut: waves in, numpy out."""

    def __init__(self, net: MouthNet, spectra: Spectra) -> None:
        self.net, self.spectra = net, spectra

    @torch.no_grad()
    def __call__(self, wave: np.ndarray) -> dict[str, np.ndarray]:
        """(N,) float32 -> the outputs of each frame, classes and phones as log probabilities."""
        self.net.eval()
        padded = torch.as_tensor(np.pad(wave, (0, -len(wave) % (2 * HOP))), device=self.spectra.device)[None]
        outputs = self.net(self.spectra(padded + 1e-4 * torch.randn(padded.shape, device=padded.device)))
        for name in ("classes", "phones"):
            outputs[name] = torch.log_softmax(outputs[name], 2)
        return {name: value[0, : len(wave) // HOP].cpu().numpy() for name, value in outputs.items()}


    def hear(self, wave: np.ndarray) -> Heard:
        """As core.speech.net.hear."""
        return Heard(**self(wave))


def tally(ear: Ear, source: Source) -> tuple[np.ndarray, float]:
    """(11, 11) frames by the class that is said and the one that is heard; share of frames with the right phone."""
    table, hits = np.zeros((len(CLASSES), len(CLASSES)), np.int64), 0
    for index in np.linspace(0, len(source) - 1, min(len(source), TALLIED)).astype(int):
        one = piece(source, int(index))
        outputs = ear(one.wave)
        np.add.at(table, (np.array(CLASS_OF)[one.phones], outputs["classes"].argmax(1)), 1)
        hits += int((outputs["phones"].argmax(1) == one.phones).sum())
    return table, hits / max(int(table.sum()), 1)


def evaluate(ear: Ear, held_out: dict[str, Source], grid: Source) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Held-out voices: recall balanced over classes, accuracy of phones, table of `tally`; GRID: r of the opening."""
    scores: dict[str, float] = {}
    tables: dict[str, np.ndarray] = {}
    for name, source in held_out.items():
        table, scores[f"{name}_phones"] = tally(ear, source)
        tables[name] = table
        said = table.sum(axis=1)
        scores[f"{name}_balanced"] = float(np.mean(np.diag(table)[said > 0] / said[said > 0]))
    correlations = []
    for index in range(len(grid) - GRID_HELD_OUT, len(grid)):
        one = piece(grid, index)
        count = min(len(one.phones), len(one.curves))
        speaking = np.flatnonzero(one.phones[:count])
        inside = slice(speaking[0], speaking[-1])
        correlations.append(np.corrcoef(ear(one.wave)["lips"][inside, 0], one.curves[inside, 0])[0, 1])
    scores["grid_opening_r"] = float(np.mean(correlations))
    return scores, tables


def without_last(grid: Source, count: int) -> Source:
    """The source without its last clips."""
    keep = len(grid) - count
    return replace(
        grid,
        wave_edges=grid.wave_edges[: keep + 1],
        phone_edges=grid.phone_edges[: keep + 1],
        sources=grid.sources[:keep],
        curve_edges=None if grid.curve_edges is None else grid.curve_edges[: keep + 1],
    )


def train(corpus: Path, out: Path, steps: int, resume: bool) -> None:
    """All steps; the same corpus, steps and kind of device give the same weights."""
    torch.manual_seed(SEED)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    out.mkdir(parents=True, exist_ok=True)
    named = [name for name in SHARES if name != "people" and (corpus / f"{name}.npz").exists()]
    sources = {name: read_source(corpus / f"{name}.npz") for name in named}
    files = [path for path in sorted(corpus.glob("*.heldout.npz")) if not path.name.startswith("people")]
    held_out = {path.name.split(".")[0]: read_source(path) for path in files}
    grid = sources["grid"]
    sources["grid"] = without_last(grid, GRID_HELD_OUT)
    filters = mel_filters()
    spectra, net = Spectra(filters, device), MouthNet().to(device)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE_OF_LEARNING, weight_decay=0.01)
    state = State(net, copy.deepcopy(net), optimiser)
    ear = Ear(state.average, spectra)
    if resume:
        state.load(out)
        if state.step > REALIGNED_AT[0] * steps:  # moved labels are not kept with the checkpoint
            _realign(ear, sources, held_out, corpus)
    weights = {name: weight.to(device) for name, weight in class_weights(sources).items()}
    print(f"{sum(p.numel() for p in net.parameters()) / 1e6:.2f} million parameters, on {device}", flush=True)
    began = time.monotonic() - state.seconds
    running: dict[str, float] = {}
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(draw_batch, sources, state.step)
        while state.step < steps:
            if state.step in [int(moment * steps) for moment in REALIGNED_AT]:
                waiting.result()
                _realign(ear, sources, held_out, corpus)
                waiting = pool.submit(draw_batch, sources, state.step)
            batch = [part.to(device) for part in waiting.result()]
            waiting = pool.submit(draw_batch, sources, state.step + 1)
            losses = _take_step(state, spectra, batch, weights, state.step / steps)
            for name, value in losses.items():
                running[name] = 0.98 * running.get(name, value) + 0.02 * value
            state.step, state.seconds = state.step + 1, time.monotonic() - began
            if state.step % 200 == 0 or state.step == steps:
                scores, tables = evaluate(ear, held_out, grid)
                entry = {"step": state.step, "minutes": state.seconds / 60, **running, **scores}
                state.history.append(entry)
                print(" ".join(f"{key} {value:.3f}" for key, value in entry.items()), flush=True)
                state.save(out, filters)
                draw_curves(state.history, out / "curves.png")
                draw_confusion(tables, out / "confusion.png")


def _take_step(
    state: State, spectra: Spectra, batch: list[torch.Tensor], weights: dict[str, torch.Tensor], done: float
) -> dict[str, float]:
    """One step on one batch; the losses."""
    wave, phones, curves, seen = batch
    for group in state.optimiser.param_groups:
        warm, cooled = min(1.0, (state.step + 1) / 100), 0.5 + 0.5 * math.cos(math.pi * done)
        group["lr"] = RATE_OF_LEARNING * warm * cooled + 1e-6
    random = torch.Generator(device=wave.device).manual_seed(SEED * 1_000_003 + state.step)
    state.net.train()
    with torch.no_grad(), wave.device:
        draw = np.random.default_rng([SEED, state.step])
        tracts = np.where(draw.random(len(wave)) < 0.6, draw.integers(len(TRACTS), size=len(wave)), len(TRACTS) // 2)
        mel = _mask(spectra(spoil(wave, random), tracts), draw)
    losses = measure_loss(state.net(mel), phones, curves, seen, weights)
    state.optimiser.zero_grad()
    sum(losses.values()).backward()
    torch.nn.utils.clip_grad_norm_(state.net.parameters(), 2.0)
    state.optimiser.step()
    _move_average(state.average, state.net, min(AVERAGING, (state.step + 1) / (state.step + 10)))
    return {name: value.item() for name, value in losses.items()}


def _realign(ear: Ear, sources: dict[str, Source], held_out: dict[str, Source], corpus: Path) -> None:
    """Labels moved; people, whose phones nobody has timed, among the sources."""
    for place, name in ((sources, "people.npz"), (held_out, "people.heldout.npz")):
        if (corpus / name).exists():
            place["people"] = find_words(corpus / name, ear.hear)
            print(f"{name}: {place['people'].wave_edges[-1] / RATE / 60:.0f} min", flush=True)
    for name, reach in REACH.items():
        if name in sources:
            moved = realign(sources[name], reach, lambda wave: ear(wave)["phones"])
            print(f"{name}: labels moved by {1000 * moved:.1f} ms", flush=True)


def _mask(mel: torch.Tensor, draw: np.random.Generator) -> torch.Tensor:
    """A band of every third row replaced by the row's mean (SpecAugment, Park et al. 2019)."""
    for row in range(0, len(mel), 3):
        low, width = (int(number) for number in draw.integers((MELS - 10, 10)))
        mel[row, :, low : low + width + 1] = mel[row].mean()
    return mel


@torch.no_grad()
def _move_average(average: MouthNet, net: MouthNet, keep: float) -> None:
    for mine, theirs in zip(average.parameters(), net.parameters(), strict=True):
        mine.lerp_(theirs, 1 - keep)
    for mine, theirs in zip(average.buffers(), net.buffers(), strict=True):
        mine.copy_(theirs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--resume", action="store_true")
    chosen = parser.parse_args()
    train(chosen.corpus, chosen.out, chosen.steps, chosen.resume)
