# SPDX-License-Identifier: GPL-3.0-or-later
"""No bpy here: the core as a supervised child process (docs/architecture.md, "The pipe").

`Core` starts ``python -m core worker`` when the first request comes, and again when it has ended. Threads
only carry bytes; events reach their callbacks inside `Core.poll` and `Core.wait`, on the caller's thread.
Every request ends in exactly one `Finished` or `Failed`, whatever becomes of the child.
"""

from __future__ import annotations

import json
import os
import queue
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import Cancelled, LikenessError
from ..words import join, tell
from .child import SETUP_HINT, Child, core_environment, name_exit

PROTOCOL = 1
HELLO_SECONDS = 60.0  # a cold disk and a virus scanner have been allowed for
CANCEL_SECONDS = 2.0  # what work gets to stop by itself before the child is terminated
TERMINATE_SECONDS = 1.0  # and before it is killed
DEAD_SECONDS = 1.0  # how long after its last word a dead child's stdout may take to close
IDLE_SECONDS = 600.0
POLL_SECONDS = 0.05  # between two polls of a blocking wait


@dataclass(frozen=True)
class Progressed:
    """The work is at ``fraction`` (0..1), doing what ``text`` says."""

    fraction: float
    text: str


@dataclass(frozen=True)
class Warned:
    """A sentence for the person; the work goes on."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The end of a request that succeeded."""

    result: Mapping[str, Any]


@dataclass(frozen=True)
class Failed:
    """The end of a request that did not; log: last lines of the core's log, where they help."""

    error: LikenessError
    log: tuple[str, ...] = ()


Event = Progressed | Warned | Finished | Failed
OnEvent = Callable[[Event], None]


@dataclass(eq=False)
class Request:
    """One request at the core; ``outcome`` is None until it has ended."""

    id: int
    method: str
    params: Mapping[str, Any]
    on_event: OnEvent
    outcome: Finished | Failed | None = None
    is_started: bool = False  # the core has said something about it
    sent: int = 0  # how many times it went to a child
    cancelled_at: float | None = None  # time.monotonic()


def core_home(package: Path) -> Path:
    """The folder that holds ``core/``: the installed extension itself, or the checkout around it.

    package: folder of the add-on's ``__init__.py``. Raises LikenessError ``core_missing``.
    """
    for home in (package, package.parent):
        if (home / "core" / "__main__.py").is_file():
            return home
    raise LikenessError(
        "core_missing",
        tell("The add-on in {package} comes without its core.", package=package),
        "Install the extension again from its zip file.",
    )


class Core:
    """The supervisor. All methods belong to one thread."""

    def __init__(
        self,
        python: Path,
        home: Path,
        log: Path,
        environ: Mapping[str, str] | None = None,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        """python: interpreter with the core's packages. home: see `core_home`. log: file for its stderr."""
        self.python = python
        self.home = home
        self.log = log
        self.idle_seconds = idle_seconds
        self.garbage = 0  # lines on the core's stdout that were no events
        self._environ = core_environment(os.environ if environ is None else environ)
        self._child: Child | None = None
        self._requests: list[Request] = []  # not ended, in the order in which they were made
        self._last_id = 0

    @property
    def is_running(self) -> bool:
        """Whether there is a child process at this moment."""
        return self._child is not None and self._child.process.poll() is None

    @property
    def pid(self) -> int | None:
        """Process id of the child."""
        return self._child.process.pid if self._child else None

    def request(self, method: str, params: Mapping[str, Any], on_event: OnEvent = lambda event: None) -> Request:
        """Ask the core for something, starting it where needed.

        Raises LikenessError ``core_python_missing`` when its Python cannot be started.
        """
        self._last_id += 1
        request = Request(self._last_id, method, params, on_event)
        if self._child is None:
            self._child = self._start()
        self._requests.append(request)
        self._send(self._child, request)
        return request

    def cancel(self, request: Request) -> None:
        """Stop a request: asked for, after 2 s terminated, then killed. Its end comes with a later poll."""
        if request.outcome is None and request.cancelled_at is None:
            request.cancelled_at = time.monotonic()
            if self._child is not None:
                self._child.send({"method": "cancel", "params": {"id": request.id}})

    def poll(self) -> None:
        """Deliver what has arrived, notice a dead child, see to the cancelled. Never blocks."""
        child = self._child
        if child is None:
            return
        while self._child is child:
            try:
                message = child.inbox.get_nowait()
            except queue.Empty:
                break
            if message is None:
                self._bury(child)
                return
            self._receive(child, message)
        if self._child is child:
            self._watch(child)

    def wait(self, request: Request, timeout: float | None = None) -> Mapping[str, Any]:
        """Poll until a request has ended; its result. For Blender without a window.

        Raises the LikenessError it ended with, and ``core_timeout`` after ``timeout`` seconds. Ctrl-C
        cancels the request before it goes on.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            self._wait(request, deadline)
        except BaseException:
            self.cancel(request)
            self._wait(request, time.monotonic() + CANCEL_SECONDS + 3 * TERMINATE_SECONDS)
            raise
        assert request.outcome is not None
        if isinstance(request.outcome, Failed):
            raise request.outcome.error
        return request.outcome.result

    def stop(self) -> None:
        """End the child now: close its stdin, then terminate, then kill. Open requests end as cancelled."""
        child, self._child = self._child, None
        if child is not None:
            child.close()
        for request in tuple(self._requests):
            self._end(request, Failed(Cancelled()))

    def _wait(self, request: Request, deadline: float | None) -> None:
        self.poll()
        while request.outcome is None:
            if deadline is not None and time.monotonic() > deadline:
                raise LikenessError(
                    "core_timeout",
                    tell("The core did not finish {method} in time.", method=request.method),
                    "Try again.",
                )
            time.sleep(POLL_SECONDS)
            self.poll()

    def _start(self) -> Child:
        command = [str(self.python), "-m", "core", "worker", "--idle-seconds", f"{self.idle_seconds:g}"]
        return Child(command, self.home, self.log, self._environ)

    def _send(self, child: Child, request: Request) -> None:
        request.sent += 1
        child.send({"id": request.id, "method": request.method, "params": request.params})

    def _receive(self, child: Child, message: bytes) -> None:
        if not message.strip():
            return
        child.heard_at = time.monotonic()
        event = _parse(message)
        kind = event.get("event")
        if kind == "hello":
            child.is_greeted = True
            if event.get("protocol") != PROTOCOL:
                self._refuse_protocol(child, event.get("protocol"))
        elif kind in _MAKERS:
            request = next((known for known in self._requests if known.id == event.get("id")), None)
            if request is not None:
                request.is_started = True
                self._deliver(request, event)
        elif kind != "heartbeat":
            self.garbage += 1

    def _deliver(self, request: Request, message: Mapping[str, Any]) -> None:
        try:
            event = _MAKERS[message["event"]](message)
        except (KeyError, TypeError, ValueError):
            self.garbage += 1
            return
        if isinstance(event, Finished | Failed):
            self._end(request, event)
        else:
            request.on_event(event)

    def _end(self, request: Request, outcome: Finished | Failed) -> None:
        if request.outcome is not None:
            return
        self._requests.remove(request)
        request.outcome = outcome
        request.on_event(outcome)

    def _watch(self, child: Child) -> None:
        """Step up against work that does not stop, and give up on a core that never greets."""
        now = time.monotonic()
        if not child.is_greeted and now - child.started_at > HELLO_SECONDS:
            child.kill()
        if child.process.poll() is not None and now - child.heard_at > DEAD_SECONDS:
            self._bury(child)  # something that it left behind holds its stdout open
            return
        for request in tuple(self._requests):
            if request.cancelled_at is None or now - request.cancelled_at < CANCEL_SECONDS:
                continue
            if request is not self._requests[0]:
                self._end(request, Failed(Cancelled()))  # still queued; what runs is not to suffer for it
            elif now - request.cancelled_at < CANCEL_SECONDS + TERMINATE_SECONDS:
                child.terminate()
            else:
                child.kill()

    def _bury(self, child: Child) -> None:
        """The child has ended: send again what it never began, answer the rest for it."""
        self._child = None
        code = child.reap()
        was_meant = code == 0 or child.is_terminated  # idle, or ended for a cancelled request
        failure = self._died(child, code)
        again: list[Request] = []
        for request in tuple(self._requests):
            if request.cancelled_at is not None:
                self._end(request, Failed(Cancelled()))
            elif was_meant and not request.is_started and request.sent < 3:
                again.append(request)
            else:
                self._end(request, failure)
        for request in again:
            self._send_again(request)

    def _send_again(self, request: Request) -> None:
        try:
            self._child = self._child or self._start()
        except LikenessError as error:
            self._end(request, Failed(error))
        else:
            self._send(self._child, request)

    def _died(self, child: Child, code: int) -> Failed:
        log = child.read_log()
        where = tell("Its log is {log}.", log=self.log)
        if child.is_greeted:
            message = tell("The core ended in the midst of its work ({reason}).", reason=name_exit(code))
            hint = join("Try again, with other programs closed if memory ran out.", where)
            return Failed(LikenessError("core_died", message, hint), log)
        reason = log[-1] if log else name_exit(code)
        message = tell(
            "The core could not be started with {python}: {reason}.", python=self.python, reason=reason.rstrip(".")
        )
        return Failed(LikenessError("core_start_failed", message, join(SETUP_HINT, where)), log)

    def _refuse_protocol(self, child: Child, protocol: Any) -> None:
        self._child = None
        child.close()
        message = tell(
            "The core speaks protocol {protocol}, this add-on speaks {own}.", protocol=protocol, own=PROTOCOL
        )
        error = LikenessError("core_protocol", message, "Install the extension again from one zip file.")
        for request in tuple(self._requests):
            self._end(request, Failed(error))


def _parse(line: bytes) -> dict[str, Any]:
    """An event, or an empty dict for a line that is none."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _read_failure(event: Mapping[str, Any]) -> Failed:
    error = LikenessError(str(event.get("code")), str(event.get("message", "")), str(event.get("hint", "")))
    return Failed(error, tuple(map(str, event.get("log", ()))))


_MAKERS: dict[str, Callable[[Mapping[str, Any]], Event]] = {
    "progress": lambda event: Progressed(float(event["fraction"]), str(event["text"])),
    "warning": lambda event: Warned(str(event["text"])),
    "result": lambda event: Finished(dict(event["result"])),
    "error": _read_failure,
}
