# SPDX-License-Identifier: GPL-3.0-or-later
"""The core behind a pipe: JSON lines in on stdin, out on stdout (docs/architecture.md, "The pipe").

Requests run one at a time on the main thread; one thread reads, one beats. The real stdin and stdout are
moved aside before anything else, so that no library can print into the pipe or read from it.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import core
from core.errors import Cancelled, LikenessError
from core.jobs import check_params, run_job
from core.progress import Progress

PROTOCOL = 1
HEARTBEAT_SECONDS = 2.0
PROGRESS_SECONDS = 0.1  # at most one progress event in this time
CLOSING_SECONDS = 0.8  # what running work gets to stop by itself after stdin has closed
LOG_LINES = 20


@dataclass
class Request:
    """One accepted request; ``cancelled`` is the flag that its Progress looks at."""

    id: int
    method: str
    params: dict[str, Any]
    cancelled: threading.Event = field(default_factory=threading.Event)


class BadRequestError(Exception):
    """A line that is no request; its text says why."""


def serve(idle_seconds: float | None = None) -> None:
    """Answer requests until stdin closes, or until none has come for ``idle_seconds``."""
    requests, events = _take_pipe()
    Worker(requests, events, idle_seconds).run()


def _take_pipe() -> tuple[int, int]:
    """File descriptors of the real stdin and stdout; what the process prints goes to stderr from here on."""
    requests, events = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, events


class Worker:
    """One queue, one running request."""

    def __init__(self, requests: int, events: int, idle_seconds: float | None) -> None:
        self._requests = requests
        self._events = events
        self._idle_seconds = idle_seconds
        self._sending = threading.Lock()
        self._state = threading.Condition()  # guards the three below
        self._queue: deque[Request] = deque()
        self._running: Request | None = None
        self._closed = False

    def run(self) -> None:
        """Greet, then answer until it is time to end."""
        self._write(b"\n")  # ends what Python's own start may have printed without a newline
        self._send(
            event="hello",
            version=core.__version__,
            protocol=PROTOCOL,
            pid=os.getpid(),
            python=platform.python_version(),
        )
        for target in (self._read, self._beat):
            threading.Thread(target=target, daemon=True, name=target.__name__).start()
        while (request := self._next()) is not None:
            self._work(request)
            with self._state:
                self._running = None

    def _next(self) -> Request | None:
        """The next request; None when it is time to end."""
        with self._state:
            self._state.wait_for(lambda: self._queue or self._closed, timeout=self._idle_seconds)
            if self._closed or not self._queue:
                return None
            self._running = self._queue.popleft()
            return self._running

    def _work(self, request: Request) -> None:
        """Run a request and answer it, whatever happens in it."""
        try:
            result = run_job(request.method, request.params, self._progress_of(request))
            for text in result.get("warnings", ()):
                self._send(event="warning", id=request.id, text=text)
            self._send(event="result", id=request.id, result=result)
        except LikenessError as error:
            self._fail(request.id, error)
        except (Exception, SystemExit) as error:
            traceback.print_exc()
            sys.stderr.flush()
            reason = (str(error).splitlines() or [""])[0]
            failure = LikenessError(
                "internal_error",
                f"The core failed unexpectedly: {type(error).__name__}: {reason}".rstrip(": .") + ".",
                "Try again; if it stays so, report it together with the log.",
            )
            log = "".join(traceback.format_exception(error)).splitlines()[-LOG_LINES:]
            self._fail(request.id, failure, log=log)

    def _progress_of(self, request: Request) -> Progress:
        last = -PROGRESS_SECONDS

        def report(fraction: float, text: str) -> None:
            nonlocal last
            if request.cancelled.is_set():
                raise Cancelled
            now = time.monotonic()
            if now - last >= PROGRESS_SECONDS:
                last = now
                fraction = min(max(float(fraction), 0.0), 1.0)
                self._send(event="progress", id=request.id, fraction=fraction, text=text)

        return report

    def _read(self) -> None:
        """Take in lines until stdin closes; then give running work a moment, and end the process."""
        for line in _lines(self._requests):
            self._accept(line)
        with self._state:
            self._closed = True
            if self._running is not None:
                self._running.cancelled.set()
            self._state.notify_all()
        # Results are renamed into place whole, so ending in the midst of work breaks none.
        time.sleep(CLOSING_SECONDS)
        os._exit(0)

    def _accept(self, line: bytes) -> None:
        try:
            message = _parse(line)
            if message["method"] == "cancel":
                self._cancel(message["params"])
                return
            request_id = _request_id(message)
        except BadRequestError as error:
            hint = 'A request is one line: {"id": 1, "method": "ping", "params": {}}.'
            self._fail(None, LikenessError("bad_request", f"That line is no request: {error}.", hint))
            return
        method = message["method"]
        try:
            params = check_params(method, message["params"])
        except LikenessError as error:
            self._fail(request_id, error)
        else:
            self._enqueue(Request(request_id, method, params))

    def _enqueue(self, request: Request) -> None:
        with self._state:
            waiting = [*self._queue, *([self._running] if self._running else [])]
            is_new = all(other.id != request.id for other in waiting)
            if is_new:
                self._queue.append(request)
                self._state.notify_all()
        if not is_new:
            message = f"A request with the id {request.id} is still at work."
            self._fail(None, LikenessError("bad_request", message, "Give every request an id of its own."))

    def _cancel(self, params: dict[str, Any]) -> None:
        """Stop the running request, or take one out of the queue; one that has just ended needs nothing."""
        request_id = _request_id(params)
        with self._state:
            queued = next((request for request in self._queue if request.id == request_id), None)
            if queued is not None:
                self._queue.remove(queued)
            elif self._running is not None and self._running.id == request_id:
                self._running.cancelled.set()
        if queued is not None:
            self._fail(request_id, Cancelled())

    def _beat(self) -> None:
        while True:
            time.sleep(HEARTBEAT_SECONDS)
            with self._state:
                running = self._running.id if self._running else None
            self._send(event="heartbeat", id=running)

    def _fail(self, request_id: int | None, error: LikenessError, **more: Any) -> None:
        self._send(
            event="error", id=request_id, code=error.code, message=error.message, hint=error.hint, **more
        )

    def _send(self, **event: Any) -> None:
        self._write(json.dumps(event, allow_nan=False).encode("ascii") + b"\n")

    def _write(self, data: bytes) -> None:
        # Where nobody listens any more stdin has closed too, and that ends the worker.
        with self._sending, contextlib.suppress(OSError):
            while data:
                data = data[os.write(self._events, data) :]


def _lines(descriptor: int) -> Iterator[bytes]:
    """Non-empty lines as they arrive. No buffered file object: its lock would make Python's exit abort."""
    rest = b""
    while chunk := os.read(descriptor, 1 << 16):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line for line in lines if line.strip())
    if rest.strip():
        yield rest


def _parse(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadRequestError(f"it is not JSON ({error})") from error
    if not isinstance(message, dict) or not isinstance(message.get("method"), str):
        raise BadRequestError("it names no method")
    message.setdefault("params", {})
    if not isinstance(message["params"], dict):
        raise BadRequestError("its params are no object")
    return message


def _request_id(message: dict[str, Any]) -> int:
    value = message.get("id")
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadRequestError("its id is no whole number")
    return value
