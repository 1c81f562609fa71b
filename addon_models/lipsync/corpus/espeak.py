# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech of espeak-ng with the times of its phones: formant synthesis in many languages, timbres and paces.

The engine tells the sample at which each phone begins; only the closure of a stop it counts to the sound before.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np

from core.pronunciation.engine import Callback
from corpus.clip import Clip, make_clip

_RETRIEVAL = 2  # AUDIO_OUTPUT_SYNCHRONOUS of speak_lib.h
_OPTIONS = 0x1 | 0x2 | 0x8000  # phone events, in IPA; an error does not end the process
_UTF8, _PHONES_IN_BRACKETS = 1, 0x100
_RATE, _PITCH, _RANGE = 1, 3, 4  # espeak_PARAMETER
_PHONE = 7  # espeak_EVENT_TYPE
_STOPS = frozenset("pbtdkɡgcɟqʔʈɖ")
_SILENT = 3e-4  # of full scale
_CLOSURE, _FIRST_CLOSURE, _BURST = 0.15, 0.04, 0.012  # seconds: longest, after a pause; sound before the event


@cache
def _load() -> tuple[Any, int, list[np.ndarray], list[tuple[int, str]]]:
    """The engine, its sample rate, and the two lists that it fills: samples and (sample, phone)."""
    import espeakng_loader

    engine = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = engine.espeak_Initialize(_RETRIEVAL, 200, espeakng_loader.get_data_path().encode(), _OPTIONS)
    samples: list[np.ndarray] = []
    phones: list[tuple[int, str]] = []

    @Callback
    def collect(wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            samples.append(np.ctypeslib.as_array(wave, (count,)).copy())
        index = 0
        while events[index].type:
            if events[index].type == _PHONE:
                phones.append((events[index].sample, events[index].symbol.decode("utf-8", "ignore")))
            index += 1
        return 0

    engine.espeak_SetSynthCallback(collect)
    engine.keep_alive = collect
    return engine, rate, samples, phones


def speak(text: str, voice: str, pace: int, pitch: int, pitch_range: int, source: str) -> Clip | None:
    """One text by a voice such as ``es+f3``; pace in words a minute, pitch and its range 0..99.

    None where the engine has no such voice or nothing to say.
    """
    engine, rate, samples, phones = _load()
    if engine.espeak_SetVoiceByName(voice.encode()):
        return None
    for parameter, value in ((_RATE, pace), (_PITCH, pitch), (_RANGE, pitch_range)):
        engine.espeak_SetParameter(parameter, value, 0)
    samples.clear()
    phones.clear()
    data = text.encode() + b"\0"
    engine.espeak_Synth(data, len(data), 0, 1, 0, _UTF8 | _PHONES_IN_BRACKETS, None, None)
    engine.espeak_Synchronize()
    if not samples or not phones:
        return None
    wave = np.concatenate(samples).astype(np.float32) / 32768
    return make_clip(wave, rate, _with_closures(wave, rate, phones), source)


def _with_closures(wave: np.ndarray, rate: int, phones: list[tuple[int, str]]) -> list[tuple[float, str]]:
    """Phones with the closures of stops, which the engine counts to the phone before: a stretch of exact silence."""
    starts: list[tuple[float, str]] = []
    for sample, name in phones:
        if name.lstrip("ˈˌ")[:1] in _STOPS:
            before = starts[-1][0] * rate if starts else 0
            sounding = np.flatnonzero(np.abs(wave[int(before) : sample]) > _SILENT)
            closure = int(before) + int(sounding[-1]) + 1 if len(sounding) else int(before)
            longest = _FIRST_CLOSURE if not starts or not starts[-1][1] else _CLOSURE
            near = sample - round(_BURST * rate)  # the burst may sound a little before its event
            if closure >= near:
                quiet = np.abs(wave[int(before) : near]) > _SILENT
                closure = int(before) + (int(np.flatnonzero(quiet)[-1]) + 1 if quiet.any() else 0)
            sample = max(closure, sample - round(longest * rate))
        starts.append((sample / rate, name))
    return starts


@cache
def voices() -> tuple[str, ...]:
    """Names of all the languages' voices that the engine's data holds."""

    class Voice(ctypes.Structure):
        _fields_ = (("name", ctypes.c_char_p), ("languages", ctypes.c_char_p), ("identifier", ctypes.c_char_p))

    engine = _load()[0]
    engine.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(Voice))
    entries = engine.espeak_ListVoices(None)
    found = set()
    index = 0
    while entries[index]:
        found.add(entries[index].contents.identifier.decode().rpartition("/")[2])
        index += 1
    return tuple(sorted(found))
