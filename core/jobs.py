# SPDX-License-Identifier: GPL-3.0-or-later
"""What the core can be asked to do: one table, used by the command line and by the worker alike.

A job takes checked parameters and a Progress and returns plain JSON. This module imports nothing heavy; each
job imports what it needs, so that the worker can greet at once.
"""

from __future__ import annotations

import importlib.util
import math
import platform
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import core
from core.channels import LAYERS
from core.errors import LikenessError
from core.progress import Progress, span
from core.translation_jobs import dub, list_translators, translate
from core.voice_jobs import install_cloning, list_voices, pronounce, tell_cloning

if TYPE_CHECKING:
    from core.direction import Direction
    from core.script import Script
    from core.speech import Speech

REQUIRED = object()
KINDS = {bool: "true or false", str: "a text", int: "a whole number", float: "a number", Path: "a path"}
_BEGIN = time.monotonic()

# Modules that the jobs import; `ping` says which of them this Python lacks, without importing them.
PACKAGES = (
    "numpy", "scipy", "cv2", "PIL", "skimage", "mediapipe", "embreex",
    "soundfile", "soxr", "pocketsphinx", "onnxruntime", "hibari", "espeakng_loader", "pykakasi", "jieba", "pypinyin",
    "babel", "num2words", "dengjen_tashkeel_py", "threadpoolctl", "numba", "librosa", "safetensors", "tokenizers",
    "torch", "ctranslate2", "sentencepiece",
)  # fmt: skip

_LIBRARY_MISSING = re.compile(r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object file")


@dataclass(frozen=True)
class Param:
    """One parameter.

    kind: bool, str, int, float or Path. suffix: how the name of a result folder has to end. choices: all there are.
    """

    kind: type
    default: Any = REQUIRED
    suffix: str = ""
    choices: tuple[Any, ...] = ()

    @property
    def wanted(self) -> str:
        if self.choices:
            return " or ".join(map(str, self.choices))
        name = KINDS[self.kind]
        return f"{name} or null" if self.default is None else name


@dataclass(frozen=True)
class Job:
    """``run(progress, **params)`` returns the result as plain JSON."""

    run: Callable[..., dict[str, Any]]
    params: Mapping[str, Param]


def check_params(method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a job with types checked and defaults filled in.

    Raises LikenessError ``unknown_method`` or ``bad_params`` (missing, unknown or mistyped).
    """
    if method not in JOBS:
        raise LikenessError("unknown_method", f"The core has no method {method!r}.", f"It has {_list(JOBS)}.")
    table = JOBS[method].params
    unknown = [name for name in params if name not in table]
    if unknown:
        raise _bad(f"{method} takes no {_list(unknown)}.", f"It takes {_list(table) or 'nothing'}.")
    missing = [name for name, param in table.items() if param.default is REQUIRED and name not in params]
    if missing:
        raise _bad(f"{method} needs {_list(missing)}.", f"It takes {_list(table)}.")
    return {name: _check(name, param, params.get(name, param.default)) for name, param in table.items()}


def run_job(method: str, params: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Do a job with parameters as `check_params` gives them.

    Raises LikenessError as the job does, and ``packages_missing`` or ``library_missing`` when this Python
    or this system lacks something that the job needs.
    """
    try:
        return JOBS[method].run(progress, **params)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "core"):
            raise
        raise LikenessError(
            "packages_missing",
            f"The core's Python lacks the package {package}.",
            'Press "Set up the core" in the add-on\'s preferences, or run: python3 build.py setup',
        ) from error
    except (ImportError, OSError) as error:
        missing = _LIBRARY_MISSING.search(str(error))
        if missing is None:
            raise
        raise LikenessError(
            "library_missing",
            f"This system lacks the library {missing[1]}.",
            "Install the package that has it; in a checkout python3 build.py setup names it.",
        ) from error


def ping(progress: Progress) -> dict[str, Any]:
    """Say that the core is alive, for how many seconds, and which packages its Python lacks."""
    return {
        "version": core.__version__,
        "python": platform.python_version(),
        "seconds": time.monotonic() - _BEGIN,
        "missing": [name for name in PACKAGES if importlib.util.find_spec(name) is None],
    }


def build_avatar(
    progress: Progress,
    photo: Path,
    out: Path,
    face: int | None,
    name: str | None,
    consent: str | None,
    **choices: Any,
) -> dict[str, Any]:
    """Photo to Avatar; without a name it is called as its folder is.

    consent: a record as JSON, or a statement in words, see core/consent.py. choices: as AvatarSettings has them.
    """
    from core.avatar import build_avatar
    from core.avatar.settings import AvatarSettings
    from core.consent import parse_consent

    summary = build_avatar(
        photo,
        out,
        name=name or out.stem,
        face=face,
        consent=parse_consent(consent or ""),
        settings=AvatarSettings(**choices),
        progress=progress,
    )
    return {
        "avatar": str(summary.folder),
        "warnings": list(summary.warnings),
        "scores": {key: float(value) for key, value in summary.scores.items()},
        "seconds": {key: float(value) for key, value in summary.seconds.items()},
    }


def refit_avatar(progress: Progress, out: Path, **asked: Any) -> dict[str, Any]:
    """Photo and pins to the head that they give, for a preview."""
    from core.avatar.refit import refit_avatar

    begin = time.monotonic()
    fit = refit_avatar(out=out, progress=progress, **asked)
    return {"refit": str(out), "error": float(fit.warped_error), "seconds": time.monotonic() - begin}


def speak(
    progress: Progress,
    script: str,
    out: Path,
    language: str,
    direction: str,
    moves: str | None,
    pronunciations: Path | None,
    **choices: Any,
) -> dict[str, Any]:
    """Script to Speech. direction: how it is said, in plain words; moves: sliders instead, as ``perform`` has them."""
    from core.pronunciation.own import read_own
    from core.script import parse_script
    from core.voice import speak

    begin = time.monotonic()
    parsed = parse_script(script, language)
    asked = _direct(direction, moves, parsed)
    own = read_own(pronunciations) if pronunciations is not None else {}
    speech = speak(parsed, out, progress=progress, direction=asked, own=own, **choices)
    return _spoken(speech, out, begin)


def record(
    progress: Progress,
    sound: Path,
    out: Path,
    script: str | None,
    language: str,
    pronunciations: Path | None,
    direction: str,
    consent: str | None,
    trim: bool,
) -> dict[str, Any]:
    """Recording to Speech. consent: of who speaks, as `build_avatar` has it. trim: shorten silence at its ends."""
    from core.consent import parse_consent
    from core.pronunciation.own import read_own
    from core.recording import record
    from core.script import parse_script

    begin = time.monotonic()
    said = parse_script(script, language) if script is not None else None
    own = read_own(pronunciations) if pronunciations is not None else {}
    agreed = parse_consent(consent or "")
    speech = record(sound, out, said, progress, language, own, direction, agreed, trim)
    return _spoken(speech, out, begin)


def keep_silent(progress: Progress, out: Path, seconds: float, behaviour: str, direction: str) -> dict[str, Any]:
    """Seconds to a Speech in which nothing is said, for a listener or somebody who waits."""
    from core.speech.silence import keep_silent

    begin = time.monotonic()
    return _spoken(keep_silent(seconds, out, behaviour, direction), out, begin)


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
    asked = _direct(said.direction if direction is None else direction, moves, said)
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


# The methods of docs/architecture.md, "The pipe". A parameter whose default is None may be null.
JOBS: dict[str, Job] = {
    "ping": Job(ping, {}),
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
            "online": Param(bool, False),
        },
    ),
    "list_voices": Job(list_voices, {"language": Param(str, None), "online": Param(bool, False)}),
    "install_cloning": Job(install_cloning, {}),
    "cloning_state": Job(tell_cloning, {}),
    "pronounce": Job(
        pronounce, {"text": Param(str), "language": Param(str, "en"), "pronunciations": Param(Path, None)}
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
            "online": Param(bool, False),
        },
    ),
}


def _direct(prompt: str, moves: str | None, said: Script | Speech) -> Direction:
    """A direction with that of the script's tags; ``moves``: sliders instead of what the prompt means."""
    from core.direction import direct
    from core.direction.tables import parse_moves

    asked = direct(prompt, said.tags, said.language)
    return asked if moves is None else replace(asked, moves=parse_moves(moves))


def _spoken(speech: Speech, out: Path, begin: float) -> dict[str, Any]:
    return {
        "speech": str(out),
        "duration": float(speech.duration),
        "warnings": list(speech.warnings),
        "seconds": time.monotonic() - begin,
    }


def _check(name: str, param: Param, value: Any) -> Any:
    if value is None and param.default is None:
        return None
    accepted = {bool: bool, str: str, int: int, float: (int, float), Path: (str, Path)}[param.kind]
    if value is None or not isinstance(value, accepted) or isinstance(value, bool) != (param.kind is bool):
        raise _bad(f"{name} must be {param.wanted}.", f"It was {value!r}."[:200])
    if param.kind is float and not math.isfinite(value):
        raise _bad(f"{name} must be a finite number.", f"It was {value!r}.")
    if param.choices and value not in param.choices:
        raise _bad(f"{name} must be {param.wanted}.", f"It was {value!r}."[:200])
    if param.kind is not Path:
        return param.kind(value)
    path = Path(value)
    if not path.name:
        raise _bad(f"{name} must name a file or folder.", f"It was {str(value)!r}.")
    if param.suffix and (path.suffix != param.suffix or not path.stem.strip(".")):
        raise _bad(f"{name} must be called NAME{param.suffix}.", f"It was {path.name!r}.")
    return path


def _bad(message: str, hint: str) -> LikenessError:
    return LikenessError("bad_params", message, hint)


def _list(names: Any) -> str:
    return ", ".join(map(str, names))
