# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine that clones voices behind a pipe; a program of its own, run by the Python of its own environment.

``program.py ENGINE``: each line in is ``{"text", "language", "sample", "out", "seed"}``: what is said, in which of its
languages, a sound file of the voice, the WAV that is written. Each line out is ``{"answer": {"rate", "device"}}`` or
``{"error": text}``. With ``--fetch LANGUAGE...`` it only fetches and loads the networks.
"""

from __future__ import annotations

import json
import os
import sys
import wave
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol


class Engine(Protocol):
    """What has loaded what all languages share. device: what it runs on."""

    device: str

    def fetch(self, languages: Sequence[str]) -> None:
        """Have the networks of these languages on the disk."""
        ...

    def generate(self, text: str, language: str, sample: str) -> tuple[Any, int]:
        """A tensor of samples, in as many dimensions as it likes, and its rate."""
        ...


class Chatterbox:
    """One network for all languages. It puts its watermark (Perth) into all that it says."""

    def __init__(self) -> None:
        import torch
        from chatterbox.mtl_tts import ChatterboxMultilingualTTS  # pyright: ignore[reportMissingImports]

        mps = torch.backends.mps.is_available()
        self.device = "cuda" if torch.cuda.is_available() else "mps" if mps else "cpu"
        self._model = ChatterboxMultilingualTTS.from_pretrained(device=self.device)

    def fetch(self, languages: Sequence[str]) -> None:
        """They are there since it was loaded."""

    def generate(self, text: str, language: str, sample: str) -> tuple[Any, int]:
        return self._model.generate(text, language_id=language, audio_prompt_path=sample), self._model.sr


class Pocket:
    """A network for each language, on the processor."""

    device = "cpu"

    def fetch(self, languages: Sequence[str]) -> None:
        """Raises RuntimeError where those that clone are not to be had."""
        for language in languages:
            _pocket.__wrapped__(language)

    def generate(self, text: str, language: str, sample: str) -> tuple[Any, int]:
        model, path = _pocket(language), Path(sample)
        return model.generate_audio(_pocket_state(language, path, path.stat().st_mtime_ns), text), model.sample_rate


@lru_cache(2)
def _pocket(language: str) -> Any:
    from pocket_tts import TTSModel  # pyright: ignore[reportMissingImports]

    model = TTSModel.load_model(language=language)
    if not model.has_voice_cloning:  # it has taken the networks that anybody gets, without a word
        terms = "https://huggingface.co/kyutai/pocket-tts"
        raise RuntimeError(f"the terms of {terms} are not accepted, or nobody is logged in")
    return model


@lru_cache(2)
def _pocket_state(language: str, sample: Path, changed: int) -> Any:
    """What the network makes of a sample's first 30 seconds. changed: so that another sample in its place is heard."""
    return _pocket(language).get_state_for_audio_prompt(sample, truncate=True)


ENGINES: dict[str, type[Chatterbox | Pocket]] = {"chatterbox": Chatterbox, "pocket": Pocket}


def say(engine: Engine, request: dict[str, Any]) -> dict[str, Any]:
    """Write one line's sound; the same request gives the same one."""
    import torch

    torch.manual_seed(request["seed"])
    sound, rate = engine.generate(request["text"], request["language"], request["sample"])
    samples = (sound.squeeze().clamp(-1.0, 1.0) * 32767).round().to(torch.int16).cpu().numpy()
    with wave.open(str(Path(request["out"])), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return {"rate": rate}


def main(name: str, fetched: Sequence[str] | None) -> None:
    """Answer until stdin closes. fetched: languages whose networks are fetched instead."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the package prints is no answer
    if fetched is not None:
        ENGINES[name]().fetch(fetched)
        return
    engine: Engine | None = None
    for line in sys.stdin:
        try:
            if engine is None:
                engine = ENGINES[name]()
            answer: dict[str, Any] = {"answer": {**say(engine, json.loads(line)), "device": engine.device}}
        except Exception as error:  # of torch, of the package, of the disk: told, and the next line may do
            reason = (str(error).splitlines() or [""])[0].rstrip(".")
            answer = {"error": f"{type(error).__name__}: {reason}"[:300].rstrip(": ")}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    main(sys.argv[1], sys.argv[3:] if "--fetch" in sys.argv else None)
