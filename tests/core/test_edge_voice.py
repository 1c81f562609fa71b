# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft's online voices, against a fake of what edge-tts documents, and once really without a connection."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import edge_tts
import numpy as np
import pytest
import soundfile
from edge_tts.exceptions import NoAudioReceived, WebSocketError
from yarl import URL

from core.errors import LikenessError
from core.jobs import check_params, run_job
from core.progress import silent
from core.pronunciation.languages import LANGUAGES
from core.script import parse_script
from core.speech import load_speech
from core.voice import find_voice, list_voices, speak
from core.voice.edge import EdgeProvider, place_words
from core.voice.hibari import HibariProvider
from core.voice.line import make_line
from core.voice.provider import Delivery, Utterance

ARIA = "edge:en-US-AriaNeural"
TEXT = "My mother bought 12 apples."


@pytest.fixture(scope="module")
def said() -> Utterance:
    provider = HibariProvider()
    return provider.utter(make_line(parse_script(TEXT).sentences[0]), provider.voices()[0], Delivery())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, said: Utterance) -> list[dict[str, Any]]:
    """A service that says `TEXT`; what it was asked for."""
    asked: list[dict[str, Any]] = []
    file = io.BytesIO()
    soundfile.write(file, said.wave, said.rate, format="MP3")
    data = file.getvalue()

    class Communicate:
        def __init__(self, text: str, voice: str, **options: Any) -> None:
            asked.append({"text": text, "voice": voice, **options})

        async def stream(self) -> AsyncIterator[dict[str, Any]]:
            yield {"type": "audio", "data": data[:1000]}
            for index, word in enumerate(TEXT.rstrip(".").split()):
                own = [phone for phone in said.phones if phone.word == index]
                ticks = [round(1e7 * seconds) for seconds in (own[0].start, own[-1].end)]
                yield {"type": "WordBoundary", "offset": ticks[0], "duration": ticks[1] - ticks[0], "text": word}
            yield {"type": "audio", "data": data[1000:]}

    monkeypatch.setattr(edge_tts, "Communicate", Communicate)
    return asked


def _failing(error: Exception) -> type:
    class Communicate:
        def __init__(self, *_: Any, **__: Any) -> None: ...

        async def stream(self) -> AsyncIterator[dict[str, Any]]:
            yield {"type": "audio", "data": b""}
            raise error

    return Communicate


def test_most_languages_of_the_table_have_a_woman_and_a_man():
    voices = EdgeProvider().voices()
    assert {code for voice in voices for code in voice.languages} <= set(LANGUAGES)
    assert len({voice.languages for voice in voices}) > 60
    assert {voice.sex for voice in voices} == {"female", "male"}
    assert all(voice.is_online and voice.id.startswith("edge:") for voice in voices)


def test_a_sentence_is_spoken_with_phones_in_its_words(asked: list[dict[str, Any]], tmp_path: Path, said: Utterance):
    speech = speak(parse_script(TEXT), tmp_path / "a.speech", ARIA, 1.1, online=True)
    assert asked[0] | {"text": TEXT, "voice": "en-US-AriaNeural", "rate": "+10%", "pitch": "+0Hz"} == asked[0]
    assert asked[0]["boundary"] == "WordBoundary"
    assert " ".join(word.text for word in speech.words) == TEXT
    assert all(a.end == pytest.approx(b.start, abs=1e-5) for a, b in pairwise(speech.phones))
    starts = [next(phone.start for phone in said.phones if phone.word == index) for index in range(5)]
    shift = speech.words[0].start - starts[0]
    # Where "bought" ends and "12" begins, between two t, nobody hears.
    np.testing.assert_allclose([word.start - shift for word in speech.words], starts, atol=0.1)


def test_it_is_not_asked_without_permission(asked: list[dict[str, Any]], tmp_path: Path):
    with pytest.raises(LikenessError) as caught:
        speak(parse_script(TEXT), tmp_path / "a.speech", ARIA)
    assert caught.value.code == "online_not_allowed"
    assert "Allow Online Access" in caught.value.hint and "heart" in caught.value.hint
    assert asked == [] and list(tmp_path.iterdir()) == []
    speak(parse_script(TEXT), tmp_path / "b.speech")  # and never by itself
    assert asked == []


def test_a_job_or_the_environment_allows_it(
    asked: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    params = {"script": TEXT, "out": tmp_path / "a.speech", "voice": ARIA}
    with pytest.raises(LikenessError):
        run_job("speak", check_params("speak", params), silent)
    run_job("speak", check_params("speak", params | {"online": True}), silent)
    monkeypatch.setenv("SPEAKING_LIKENESS_ONLINE", "1")
    run_job("speak", check_params("speak", params), silent)
    assert load_speech(tmp_path / "a.speech").voice == ARIA
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (aiohttp.ClientConnectorDNSError(None, OSError("no name")), "no connection"),  # type: ignore[arg-type]
        (TimeoutError(), "in time"),
        (aiohttp.ServerTimeoutError(), "in time"),
        (NoAudioReceived("No audio was received."), "no sound"),
        (WebSocketError("closed"), "closed"),
        (aiohttp.WSServerHandshakeError(
            aiohttp.RequestInfo(URL("https://a"), "GET", {}, URL("https://a")), (), status=403  # type: ignore[arg-type]
        ), "error 403"),
        (ConnectionResetError("reset"), "no connection"),
        (RuntimeError("new in the next version"), "new in the next version"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)  # fmt: skip
def test_every_failure_is_one_sentence_and_an_offer(
    error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(edge_tts, "Communicate", _failing(error))
    with pytest.raises(LikenessError) as caught:
        speak(parse_script("Habari.", "sw"), tmp_path / "a.speech", "edge:sw-KE-ZuriNeural", online=True)
    assert caught.value.code == "voice_offline"
    assert reason in caught.value.message and caught.value.message.count("\n") == 0
    assert "espeak:sw" in caught.value.hint and "Swahili" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_without_a_connection_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Really, with edge-tts as it is, at an address that nobody has (RFC 6761)."""
    import edge_tts.communicate

    monkeypatch.setattr(edge_tts.communicate, "WSS_URL", "wss://speech.invalid/edge?a=b")
    with pytest.raises(LikenessError) as caught:
        speak(parse_script("Hello."), tmp_path / "a.speech", ARIA, online=True)
    assert caught.value.code == "voice_offline"


def test_voices_that_are_not_listed_are_found_by_their_ids():
    provider, voice = find_voice("edge:en-US-JennyNeural", "en")
    assert provider.name == "edge" and voice.is_online
    assert find_voice("edge:zh-CN-liaoning-XiaobeiNeural", "zh")[1].languages == ("zh",)
    assert find_voice("edge:zh-HK-HiuMaanNeural", "yue")[1].languages == ("yue",)
    for name in ("edge:xx-XX-NobodyNeural", "edge:nonsense", "edge:"):
        with pytest.raises(LikenessError) as caught:
            find_voice(name, "en")
        assert caught.value.code == "voice_unknown"


def _names(names: list[tuple[str, str]]) -> Callable[[], Any]:
    async def list_voices() -> list[dict[str, str]]:
        return [{"ShortName": name, "Gender": gender} for name, gender in names]

    return list_voices


def test_all_that_the_service_has_are_listed_on_request(monkeypatch: pytest.MonkeyPatch):
    listed = [("en-US-JennyNeural", "Female"), ("en-US-AriaNeural", "Female"), ("zu-ZA-ThandoNeural", "Female")]
    monkeypatch.setattr(edge_tts, "list_voices", _names(listed))
    ids = [voice.id for voice in list_voices("en", online=True)]
    assert ids.count(ARIA) == 1 and "edge:en-US-JennyNeural" in ids
    assert "edge:en-US-JennyNeural" not in [voice.id for voice in list_voices("en")]
    assert not any("Thando" in voice.id for voice in list_voices(online=True))


def test_words_that_the_service_tells_are_placed():
    line = make_line(parse_script("“Hello”, he said at 10:30 pm.").sentences[0])
    told = [("Hello", 0.0, 0.4), ("he", 0.5, 0.6), ("nothing", 0.6, 0.7), ("said", 0.7, 0.9), ("10:30 pm", 1.0, 1.8)]
    assert place_words(told, line) == {0: (0.0, 0.4), 1: (0.5, 0.6), 2: (0.7, 0.9)}
