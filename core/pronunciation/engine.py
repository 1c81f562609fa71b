# SPDX-License-Identifier: GPL-3.0-or-later
"""espeak-ng behind a pipe; a program of its own, started by espeak.py with the library and its data as arguments.

Each line in is ``{"text", "voice"}``, each line out ``{"units": [[position, [symbol, ...]], ...]}`` or
``{"error": text}``: per spoken word the character (from 0) of the text that it reads, and espeak's IPA symbols.

The events of a synthesis are read, not what espeak_TextToPhonemes writes: both have the same phones (compared on
6,000 words of 57 languages), but only events say which written word is read, and without tones. Two that are nowhere
documented: a symbol holds at most 8 bytes, so that the last tilde of "ˈɐ̃ʊ̃" is lost, and the path to the data at most
160, so that this program goes there instead.
"""

from __future__ import annotations

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
_UTF8 = 1
_WORD, _PHONE = 1, 7  # espeak_EVENT_TYPE


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


Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))
Units = list[tuple[int, list[str]]]


class Engine:
    """The library, with what its callback collects."""

    def __init__(self, library: Path, data: Path) -> None:
        os.chdir(data.parent)
        self._library = ctypes.CDLL(str(library))
        if self._library.espeak_Initialize(_RETRIEVAL, 0, b".", _OPTIONS) <= 0:
            raise OSError(f"espeak-ng does not start with the data in {data}")
        self._units: Units = []
        self._collect = Callback(self._take)  # kept, or Python would free it
        self._library.espeak_SetSynthCallback(self._collect)

    def units(self, text: str, voice: str) -> Units:
        """The spoken words of a text. Raises OSError where the voice is unknown or nothing can be said."""
        self._units = []
        if self._library.espeak_SetVoiceByName(voice.encode()):
            raise OSError(f"espeak-ng has no voice {voice}")
        data = text.encode()
        size = ctypes.c_size_t(len(data) + 1)
        if self._library.espeak_Synth(data, size, 0, 0, 0, _UTF8, None, None):
            raise OSError("espeak-ng cannot say this")
        self._library.espeak_Synchronize()
        return self._units

    def _take(self, _samples: Any, _count: int, events: Any) -> int:
        index = 0
        while events[index].type:
            event = events[index]
            if event.type == _WORD:
                self._units.append((event.position - 1, []))
            elif event.type == _PHONE:
                self._units = self._units or [(0, [])]  # Korean words may come without an event of their own
                self._units[-1][1].append(event.symbol.decode("utf-8", "ignore"))
            index += 1
        return 0


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
            answer: dict[str, Any] = {"units": engine.units(request["text"], request["voice"])}
        except OSError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    main(*sys.argv[1:])
