# SPDX-License-Identifier: GPL-3.0-or-later
"""The usage policy (``policy.md``): shown and accepted once, and asked for again when its version changes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from core.storage import write_file
from core.trust.places import config_folder

TEXT = Path(__file__).with_name("policy.md")
ACCEPTED = "policy.json"
_VERSION = "Version:"


@dataclass(frozen=True)
class Policy:
    """version: as the text says it. text: Markdown."""

    version: str
    text: str


@dataclass(frozen=True)
class Acceptance:
    """Which version was accepted, and on which day (ISO 8601)."""

    version: str
    date: str


def read_policy() -> Policy:
    """The policy that comes with this version."""
    text = TEXT.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith(_VERSION))
    return Policy(line.removeprefix(_VERSION).strip(), text)


def read_acceptance() -> Acceptance | None:
    """What was accepted on this computer; None where nothing was, or the note of it is damaged."""
    try:
        said = json.loads((config_folder() / ACCEPTED).read_text(encoding="utf-8"))
        return Acceptance(str(said["version"]), str(said["date"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_accepted() -> bool:
    """Whether the policy as it is now was accepted."""
    acceptance = read_acceptance()
    return acceptance is not None and acceptance.version == read_policy().version


def accept_policy() -> Acceptance:
    """Note that the policy as it is now is accepted; the day of an earlier acceptance of the same version stays.

    Raises LikenessError ``output_unwritable``.
    """
    before = read_acceptance()
    version = read_policy().version
    if before is not None and before.version == version:
        return before
    acceptance = Acceptance(version, date.today().isoformat())
    said = {"format": 1, "version": acceptance.version, "date": acceptance.date}
    write_file(config_folder() / ACCEPTED, (json.dumps(said, indent=1) + "\n").encode())
    return acceptance
