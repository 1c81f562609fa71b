# SPDX-License-Identifier: GPL-3.0-or-later
"""espeak-ng behind a pipe; a program of its own, started by espeak.py with the library and its data as arguments.

Each line in is a question, ``{"ask": name, ...}`` with the arguments of the method of `Engine` that `QUESTIONS` gives;
each line out ``{"answer": ...}`` or ``{"error": text}``.

The events of a synthesis are read, not what espeak_TextToPhonemes writes: both have the same phones (compared on
6,000 words of 57 languages), but only events say which written word is read, and without tones. Two that are nowhere
documented: a symbol holds at most 8 bytes, so that the last tilde of "ˈɐ̃ʊ̃" is lost, and the path to the data at most
160, so that this program goes there instead.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import Any

_RETRIEVAL = 1  # espeak_AUDIO_OUTPUT: samples come to the callback, nothing sounds
_OPTIONS = 0x1 | 0x2 | 0x8000  # phone events, in IPA; an error does not end the process
_UTF8, _CODES = 1, 0x100  # flags of espeak_Synth; codes: [[...]] holds espeak's own names of phones
_RATE, _PITCH, _RANGE = 1, 3, 4  # espeak_PARAMETER
_WORD, _PHONE = 1, 7  # espeak_EVENT_TYPE
_SEED = 1  # of roughness, flutter and breath


class Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user", ctypes.c_void_p),
        ("symbol", ctypes.c_char * 8),
    )


class VoiceEntry(ctypes.Structure):
    """The first fields of espeak_VOICE."""

    _fields_ = (("name", ctypes.c_char_p), ("languages", ctypes.c_char_p), ("identifier", ctypes.c_char_p))


Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))
Spoken = tuple[int, list[tuple[str, int]]]  # position in the text; symbols with the sample at which they begin


class Engine:
    """The library, with what its callback collects."""

    def __init__(self, library: Path, data: Path) -> None:
        os.chdir(data.parent)
        self._library = ctypes.CDLL(str(library))
        self._rate = self._library.espeak_Initialize(_RETRIEVAL, 0, b".", _OPTIONS)
        if self._rate <= 0:
            raise OSError(f"espeak-ng does not start with the data in {data}")
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(_SEED))  # it takes the time of day
        self._spoken: list[Spoken] = []
        self._samples = bytearray()
        self._collect = Callback(self._take)  # kept, or Python would free it
        self._library.espeak_SetSynthCallback(self._collect)

    def units(self, text: str, voice: str, coded: bool) -> list[tuple[int, list[str]]]:
        """Per spoken word the character (from 0) of the text that it reads, and espeak's IPA symbols.

        coded: [[...]] in the text holds espeak's names of phones. Raises OSError where the voice is unknown or nothing
        can be said.
        """
        self._say(text, voice, coded)
        return [(position, [symbol for symbol, _ in said]) for position, said in self._spoken]

    def sound(self, text: str, voice: str, coded: bool, pace: int, pitch: int, spread: int) -> dict[str, Any]:
        """Samples (16 bits little-endian, base64) and spoken words as of `units`, their symbols with their samples.

        pace: words a minute, 80 to 450. pitch, spread (how far it moves): 0 to 99, 50 is the voice's own. Only the
        first sound of a process is always the same. Raises as `units` does.
        """
        settings = ((_RATE, pace), (_PITCH, pitch), (_RANGE, spread))
        self._say(text, voice, coded, settings)
        samples = base64.b64encode(self._samples).decode("ascii")
        return {"rate": self._rate, "samples": samples, "spoken": self._spoken}

    def voices(self) -> list[str]:
        """Names of all the languages' voices in the data."""
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(VoiceEntry))
        entries = self._library.espeak_ListVoices(None)
        found: set[str] = set()
        index = 0
        while entries[index]:
            found.add(entries[index].contents.identifier.decode().rpartition("/")[2])
            index += 1
        return sorted(found)

    def _choose(self, voice: str) -> None:
        if self._library.espeak_SetVoiceByName(voice.encode()):
            raise OSError(f"espeak-ng has no voice {voice}")

    def _say(self, text: str, voice: str, coded: bool, settings: tuple[tuple[int, int], ...] = ()) -> None:
        self._spoken, self._samples = [], bytearray()
        self._choose(voice)
        for parameter, value in settings:
            self._library.espeak_SetParameter(parameter, value, 0)
        data = text.encode()
        size = ctypes.c_size_t(len(data) + 1)
        if self._library.espeak_Synth(data, size, 0, 0, 0, _UTF8 | (_CODES if coded else 0), None, None):
            raise OSError("espeak-ng cannot say this")
        self._library.espeak_Synchronize()

    def _take(self, samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            self._samples += ctypes.string_at(samples, 2 * count)
        index = 0
        while events[index].type:
            event = events[index]
            if event.type == _WORD:
                self._spoken.append((event.position - 1, []))
            elif event.type == _PHONE:
                self._spoken = self._spoken or [(0, [])]  # Korean words may come without an event of their own
                self._spoken[-1][1].append((event.symbol.decode("utf-8", "ignore"), event.sample))
            index += 1
        return 0


QUESTIONS = {"units": Engine.units, "sound": Engine.sound, "voices": Engine.voices}


def main(library: str, data: str) -> None:
    """Answer until stdin closes, which also ends a synthesis that hangs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    engine = Engine(Path(library), Path(data))
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            requests.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    while True:
        request = json.loads(requests.get())
        try:
            answer: dict[str, Any] = {"answer": QUESTIONS[request.pop("ask")](engine, **request)}
        except OSError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    main(*sys.argv[1:])
