# SPDX-License-Identifier: GPL-3.0-or-later
"""What the core can be asked to do: one table, used by the command line and by the worker alike."""

from __future__ import annotations

import importlib.util
import platform
import time
from pathlib import Path
from typing import Any

import core
from core.channels import LAYERS
from core.cloning.engines import DEFAULT, ENGINES
from core.jobs.avatar import build_avatar, refit_avatar
from core.jobs.campaign import make_campaign
from core.jobs.clip import check_clip, finish_clip
from core.jobs.film import check_storyboard, make_film
from core.jobs.machine import diagnose, fetch_model, install_model, list_models, remove_model
from core.jobs.param import Job, Param
from core.jobs.people import make_person
from core.jobs.performance import perform, understand
from core.jobs.review import review
from core.jobs.speech import keep_silent, record, speak, write_captions
from core.jobs.storyboard import prepare_shot, write_storyboard
from core.jobs.translation import dub, list_translators, translate
from core.jobs.trust import (
    accept_policy,
    certificate,
    forget,
    policy_state,
    renderable,
    revocations,
    revoke,
    sign,
    verify,
)
from core.jobs.voice import install_cloning, list_voices, make_voice, pronounce, tell_cloning
from core.progress import Progress

_BEGIN = time.monotonic()

# Modules that the jobs import; `ping` says which of them this Python lacks, without importing them.
PACKAGES = (
    "numpy", "scipy", "cv2", "PIL", "skimage", "mediapipe", "embreex",
    "soundfile", "soxr", "pocketsphinx", "onnxruntime", "hibari", "espeakng_loader", "pykakasi", "rjieba", "pypinyin",
    "babel", "num2words", "dengjen_tashkeel_py", "threadpoolctl", "numba", "librosa", "parselmouth", "safetensors",
    "tokenizers", "ctranslate2", "sentencepiece", "edge_tts", "skia", "av", "pypdfium2", "fontTools", "yaml",
    "c2pa", "cryptography", "distributed", "dask", "psutil", "filelock",
)  # fmt: skip


def ping(progress: Progress) -> dict[str, Any]:
    """Say that the core is alive, for how many seconds, and which packages its Python lacks."""
    return {
        "version": core.__version__,
        "python": platform.python_version(),
        "seconds": time.monotonic() - _BEGIN,
        "missing": [name for name in PACKAGES if importlib.util.find_spec(name) is None],
    }


_MODEL = {"model": Param(str)}
_CLIP = {
    "shown": Param(str, ""),
    "use": Param(str, "public"),
    "quality": Param(str, "final", choices=("draft", "final")),
    "label": Param(bool, True),
    "label_reason": Param(str, ""),
}
_ENGINE = {"engine": Param(str, DEFAULT, choices=tuple(ENGINES))}
_FILM = {
    "formats": Param(str, ""),
    "quality": Param(str, None, choices=("draft", "final")),
    "size": Param(str, None),
    "fps": Param(int, None),
    "engine": Param(str, None),
    "samples": Param(int, None),
    "codec": Param(str, None),
    "blender": Param(Path, None),
    "cache": Param(Path, None),
    "cache_gigabytes": Param(float, None),
    "fonts": Param(Path, None),
    "online": Param(bool, False),
}
# The methods of docs/architecture.md, "The pipe". A parameter whose default is None may be null.
JOBS: dict[str, Job] = {
    "ping": Job(ping, {}),
    "diagnose": Job(diagnose, {}),
    "list_models": Job(list_models, {}),
    "fetch_model": Job(fetch_model, {**_MODEL, "online": Param(bool, False)}),
    "remove_model": Job(remove_model, _MODEL),
    "install_model": Job(install_model, {**_MODEL, "file": Param(Path)}),
    "build_avatar": Job(
        build_avatar,
        {
            "photo": Param(Path),
            "out": Param(Path, suffix=".avatar"),
            "face": Param(int, None),
            "name": Param(str, None),
            "consent": Param(str, None),
            "texture": Param(int, 2048, choices=(2048, 4096)),
            "glasses": Param(str, "keep", choices=("keep", "remove")),
            "photo_left": Param(Path, None),
            "photo_right": Param(Path, None),
            "pins": Param(Path, None),
        },
    ),
    "make_person": Job(
        make_person,
        {
            "seed": Param(int, 0),
            "sliders": Param(str, ""),
            "name": Param(str, None),
            "out": Param(Path, suffix=".avatar"),
        },
    ),
    "refit_avatar": Job(
        refit_avatar,
        {
            "photo": Param(Path),
            "out": Param(Path, suffix=".refit"),
            "face": Param(int, None),
            "photo_left": Param(Path, None),
            "photo_right": Param(Path, None),
            "pins": Param(Path, None),
            "picture": Param(bool, False),
        },
    ),
    "speak": Job(
        speak,
        {
            "script": Param(str),
            "out": Param(Path, suffix=".speech"),
            "language": Param(str, "en"),
            "voice": Param(str, "auto"),
            "style": Param(str, ""),
            "speed": Param(float, 1.0),
            "seconds": Param(float, None),
            "direction": Param(str, ""),
            "moves": Param(str, None),
            "pronunciations": Param(Path, None),
            "emotion": Param(str, "read", choices=("read", "none")),
            "online": Param(bool, False),
        },
    ),
    "make_voice": Job(
        make_voice,
        {
            "sample": Param(Path),
            "out": Param(Path, suffix=".voice"),
            "language": Param(str, "en"),
            "consent": Param(str),
            "consent_recording": Param(Path, None),
            "name": Param(str, None),
            "online": Param(bool, False),
        },
    ),
    "list_voices": Job(list_voices, {"language": Param(str, None), "online": Param(bool, False)}),
    "install_cloning": Job(install_cloning, _ENGINE),
    "cloning_state": Job(tell_cloning, _ENGINE),
    "pronounce": Job(
        pronounce, {"script": Param(str), "language": Param(str, "en"), "pronunciations": Param(Path, None)}
    ),
    "record": Job(
        record,
        {
            "sound": Param(Path),
            "out": Param(Path, suffix=".speech"),
            "script": Param(str, None),
            "language": Param(str, "en"),
            "pronunciations": Param(Path, None),
            "direction": Param(str, ""),
            "consent": Param(str, None),
            "trim": Param(bool, False),
        },
    ),
    "keep_silent": Job(
        keep_silent,
        {
            "out": Param(Path, suffix=".speech"),
            "seconds": Param(float, 30.0),
            "behaviour": Param(str, "listening", choices=("listening", "idle")),
            "direction": Param(str, ""),
        },
    ),
    "write_captions": Job(write_captions, {"speech": Param(Path), "out": Param(Path)}),
    "understand": Job(
        understand, {"direction": Param(str, ""), "script": Param(str, ""), "language": Param(str, "en")}
    ),
    "perform": Job(
        perform,
        {
            "speech": Param(Path),
            "out": Param(Path, suffix=".performance"),
            "seed": Param(int, 0),
            "strength": Param(float, 1.0),
            "layer": Param(str, None, choices=LAYERS),
            "direction": Param(str, None),
            "moves": Param(str, None),
            "emotion": Param(str, "read", choices=("read", "none")),
            "feelings": Param(Path, None),
            "seeds": Param(str, ""),
            "mute": Param(str, ""),
            "scale": Param(str, ""),
            "ranges": Param(str, ""),
            "articulation": Param(float, 1.0),
            "jaw_lips": Param(float, 0.0),
            "smile": Param(float, 0.0),
        },
    ),
    "review": Job(
        review,
        {
            "performance": Param(Path, None),
            "avatar": Param(Path, None),
            "motion": Param(Path, None),
            "speech": Param(Path, None),
        },
    ),
    "make_film": Job(
        make_film,
        {
            "storyboard": Param(Path),
            "out": Param(Path),
            "shots": Param(str, ""),
            "row": Param(str, None),
            "name": Param(str, None),
            **_FILM,
        },
    ),
    "make_campaign": Job(
        make_campaign,
        {
            "table": Param(Path),
            "storyboard": Param(Path),
            "out": Param(Path),
            "workers": Param(int, None),
            "scheduler": Param(str, ""),
            "only_failed": Param(bool, False),
            "check": Param(bool, False),
            "strict": Param(bool, False),
            "rows": Param(str, ""),
            "flamenco": Param(Path, None),
            **_FILM,
        },
    ),
    "check_storyboard": Job(
        check_storyboard, {"storyboard": Param(Path), "row": Param(str, None), "text": Param(str, None)}
    ),
    "write_storyboard": Job(
        write_storyboard,
        {
            "out": Param(Path, suffix=".md"),
            "title": Param(str),
            "performers": Param(str),
            "script": Param(str),
            "language": Param(str, "en"),
            "use": Param(str, "public"),
        },
    ),
    "prepare_shot": Job(
        prepare_shot,
        {
            "storyboard": Param(Path),
            "shot": Param(str),
            "out": Param(Path),
            "form": Param(str, None),
            "row": Param(str, None),
            "online": Param(bool, False),
        },
    ),
    "check_clip": Job(check_clip, _CLIP),
    "finish_clip": Job(
        finish_clip,
        {
            **_CLIP,
            "pictures": Param(Path),
            "sound": Param(Path, None),
            "out": Param(Path),
            "fps": Param(float),
            "title": Param(str, None),
            "language": Param(str, "en"),
            "fonts": Param(Path, None),
        },
    ),
    "translate": Job(
        translate,
        {
            "script": Param(str),
            "source": Param(str, "en"),
            "target": Param(str),
            "provider": Param(str, None),
            "table": Param(Path, None),
            "template": Param(Path, None),
            "out": Param(Path, None),
            "pronunciations": Param(Path, None),
            "url": Param(str, ""),
            "model": Param(str, ""),
        },
    ),
    "list_translators": Job(list_translators, {"table": Param(Path, None)}),
    "dub": Job(
        dub,
        {
            "speech": Param(Path),
            "performance": Param(Path),
            "script": Param(str),
            "language": Param(str),
            "out": Param(Path),
            "voice": Param(str, "auto"),
            "pronunciations": Param(Path, None),
            "style": Param(str, ""),
            "online": Param(bool, False),
        },
    ),
    "sign": Job(
        sign,
        {"file": Param(Path), "provenance": Param(str), "certificate": Param(Path, None), "key": Param(Path, None)},
    ),
    "certificate": Job(
        certificate, {"certificate": Param(Path, None), "key": Param(Path, None), "local": Param(bool, False)}
    ),
    "verify": Job(verify, {"file": Param(Path), "marks": Param(bool, True)}),
    "renderable": Job(
        renderable,
        {
            "avatars": Param(str, ""),
            "voices": Param(str, ""),
            "use": Param(str, "public"),
            "quality": Param(str, "final", choices=("draft", "final")),
        },
    ),
    "revoke": Job(revoke, {"what": Param(str), "reason": Param(str, ""), "undo": Param(bool, False)}),
    "revocations": Job(
        revocations, {"export": Param(Path, None), "bring": Param(Path, None), "signed": Param(bool, True)}
    ),
    "forget": Job(
        forget,
        {"avatar": Param(str), "folders": Param(str, ""), "voice": Param(Path, None), "yes": Param(bool, False)},
    ),
    "policy_state": Job(policy_state, {}),
    "accept_policy": Job(accept_policy, {"version": Param(str, None)}),
}
