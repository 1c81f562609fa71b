# SPDX-License-Identifier: GPL-3.0-or-later
"""A language model behind an OpenAI-compatible endpoint. Online: what is translated leaves this computer.

The key comes from the environment alone, and is written nowhere. No redirect is followed, so that it goes nowhere else.
"""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import LikenessError
from core.pronunciation.languages import find_language

URL_VARIABLE = "SPEAKING_LIKENESS_TRANSLATE_URL"
MODEL_VARIABLE = "SPEAKING_LIKENESS_TRANSLATE_MODEL"
KEY_VARIABLE = "SPEAKING_LIKENESS_TRANSLATE_KEY"
TIMEOUT = 60.0  # seconds without an answer
BATCH = 40  # sentences in one request
_LARGEST = 4_000_000  # bytes of an answer
_LOCAL = ("localhost", "127.0.0.1", "::1")
_TASK = (
    "You translate the script of a talking head, to be spoken. The user sends JSON: source and target language and a "
    "list of sentences, in order. Answer with JSON alone: {\"sentences\": [...]}, exactly one translation for each, in "
    "the same order, each a single sentence of about the same spoken length. Keep text in [square brackets] and "
    "{braces} exactly as it is, at the corresponding place. Put *asterisks* around the words that correspond to those "
    "that have them. Keep names as they are."
)
# HTTP status -> code, what happened, what to do.
_STATUS = {
    401: ("endpoint_refused", "does not accept the key", f"Set {KEY_VARIABLE} to a key of that service."),
    403: ("endpoint_refused", "does not accept the key", f"Set {KEY_VARIABLE} to a key of that service."),
    404: ("endpoint_wrong", "has no such address or model", "Check the base URL (it ends in /v1) and the model."),
    429: ("endpoint_busy", "takes no more requests now", "Wait a while, or look at the limits of your account."),
}


@dataclass(frozen=True)
class EndpointTranslator:
    """A Translator. url: base, as https://HOST/v1; key may be empty for a server of your own."""

    url: str
    model: str
    timeout: float = TIMEOUT

    name = "openai"
    is_online = True
    is_literal = True

    def pairs(self) -> None:
        return None

    def translate(self, texts: Sequence[str], source: str, target: str) -> tuple[str, ...]:
        """Raises LikenessError ``endpoint_missing``, ``endpoint_wrong``, ``endpoint_insecure``,
        ``endpoint_garbled``, ``endpoint_unreachable``, and those of `_STATUS`."""
        address = _address(self.url, self.model)
        told: list[str] = []
        for start in range(0, len(texts), BATCH):
            told += self._ask(address, texts[start : start + BATCH], source, target)
        return tuple(told)

    def _ask(self, address: str, texts: Sequence[str], source: str, target: str) -> list[str]:
        asked = {"source": _named(source), "target": _named(target), "sentences": list(texts)}
        body = {
            "model": self.model,
            "temperature": 0,
            "response_format": {"type": "json_object"},
            "messages": [
                {"role": "system", "content": _TASK},
                {"role": "user", "content": json.dumps(asked, ensure_ascii=False)},
            ],
        }
        return _read(_post(address, body, self.timeout), len(texts), address)


def _address(url: str, model: str) -> str:
    """Where requests go. Raises LikenessError ``endpoint_missing``, ``endpoint_wrong`` and ``endpoint_insecure``."""
    try:
        parts = urllib.parse.urlsplit(url.strip())
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets of an IPv6 address that do not close, a port that is no number
        message = "The base URL of the translator “openai” is no web address."
        hint = "It reads https://HOST/v1 or http://localhost:PORT/v1."
        raise LikenessError("endpoint_wrong", message, hint) from None
    if not (is_whole and model.strip()):
        hint = f"Set {URL_VARIABLE} (https://HOST/v1) and {MODEL_VARIABLE}, or name them with --url and --model."
        raise LikenessError("endpoint_missing", "The translator “openai” needs a base URL and a model.", hint)
    if parts.scheme == "http" and parts.hostname not in _LOCAL and _key():
        message = f"The key would go to {parts.hostname} unencrypted."
        raise LikenessError("endpoint_insecure", message, "Use an address that begins with https://.")
    return url.strip().rstrip("/") + "/chat/completions"


def _post(address: str, body: dict[str, Any], timeout: float) -> bytes:
    """Raises LikenessError."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {_key()}"} if _key() else {})
    request = urllib.request.Request(address, json.dumps(body).encode(), headers, method="POST")
    host = urllib.parse.urlsplit(address).netloc.rpartition("@")[2]
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=timeout) as answer:
            return answer.read(_LARGEST)
    except urllib.error.HTTPError as error:
        otherwise = ("endpoint_failed", f"answers with HTTP {error.code}", "Try again later, or another model.")
        code, what, hint = _STATUS.get(error.code, otherwise)
        error.close()
        raise LikenessError(code, f"The endpoint {host} {what}.", hint) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        is_late = isinstance(error, TimeoutError) or isinstance(reason, TimeoutError)
        why = f"did not answer within {timeout:g} s" if is_late else f"cannot be reached: {_short(reason)}"
        hint = "Check the address and the network, or choose a translator that needs none."
        raise LikenessError("endpoint_unreachable", f"The endpoint {host} {why}.", hint) from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _read(answer: bytes, count: int, address: str) -> list[str]:
    """The sentences of an answer. Raises LikenessError ``endpoint_garbled``."""
    host = urllib.parse.urlsplit(address).netloc.rpartition("@")[2]
    try:
        content = json.loads(answer)["choices"][0]["message"]["content"]
        sentences = json.loads(content[content.index("{") : content.rindex("}") + 1])["sentences"]
        if not isinstance(sentences, list) or not all(isinstance(sentence, str) for sentence in sentences):
            raise ValueError("its sentences are no list of texts")
        if len(sentences) != count:
            raise ValueError(f"it has {len(sentences)} sentences instead of {count}")
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        why = str(error) if str(error).startswith(("it has", "its ")) else "it is not the JSON that was asked for"
        hint = "Try again, or choose another model."
        raise LikenessError("endpoint_garbled", f"The answer of {host} cannot be used: {why}.", hint) from None
    return sentences


def _key() -> str:
    return os.environ.get(KEY_VARIABLE, "").strip()


def _named(code: str) -> str:
    return f"{find_language(code).name} ({code})"


def _short(reason: object) -> str:
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return str(text)[:120]
