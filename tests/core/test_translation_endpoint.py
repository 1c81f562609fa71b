# SPDX-License-Identifier: GPL-3.0-or-later
"""Translation by an OpenAI-compatible endpoint, against a small server of our own."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from core.errors import LikenessError
from core.translation import Choices, find_translator, translate_script
from core.translation.endpoint import BATCH, EndpointTranslator

KEY = "sk-secret-0123456789"


class Server(ThreadingHTTPServer):
    """Answers with what ``answer`` makes of the request's body; ``asked`` has path, key and body of each."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str | None, dict[str, Any]]] = []
        self.answer: Callable[[dict[str, Any]], tuple[int, bytes]] = translated

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def do_GET(self) -> None:
        self._answer({})

    def _answer(self, body: dict[str, Any]) -> None:
        self.server.asked.append((self.path, self.headers["Authorization"], body))
        status, data = self.server.answer(body)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/v1/elsewhere")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):  # who asked may wait no longer
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def said(content: str) -> tuple[int, bytes]:
    return 200, json.dumps({"choices": [{"message": {"content": content}}]}).encode()


def translated(body: dict[str, Any]) -> tuple[int, bytes]:
    """Each sentence shouted, as a model does that talks around its JSON."""
    asked = json.loads(body["messages"][1]["content"])
    sentences = [sentence.replace("Hello", "Hola").replace("nods", "asiente") for sentence in asked["sentences"]]
    return said(f"Here you are:\n```json\n{json.dumps({'sentences': sentences})}\n```")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPEAKING_LIKENESS_TRANSLATE_KEY", KEY)
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def _endpoint(server: Server, timeout: float = 5.0) -> EndpointTranslator:
    return EndpointTranslator(server.url, "small", timeout)


def _fails(translator: EndpointTranslator, text: str = "Hello.") -> LikenessError:
    with pytest.raises(LikenessError) as caught:
        translate_script(text, "en", "es", translator)
    assert KEY not in f"{caught.value!r}{caught.value}{caught.value.__cause__!r}"
    return caught.value


def test_sentences_go_out_with_their_marks_and_come_back(server: Server) -> None:
    text = "# Shot\n[nods] Hello {name}.\nHello *you*, Nguyen!"
    told = translate_script(text, "en", "es", _endpoint(server), ["Nguyen"])
    assert told.text == "# Shot\n[asiente] Hola {name}.\nHola *you*, Nguyen!\n"
    assert told.warnings == ()
    (path, key, body), = server.asked
    assert (path, key, body["model"]) == ("/v1/chat/completions", f"Bearer {KEY}", "small")
    assert json.loads(body["messages"][1]["content"]) == {
        "source": "English (en)",
        "target": "Spanish (es)",
        "sentences": ["[nods] Hello {name}.", "Hello *you*, Nguyen!"],
    }


def test_long_scripts_are_asked_for_in_batches(server: Server) -> None:
    told = translate_script("Hello. " * (BATCH + 1), "en", "es", _endpoint(server))
    assert told.text.count("Hola.") == BATCH + 1
    assert [len(json.loads(body["messages"][1]["content"])["sentences"]) for _, _, body in server.asked] == [BATCH, 1]


def test_no_key_is_sent_where_there_is_none(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPEAKING_LIKENESS_TRANSLATE_KEY")
    translate_script("Hello.", "en", "es", _endpoint(server))
    assert server.asked[0][1] is None


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "endpoint_refused"), (403, "endpoint_refused"), (404, "endpoint_wrong"), (429, "endpoint_busy"),
        (500, "endpoint_failed"), (302, "endpoint_failed"),
    ],
)  # fmt: skip
def test_what_the_endpoint_refuses_is_said(server: Server, status: int, code: str) -> None:
    server.answer = lambda body: (status, b"{}")
    assert _fails(_endpoint(server)).code == code
    assert len(server.asked) == 1  # no redirect is followed with the key


@pytest.mark.parametrize(
    "answer",
    [
        (200, b""), (200, b"\xff\x00"), (200, b"[]"), (200, b'{"choices": []}'), said("no JSON"),
        said('{"sentences": "x"}'), said('{"sentences": [1]}'), said('{"other": ["Hola."]}'),
        said('{"sentences": ["Hola.", "Hola."]}'),
    ],
)  # fmt: skip
def test_answers_that_are_no_translation_are_refused(server: Server, answer: tuple[int, bytes]) -> None:
    server.answer = lambda body: answer
    assert _fails(_endpoint(server)).code == "endpoint_garbled"


def test_a_lost_merge_field_or_name_is_told(server: Server) -> None:
    server.answer = lambda body: said('{"sentences": ["Hola."]}')
    assert _fails(_endpoint(server), "Hello {name}.").code == "placeholder_lost"
    assert translate_script("Hello Nguyen.", "en", "es", _endpoint(server), ["Nguyen"]).warnings == (
        "“Nguyen” is not kept in “Hola.”.",
    )


def test_an_endpoint_that_is_late_or_down_is_said(server: Server) -> None:
    server.answer = lambda body: (time.sleep(1.0), translated(body))[1]
    late = _fails(_endpoint(server, 0.2))
    assert late.code == "endpoint_unreachable" and "0.2 s" in late.message
    down = EndpointTranslator("http://127.0.0.1:1/v1", "small", 2.0)
    assert _fails(down).code == "endpoint_unreachable"


@pytest.mark.parametrize(
    ("url", "model", "code"),
    [
        ("", "small", "endpoint_missing"), ("http://127.0.0.1/v1", "", "endpoint_missing"),
        ("file:///etc/passwd", "small", "endpoint_missing"), ("http://example.org/v1", "small", "endpoint_insecure"),
        ("http://[::1/v1", "small", "endpoint_wrong"), ("http://localhost:http/v1", "small", "endpoint_wrong"),
    ],
)  # fmt: skip
def test_addresses_that_cannot_be_meant_are_refused(server: Server, url: str, model: str, code: str) -> None:
    assert _fails(EndpointTranslator(url, model)).code == code


def test_address_and_model_come_from_choices_or_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEAKING_LIKENESS_TRANSLATE_URL", "https://a/v1")
    monkeypatch.setenv("SPEAKING_LIKENESS_TRANSLATE_MODEL", "m")
    assert find_translator("openai") == EndpointTranslator("https://a/v1", "m")
    assert find_translator("openai", Choices(url="https://b/v1")) == EndpointTranslator("https://b/v1", "m")
