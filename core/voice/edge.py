# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft's voices as its Edge browser has them, by edge-tts (LGPL-3.0): natural, in 64 languages, and only online.

The service gets the script. It tells when words are said, not phones: these are found by ear within the words. It takes
letters only, so that what a person wants to hear in IPA is read as it is written.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import soundfile

from core.errors import LikenessError
from core.progress import Progress
from core.pronunciation.languages import LANGUAGES, find_language
from core.voice.hearing import time_by_ear
from core.voice.joining import trim
from core.voice.line import Line
from core.voice.online import offline
from core.voice.provider import Delivery, Utterance, Voice

RATE = 24_000  # of what the service sends
_TICKS = 10_000_000  # a second, in which it tells times
_CONNECTING, _RECEIVING = 10, 60  # seconds that are waited for a connection, and for more sound
# Hertz of a voice, by which factors of pitch become differences; usual for women and men.
_HERTZ = {"female": 200.0, "male": 115.0, "": 160.0}
_LICENCE = "service"  # Microsoft's terms of use
_NAME = re.compile(r"([a-z]{2,3})-([A-Z][A-Za-z]*-)?([A-Z]{2})-(?:[a-z]+-)?\w+Neural")
_LANGUAGES = {"zh-HK": "yue", "fil": "", "zh-TW": "zh"}  # locales that are another language than the table says

# Language, locale, a woman, a man: those that Microsoft lists first or that are known best (speech.platform.bing.com).
_TABLE = """
af af-ZA Adri Willem; am am-ET Mekdes Ameha; ar ar-SA Zariyah Hamed; az az-AZ Banu Babek; bg bg-BG Kalina Borislav
bn bn-BD Nabanita Pradeep; bs bs-BA Vesna Goran; ca ca-ES Joana Enric; cs cs-CZ Vlasta Antonin; cy cy-GB Nia Aled
da da-DK Christel Jeppe; de de-DE Katja Conrad; el el-GR Athina Nestoras; en en-US Aria Guy; en en-GB Sonia Ryan
es es-ES Elvira Alvaro; es-419 es-MX Dalia Jorge; et et-EE Anu Kert; fa fa-IR Dilara Farid; fi fi-FI Noora Harri
fr fr-FR Denise Henri; ga ga-IE Orla Colm; gu gu-IN Dhwani Niranjan; he he-IL Hila Avri; hi hi-IN Swara Madhur
hr hr-HR Gabrijela Srecko; hu hu-HU Noemi Tamas; id id-ID Gadis Ardi; is is-IS Gudrun Gunnar; it it-IT Elsa Diego
ja ja-JP Nanami Keita; ka ka-GE Eka Giorgi; kk kk-KZ Aigul Daulet; kn kn-IN Sapna Gagan; ko ko-KR SunHi InJoon
lt lt-LT Ona Leonas; lv lv-LV Everita Nils; mk mk-MK Marija Aleksandar; ml ml-IN Sobhana Midhun; mr mr-IN Aarohi Manohar
ms ms-MY Yasmin Osman; mt mt-MT Grace Joseph; nb nb-NO Pernille Finn; ne ne-NP Hemkala Sagar; nl nl-NL Colette Maarten
pl pl-PL Zofia Marek; pt-BR pt-BR Francisca Antonio; pt-PT pt-PT Raquel Duarte; ro ro-RO Alina Emil
ru ru-RU Svetlana Dmitry; si si-LK Thilini Sameera; sk sk-SK Viktoria Lukas; sl sl-SI Petra Rok; sq sq-AL Anila Ilir
sr sr-RS Sophie Nicholas; sv sv-SE Sofie Mattias; sw sw-KE Zuri Rafiki; ta ta-IN Pallavi Valluvar; te te-IN Shruti Mohan
tr tr-TR Emel Ahmet; uk uk-UA Polina Ostap; ur ur-PK Uzma Asad; vi vi-VN HoaiMy NamMinh; yue zh-HK HiuGaai WanLung
zh zh-CN Xiaoxiao Yunxi
"""


class EdgeProvider:
    """VoiceProvider over Microsoft's service. Whoever asks it must have seen to that it is allowed (online.py)."""

    name = "edge"
    reach = 0.0

    def __init__(self) -> None:
        rows = [row.split() for row in _TABLE.replace("\n", ";").split(";") if row.strip()]
        self._voices = tuple(
            _voice(f"{locale}-{person}Neural", language, sex)
            for language, locale, *people in rows
            for person, sex in zip(people, ("female", "male"), strict=True)
        )

    def voices(self) -> tuple[Voice, ...]:
        return self._voices

    def find(self, voice: str) -> Voice | None:
        """A voice that the service may have besides, by its id: ``edge:en-US-JennyNeural``."""
        named = voice.removeprefix("edge:")
        language = _language(named) if voice != named else ""
        return _voice(named, language, "") if language else None

    def fetch_voices(self) -> tuple[Voice, ...]:
        """All that the service has now in languages of the table. Raises LikenessError ``voice_offline``."""
        import edge_tts

        try:
            listed = asyncio.run(edge_tts.list_voices())
        except Exception as error:
            raise offline(self._voices[0], _reason(error)) from error
        named = ((entry["ShortName"], _language(entry["ShortName"]), entry["Gender"].lower()) for entry in listed)
        return tuple(_voice(name, language, sex) for name, language, sex in named if language)

    def prepare(self, voice: Voice, progress: Progress) -> None:
        """Nothing is kept on this computer."""

    def utter(self, line: Line, voice: Voice, delivery: Delivery) -> Utterance:
        nothing = Utterance(np.zeros(0, np.float32), RATE, ())
        if not any(map(str.isalnum, line.text)):
            return nothing
        try:
            sound, told = asyncio.run(_ask(line.text, voice, delivery))
            wave, rate = soundfile.read(io.BytesIO(sound), dtype="float32", always_2d=True)
        except Exception as error:  # of the network in a dozen classes, and of a service that nobody promises
            if isinstance(error, LikenessError):
                raise
            raise offline(voice, _reason(error)) from error
        wave = wave.mean(axis=1)
        phones = time_by_ear(wave, rate, line, place_words(told, line))
        return trim(Utterance(wave, rate, phones)) if phones else nothing


async def _ask(text: str, voice: Voice, delivery: Delivery) -> tuple[bytes, list[tuple[str, float, float]]]:
    """MP3, and the words that the service tells: text, start and end (seconds)."""
    import edge_tts

    rate = f"{round(100 * (delivery.speed - 1)):+d}%"
    pitch = f"{round(_HERTZ[voice.sex] * (delivery.pitch - 1)):+d}Hz"
    talk = edge_tts.Communicate(
        text, voice.id.removeprefix("edge:"), rate=rate, pitch=pitch, boundary="WordBoundary",
        connect_timeout=_CONNECTING, receive_timeout=_RECEIVING,
    )  # fmt: skip
    sound, words = bytearray(), []
    async for chunk in talk.stream():
        if chunk["type"] == "audio":
            sound += chunk.get("data", b"")
        elif chunk["type"] == "WordBoundary":
            words.append(_told(chunk))
    return bytes(sound), words


def _told(chunk: Mapping[str, Any]) -> tuple[str, float, float]:
    start = chunk["offset"] / _TICKS
    return chunk["text"], start, start + chunk["duration"] / _TICKS


def place_words(told: list[tuple[str, float, float]], line: Line) -> dict[int, tuple[float, float]]:
    """Word of the line -> start and end (seconds), of the words that a service tells in order; others are left out."""
    starts: list[int] = []
    at = 0
    for word in line.words:
        at = max(line.text.find(word, at), at)
        starts.append(at)
        at += len(word)
    spans: dict[int, tuple[float, float]] = {}
    at = 0
    for text, start, end in told:
        found = line.text.find(text, at)
        if found < 0:
            continue
        at = found + len(text)
        for word, first in enumerate(starts):  # one that is told may cover several, which then share its time
            if first < at and first + len(line.words[word]) > found:
                before = spans.get(word)
                spans[word] = (before[0] if before else start, end)
    return _shared(spans, told)


def _shared(
    spans: dict[int, tuple[float, float]], told: list[tuple[str, float, float]]
) -> dict[int, tuple[float, float]]:
    """Without the spans that several words share: only their time together is known."""
    counts: dict[tuple[float, float], int] = {}
    for span in spans.values():
        counts[span] = counts.get(span, 0) + 1
    return {word: span for word, span in spans.items() if counts[span] == 1}


def _voice(name: str, language: str, sex: str) -> Voice:
    locale, _, person = name.removesuffix("Neural").rpartition("-")
    about = f"Microsoft's service, {locale}: the script is sent there"
    return Voice(f"edge:{name}", person, (language,), sex, "edge", _LICENCE, is_online=True, about=about)


def _language(name: str) -> str:
    """Code of the table for the name of a voice; ``""`` where it has none or its words cannot be found in sound."""
    if not _NAME.fullmatch(name):
        return ""
    locale = "-".join(name.split("-")[:2])
    code = _LANGUAGES.get(locale, _LANGUAGES.get(locale.partition("-")[0], locale))
    try:
        found = find_language(code).code
    except LikenessError:
        return ""
    return found if found in LANGUAGES else ""


def _reason(error: Exception) -> str:
    """Why the service does not answer, in a few words."""
    status = getattr(error, "status", 0)
    if status:
        return f"it answers with the error {status}"
    name = type(error).__name__
    if "Timeout" in name:
        return "it does not answer in time"
    if "DNS" in name or "Connector" in name or isinstance(error, ConnectionError):
        return "there is no connection to it"
    if name == "NoAudioReceived":
        return "it sends no sound for these words"
    if isinstance(error, soundfile.LibsndfileError):
        return "it sends a sound that cannot be read"
    text = (str(error).splitlines() or [""])[0].rstrip(".")
    return f"{name}: {text}"[:120].rstrip(": ")
