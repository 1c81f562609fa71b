# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs that understand directions and perform."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.progress import Progress, span

if TYPE_CHECKING:
    from core.direction import Direction
    from core.script import Script
    from core.speech import Speech


def understand(progress: Progress, direction: str, script: str, language: str) -> dict[str, Any]:
    """What a direction and those in a script mean, before anything is performed."""
    from core.direction import direct
    from core.script import parse_script

    parsed = parse_script(script, language) if script.strip() else None
    asked = direct(direction, parsed.tags if parsed is not None else (), language)
    matches = asked.understood.matches if asked.understood is not None else ()
    return {
        "moves": dict(asked.moves),
        "matches": [asdict(match) for match in matches],
        "cues": [asdict(cue) for cue in asked.cues],
        "warnings": list(asked.warnings),
    }


def perform(
    progress: Progress,
    speech: Path,
    out: Path,
    seed: int,
    strength: float,
    layer: str | None,
    direction: str | None,
    moves: str | None,
    emotion: str,
    feelings: Path | None,
    seeds: str,
    mute: str,
    scale: str,
    ranges: str,
    **style: float,
) -> dict[str, Any]:
    """Speech to Performance; with a layer's name only that one is written. style: as MouthStyle has it.

    direction: instead of the speech's own. moves: sliders instead of what the direction means for the whole, as
    ``smile=0.4,lean=-0.2``. emotion: ``read`` from words and voice, or ``none``; feelings: a file of them instead, as
    in performance.json. seeds: of layers that draw anew, as ``head=3,blink=1``; mute, scale,
    ranges: of layers, as ``blink,gaze``, ``head=0.5``, ``head=2-7.5`` (seconds).
    """
    from core.emotion import load_feelings, read_feelings
    from core.performance import MouthStyle, perform, save_performance
    from core.performance.layer_edits import edit_layers, parse_edits, parse_seeds
    from core.speech import load_speech
    from core.speech.lip_track import hear_lips

    begin = time.monotonic()
    edits = parse_edits(mute, scale, ranges)
    said = load_speech(speech)
    asked = read_direction(said.direction if direction is None else direction, moves, said)
    felt = load_feelings(feelings) if feelings is not None else read_feelings(said) if emotion == "read" else ()
    heard = hear_lips(said.wave, said.rate, span(progress, 0.0, 0.4)) if layer in (None, "speech") else None
    performance = perform(
        said, seed, strength, layer, span(progress, 0.4, 1.0),
        style=MouthStyle(**style), heard=heard, direction=asked, feelings=felt, seeds=parse_seeds(seeds),
    )  # fmt: skip
    save_performance(edit_layers(performance, edits), out, speech)
    return {
        "performance": str(out),
        "duration": float(performance.duration),
        "layers": list(performance.layers),
        "moves": dict(asked.moves),
        "warnings": list(asked.warnings),
        "seconds": time.monotonic() - begin,
    }


def read_direction(prompt: str, moves: str | None, said: Script | Speech) -> Direction:
    """A direction with that of the script's tags; ``moves``: sliders instead of what the prompt means."""
    from core.direction import direct
    from core.direction.tables import parse_moves

    asked = direct(prompt, said.tags, said.language)
    return asked if moves is None else replace(asked, moves=parse_moves(moves))
