# SPDX-License-Identifier: GPL-3.0-or-later
"""What a direction can move, and what a sentence can feel like, as the core has them. No bpy here."""

# Slider -> (what -1 or 0 means, what 1 means); the same names as in core/direction/sliders.toml.
SLIDERS: dict[str, tuple[float, str, str]] = {
    "energy": (-1.0, "hardly moves", "moves a lot"),
    "nods": (-1.0, "never nods", "nods often and deep"),
    "smile": (-1.0, "corners of the mouth down", "smiles"),
    "brows": (-1.0, "lowered", "raised"),
    "worry": (0.0, "", "inner brows up"),
    "lids": (-1.0, "heavy", "wide"),
    "squint": (0.0, "", "lower lids narrowed"),
    "press": (0.0, "", "lips pressed in pauses"),
    "sneer": (0.0, "", "nose wrinkled"),
    "posture": (-1.0, "slumped", "upright"),
    "lean": (-1.0, "back", "forward"),
    "tilt": (0.0, "", "head to the side"),
    "chin": (-1.0, "down", "up"),
    "contact": (-1.0, "looks away", "holds the gaze"),
    "gaze": (-1.0, "down when away", "up when away"),
    "blinks": (-1.0, "seldom", "often"),
    "tempo": (-1.0, "slow", "quick"),
    "pitch": (-1.0, "low voice", "high voice"),
    "articulation": (-1.0, "mumbled", "over-clear"),
}
# Feeling -> what it looks like.
FEELINGS: dict[str, str] = {
    "joy": "Smiles, with narrowed lower lids and livelier nods",
    "enthusiasm": "Raised brows, wide lids, leans forward and moves a lot",
    "warmth": "A quiet smile with the head to the side",
    "surprise": "Raised brows and wide lids",
    "sadness": "Inner brows up, heavy lids, slumped and slow",
    "anger": "Lowered brows, pressed lips, holds the gaze",
    "fear": "Raised and drawn brows, wide lids, leans back",
    "disgust": "A wrinkled nose and narrowed lids, leans back",
    "calm": "Relaxed and still",
    "thoughtful": "Looks up and away, with the head to the side",
    "neutral": "Nothing in particular",
}
