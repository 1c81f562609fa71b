# SPDX-License-Identifier: GPL-3.0-or-later
"""The usage policy before anything is made: accepted once on this computer, else shown and asked for."""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTION = "--accept-policy"
REFUSAL = f"The usage policy above was not accepted yet. Read it, then run the same command with {OPTION}."


def add_policy_option(parser: argparse.ArgumentParser) -> None:
    """Add `OPTION`."""
    parser.add_argument(OPTION, action="store_true", help="take the usage policy as read and accepted")


def refuse_policy(core_python: str | Path, accepts: bool, say: Callable[[str], None] = print) -> str:
    """Why nothing may be made, in words; empty where the policy is accepted. Shows the policy where it is not."""
    command = [str(core_python), "-m", "core", "policy", *(["--accept"] if accepts else []), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr.strip() or "The core cannot tell whether the usage policy is accepted."
    state = json.loads(done.stdout)
    if state["accepted"]:
        return ""
    say(state["text"])
    return REFUSAL
