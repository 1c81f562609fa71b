# SPDX-License-Identifier: GPL-3.0-or-later
"""How near the fitted head comes to a known one: ``python3 build.py bench likeness [DIR] --out OUT``.

DIR (default ``../shared/data/heads``) holds synthetic photographs of heads whose geometry is known. Each photo
is fitted as any other; the neutral skin and nine landmarks on it are scored by ``../shared/tools/score_head.py``
(scan-to-mesh error in mm after scaled alignment, eyes 63 mm apart). The bar on every head is MediaPipe's generic
face, that is doing nothing: 2.02, 2.23 and 2.33 mm.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from summary import Row, report

from core.avatar.fit import Fit, fit_portrait
from core.avatar.landmarks import load_landmark_points
from core.avatar.template import Template, load_template
from core.portrait import load_portrait

ENVIRONMENT = "core"
SHARED = Path(__file__).resolve().parents[3] / "shared"
VIEWS = ("front", "smile", "side", "expr")
# The scorer's landmark -> MediaPipe's number.
LANDMARKS = {
    "eye_r_out": 33, "eye_r_in": 133, "eye_l_in": 362, "eye_l_out": 263, "nose_tip": 1, "subnasale": 2,
    "mouth_r": 61, "mouth_l": 291, "chin": 152,
}  # fmt: skip
GENERIC_FACE_MM = {"id00": 2.02, "id01": 2.23, "id02": 2.33}


def score(fit: Fit, template: Template, truth: Path) -> dict[str, float]:
    """The scorer's figures for a fit's neutral head against the head in ``truth``."""
    millimetres = 1000.0 * fit.neutral[:, [0, 2, 1]] * [1.0, 1.0, -1.0]  # Y up, looking along +Z
    points = load_landmark_points()
    found = points.on(millimetres)
    landmarks = {
        name: found[np.flatnonzero(points.index == number)[0]].tolist() for name, number in LANDMARKS.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        mesh, marks = Path(folder) / "head.obj", Path(folder) / "head.lm.json"
        faces = template.faces[template.region == 0] + 1
        lines = [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in millimetres]
        lines += ["f " + " ".join(map(str, face)) for face in faces]
        mesh.write_text("\n".join(lines) + "\n", encoding="utf-8")
        marks.write_text(json.dumps(landmarks), encoding="utf-8")
        command = [sys.executable, str(SHARED / "tools" / "score_head.py"), str(mesh), str(truth / "gt_neutral.obj")]
        command += ["--gt-lm", str(truth / "gt_neutral.lm.json"), "--pred-lm", str(marks)]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("heads", type=Path, nargs="?", default=SHARED / "data" / "heads")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(argv)
    heads = sorted(path.parent for path in options.heads.glob("*/gt_neutral.obj"))
    if not heads or not (SHARED / "tools" / "score_head.py").is_file():
        print("Nothing to measure: the synthetic heads or the scorer are not beside this checkout.")
        return 1
    template = load_template()
    rows = []
    for head in heads:
        bar = GENERIC_FACE_MM.get(head.name)
        for view in VIEWS:
            photo = head / f"{view}.jpg"
            if not photo.is_file():
                continue
            fit = fit_portrait(load_portrait(photo), template)
            figures = score(fit, template, head)
            rows.append(Row(f"{head.name} {view} mean mm", figures["mean_mm"], bar, at_most=True))
            rows.append(Row(f"{head.name} {view} nose mm", figures["mean_nose"]))
            rows.append(Row(f"{head.name} {view} chin mm", figures["mean_chin"]))
            rows.append(Row(f"{head.name} {view} landmarks left, share of eye distance", fit.warped_error))
    return report(rows, options.out)


if __name__ == "__main__":
    sys.exit(main())
