# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences that are spoken, kept beside the result until all are: a voice that fails halfway begins not anew.

The folder ``.NAME.speech.parts/`` holds ``KEY.npz`` and ``KEY.json`` for each; KEY is a hash of all that decides how it
sounds.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import LikenessError
from core.speech import Phone
from core.storage import read_json, read_npz, write_json, write_npz
from core.voice.line import Line
from core.voice.provider import Delivery, Utterance, Voice


@dataclass(frozen=True)
class Parts:
    """The utterances kept in a folder."""

    folder: Path

    def load(self, key: str) -> Utterance | None:
        """The utterance of a key; None where it is not there, or not whole."""
        try:
            data = read_json(self.folder / f"{key}.json")
            wave = read_npz(self.folder / f"{key}.npz")["wave"]
            return Utterance(wave, data["rate"], tuple(Phone(**phone) for phone in data["phones"]))
        except (LikenessError, KeyError, TypeError):
            return None

    def save(self, key: str, utterance: Utterance) -> None:
        """Keep an utterance. Where the disk takes nothing it is not kept, and the work goes on."""
        try:
            self.folder.mkdir(exist_ok=True)
            write_npz(self.folder / f"{key}.new", {"wave": utterance.wave})
            os.replace(self.folder / f"{key}.new", self.folder / f"{key}.npz")
            phones = [asdict(phone) for phone in utterance.phones]
            write_json(self.folder / f"{key}.json", {"rate": utterance.rate, "phones": phones})
        except OSError:
            shutil.rmtree(self.folder, ignore_errors=True)

    def remove(self) -> None:
        """Forget all of them."""
        shutil.rmtree(self.folder, ignore_errors=True)


def parts_beside(target: Path) -> Parts:
    """The parts of a result folder."""
    return Parts(target.parent / f".{target.name}.parts")


def key_of(line: Line, voice: Voice, delivery: Delivery) -> str:
    """32 hex digits that are the same for what sounds the same."""
    told = {
        "line": [line.text, line.language, line.words, sorted(line.given.items()), sorted(line.stressed)],
        "voice": [voice.id, voice.version],
        "delivery": asdict(delivery),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]
