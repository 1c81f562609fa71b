# SPDX-License-Identifier: GPL-3.0-or-later
"""How well the lips follow the sound: ``python3 build.py bench lipsync [DIR] --out OUT [--no-text]``.

Each recording of DIR (``x.flac`` or ``x.wav``, with ``x.txt`` beside it, unless ``--no-text``) is read and performed
as the product does it, by the demo's avatar. For each there are ``OUT/x.tsv`` (start, end, class of the sound),
``OUT/x.open.tsv`` (time, gap between the inner lips of the evaluated mesh over its maximum) and ``OUT/x.png``, where
the sound, the phones and the lips are seen. What people marked (``x.phones.tsv``) and a camera saw (``x.lips.tsv``) is
compared by ``../shared/tools/score_visemes.py`` where that is there.

Without DIR: sentences of the embedded voice, two hundred by voices that nothing was trained on, and what lies in
``../shared/data/speech``, with texts and without. ``--synthetic`` is the voices alone, ``--long`` adds the memory that
an hour of sound takes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from demo_avatar import build_demo_avatar
from lipsync_cost import measure_hour, measure_speed
from lipsync_folder import Folder, find_folder, mean, play
from lipsync_score import SHARED, SPOKEN, score
from lipsync_sentences import measure_sentences, write_table
from lipsync_voices import speak_sentences
from summary import Row, report

from core.avatar.store import Avatar
from core.review.lips import SHUT
from core.speech import Speech

ENVIRONMENT = "core"
PEOPLE = tuple(SHARED / "data" / "speech" / name for name in ("auseng_dev", "grid_dev", "ucla_dev"))


def main() -> int:
    arguments = _parse()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    avatar = build_demo_avatar(out)
    if arguments.dir is not None:
        folder = find_folder(arguments.dir, not arguments.no_text, arguments.language)
        return report(_measure(folder, avatar, out, arguments), out)
    if arguments.synthetic:
        return report(_measure_voices(avatar, out, arguments), out)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        found, measured = measure_sentences(avatar, Path(name))
    rows += found
    write_table(measured, out / "sentences.tsv")
    speeches = [one.speech for one in measured]
    rows += _costs(speeches, arguments.long)
    for path in PEOPLE:
        if not path.is_dir():
            print(f"no folder {path}: left out")
            continue
        for with_text in (False,) if arguments.no_text else (True, False):
            folder = find_folder(path, with_text)
            if not with_text or any(path.glob("*.txt")):
                rows += _measure(folder, avatar, out / _file_name(folder), arguments)
    rows += _measure_voices(avatar, out, arguments)
    return report(rows, out)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How well the lips follow the sound.")
    parser.add_argument("dir", nargs="?", type=Path, help="folder of recordings")
    parser.add_argument("--out", type=Path, required=True, help="folder for tracks, figures and summary.json")
    parser.add_argument("--no-text", action="store_true", help="read the recordings without their scripts")
    parser.add_argument("--language", default="en", help="of recordings without an x.language beside them")
    parser.add_argument("--synthetic", action="store_true", help="measure only the voices that nothing was trained on")
    parser.add_argument("--no-figures", action="store_true", help="leave the pictures out")
    parser.add_argument("--long", action="store_true", help="measure the memory for an hour of sound as well")
    arguments = parser.parse_args()
    if arguments.dir is not None and not arguments.dir.is_dir():
        parser.error(f"there is no folder {arguments.dir}")
    return arguments


def _measure(
    folder: Folder, avatar: Avatar, out: Path, arguments: argparse.Namespace, kind: str | None = None
) -> list[Row]:
    """The rows of one folder; see `score` for kind."""
    print(f"{folder.name}: {len(folder.sounds)} recordings", flush=True)
    played = play(folder, avatar, out, not arguments.no_figures)
    for told in (played.failed, {name: " ".join(warnings) for name, warnings in played.warned.items()}):
        for name, text in told.items():
            print(f"{folder.name}: {name}: {text}")
    shut = f"{1000 * SHUT:g} mm"
    return [
        *score(folder, out, kind),
        Row(f"{folder.name}: p b m of its track at which the lips meet ({shut})", mean(played.sealed), 1.0),
        Row(f"{folder.name}: confidence, mean over phones", mean(played.confidence)),
        Row(f"{folder.name}: seconds of sound", played.seconds),
        Row(f"{folder.name}: recordings that cannot be read", float(len(played.failed))),
    ]


def _measure_voices(avatar: Avatar, out: Path, arguments: argparse.Namespace) -> list[Row]:
    """The sentences of voices that nothing was trained on."""
    sound = out / "sound" / "voices"
    missing = speak_sentences(sound)
    if missing:
        print(f"voices that are not installed, left out: {', '.join(missing)}")
    folder = find_folder(sound, not arguments.no_text)
    rows = _measure(folder, avatar, out / _file_name(folder), arguments, None if arguments.no_text else SPOKEN)
    return [*rows, Row("voices: sentences", float(len(folder.sounds)))]


def _file_name(folder: Folder) -> str:
    return folder.name.replace(", ", "-").replace(" ", "_")


def _costs(speeches: list[Speech], is_long: bool) -> list[Row]:
    """Time and memory, on the sentences one after the other."""
    wave = np.concatenate([speech.wave for speech in speeches])
    rate = speeches[0].rate
    return [*measure_speed(wave, rate), *(measure_hour(wave, rate) if is_long else [])]


if __name__ == "__main__":
    sys.exit(main())
