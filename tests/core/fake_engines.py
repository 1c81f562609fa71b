# SPDX-License-Identifier: GPL-3.0-or-later
"""Fakes of the documented interfaces of the engines that clone voices, and whom they clone."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from core.cloning.engines import ENGINES
from core.consent import Consent
from core.voice import kokoro
from core.voice.profile import VoiceProfile, save_profile

CHATTERBOX_SOURCE = '''
"""As mtl_tts.py of chatterbox-tts 0.1.7 is asked: from_pretrained, generate, sr."""
import os
import wave

import torch


class ChatterboxMultilingualTTS:
    sr = 24_000

    @classmethod
    def from_pretrained(cls, device):
        print("loading on", device)  # the package prints to stdout
        if os.environ.get("HF_HOME"):
            open(os.path.join(os.environ["HF_HOME"], "networks"), "w").close()
        return cls()

    def generate(self, text, language_id, audio_prompt_path=None, exaggeration=0.5, cfg_weight=0.5, temperature=0.8):
        if language_id == "sw":
            raise ValueError("Unsupported language_id")
        if language_id == "fi":
            os._exit(3)
        with wave.open(audio_prompt_path) as file:
            base = 100 if file.getnframes() < 30_000 else 200
        print("generating", text)
        seconds = torch.arange(int(24_000 * 0.08 * len(text))) / 24_000
        sound = 0.3 * torch.sin(2 * torch.pi * base * seconds) + 0.01 * torch.randn(len(seconds))
        return sound.unsqueeze(0)
'''
POCKET_SOURCE = '''
"""As pocket-tts 4.0.1 is asked: load_model, get_state_for_audio_prompt, generate_audio, and what a model tells."""
import os
import pathlib
import wave

import torch


class TTSModel:
    sample_rate = 24_000
    has_voice_cloning = not os.environ.get("FAKE_REFUSED")

    @classmethod
    def load_model(cls, language=None, config=None):
        print("loading", language)
        if os.environ.get("HF_HOME"):
            open(os.path.join(os.environ["HF_HOME"], language), "w").close()
        model = cls()
        model.base = {"spanish": 150, "english": 250}[language] if language in ("spanish", "english") else 350
        return model

    def get_state_for_audio_prompt(self, audio_conditioning, truncate=False):
        assert isinstance(audio_conditioning, pathlib.Path) and truncate
        with wave.open(str(audio_conditioning)) as file:
            return {"frames": file.getnframes()}

    def generate_audio(self, model_state, text_to_generate, max_tokens=50, frames_after_eos=None, copy_state=True):
        base = self.base * (1 if model_state["frames"] < 30_000 else 2)
        seconds = torch.arange(int(24_000 * 0.08 * len(text_to_generate))) / 24_000
        return 0.3 * torch.sin(2 * torch.pi * base * seconds) + 0.01 * torch.randn(len(seconds))
'''
AGREED = Consent(speaker="Ann", basis="written", date="2026-05-01", uses=("public", "languages", "sample"))


def make_python(folder: Path) -> Path:
    """This Python with the fake packages, as one that clones."""
    package = folder / "fake" / "chatterbox"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "mtl_tts.py").write_text(CHATTERBOX_SOURCE, encoding="utf-8")
    (package.parent / "pocket_tts.py").write_text(POCKET_SOURCE, encoding="utf-8")
    python = folder / "environment" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{package.parent}" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return python


def take_python(python: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every engine run by this Python."""
    for engine in ENGINES.values():
        monkeypatch.setenv(engine.variable, str(python))


def save_voice(folder: Path, consent: Consent = AGREED, heard: float | None = 0.9, seconds: float = 2.0) -> Path:
    """Ann's profile, as if she was heard to agree."""
    styles, measured = np.zeros(kokoro.STYLES, np.float32), {"blend": 0.8}
    made = VoiceProfile(
        "Ann", "es", {"af_sky": 1.0}, styles, 200.0, 1.0, 6.0, 1.0, measured, "blend", consent, heard, "0"
    )
    return save_profile(made, folder, np.zeros(round(24_000 * seconds)), 24_000)
