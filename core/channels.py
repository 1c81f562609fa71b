# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of everything that can be animated: ARKit-52, the 15 visemes, rotations of bones.

Left and right are the subject's own. ARKit names are Apple's ARFaceAnchor.BlendShapeLocation;
viseme names are the Oculus/Meta set, prefixed as glTF avatars do.
"""

from __future__ import annotations

ARKIT_CHANNELS: tuple[str, ...] = (
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight",
    "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight",
    "eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight",
    "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft", "eyeSquintRight",
    "eyeWideLeft", "eyeWideRight",
    "jawForward", "jawLeft", "jawOpen", "jawRight",
    "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight",
    "mouthFunnel", "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight",
    "mouthPressLeft", "mouthPressRight", "mouthPucker", "mouthRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthUpperUpLeft", "mouthUpperUpRight", "noseSneerLeft", "noseSneerRight",
    "tongueOut",
)

VISEMES: tuple[str, ...] = tuple(
    "viseme_" + name
    for name in ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U")
)

# Faces that an avatar has besides its rest pose, which is the person's habitual set of the face: the strict neutral,
# and what the ARKit channels cannot say of the photo's own expression.
BASE_CHANNELS: tuple[str, ...] = ("neutral", "photo")

# What a performance moves of the face, 0..1 each. The strict neutral is among it: a sombre face has lost the smile that
# the rest pose keeps of the photo's.
FACE_CHANNELS: tuple[str, ...] = (*ARKIT_CHANNELS, "neutral")

# Rotations in radians. Pitch > 0 looks up, yaw > 0 turns to the subject's left,
# roll > 0 leans towards the subject's left shoulder, lift > 0 raises a shoulder. Each adds to the bone's rest pose.
ROTATION_CHANNELS: tuple[str, ...] = (
    "chestPitch", "chestYaw", "chestRoll", "shoulderLeftLift", "shoulderRightLift",
    "neckPitch", "neckYaw", "neckRoll",
    "headPitch", "headYaw", "headRoll",
    "eyeLeftPitch", "eyeLeftYaw", "eyeRightPitch", "eyeRightYaw",
)

LAYERS: tuple[str, ...] = (
    "speech", "expression", "blink", "gaze", "head", "gesture", "body", "breath", "micro",
)  # fmt: skip
