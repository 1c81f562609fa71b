# SPDX-License-Identifier: GPL-3.0-or-later
"""A finished storyboard of `storyboards/`, made: `build.py demo --storyboard NAME` runs this with the core's Python.

Copies the storyboard and what it shows into the output folder, builds the avatar of the demo's presenter where the
storyboard has one, and makes the films; a storyboard with a table of the same name is made for each of its rows.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from policy import add_policy_option, refuse_policy
from presenter import CONSENT, export_portrait

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BOARDS = HERE / "storyboards"
PRESENTER = "presenter.avatar"


def parse_options(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our own options, and those for `python -m core film` or ``campaign``."""
    names = sorted(path.stem for path in BOARDS.glob("*.md"))
    parser = argparse.ArgumentParser(prog="build.py demo", description=__doc__.split("\n")[0])
    parser.add_argument("--storyboard", required=True, choices=names)
    parser.add_argument("--out", type=Path, help="folder for the results (default: out/demo_NAME)")
    add_policy_option(parser)
    parser.epilog = "All other options go to `python -m core film`, such as --draft, --size 360p, --fps 5."
    return parser.parse_known_args(arguments)


def copy_board(name: str, out: Path) -> Path:
    """The storyboard with all files of its folder beside it; only what changed is written."""
    out.mkdir(parents=True, exist_ok=True)
    for path in BOARDS.iterdir():
        if path.suffix in (".py", ".md", ".csv") and path.stem != name:
            continue
        target = out / path.name
        if path.is_file() and (not target.is_file() or target.read_bytes() != path.read_bytes()):
            shutil.copyfile(path, target)
    return out / f"{name}.md"


def run_core(*arguments: str | Path) -> int:
    """Run a command of the core, its progress shown; returns its exit status."""
    return subprocess.run([sys.executable, "-m", "core", *map(str, arguments)], cwd=ROOT, check=False).returncode


def build_presenter(out: Path) -> int:
    """The avatar of NASA's portrait, unless it is there."""
    if (out / PRESENTER / "avatar.json").is_file():
        return 0
    photo, consent = out / "portrait.png", out / "consent.json"
    failed = export_portrait(sys.executable, photo)
    if failed:
        print(f"The presenter's portrait could not be written: {failed}.", file=sys.stderr)
        return 2
    consent.write_text(json.dumps(CONSENT, indent=1), encoding="utf-8")
    return run_core("avatar", photo, "--out", out / PRESENTER, "--name", "presenter", "--consent", consent)


def main(arguments: Sequence[str]) -> int:
    """Exit status 0, or that of the command that failed."""
    options, others = parse_options(arguments)
    refusal = refuse_policy(sys.executable, options.accept_policy)
    if refusal:
        print(refusal, file=sys.stderr)
        return 2
    out = (options.out or ROOT / "out" / f"demo_{options.storyboard}").resolve()
    try:
        board = copy_board(options.storyboard, out)
    except OSError as error:
        print(f"The folder {out} cannot be written to: {error.strerror}. Choose another with --out.", file=sys.stderr)
        return 2
    if PRESENTER in board.read_text(encoding="utf-8"):
        status = build_presenter(out)
        if status:
            return status
    table = board.with_suffix(".csv")
    made = ("campaign", table, board) if table.is_file() else ("film", board)
    return run_core(*made, "--out", out, *others)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
