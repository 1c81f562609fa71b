# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech in other languages for tests: espeak-ng's own voice, with the times of its words.

``python espeak_voice.py VOICE TEXT OUT.wav`` prints ``[[character, seconds], ...]``, one a spoken word. A process of
its own gives the same samples each time.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

RATE = 22_050


def speak(voice: str, text: str, out: Path) -> list[tuple[int, float]]:
    """Write a sound file of a text; the characters of it at which words begin, and when."""
    command = [sys.executable, __file__, voice, text, str(out)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout
    return [(character, seconds) for character, seconds in json.loads(told)]


class _Event(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int) for name in ("type", "id", "position", "length", "time", "sample")),
        ("user", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


def main(voice: str, text: str, out: str) -> None:
    import espeakng_loader
    import numpy as np
    import soundfile

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    assert library.espeak_Initialize(1, 0, espeakng_loader.get_data_path().encode(), 0x8000) == RATE
    samples: list[Any] = []
    words: list[tuple[int, float]] = []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
    def collect(wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            samples.append(np.ctypeslib.as_array(wave, (count,)).copy())
        index = 0
        while events[index].type:
            if events[index].type == 1:
                words.append((events[index].position - 1, events[index].sample / RATE))
            index += 1
        return 0

    library.espeak_SetSynthCallback(collect)
    assert library.espeak_SetVoiceByName(voice.encode()) == 0
    library.espeak_SetParameter(1, 150, 0)  # words a minute
    data = text.encode()
    library.espeak_Synth(data, ctypes.c_size_t(len(data) + 1), 0, 0, 0, 1, None, None)
    library.espeak_Synchronize()
    soundfile.write(out, np.concatenate(samples), RATE)
    print(json.dumps(words))


if __name__ == "__main__":
    main(*sys.argv[1:])
