# SPDX-License-Identifier: GPL-3.0-or-later
"""What can clone voices: one row for each engine, with all that differs between them but how it is asked.

`program.py`, which their own Pythons run, has a class for each by the same name.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

_LINUX = sys.platform == "linux"
_SAME = ("en", "ar", "da", "de", "el", "es", "fi", "fr", "he", "hi", "it", "ja", "ko", "ms", "nl", "pl", "ru", "sv",
         "sw", "tr", "zh")  # fmt: skip


@dataclass(frozen=True)
class Engine:
    """name: begins its voices' ids. requirement: what pip is asked for, with its options. packages: how many pip
    collects for it (Linux, Python 3.11), by which its progress is told. fetched, on_disk, networks: gigabytes in all,
    in the end, and of the networks. languages: code of our table -> its name there. folder: of its environment.
    variable: of the environment, which names a Python with package and networks instead. about: of its voices.
    """

    name: str
    title: str
    requirement: tuple[str, ...]
    packages: int
    fetched: float
    on_disk: float
    networks: float
    languages: Mapping[str, str]
    folder: str
    variable: str
    licence: str
    about: str

    @property
    def size(self) -> str:
        """What it costs, as the middle of a sentence."""
        return f"about {self.fetched:g} GB are fetched, which take {self.on_disk:g} GB on the disk"


# Chatterbox: for Linux pip's wheels are 3.3 GB, of which torch and its CUDA 3.1; elsewhere about 0.6. Of
# ResembleAI/chatterbox on Hugging Face 2.1 are t3_mtl23ls_v2.safetensors, 1.1 s3gen.pt. Unpacked, packages are about
# twice as large.
# Pocket TTS: torch as above (plain on Linux, with CUDA); the little else, and the networks, are estimated: one of about
# 120 million numbers, two bytes each, for each language. They can clone only if the person has accepted their terms on
# Hugging Face and is logged in there; those that anybody gets have given voices.
_ROWS = (
    Engine(
        "chatterbox", "Chatterbox", ("chatterbox-tts==0.1.7",), 124, *((6.6, 10.5) if _LINUX else (3.9, 5.5)), 3.2,
        {code: code for code in _SAME} | {"nb": "no", "pt-BR": "pt", "pt-PT": "pt", "es-419": "es"},
        "cloning", "SPEAKING_LIKENESS_CLONING_PYTHON", "MIT", "a cloned voice, with consent and a watermark",
    ),
    Engine(
        "pocket", "Pocket TTS", ("pocket-tts==4.0.1",), 45, *((5.1, 8.5) if _LINUX else (2.2, 3.5)), 1.8,
        {"en": "english", "de": "german", "es": "spanish", "es-419": "spanish", "fr": "french", "it": "italian",
         "nl": "dutch", "pt-BR": "portuguese", "pt-PT": "portuguese"},
        "cloning_pocket", "SPEAKING_LIKENESS_CLONING_POCKET_PYTHON", "MIT, networks CC-BY-4.0",
        "a cloned voice, with consent, without a watermark",
    ),
)  # fmt: skip
ENGINES: Mapping[str, Engine] = {row.name: row for row in _ROWS}
DEFAULT = "chatterbox"
