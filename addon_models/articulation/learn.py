# SPDX-License-Identifier: GPL-3.0-or-later
"""Learn how jaw and lips move from phone to phone; writes core/performance/articulation.toml.

Run with the core's Python from the repository's root (a minute on one core, and a quarter of an hour for the phones):
``python addon_models/articulation/learn.py ../shared/data/speech/grid_train --also ../shared/data/speech/grid_dev``.
The model is core/performance/lips.py's: a curve is the mean of the phones' targets, weighted by their dominance. All
numbers are found at once by gradient descent, as the most probable ones given the camera's curves and PRIOR.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from grid import Sentence, read_sentences

from core.channels import VISEMES
from core.speech import Phone

TABLE = Path(__file__).resolve().parents[2] / "core" / "performance" / "articulation.toml"
HELD_OUT = 5  # every fifth sentence is not learned from
STEPS, SPEED = 200, 0.05
NEIGHBOURS = 16  # phones that may have a say in a frame
OUTSIDE = 0.3  # weight of frames before the first and after the last word
ALIKE = 20.0  # frames that count as one: neighbours are alike, and one talker is not all
LEAST = 120  # examples from which on a phone has numbers of its own

# Hand-set before the learning, by what phonetics and artists say: what each viseme needs, and how much it insists.
# ! is kept as it is, since GRID (letters, digits, colours, few words) has too few of it, or the talker does less than
# an eye wants: tongue between the teeth, protruded lips.
PRIOR = {
    #      opening  jaw     rounding spreading | strength of each
    "sil": ("0!",   "0!",   "0!",    "0!",  0.50, 0.50, 0.50, 0.50),
    "PP":  ("0!",   "1.4",  "0.1",   "0!",  1.00, 0.60, 0.15, 0.30),
    "FF":  ("1.5", "2.2",  "0.1",   "0!",  1.00, 0.70, 0.15, 0.40),
    "TH":  ("4.5",  "4.0", "0!",    "0.1", 0.60, 0.50, 0.10, 0.30),
    "DD":  ("4.9", "3.4",  "0",     "0.1", 0.50, 0.60, 0.10, 0.25),
    "kk":  ("5.9", "4.2",  "0",     "0",   0.30, 0.25, 0.05, 0.15),
    "CH":  ("7.0!", "2.5",  "1.1!",  "0!",  0.70, 0.70, 1.00, 0.60),
    "SS":  ("5.0", "1.7!","0",     "0.3", 0.70, 0.85, 0.15, 0.50),
    "nn":  ("4.7", "3.4",  "0",     "0",   0.45, 0.40, 0.10, 0.20),
    "RR":  ("3.0", "2.8",  "0.8!",  "0!",  0.40, 0.35, 0.45, 0.30),
    "aa":  ("13.0", "10",   "0",     "0.2", 1.00, 1.00, 0.50, 0.60),
    "E":   ("8.6",  "6.2",  "0",     "0.4", 0.80, 0.80, 0.50, 0.60),
    "I":   ("6.8",  "4.8",  "0",     "1.0!", 0.80, 0.80, 0.70, 1.00),
    "O":   ("10.5", "7.3",  "0.8!",  "0!",  0.80, 0.90, 1.00, 0.80),
    "U":   ("4.0",  "2.5",  "1.1!",  "0!",  0.80, 0.80, 1.00, 0.90),
}  # fmt: skip
# The same of single phones: this talker's schwa is as open as any vowel of his, and his i as his a.
PRIOR_PHONES = {"opening": {"ə": 7.5, "i": 8.5, "ɪ": 8.5}, "jaw": {"ə": 5.0, "i": 4.8, "ɪ": 4.8}}


@dataclass(frozen=True)
class Kind:
    """One articulator: its start, and how far from PRIOR its numbers may well lie.

    misfit: of its curve. play: of targets. strength_play: of the logarithm of strengths. time_play: of
    leads and lags (seconds), half of it for rise and fall. least: any target but that of a closure.
    """

    name: str
    misfit: float
    play: float
    strength_play: float
    time_play: float
    lead: float
    inertia: float
    least: float


KINDS = (
    Kind("opening", 2.0, 1.5, 0.50, 0.020, lead=0.015, inertia=0.030, least=1.5),
    Kind("jaw", 2.0, 1.0, 0.35, 0.020, lead=0.020, inertia=0.036, least=0.0),
    Kind("rounding", 0.2, 0.2, 0.25, 0.008, lead=0.080, inertia=0.050, least=0.0),
    Kind("spreading", 0.2, 0.2, 0.35, 0.020, lead=0.030, inertia=0.045, least=0.0),
)
PHONE_SHARE = 0.6  # of the play of a viseme's numbers, for a phone's about its viseme's


@dataclass(frozen=True)
class Frames:
    """Frames (N,) of sentences and the phones (N, K) around each: number in the list of phones, start and end in
    seconds against the frame, 1 or 0 for those that are none."""

    phone: torch.Tensor
    start: torch.Tensor
    end: torch.Tensor
    is_there: torch.Tensor
    weight: torch.Tensor
    inside: np.ndarray
    lengths: tuple[int, ...]


Known = tuple[str, str]  # phone, viseme


class Dominance(torch.nn.Module):
    """The model of one articulator, for a list of phones."""

    def __init__(self, kind: Kind, phones: Sequence[Known]) -> None:
        super().__init__()
        column = [each.name for each in KINDS].index(kind.name)
        rows = [PRIOR[viseme.removeprefix("viseme_")] for viseme in VISEMES]
        self.kind = kind
        self.names = [phone for phone, _ in phones]
        self.viseme = torch.tensor([VISEMES.index(viseme) for _, viseme in phones])
        self.prior = torch.tensor([float(row[column].rstrip("!")) for row in rows])
        self.is_free = torch.tensor([0.0 if row[column].endswith("!") else 1.0 for row in rows])
        self.prior_strength = torch.log(torch.tensor([row[4 + column] for row in rows]))
        zeros = {"target": len(VISEMES), "strength": len(VISEMES), "own": len(phones), "own_strength": len(phones)}
        self.shift = torch.nn.ParameterDict({key: torch.zeros(count) for key, count in zeros.items()})
        self.times = torch.nn.Parameter(torch.zeros(len(VISEMES), 2))  # lead and lag of a viseme
        self.inertia = torch.nn.Parameter(torch.zeros(2))  # rise and fall

    def numbers(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Targets and strengths of the visemes, and of the phones."""
        play = self.kind.play * self.is_free
        target = self.prior + play * self.shift["target"]
        strength = torch.exp(self.prior_strength + self.kind.strength_play * self.shift["strength"])
        of_phone = target[self.viseme] + PHONE_SHARE * play[self.viseme] * self.shift["own"]
        own = torch.exp(PHONE_SHARE * self.kind.strength_play * self.shift["own_strength"])
        hand = PRIOR_PHONES.get(self.kind.name, {})
        by_hand = torch.tensor([hand.get(name, torch.nan) for name in self.names])
        of_phone = torch.where(by_hand.isnan(), of_phone, by_hand)
        least = self.kind.least * (self.prior > 0)
        target, of_phone = torch.maximum(target, least), torch.maximum(of_phone, least[self.viseme])
        return target, strength, of_phone, strength[self.viseme] * own

    def spans(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Seconds: lead and lag (visemes,), rise and fall."""
        lead = self.kind.lead + self.kind.time_play * self.times[:, 0]
        rise, fall = (self.kind.inertia + 0.5 * self.kind.time_play * self.inertia).clamp(0.015, 0.05)
        return lead, self.kind.time_play * self.times[:, 1], rise, fall

    def forward(self, frames: Frames) -> torch.Tensor:
        _, _, target, strength = self.numbers()
        lead, lag, rise, fall = self.spans()
        viseme, phone = self.viseme[frames.phone], frames.phone
        before = torch.special.ndtr((lead[viseme] - frames.start) / rise)
        after = torch.special.ndtr((frames.end + lag[viseme]) / fall)
        weight = frames.is_there * (strength[phone] * before * after + 1e-9)
        return (weight * target[phone]).sum(dim=1) / weight.sum(dim=1)

    def surprise(self) -> torch.Tensor:
        """Minus the logarithm of the prior's density."""
        free = [*self.shift.values(), self.times, self.inertia]
        return 0.5 * sum((part**2).sum() for part in free)


def gather(sentences: Sequence[Sentence], phones: Sequence[Known]) -> Frames:
    """The frames of all sentences, one after another."""
    parts = []
    for sentence in sentences:
        own = np.array([phones.index(known(phone)) for phone in sentence.phones])
        bounds = np.array([(phone.start, phone.end) for phone in sentence.phones])
        start, end = (bounds[:, side][None] - sentence.time[:, None] for side in (0, 1))
        away = np.maximum(np.maximum(start, -end), 0.0)
        near = np.argsort(away, axis=1, kind="stable")[:, :NEIGHBOURS]
        lacking = ((0, 0), (0, NEIGHBOURS - near.shape[1]))
        taken = [own[near], *(np.take_along_axis(side, near, axis=1) for side in (start, end)), np.ones(near.shape)]
        parts.append([np.pad(part, lacking) for part in taken])
    phone, start, end, is_there = (torch.tensor(np.concatenate(part)) for part in zip(*parts, strict=True))
    inside = np.concatenate([sentence.inside for sentence in sentences])
    seen = np.concatenate([sentence.known for sentence in sentences])
    weight = torch.tensor(np.where(inside, 1.0, OUTSIDE) * seen).float()
    lengths = tuple(len(sentence.time) for sentence in sentences)
    return Frames(phone, start.float(), end.float(), is_there.float(), weight, inside, lengths)


def known(phone: Phone) -> Known:
    return phone.phone, phone.viseme


def fit(model: Dominance, frames: Frames, curve: torch.Tensor) -> None:
    """Find the most probable numbers."""
    optimiser = torch.optim.Adam(model.parameters(), lr=SPEED)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        optimiser.zero_grad()
        misfit = (frames.weight * (model(frames) - curve) ** 2).sum() / (2 * ALIKE * model.kind.misfit**2)
        (misfit + model.surprise()).backward()
        optimiser.step()
        schedule.step()


def correlation(model: Dominance, frames: Frames, curve: torch.Tensor) -> float:
    """Pearson's r between first and last word, the mean over sentences."""
    with torch.no_grad():
        made = model(frames).numpy()
    found, at = [], 0
    for length in frames.lengths:
        rows = slice(at, at + length)
        inside = frames.inside[rows]
        both = made[rows][inside], curve[rows].numpy()[inside]
        if min(np.std(one) for one in both) > 1e-6:
            found.append(np.corrcoef(*both)[0, 1])
        at += length
    return float(np.mean(found))


def write(models: Sequence[Dominance], phones: Sequence[Known], counts: Counter[str]) -> str:
    """The table as TOML."""
    lines = [
        "# Made by addon_models/articulation/learn.py, which explains it; learned from the GRID corpus (Cooke, Barker,",
        "# Cunningham and Shao 2006, J. Acoust. Soc. Am. 120, 2421; CC BY 4.0), talker 1. Opening (between the lips)",
        "# and jaw in millimetres, rounding and spreading of 1; times in seconds.",
    ]
    for model in models:
        with torch.no_grad():
            target, strength, of_phone, own = (part.tolist() for part in model.numbers())
            lead, lag, rise, fall = (part.tolist() for part in model.spans())
        lines += ["", f"[{model.kind.name}]", f"rise = {rise:.3f}", f"fall = {fall:.3f}"]
        lines += ["", f"[{model.kind.name}.visemes]  # target, strength, lead, lag"]
        for number, viseme in enumerate(VISEMES):
            times = f"{lead[number]:.3f}, {lag[number]:.3f}"
            lines.append(f"{viseme.removeprefix('viseme_')} = [{target[number]:.2f}, {strength[number]:.2f}, {times}]")
        lines += ["", f"[{model.kind.name}.phones]  # target, strength, where there were {LEAST} examples or more"]
        rows = {phone: number for number, (phone, _) in enumerate(phones)}
        for phone in sorted(phone for phone in rows if phone and counts[phone] >= LEAST):
            lines.append(f'"{phone}" = [{of_phone[rows[phone]]:.2f}, {own[rows[phone]]:.2f}]')
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Learn how jaw and lips move from phone to phone.")
    parser.add_argument("train", type=Path, help="folder of GRID sentences")
    parser.add_argument("--also", type=Path, help="another folder, to measure on only")
    parser.add_argument("--cache", type=Path, default=Path("out"), help="folder that keeps the phones that were found")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    torch.use_deterministic_algorithms(True)
    folders = [arguments.train, *([arguments.also] if arguments.also else [])]
    every, *others = (read_sentences(folder, arguments.cache / f"{folder.name}.phones.json") for folder in folders)
    learned = [sentence for number, sentence in enumerate(every) if number % HELD_OUT != HELD_OUT - 1]
    sets = {"learned": learned, "held out": every[HELD_OUT - 1 :: HELD_OUT]}
    sets |= {arguments.also.name: others[0]} if others else {}
    phones = sorted({known(phone) for one in sets.values() for sentence in one for phone in sentence.phones})
    counts = Counter(phone.phone for sentence in learned for phone in sentence.phones)
    frames = {name: gather(sentences, phones) for name, sentences in sets.items()}
    models = []
    for kind in KINDS:
        curves = {
            name: torch.tensor(np.concatenate([sentence.curves[kind.name] for sentence in sentences])).float()
            for name, sentences in sets.items()
        }
        models.append(Dominance(kind, phones))
        fit(models[-1], frames["learned"], curves["learned"])
        r = {name: round(correlation(models[-1], frames[name], curves[name]), 3) for name in sets}
        print(kind.name, *(f"{name} {value}" for name, value in r.items()), sep="\t", flush=True)
    TABLE.write_text(write(models, phones, counts), encoding="utf-8")


if __name__ == "__main__":
    main()
