# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender's window: does what a test asks for over a socket, one JSON line each way.

Asked are events, as a mouse or keyboard would make them, code to evaluate, and where a button stands. Blender
tells of no button where it is, but of the one under the mouse what it does: so the mouse is moved over a region, and
what lies under it is asked for.
"""

from __future__ import annotations

import json
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import bpy

TICK_SECONDS = 0.01
NAMES: dict[str, Any] = {"bpy": bpy}  # what evaluated code sees and keeps

Answer = Iterator[float]  # a command in steps: it yields how long to let Blender go on, and returns its answer


class Gaps:
    """How long Blender's main thread was away from its event loop: the longest times between two ticks."""

    def __init__(self) -> None:
        self.last = time.perf_counter()
        self.found: list[tuple[float, float, str]] = []  # (when, seconds, what ``label`` of NAMES says of it)
        self.is_on = False

    def tick(self) -> None:
        now = time.perf_counter()
        if self.is_on:
            self.found.append((now, now - self.last, str(NAMES["label"]()) if "label" in NAMES else ""))
        self.last = now


gaps = Gaps()


def window_of(number: int) -> bpy.types.Window:
    return bpy.context.window_manager.windows[number]


def send(window: bpy.types.Window, kind: str, value: str, x: int, y: int, **more: Any) -> None:
    window.event_simulate(type=kind, value=value, x=x, y=y, **more)


def do_evaluate(code: str) -> Answer:
    yield 0.0
    tree = code.strip().rsplit("\n", 1)
    if len(tree) == 2:
        exec(tree[0], NAMES)
    return eval(tree[-1], NAMES)


def do_move(x: int, y: int, window: int = 0) -> Answer:
    send(window_of(window), "MOUSEMOVE", "NOTHING", x, y)
    yield 0.03


def do_press(x: int, y: int, window: int = 0, button: str = "LEFTMOUSE", times: int = 1) -> Answer:
    there = window_of(window)
    send(there, "MOUSEMOVE", "NOTHING", x, y + 1)
    yield 0.05
    send(there, "MOUSEMOVE", "NOTHING", x, y)
    yield 0.05
    for _ in range(times):
        send(there, button, "PRESS", x, y)
        yield 0.03
        send(there, button, "RELEASE", x, y)
        yield 0.03


def do_drag(x: int, y: int, to_x: int, to_y: int, window: int = 0) -> Answer:
    there = window_of(window)
    send(there, "MOUSEMOVE", "NOTHING", x, y)
    yield 0.05
    send(there, "LEFTMOUSE", "PRESS", x, y)
    for step in range(1, 11):
        yield 0.03
        send(there, "MOUSEMOVE", "NOTHING", x + (to_x - x) * step // 10, y + (to_y - y) * step // 10)
    yield 0.05
    send(there, "LEFTMOUSE", "RELEASE", to_x, to_y)
    yield 0.05


def do_type(text: str, x: int, y: int, window: int = 0) -> Answer:
    for letter in text:
        kind = letter.upper() if letter.isascii() and letter.isalpha() else "SPACE" if letter == " " else "PERIOD"
        send(window_of(window), kind, "PRESS", x, y, unicode=letter)
        send(window_of(window), kind, "RELEASE", x, y)
        yield 0.0


def do_key(kind: str, x: int, y: int, window: int = 0, **more: Any) -> Answer:
    send(window_of(window), kind, "PRESS", x, y, **more)
    yield 0.03
    send(window_of(window), kind, "RELEASE", x, y, **more)
    yield 0.03


def do_scroll(x: int, y: int, clicks: int, window: int = 0) -> Answer:
    """Turn the wheel: clicks > 0 goes down."""
    kind = "WHEELDOWNMOUSE" if clicks > 0 else "WHEELUPMOUSE"
    send(window_of(window), "MOUSEMOVE", "NOTHING", x, y)
    yield 0.05
    for _ in range(abs(clicks)):
        send(window_of(window), kind, "PRESS", x, y)
        yield 0.02


def do_wait(seconds: float) -> Answer:
    yield seconds


def do_scan(x: int, bottom: int, top: int, area: str, region: str, window: int = 0, step: int = 9) -> Answer:
    """What lies under the mouse along a way from top to bottom.

    Returns [x, y, what]: what is the Python command of an operator's button or the data path of a property's.
    """
    there, found = window_of(window), []
    place = next(a for a in there.screen.areas if a.type == area)
    part = next(r for r in place.regions if r.type == region)
    for y in range(top, bottom, -step):
        send(there, "MOUSEMOVE", "NOTHING", x + 1, y)
        yield 0.02
        send(there, "MOUSEMOVE", "NOTHING", x, y)
        yield 0.03
        what = _under_mouse(there, place, part)
        if what:
            found.append([x, y, what])
    return found


def _under_mouse(window: bpy.types.Window, area: bpy.types.Area, region: bpy.types.Region) -> str:
    with bpy.context.temp_override(window=window, area=area, region=region):
        for copy in (bpy.ops.ui.copy_python_command_button, bpy.ops.ui.copy_data_path_button):
            if not copy.poll():
                continue
            window_manager = bpy.context.window_manager
            window_manager.clipboard = ""
            more = {"full_path": True} if copy is bpy.ops.ui.copy_data_path_button else {}
            if "FINISHED" in copy(**more) and window_manager.clipboard:
                return window_manager.clipboard
    return ""


def do_watch(code: str, seconds: float) -> Answer:
    """Wait in here until an expression is true, so that nothing is asked meanwhile; whether it came true."""
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        if eval(code, NAMES):
            return True
        yield 0.1
    return False


def do_gaps(on: bool) -> Answer:
    """Begin to measure, or end it: when the ten longest gaps ended, their seconds, their labels."""
    yield 0.0
    gaps.is_on, found = on, sorted(gaps.found, key=lambda gap: -gap[1])[:10]
    gaps.found = []
    return [list(gap) for gap in found]


COMMANDS: dict[str, Callable[..., Answer]] = {
    name.removeprefix("do_"): function for name, function in list(globals().items()) if name.startswith("do_")
}


class Driver:
    """Serves one connection; every command goes on in steps between Blender's own events."""

    def __init__(self, path: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.socket.setblocking(False)
        self.received = b""
        self.work: Answer | None = None
        self.not_before = 0.0

    def tick(self) -> float | None:
        gaps.tick()
        if self.work is None and not self._take():
            return None
        if self.work is not None and time.perf_counter() >= self.not_before:
            self._advance()
        return TICK_SECONDS

    def _take(self) -> bool:
        try:
            received = self.socket.recv(1 << 16)
            if not received:
                return False
            self.received += received
        except BlockingIOError:
            pass
        if b"\n" in self.received:
            line, self.received = self.received.split(b"\n", 1)
            command = json.loads(line)
            self.work = COMMANDS[command.pop("do")](**command)
        return True

    def _advance(self) -> None:
        assert self.work is not None
        try:
            self.not_before = time.perf_counter() + next(self.work)
        except StopIteration as end:
            self._answer({"answer": end.value})
        except BaseException:
            self._answer({"error": traceback.format_exc()})

    def _answer(self, answer: dict[str, Any]) -> None:
        self.work = None
        self.socket.setblocking(True)
        self.socket.sendall(json.dumps(answer, default=str).encode() + b"\n")
        self.socket.setblocking(False)


driver = Driver(sys.argv[sys.argv.index("--") + 1])
bpy.app.timers.register(driver.tick, persistent=True)
