# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured of one avatar against its photo, its matte and, where there is one, its scan."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import cv2
import numpy as np

from core.avatar.framing import Window, view_name
from core.avatar.landmarks import load_landmark_points
from core.avatar.scores import silhouette_overlap
from core.avatar.template import load_template
from core.avatar.unwrap import BODY_CHART
from core.avatar.view import over
from core.models import model_path
from core.portrait import Portrait, load_portrait
from core.portrait.face import FaceReader
from core.portrait.identity import IdentityReader, likeness

SCORER = Path(__file__).resolve().parents[3] / "shared" / "tools" / "score_head.py"
# The scorer's landmark -> MediaPipe's number.
LANDMARKS = {
    "eye_r_out": 33, "eye_r_in": 133, "eye_l_in": 362, "eye_l_out": 263, "nose_tip": 1, "subnasale": 2,
    "mouth_r": 61, "mouth_l": 291, "chin": 152, "nasion": 168,
}  # fmt: skip
SIDE_YAWS = {"sface_yaw15": (-15, 15), "sface_yaw30": (-30, 30), "sface_yaw45": (-45, 45)}
LEAST_EYES = 60.0  # pixels between the outer eye corners from which on a portrait counts
UNIFORM = 6.0  # grey levels by which an even background may differ from its own corners
# Grey levels from the background's colour from which on a pixel of such a photo is the person, and, this many pixels
# inside of what differs by less (a picture's compression frays its edges), surely so: skin may have nearly its colour.
PERSON, FAINT, FRAYED = 16.0, 8.0, 4


@dataclass(frozen=True)
class Measures:
    """Of one avatar. values: measure -> one value, or one for each side; eyes: pixels; faces: in the photo."""

    stem: str
    eyes: float
    faces: int
    values: Mapping[str, list[float]] = field(default_factory=dict)
    scan: Mapping[str, float] | None = None
    warnings: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        return self.faces == 1 and self.eyes >= LEAST_EYES

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def neutral_head(avatar: Path) -> tuple[np.ndarray, np.ndarray, dict[str, list[float]]]:
    """Points (V, 3) in mm with Y up and facing +Z, skin faces (F, 4), and landmarks of a saved avatar's neutral."""
    document = json.loads((avatar / "avatar.json").read_text(encoding="utf-8"))
    entry = next(mesh for mesh in document["meshes"] if mesh["name"] == "head")
    with np.load(avatar / "geometry.npz", allow_pickle=False) as arrays:
        points = arrays["head.positions"].astype(np.float64)
        if "neutral" in entry["keys"]:
            points = points + arrays["head.deltas"][entry["keys"].index("neutral")]
        faces, material = arrays["head.faces"], arrays["head.material"]
    # On the bust, of which clothes hide a part, the mesh has fewer faces than the template.
    template, table = load_template(), load_landmark_points()
    body = entry["materials"].index("body")
    whole = np.full((len(template.positions), 3), np.nan)
    row = np.full(len(points), -1)
    row[faces[material != body]] = template.faces[template.region != BODY_CHART]
    faces = faces[material == entry["materials"].index("skin")]
    points = 1000.0 * points[:, [0, 2, 1]] * [1.0, 1.0, -1.0]
    whole[row[row >= 0]] = points[row >= 0]
    found = table.on(whole)
    place = {number: int(k) for k, number in enumerate(table.index)}
    marks = {name: found[place[number]].tolist() for name, number in LANDMARKS.items() if number in place}
    return points, faces, marks


def write_neutral(avatar: Path, out: Path) -> None:
    """``head.obj`` and ``head.lm.json`` for the scorer."""
    points, faces, marks = neutral_head(avatar)
    lines = [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in points]
    lines += ["f " + " ".join(str(corner + 1) for corner in face if corner >= 0) for face in faces]
    (out / "head.obj").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (out / "head.lm.json").write_text(json.dumps(marks) + "\n", encoding="utf-8")


def score_scan(mesh: Path, marks: Path, truth: Path) -> dict[str, float]:
    """The scorer's figures for a mesh against ``gt_neutral.obj`` in the folder ``truth``."""
    command = [sys.executable, str(SCORER), str(mesh), str(truth / "gt_neutral.obj")]
    command += ["--gt-lm", str(truth / "gt_neutral.lm.json"), "--pred-lm", str(marks)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(photo: Path, out: Path, seconds: float, reader: IdentityReader) -> Measures:
    """All measures of the avatar whose views and neutral lie in ``out``."""
    portrait = load_portrait(photo)
    with FaceReader(model_path("face_landmarker")) as faces:
        count = len(faces.read(portrait.image)[0])
    eyes = float(np.linalg.norm(portrait.landmarks[33, :2] - portrait.landmarks[263, :2]))
    header = json.loads((avatar_of(out) / "avatar.json").read_text(encoding="utf-8"))
    values = {name: [float(value)] for name, value in header["scores"].items() if not name.startswith("sface")}
    values |= _identities(portrait, out, reader) | {"seconds_to_avatar": [seconds]}
    values["iou_photo_view"] = [silhouette_overlap(_read(out / "photo_view.png"), portrait.matte, window_of(out))]
    matte = _even_background(portrait)
    if matte is not None:
        person = portrait.matte > 0.5
        values["iou_matte"] = [float((person & matte).sum() / (person | matte).sum())]
    scan = None
    if (photo.parent / "gt_neutral.obj").is_file() and SCORER.is_file():
        scan = score_scan(out / "head.obj", out / "head.lm.json", photo.parent)
        scan = {name: value for name, value in scan.items() if isinstance(value, int | float)}
    return Measures(out.name, eyes, count, values, scan, tuple(header["warnings"]))


def avatar_of(out: Path) -> Path:
    return out / f"{out.name}.avatar"


def window_of(out: Path) -> Window:
    """Where in the photo the picture ``photo_view.png`` lies."""
    return Window(*json.loads((out / "views.json").read_text(encoding="utf-8"))["photo_view"])


def cut_window(image: np.ndarray, window: Window, size: int) -> np.ndarray:
    """The photo (H, W, 3) as ``photo_view.png`` frames it."""
    matrix = window.to(size)
    return cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_AREA, borderValue=(128, 128, 128))


def _identities(portrait: Portrait, out: Path, reader: IdentityReader) -> dict[str, list[float]]:
    photo = reader.describe(cut_window(portrait.image, window_of(out), 512))

    def alike(name: str) -> float:
        score = likeness(photo, reader.describe(over(_read(out / f"{name}.png"))))
        return 0.0 if math.isnan(score) else score

    values = {"sface_photo_view": [alike("photo_view")], "sface_yaw0": [alike(view_name(0))]}
    return values | {name: [alike(view_name(yaw)) for yaw in yaws] for name, yaws in SIDE_YAWS.items()}


def _read(path: Path) -> np.ndarray:
    """(H, W, 4) uint8 RGBA."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA)


def _even_background(portrait: Portrait) -> np.ndarray | None:
    """Where the person is (H, W) in a photo before one even colour, told by that colour; None for other photos."""
    image = portrait.image.astype(np.float32)
    top = np.concatenate([image[:4].reshape(-1, 3), image[: len(image) // 2, :4].reshape(-1, 3)])
    colour = np.median(top, axis=0)
    if np.abs(top - colour).max() > UNIFORM:
        return None
    differs = np.abs(image - colour).max(axis=-1)
    core = cv2.erode(_fill(differs > FAINT), np.ones((2 * FRAYED + 1,) * 2, np.uint8), borderValue=1)
    return (_fill(differs > PERSON) | core) > 0


def _fill(person: np.ndarray) -> np.ndarray:
    """A mask (H, W) uint8 without holes; a chest that the photo's border cuts off is closed there."""
    cut = np.flatnonzero(person[-1])
    person[-1, cut.min(initial=0) : cut.max(initial=-1) + 1] = True
    closed = cv2.morphologyEx(person.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    filled = np.zeros_like(closed)
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(filled, outlines, -1, 1, cv2.FILLED)
    return filled
