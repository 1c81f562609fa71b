# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the recordings of people and what they say beside the corpus: ``python prepare_people.py FOLDER``.

Writes ``people.npz``, and ``people.heldout.npz`` with the talkers that training never hears.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from corpus import people  # noqa: E402

HELD_OUT = frozenset(("ru_RU_f_IvrvoiceRU", "hu", "nl", "uk"))


def main(folder: Path) -> None:
    """Both files."""
    said = [*people.prompts(), *people.letters()]
    apart = [not HELD_OUT.isdisjoint(one.source.split("/")) for one in said]
    save([one for one, far in zip(said, apart, strict=True) if not far], folder / "people.npz")
    save([one for one, far in zip(said, apart, strict=True) if far], folder / "people.heldout.npz")


def save(said: Sequence[people.Said], path: Path) -> None:
    """Waves, their lengths and sources; the words as JSON: [[begins, [way, ...]], ...], a way is a list of phones."""
    np.savez(
        path,
        wave=np.concatenate([one.wave for one in said]),
        lengths=np.array([len(one.wave) for one in said]),
        sources=np.array([one.source for one in said]),
        words=np.array(
            [
                json.dumps([[word.begins, [[ipa for ipa, _ in way] for way in word.ways]] for word in one.words])
                for one in said
            ]
        ),
    )
    print(f"{path.name}: {len(said)} recordings, {sum(len(one.wave) for one in said) / 16_000 / 60:.0f} min")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
