# SPDX-License-Identifier: GPL-3.0-or-later
"""What about a photo will make the avatar worse, and what to do about it.

The bounds were set so that of 26 ordinary portraits, renders and video frames only those get a remark in which a
person sees the fault: the figures stand beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from core.colour import LUMINANCE, to_linear
from core.portrait.face import YAW_READING
from core.portrait.topology import EYE_LEFT, EYE_OUTER, EYE_RIGHT, OVAL

if TYPE_CHECKING:
    from core.portrait.portrait import Portrait

# Landmarks of skin on the subject's right and at the same place on the left: cheeks, forehead, under the eyes.
SKIN_PAIRS = ((50, 280), (205, 425), (108, 337), (187, 411), (118, 347), (69, 299))
UPPER_SKIN = (108, 337, 118, 347, 50, 280)  # of these, what no mask covers
# Pairs between which lies the red of the lips, and landmarks of the skin around them.
LIPS = ((0, 13), (17, 14), (37, 82), (267, 312), (84, 87), (314, 317))
AROUND_LIPS = (18, 200, 201, 421, 164, 167, 393, 83, 313)
SHARP_EYES = 80.0  # pixels between the outer eye corners: smaller faces are remarked on in choice.py
TURNED_ENOUGH = 35.0  # degrees from which choice.py speaks


@dataclass(frozen=True)
class Quality:
    """What was measured in a photo.

    eyes: pixels between the outer eye corners.
    sharpness: contrast about the eyes at 1/60 of the eye distance, as a share of that at twice this size.
    side_light: luminance of the brighter half of the face over that of the darker.
    lightness: CIE L* of the skin; burnt: share of the face that is white in every channel.
    lip_contrast: CIE Lab distance of the lips from the skin around them; lip_red: that in a* alone.
    chin_tint: distance in a*, b* of the skin about the mouth from that of cheeks and forehead.
    yaw, pitch: degrees, unsigned. margin: from the face's outline to the nearest border, in eye distances.
    scores: the landmarker's expression.
    """

    eyes: float
    sharpness: float
    side_light: float
    lightness: float
    burnt: float
    lip_contrast: float
    lip_red: float
    chin_tint: float
    yaw: float
    pitch: float
    margin: float
    scores: Mapping[str, float]

    @property
    def well_lit(self) -> bool:
        """Whether colours can be told at all."""
        return self.lightness > DARK and self.burnt < BURNT


@dataclass(frozen=True)
class Remark:
    """code: for programs; sentence and advice: for people; applies: whether it fits what was measured."""

    code: str
    sentence: str
    advice: str
    applies: Callable[[Quality], bool]

    @property
    def text(self) -> str:
        """The whole warning."""
        return f"{self.sentence} {self.advice}"


DARK = 25.0  # portraits 42 to 76, an underexposed one 17
BURNT = 0.05  # portraits 0.00
BLURRED = 0.45  # portraits .61 and above, enlarged thumbnails .23 to .27
ONE_SIDED = 2.5  # portraits up to 2.2, one with a lamp from the side 2.7
NO_LIPS = 2.5  # pale lips 4.0, portraits with colour 6.7 and above
MASKED = (14.0, 3.0)  # chin_tint above (portraits up to 8.2), lip_red below: a beard leaves the lips red
OPEN = 0.3  # jawOpen; smiles with teeth up to .25, a speaker .35
SHUT = 0.5  # eyeBlink of both; laughing eyes up to .29
TURNED = 20.0  # degrees
TILTED = 18.0
TIGHT = 0.35  # portraits .9 and above

REMARKS = (
    Remark(
        "blurred", "The face is out of focus or enlarged from a small picture.",
        "Use the original file, or a photo that is sharp at the eyes.",
        lambda q: q.eyes >= SHARP_EYES and q.sharpness < BLURRED,
    ),
    Remark(
        "side_light", "Strong light comes from one side.",
        "Face a window or a bright wall, so that both cheeks are about equally bright.",
        lambda q: q.side_light > ONE_SIDED and q.well_lit and q.yaw < TURNED,
    ),
    Remark(
        "dark", "The face is very dark.", "Take the photo in more light, or brighten it before.",
        lambda q: q.lightness <= DARK,
    ),
    Remark(
        "burnt", "Parts of the face are so bright that they show no skin any more.",
        "Use less exposure, no flash, and no direct sun.",
        lambda q: q.burnt >= BURNT,
    ),
    Remark(
        "mouth_covered", "The mouth seems to be covered, by a hand, a mask or a microphone.",
        "Use a photo that shows the whole mouth.",
        lambda q: q.well_lit
        and (q.lip_contrast < NO_LIPS or (q.chin_tint > MASKED[0] and q.lip_red < MASKED[1])),
    ),
    Remark(
        "mouth_open", "The mouth is open.", "A photo with closed lips gives better lips and a better jaw.",
        lambda q: q.scores.get("jawOpen", 0.0) > OPEN,
    ),
    Remark(
        "eyes_shut", "The eyes are closed.", "Use a photo with open eyes; theirs are guessed.",
        lambda q: min(q.scores.get("eyeBlinkLeft", 0.0), q.scores.get("eyeBlinkRight", 0.0)) > SHUT,
    ),
    Remark(
        "turned", "The head is turned by more than 20 degrees.",
        "A photo that looks into the camera shows both cheeks and ears.",
        lambda q: TURNED < q.yaw <= TURNED_ENOUGH,
    ),
    Remark(
        "tilted", "The face is seen from above or below.", "Hold the camera at the height of the eyes.",
        lambda q: q.pitch > TILTED,
    ),
    Remark(
        "tight", "The photo is cut close to the face.", "Leave room around the head, down to the shoulders.",
        lambda q: q.margin < TIGHT,
    ),
)  # fmt: skip


def judge_photo(portrait: Portrait) -> list[Remark]:
    """The remarks that apply to the photo, in the order of the table."""
    quality = measure_quality(portrait)
    return [remark for remark in REMARKS if remark.applies(quality)]


def measure_quality(portrait: Portrait) -> Quality:
    """Measure a photo about its face; 10 ms, whatever the photo's size."""
    image, points, eyes = _face_window(portrait)
    linear = to_linear(image)
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    pairs = np.array(SKIN_PAIRS)
    sides = [_medians(linear, points[pairs[:, k]], 0.06 * eyes) @ LUMINANCE for k in (0, 1)]
    ratio = float(np.median(np.log(np.maximum(sides[0], 1e-4) / np.maximum(sides[1], 1e-4))))
    skin = np.median(_medians(lab, points[list(UPPER_SKIN)], 0.06 * eyes), axis=0)
    lips = np.median(_medians(lab, np.array([(points[a] + points[b]) / 2 for a, b in LIPS]), 0.015 * eyes), axis=0)
    around = np.median(_medians(lab, points[list(AROUND_LIPS)], 0.03 * eyes), axis=0)
    face = np.zeros(image.shape[:2], np.uint8)
    cv2.fillConvexPoly(face, cv2.convexHull(np.round(points[list(OVAL)]).astype(np.int32)), 1)
    pose, size = portrait.pose, portrait.image.shape
    outline = portrait.landmarks[list(OVAL), :2]
    apart = float(np.linalg.norm(np.diff(portrait.landmarks[list(EYE_OUTER), :2], axis=0)))
    beside = min(outline[:, 0].min(), size[1] - outline[:, 0].max(), size[0] - outline[:, 1].max())
    return Quality(
        eyes=apart,
        sharpness=_sharpness(image, points, eyes),
        side_light=float(np.exp(abs(ratio))),
        lightness=float(skin[0]),
        burnt=float((image[face > 0].min(axis=1) >= 250).mean()) if face.any() else 0.0,
        lip_contrast=float(np.linalg.norm(lips - around)),
        lip_red=float(lips[1] - around[1]),
        chin_tint=float(np.linalg.norm((around - skin)[1:])),
        yaw=abs(float(np.degrees(np.arctan2(pose[0, 2], pose[2, 2])))) / YAW_READING,
        pitch=abs(float(np.degrees(np.arcsin(np.clip(pose[1, 2], -1, 1))))),
        margin=float(beside) / (apart * 0.7),
        scores=portrait.scores,
    )


def _face_window(portrait: Portrait) -> tuple[np.ndarray, np.ndarray, float]:
    """The photo about the face, at most about 180 pixels between the outer eye corners; landmarks, and that."""
    points = portrait.landmarks[:, :2]
    height, width = portrait.image.shape[:2]
    low = np.clip(np.floor(points.min(axis=0)).astype(int) - 2, 0, [width - 1, height - 1])
    high = np.clip(np.ceil(points.max(axis=0)).astype(int) + 3, low + 1, [width, height])
    window = portrait.image[low[1] : high[1], low[0] : high[0]]
    points = points - low
    eyes = float(np.linalg.norm(np.diff(points[list(EYE_OUTER)], axis=0)))
    scale = min(1.0, 180.0 / eyes)
    if scale < 1.0:
        window = cv2.resize(window, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return window, points * scale, eyes * scale


def _medians(picture: np.ndarray, points: np.ndarray, radius: float) -> np.ndarray:
    """Median colour (N, C) of squares about points (N, 2)."""
    reach = max(1, round(radius))
    height, width = picture.shape[:2]
    found = []
    for x, y in points:
        column, row = int(np.clip(x, 0, width - 1)), int(np.clip(y, 0, height - 1))
        square = picture[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
        found.append(np.median(square.reshape(-1, picture.shape[2]), axis=0))
    return np.array(found)


def _sharpness(image: np.ndarray, points: np.ndarray, eyes: float) -> float:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine, middle, coarse = (cv2.GaussianBlur(grey, (0, 0), share * eyes) for share in (0.0085, 0.017, 0.034))
    near = np.zeros(grey.shape, np.uint8)
    for ring in (EYE_LEFT, EYE_RIGHT):
        centre = np.round(points[list(ring)].mean(axis=0)).astype(int)
        cv2.circle(near, (int(centre[0]), int(centre[1])), round(0.25 * eyes), 1, -1)
    where = near > 0
    return float((fine - middle)[where].std() / max(float((middle - coarse)[where].std()), 1e-6))
