# SPDX-License-Identifier: GPL-3.0-or-later
"""A registry of one small model, and a server that offers its file: what the tests of model files share."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core import models
from core.errors import LikenessError

CONTENT = bytes(range(256)) * 1200  # 307,200 bytes, several chunks


class Server(ThreadingHTTPServer):
    """Serves CONTENT at /model; notes the byte each request starts from."""

    ranges = True
    cut_after: int | None = None
    content = CONTENT
    status: int | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.starts: list[int] = []
        self.url = f"http://127.0.0.1:{self.server_port}/model"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server = self.server
        asked = self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        server.starts.append(start)
        if server.status:
            self.send_error(server.status)
            return
        partial = bool(asked) and server.ranges
        body = server.content[start:] if partial else server.content
        self.send_response(206 if partial else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: server.cut_after])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


class Shelf:
    """A registry of one model called ``net`` and an empty folder for its file."""

    def __init__(self, folder: Path, registry: Path) -> None:
        self.folder, self.registry = folder, registry
        self.file = folder / "net.bin"
        self.part = folder / "net.bin.part"

    def list(self, *sources: str, content: bytes = CONTENT, digest: str = "bytes", sha256: str = "",
             more: str = "") -> None:
        self.registry.write_text(
            f'[[model]]\nid = "net"\nfile = "net.bin"\nsize = {len(content)}\n'
            f'digest = "{digest}"\nsha256 = "{sha256 or hashlib.sha256(content).hexdigest()}"\n'
            f'licence = "CC0-1.0"\npurpose = "a test"\n{more}source = [{", ".join(sources)}]\n'
        )
        models._read_registry.cache_clear()

    def list_url(self, server: Server) -> None:
        self.list(f'{{ url = "{server.url}" }}')

    def names(self) -> list[str]:
        return sorted(os.listdir(self.folder)) if self.folder.exists() else []


@pytest.fixture
def shelf(tmp_path, monkeypatch) -> Iterator[Shelf]:
    monkeypatch.setenv("SPEAKING_LIKENESS_MODELS", str(tmp_path / "models"))
    (tmp_path / "registry").mkdir()
    monkeypatch.setattr(models, "REGISTRY", tmp_path / "registry" / "models.toml")
    yield Shelf(tmp_path / "models", tmp_path / "registry" / "models.toml")
    models._read_registry.cache_clear()


def code_of(error: pytest.ExceptionInfo[LikenessError]) -> str:
    assert error.value.message.endswith(".") and error.value.hint
    return error.value.code
