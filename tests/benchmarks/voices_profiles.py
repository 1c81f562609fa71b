# SPDX-License-Identifier: GPL-3.0-or-later
"""How much voice profiles resemble samples of synthetic voices that Kokoro does not have."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import soundfile
from summary import Row

from core.consent import Consent
from core.script import parse_script
from core.voice import speak
from core.voice.resemblance import make_profile

ESPEAK = Path(__file__).parents[1] / "core" / "espeak_voice.py"
TEXT = (
    "I grew up in a small town by the river, where everybody knew everybody else. In the evening my father used to "
    "read us stories about sailors and distant islands. One day we decided to build a boat of our own, although none "
    "of us could swim."
)
# The sample's voice: an id of ours, or a variant of espeak's.
VOICES = {"joe": "piper:en_US-joe-medium", "m3": "en-us+m3", "f3": "en-us+f3"}
GAIN = 0.0  # of a profile over the nearest single voice: never less alike


def measure_profiles(out: Path) -> Iterator[Row]:
    """Likeness of each voice's profile, ``out/NAME.voice``, on text that was not searched with. Minutes each."""
    for name, voice in VOICES.items():
        sample = _sample(name, voice, out)
        made = make_profile(sample, out / f"{name}.voice", "en", Consent(speaker=name, basis="synthetic"))
        for kind, value in made.likeness.items():
            yield Row(f"profile of {name}: likeness, {kind}", value)
        kept = made.likeness["blend_pitch" if made.kept == "blend" else "nearest_pitch"]
        yield Row(f"profile of {name}: gain over the nearest voice", kept - made.likeness["nearest_pitch"], GAIN)


def _sample(name: str, voice: str, out: Path) -> Path:
    path = out / f"{name}.wav"
    if ":" not in voice:
        subprocess.run([sys.executable, str(ESPEAK), voice, TEXT, str(path)], check=True, capture_output=True)
        return path
    speech = speak(parse_script(TEXT), out / f"{name}.speech", voice=voice, emotion="none")
    soundfile.write(path, speech.wave, speech.rate)
    return path
