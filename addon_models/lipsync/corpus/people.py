# SPDX-License-Identifier: GPL-3.0-or-later
"""Real people who say known words: prompts of the Asterisk telephone system, letters and syllables of KLettres.

Asterisk's prompts (CC BY-SA 3.0, the Russian ones CC BY 3.0; Debian packages asterisk-core-sounds-*-g722) come with
their texts; KLettres (GPL-2+, klettres-data) names the letter or syllable of each of its sounds. When each phone is
said nobody wrote down; train.py finds it out.
"""

from __future__ import annotations

import gzip
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import soundfile
import soxr

from core.errors import LikenessError
from core.pronunciation.spoken import SpokenWord
from core.pronunciation.words import spoken_words
from core.script import parse_script
from corpus.clip import RATE

SOUNDS, TEXTS = Path("/usr/share/asterisk/sounds"), Path("/usr/share/doc")
KLETTRES = Path("/usr/share/klettres")
# Folder of one talker's prompts -> language, package with the texts.
TALKERS = {
    "en_US_f_Allison": "en", "es_MX_f_Allison": "es", "fr_CA_f_June": "fr", "it_IT_m_Carlo": "it",
    "ru_RU_f_IvrvoiceRU": "ru",
}  # fmt: skip
# KLettres' languages that the pronunciation knows.
LETTERS = {
    "cs": "cs", "da": "da", "de": "de", "en": "en", "en_GB": "en", "es": "es", "fr": "fr", "hu": "hu", "it": "it",
    "lt": "lt", "nb": "nb", "nl": "nl", "pt_BR": "pt", "ru": "ru", "uk": "uk",
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """wave: (N,) int16 at ``RATE``. words: what is said in it, with the ways to say it."""

    wave: np.ndarray
    words: tuple[SpokenWord, ...]
    source: str


def prompts() -> Iterator[Said]:
    """All prompts whose texts are known."""
    for folder, language in TALKERS.items():
        texts = TEXTS / f"asterisk-core-sounds-{language}" / f"core-sounds-{language}.txt.gz"
        for line in gzip.decompress(texts.read_bytes()).decode("utf-8").splitlines():
            name, _, text = line.partition(": ")
            path = SOUNDS / folder / f"{name}.g722"
            words = _pronounced(text.strip().strip("“”\"…. "), language)
            if words and path.is_file():
                yield Said(_decode(path), words, f"people/{language}/{folder}")


def letters() -> Iterator[Said]:
    """Letters by their names, and syllables."""
    for folder, language in LETTERS.items():
        table = ElementTree.parse(KLETTRES / folder / "sounds.xml")
        for sound in table.iter("sound"):
            path = KLETTRES / sound.attrib["file"]
            words = _pronounced(sound.attrib["name"].lower(), language)
            if words and path.is_file():
                wave, rate = soundfile.read(path, dtype="float32", always_2d=True)
                yield Said(_levelled(soxr.resample(wave.mean(axis=1), rate, RATE)), words, f"people/{folder}/klettres")


def _pronounced(text: str, language: str) -> tuple[SpokenWord, ...]:
    """The words of a text; none where it holds a sign that is read in more than one way, or nothing to say."""
    if not text or any(c in text for c in "[]<>*#/&%$@+=(){}"):
        return ()
    try:
        return spoken_words(parse_script(text + ".", language))
    except LikenessError:
        return ()


def _decode(path: Path) -> np.ndarray:
    command = ["ffmpeg", "-v", "error", "-f", "g722", "-i", str(path), "-f", "s16le", "-ar", str(RATE), "-"]
    made = subprocess.run(command, capture_output=True, check=True).stdout
    return _levelled(np.frombuffer(made, np.int16).astype(np.float32) / 32768)


def _levelled(wave: np.ndarray) -> np.ndarray:
    peak = max(float(np.abs(wave).max()), 1e-4)
    return (wave * (0.7 / peak) * 32767).astype(np.int16)
