# SPDX-License-Identifier: GPL-3.0-or-later
"""The scorer beside the checkout, asked about what was written, and the bars of what it says."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lipsync_folder import LIPS, PHONES, Folder, Text
from summary import Row

SHARED = Path(__file__).resolve().parents[3] / "shared"
SCORER = SHARED / "tools" / "score_visemes.py"


@dataclass(frozen=True)
class Bar:
    """at_most: see Row. is_hint: too little is measured to judge by it."""

    bar: float
    at_most: bool = False
    is_hint: bool = False


# By what lies beside the recordings, and what is done with their texts. Folders without any texts are lists of words in
# several languages; what is made by voices has exact times.
SPOKEN = "of voices"
_LIP_BARS = {"rsp_lag0": Bar(0.86), "rsp_late_ms": Bar(20.0, at_most=True)}
BARS: Mapping[tuple[str, Text | str], Mapping[str, Bar]] = {
    (PHONES, Text.READ): {
        "bal": Bar(0.88), "bil_R": Bar(0.98), "bil_P": Bar(0.92), "lab_R": Bar(0.95),
        "bnd_med": Bar(12.0, at_most=True),
    },
    (PHONES, Text.WITHHELD): {
        "bal": Bar(0.82, is_hint=True), "bil_R": Bar(0.95, is_hint=True), "bnd_med": Bar(18.0, True, is_hint=True),
    },
    (PHONES, Text.NONE): {"bal": Bar(0.74), "bil_R": Bar(0.85), "bil_P": Bar(0.75)},
    (PHONES, SPOKEN): {"bil_R": Bar(0.98), "bil_P": Bar(0.95), "bnd_med": Bar(12.0, at_most=True)},
    (LIPS, Text.READ): _LIP_BARS,
    (LIPS, Text.WITHHELD): _LIP_BARS,
    (LIPS, Text.NONE): _LIP_BARS,
}  # fmt: skip
# The scorer's measures that are told, whether they have a bar or not.
_TOLD: Mapping[str, Mapping[str, str]] = {
    PHONES: {
        "bal": "classes, mean recall (bal)",
        "acc_sp": "frames of speech that are right (acc_sp)",
        "fine_sp": "frames of speech, fine classes (fine_sp)",
        "bil_R": "closures found (bil_R)",
        "bil_P": "closures that are some (bil_P)",
        "lab_R": "f v found (lab_R)",
        "lab_P": "f v that are some (lab_P)",
        "sil_R": "silence found (sil_R)",
        "bnd_med": "boundaries, median error (bnd, ms)",
        "bnd_p90": "boundaries, 90 % of errors below (ms)",
        "bnd_bias": "boundaries, bias (ms, late > 0)",
        "rate": "sounds per sound that there is",
        "n_bil": "closures there are",
    },
    LIPS: {
        "rsp_lag0": "lip gap against the camera's inside speech (rsp_lag0)",
        "rsp_late_ms": "shift that would fit the camera best (ms, absolute)",
        "r_lag0": "lip gap against the camera's (r_lag0)",
        "closure_R": "contacts that the camera saw and the avatar makes",
    },
}


def score(folder: Folder, out: Path, kind: Text | str | None = None) -> list[Row]:
    """Rows for what lies beside the recordings; none where nothing does, or where there is no scorer.

    out: where the tracks were written. kind: of the bars, if not what is done with the texts.
    """
    rows: list[Row] = []
    for suffix in (PHONES, LIPS):
        if not folder.has(suffix):
            continue
        if not SCORER.is_file():
            print(f"{folder.name}: not compared with *{suffix}, since the scorer {SCORER} is not there")
            continue
        found = _score_phones(folder, out) if suffix == PHONES else _score_lips(folder, out)
        bars = BARS[suffix, kind or folder.text]
        for key, text in _TOLD[suffix].items():
            value = found.get(key)
            if value is not None:
                bar = bars.get(key)
                value = abs(value) if key == "rsp_late_ms" else value
                limits = (bar.bar, bar.at_most, bar.is_hint) if bar else ()
                rows.append(Row(f"{folder.name}: {text}", float(value), *limits))
    return rows


def _score_phones(folder: Folder, out: Path) -> dict[str, float | None]:
    return _ask(["phones", "--dir", folder.path, out, "--kind", "class"])


def _score_lips(folder: Folder, out: Path) -> dict[str, float | None]:
    """The scorer takes ``x.tsv`` for the track, which is the curve here."""
    with tempfile.TemporaryDirectory() as name:
        for curve in out.glob("*.open.tsv"):
            shutil.copy(curve, Path(name, curve.name.removesuffix(".open.tsv") + ".tsv"))
        return _ask(["lips", "--dir", folder.path, Path(name)])


def _ask(arguments: Sequence[str | Path]) -> dict[str, float | None]:
    command = [sys.executable, str(SCORER), *map(str, arguments), "--json"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        print(f"the scorer failed: {answer.stderr.strip().splitlines()[-1]}")
        return {}
    return json.loads(answer.stdout)
