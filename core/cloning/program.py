# SPDX-License-Identifier: GPL-3.0-or-later
"""Chatterbox behind a pipe; a program of its own, run by the Python of its own environment.

Each line in is ``{"text", "language", "sample", "out", "seed"}``: what is said, in which of its languages, a sound file
of the voice, the WAV that is written. Each line out is ``{"answer": {"rate", "device"}}`` or ``{"error": text}``. With
``--fetch`` it only fetches and loads the networks. It puts its watermark (Perth) into all that it says.
"""

from __future__ import annotations

import json
import os
import sys
import wave
from pathlib import Path
from typing import Any


def load() -> tuple[Any, str]:
    """The network, and the device that it runs on."""
    import torch
    from chatterbox.mtl_tts import ChatterboxMultilingualTTS  # pyright: ignore[reportMissingImports]

    device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    return ChatterboxMultilingualTTS.from_pretrained(device=device), device


def say(model: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Write one line's sound; the same request gives the same one."""
    import torch

    torch.manual_seed(request["seed"])
    sound = model.generate(request["text"], language_id=request["language"], audio_prompt_path=request["sample"])
    samples = (sound.squeeze().clamp(-1.0, 1.0) * 32767).round().to(torch.int16).cpu().numpy()
    with wave.open(str(Path(request["out"])), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(model.sr)
        file.writeframes(samples.astype("<i2").tobytes())
    return {"rate": model.sr}


def main(only_fetch: bool) -> None:
    """Answer until stdin closes."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the package prints is no answer
    if only_fetch:
        load()
        return
    model, device = None, ""
    for line in sys.stdin:
        try:
            if model is None:
                model, device = load()
            answer: dict[str, Any] = {"answer": {**say(model, json.loads(line)), "device": device}}
        except Exception as error:  # of torch, of the package, of the disk: told, and the next line may do
            reason = (str(error).splitlines() or [""])[0].rstrip(".")
            answer = {"error": f"{type(error).__name__}: {reason}"[:300].rstrip(": ")}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    main("--fetch" in sys.argv)
