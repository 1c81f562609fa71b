# SPDX-License-Identifier: GPL-3.0-or-later
"""How alive a performance is, and whether it does what it is told: ``python3 build.py bench performance --out OUT``.

Ten scripts of a minute in five moods, thirty short ones and twenty prompts with their opposites
(performance_texts.toml; whoever wrote them had not seen the tables of core/emotion and core/direction), and real
speech where ../shared is. Beside summary.json there is a picture of the curves per script of a minute, and for each
mood ``sheet_MOOD.png``: the demo's avatar in twelve moments of the first of them, to be looked at without the sound.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from demo_avatar import build_demo_avatar
from performance_figure import draw_curves
from performance_measures import (
    AXES,
    brow_lead,
    contact_bouts,
    features,
    find_blinks,
    head_angle,
    lognormal_distance,
    moved_words,
    nod_timing,
    power_below,
    separability,
)
from performance_sheet import draw_sheet
from summary import Row, report

from core.direction import direct
from core.emotion import read_feelings
from core.errors import LikenessError
from core.performance import Performance, perform
from core.performance.rhythm import find_beats
from core.recording import record
from core.script import parse_script
from core.speech import Speech
from core.voice import speak

ENVIRONMENT = "core"
TEXTS = Path(__file__).with_name("performance_texts.toml")
SEEDS = 3  # performances of each script of a minute
SHUFFLES = 400
RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "data" / "speech" / "auseng_dev"


def main() -> int:
    parser = argparse.ArgumentParser(description="How alive performances are, and how well they are directed.")
    parser.add_argument("--out", type=Path, required=True, help="folder for summary.json, figures and pictures")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with TEXTS.open("rb") as file:
        texts = tomllib.load(file)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        minutes = [(row["mood"], _speak(row["text"], folder)) for row in texts["minute"]]
        rows = _measure_life(minutes, out)
        rows += _measure_recordings(folder)
        rows += _measure_cost(minutes[0][1])
        rows += _measure_moods(texts["short"], folder)
        rows += _measure_prompts(texts["prompt"], minutes[4][1])
    return report(rows, out)


def _speak(text: str, folder: Path, prompt: str = "") -> Speech:
    script = parse_script(text)
    return speak(script, folder / "a.speech", direction=direct(prompt, script.tags))


def _act(speech: Speech, seed: int = 0, prompt: str = "") -> Performance:
    return perform(speech, seed, feelings=read_feelings(speech), direction=direct(prompt, speech.tags, speech.language))


def _measure_life(minutes: Sequence[tuple[str, Speech]], out: Path) -> list[Row]:
    """Blinks, gaze, head and brows of the scripts of a minute, against what is known of people."""
    acted = [(mood, speech, [_act(speech, seed) for seed in range(SEEDS)]) for mood, speech in minutes]
    for number, (mood, _, takes) in enumerate(acted):
        draw_curves(takes[0], out / f"{number:02d}_{mood}.png", mood)
    _draw_sheets({mood: made[0] for mood, _, made in reversed(acted)}, out)
    takes = [take for _, _, made in acted for take in made]
    neutral = [take for mood, _, made in acted if mood == "neutral" for take in made]
    blinks = [find_blinks(take) for take in takes]
    calm = [find_blinks(take) for take in neutral]
    intervals = np.concatenate([np.diff(one.moments) for one in calm])
    closing = np.concatenate([one.closing for one in blinks])
    opening = np.concatenate([one.opening for one in blinks])
    contacts = [contact_bouts(take) for take in neutral]
    bouts = np.concatenate([lengths for _, lengths in contacts])
    held = float(np.mean([share for share, _ in contacts]))
    leads = np.concatenate([brow_lead(take) for take in takes])
    rate = sum(len(one.moments) for one in calm) / sum(take.duration for take in neutral) * 60
    heads = [np.degrees(np.std(np.concatenate([head_angle(take, axis) for take in neutral]))) for axis in AXES]
    return [
        Row("blinks a minute (people: 20 to 26)", rate, 20.0),
        Row("blinks a minute, at most", rate, 26.0, at_most=True),
        Row("blinks: distance of intervals from a log-normal (KS)", lognormal_distance(intervals), 0.10, at_most=True),
        Row("blinks: time of opening over closing", float(np.median(opening) / np.median(closing)), 1.4),
        Row("blinks: share that is partial", float(np.mean([one.partial for one in blinks])), 0.15),
        Row("gaze: share of contact (people: .60), distance", abs(held - 0.60), 0.10, at_most=True),
        Row("gaze: mean bout of contact (s; people: 2), distance", abs(float(bouts.mean()) - 2.0), 0.6, at_most=True),
        *(
            Row(f"head: deviation in {axis.lower()} over a reader's", float(own / read), None)
            for axis, own, read in zip(AXES, heads, (1.9, 2.2, 1.2), strict=True)
        ),
        Row("head: share of power below 4 Hz", float(np.mean([power_below(take, 4.0) for take in takes])), 0.95),
        Row("words with head movement (people: .23), distance", _apart(neutral, "head", 0.23), 0.10, at_most=True),
        Row("words with brow movement (people: .07), distance", _apart(neutral, "brow", 0.07), 0.05, at_most=True),
        Row("brows: raises that begin before their word (share)", float(np.mean(leads > 0)), 0.9),
        Row("nods on stress: p against shuffled words", _nod_chance(acted), 0.01, at_most=True),
        Row("jitter in pauses, at 60 fps (of the distance of the eyes)", _jitter(takes, 60), 5e-4, at_most=True),
        Row("jitter in pauses, at 30 fps", _jitter(takes, 30), None),
    ]


def _draw_sheets(takes: Mapping[str, Performance], out: Path) -> None:
    """One contact sheet a mood; none where the demo's avatar cannot be built."""
    try:
        avatar = build_demo_avatar(out, again=False)
    except LikenessError as error:
        print(f"no contact sheets: {error}")
        return
    for mood, take in takes.items():
        draw_sheet(avatar, take, out / f"sheet_{mood}.png")


def _measure_recordings(folder: Path) -> list[Row]:
    """Whether motion goes with the sound of real people; nothing where their recordings are not."""
    acted = []
    for sound in sorted(RECORDINGS.glob("*.flac")):
        script = parse_script(sound.with_suffix(".txt").read_text(encoding="utf-8"))
        speech = record(sound, folder / "recorded.speech", script)
        acted.append(("", speech, [_act(speech, seed) for seed in range(SEEDS)]))
    if not acted:
        return []
    takes = [take for _, _, made in acted for take in made]
    leads = np.concatenate([brow_lead(take) for take in takes])
    return [
        Row("real speech: nods on stress, p against shuffled words", _nod_chance(acted), 0.01, at_most=True),
        Row("real speech: brow raises before their word (share)", float(np.mean(leads > 0)), 0.9),
        Row("real speech: words with head movement", float(np.mean([moved_words(t, "head") for t in takes])), None),
        Row("real speech: jitter in pauses, at 60 fps", _jitter(takes, 60), 5e-4, at_most=True),
    ]


def _apart(takes: Sequence[Performance], part: str, wanted: float) -> float:
    return abs(float(np.mean([moved_words(take, part) for take in takes])) - wanted)


def _nod_chance(acted: Sequence[tuple[str, Speech, list[Performance]]]) -> float:
    """Share of shuffles in which as many words, chosen by chance, are as near to the nods as the stressed ones."""
    draw = np.random.default_rng(0)
    own, shuffled = [], np.zeros(SHUFFLES)
    for _, speech, takes in acted:
        beats = [beat for beat in find_beats(speech) if beat.weight >= 0.5]
        ends = np.array([word.end for word in speech.words])
        for take in takes:
            own.append(nod_timing(take, [beat.end for beat in beats]))
            for index in range(SHUFFLES):
                shuffled[index] += nod_timing(take, draw.choice(ends, min(len(beats), len(ends)), replace=False))
    return float(np.mean(shuffled <= np.nansum(own)))


def _jitter(takes: Sequence[Performance], rate: int) -> float:
    """Root mean square second difference of a landmark, ``rate`` times a second, in pauses, over the eyes' distance."""
    squares = [_second_differences(take, take.rate // rate) for take in takes]
    return float(np.sqrt(np.mean(np.concatenate(squares))))


def _second_differences(take: Performance, step: int) -> np.ndarray:
    """Squares of the second differences of a point at the nose's tip, 0.1 m before the head's joint, in pauses."""
    reach = 0.10 / 0.063  # of the nose from the joint, over the distance between the eyes
    yaw, pitch = (head_angle(take, axis)[::step] for axis in ("Yaw", "Pitch"))
    places = reach * np.stack([np.sin(yaw) * np.cos(pitch), np.sin(pitch)], axis=1)
    second = np.square(np.diff(places, 2, axis=0)).sum(axis=1)
    time = take.time[::step][1:-1]
    still = np.ones(len(time), bool)
    for phone in take.phones:
        if phone.phone:
            still &= (time < phone.start - 0.1) | (time > phone.end + 0.1)
    return second[still]


def _measure_cost(speech: Speech) -> list[Row]:
    """Seconds that a minute takes to be performed, once the models are loaded."""
    _act(speech)
    begin = time.perf_counter()
    take = _act(speech, 1)
    return [Row("seconds to perform a minute", (time.perf_counter() - begin) * 60 / take.duration, 1.0, at_most=True)]


def _measure_moods(texts: Sequence[Mapping[str, Any]], folder: Path) -> list[Row]:
    """Whether motion alone tells scripts without tags apart, and whether it goes the way that people go."""
    acted = [_act(_speak(row["text"], folder), seed) for seed, row in enumerate(texts)]
    labels = [row["mood"] for row in texts]
    table = [features(take) for take in acted]
    rows = np.array([list(entry.values()) for entry in table])
    found = [
        Row(f"{one} or {other}, by motion alone (AUC)", separability(rows, labels, one, other), 0.95)
        for one, other in combinations(("enthusiastic", "neutral", "somber"), 2)
    ]
    for measure in ("nods", "lids", "head"):
        means = [
            float(np.mean([entry[measure] for entry, label in zip(table, labels, strict=True) if label == mood]))
            for mood in ("enthusiastic", "neutral", "somber")
        ]
        in_order = float(means[0] > means[1] > means[2])
        found.append(Row(f"{measure}: enthusiastic > neutral > somber", in_order, 1.0))
    return found


def _measure_prompts(texts: Sequence[Mapping[str, Any]], speech: Speech) -> list[Row]:
    """Share of the expected differences between a prompt's motion and its opposite's."""
    right: list[bool] = []
    for row in texts:
        made = []
        for prompt in (row["prompt"], row["opposite"]):
            takes = [features(_act(speech, seed, prompt)) for seed in range(SEEDS)]
            moves = direct(prompt).moves
            made.append(
                {name: float(np.mean([take[name] for take in takes])) for name in takes[0]}
                | {"tempo": moves.get("tempo", 0.0)}  # the voice's; this one has spoken already
            )
        for measure, sign in row["expect"].items():
            difference = made[0][measure] - made[1][measure]
            right.append(difference > 0 if sign == "+" else difference < 0)
            if not right[-1]:
                told = f"“{row['prompt']}” against “{row['opposite']}”"
                print(f"{told}: {measure} {difference:+.3f}, expected {sign}")
    return [Row("prompts: differences from the opposite as expected (share)", float(np.mean(right)), 0.9)]


if __name__ == "__main__":
    sys.exit(main())
