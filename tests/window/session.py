# SPDX-License-Identifier: GPL-3.0-or-later
"""A running Blender with a window, as a test sees it: look, press, type, ask."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from program import ROOT, Program

SIZE = (1600, 1000)
START_SECONDS = 120.0
ANSWER_SECONDS = 120.0
SCROLLS = 8  # of a region's content, until something is found
ROW = 20.75  # pixels from one row of a list of choices to the next
BLUE = (179, 114, 71)  # BGR of what is chosen, and of a dialog's first button, in Blender's dark theme
# What slows a screen without a graphics card most.
QUIET = "p = bpy.context.preferences; p.view.show_splash = False; p.system.viewport_aa = 'OFF'"
MODULE = "bl_ext.user_default.speaking_likeness"
JOBS = f"__import__('sys').modules['{MODULE}.engine.jobs']"


@dataclass(frozen=True)
class Button:
    """Something that can be pressed: x, y in pixels from the window's lower left corner; what it does."""

    x: int
    y: int
    what: str


@dataclass
class Counted:
    """presses: of mouse buttons, since the count began; scrolls: of a region, to find something in it;
    searched: seconds in which the test looked for buttons.
    """

    presses: int = 0
    scrolls: int = 0
    begun: float = field(default_factory=time.monotonic)
    searched: float = 0.0

    @property
    def seconds(self) -> float:
        """How long a person who knows where the buttons are would have taken."""
        return time.monotonic() - self.begun - self.searched


# Registers panels anew: only the named ones and those inside them, open.
SHOW_PANELS = """
import sys
kinds = [c for c in sys.modules['{module}.panels'].CLASSES if issubclass(c, bpy.types.Panel)]
options = globals().setdefault('OPTIONS', {{c: getattr(c, 'bl_options', set()) for c in kinds}})
for kind in reversed(kinds):
    if kind.is_registered:
        bpy.utils.unregister_class(kind)
shown = set()
for kind in kinds:
    if not {names} or kind.__name__ in {names} or getattr(kind, 'bl_parent_id', '') in shown:
        kind.bl_options = options[kind] - ({{'DEFAULT_CLOSED'}} if {names} else set())
        if not {names} or getattr(kind, 'bl_parent_id', '') in ('', *shown):
            bpy.utils.register_class(kind)
            shown.add(kind.__name__)
True
"""


class Screen:
    """A virtual screen whose picture lies in a file (the X Window Dump format, as Xvfb's -fbdir writes it)."""

    def __init__(self, program: Program, folder: Path, size: tuple[int, int]) -> None:
        self.number = next(n for n in range(90, 190) if not Path(f"/tmp/.X{n}-lock").exists())
        self._dump = folder / "Xvfb_screen0"
        depth = f"{size[0]}x{size[1]}x24"
        command = ["Xvfb", f":{self.number}", "-screen", "0", depth, "-fbdir", str(folder), "-nolisten", "tcp"]
        self.process = program.start(command, folder / "xvfb.log", os.environ)
        wait_for(self._dump.exists, 20.0, "the virtual screen did not start")
        time.sleep(0.5)

    def read(self) -> np.ndarray:
        """The screen's picture: (height, width, 3) uint8, BGR."""
        data = self._dump.read_bytes()
        header = struct.unpack(">25I", data[:100])
        header_size, height, bytes_per_line, colours = header[0], header[5], header[12], header[19]
        pixels = np.frombuffer(data, np.uint8, height * bytes_per_line, header_size + 12 * colours)
        return pixels.reshape(height, -1, 4)[:, : header[4], :3].copy()


class Session:
    """Blender with one window, a user folder of its own and no files of ours in it."""

    def __init__(
        self,
        program: Program,
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
        size: tuple[int, int] = SIZE,
    ) -> None:
        """folder: keeps user files of Blender; a scratch one if None, removed at the end. size: of the window."""
        self.size = size
        self.folder = Path(tempfile.mkdtemp(prefix="window-"))
        self.user = folder or self.folder / "user"
        self.user.mkdir(exist_ok=True)
        self.screen = Screen(program, self.folder, size)
        self.counted = Counted()
        path = self.folder / "driver"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
            server.bind(str(path))
            server.listen(1)
            server.settimeout(START_SECONDS)
            self.process = program.start(self._command(program, path), self.log, self._environ(environ))
            self.connection, _ = server.accept()
        self.connection.settimeout(ANSWER_SECONDS)
        self.stream = self.connection.makefile("rb")
        self.ask("wait", seconds=1.0)

    @property
    def log(self) -> Path:
        return self.folder / "blender.log"

    def _command(self, program: Program, path: Path) -> list[str]:
        driver = str(Path(__file__).with_name("driver.py"))
        size = ["--window-geometry", "0", "0", *map(str, self.size)]
        quiet = ["--python-expr", f"import bpy; {QUIET}"]
        start = [program.blender, "--factory-startup", "--enable-event-simulate", *size, *quiet]
        return [*start, "--python", driver, "--", str(path)]

    def _environ(self, more: Mapping[str, str] | None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "WAYLAND"))}
        core = ROOT / ".venv" / "core" / "bin" / "python"
        return {
            **kept,
            "DISPLAY": f":{self.screen.number}",
            "HOME": str(self.user),
            "XDG_RUNTIME_DIR": str(self.folder),
            "BLENDER_USER_RESOURCES": str(self.user),
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "SPEAKING_LIKENESS_CORE_PYTHON": str(core),
            **(more or {}),
        }

    def ask(self, do: str, **arguments: Any) -> Any:
        """Have the driver do something and wait for its answer."""
        self.connection.sendall(json.dumps({"do": do, **arguments}).encode() + b"\n")
        line = self.stream.readline()
        assert line, f"Blender ended:\n{self.log.read_text(errors='replace')[-3000:]}"
        answer = json.loads(line)
        assert "error" not in answer, answer.get("error")
        return answer["answer"]

    def evaluate(self, code: str) -> Any:
        """The value of the last line of Python code, run inside Blender."""
        return self.ask("evaluate", code=code)

    def picture(self, path: Path) -> np.ndarray:
        """The screen as it is now, also as a PNG."""
        self.ask("wait", seconds=0.4)
        image = self.screen.read()
        path.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(path), image)
        return image

    def install(self, package: Path) -> None:
        """Install the extension's zip as the preferences do."""
        self.evaluate(
            f"bpy.ops.extensions.package_install_files(filepath={str(package)!r}, repo='user_default', "
            "enable_on_install=True)\nTrue"
        )
        assert self.evaluate(f"{MODULE!r} in bpy.context.preferences.addons")

    def show_panels(self, *names: str) -> None:
        """Show only these panels of ours, with what is inside them, all open; none named: all, as they are at first.

        Blender remembers of a panel that was drawn once whether it is open, so open ones are to be asked for first.
        """
        self.evaluate(SHOW_PANELS.format(module=MODULE, names=names))
        self.ask("wait", seconds=0.5)

    def panel_picture(self, path: Path, kind: str = "UI") -> None:
        """The sidebar of the 3D View, cut where its content ends."""
        image = self.picture(path)
        left, bottom, width, height = self.region(kind)
        top = self.size[1] - bottom - height
        shown = image[top : top + height, left : left + width]
        used = np.nonzero(np.abs(shown[:, 40:60].astype(int) - shown[-1, 40:60]).max(axis=(1, 2)) > 4)[0]
        assert cv2.imwrite(str(path), shown[: used.max() + 12 if len(used) else height])

    def show_tab(self, tab: str = "Likeness", width: int = 360) -> None:
        """Open the sidebar of the 3D View at one of its tabs."""
        self.evaluate(
            "area = next(a for a in bpy.context.window_manager.windows[0].screen.areas if a.type == 'VIEW_3D')\n"
            "area.spaces.active.show_region_ui = True\nTrue"
        )
        self.ask("wait", seconds=0.5)
        self.evaluate(f"next(r for r in area.regions if r.type == 'UI').active_panel_category = {tab!r}\nTrue")
        self.ask("wait", seconds=0.5)

    def region(self, kind: str = "UI", area: str = "VIEW_3D") -> tuple[int, int, int, int]:
        """left, bottom, width, height of a region, in pixels."""
        return tuple(
            self.evaluate(
                f"r = next(r for a in bpy.context.window_manager.windows[0].screen.areas if a.type == {area!r} "
                f"for r in a.regions if r.type == {kind!r})\n[r.x, r.y, r.width, r.height]"
            )
        )

    def buttons(
        self, kind: str = "UI", area: str = "VIEW_3D", at: float = 0.55, depth: int | None = None
    ) -> list[Button]:
        """All that can be pressed along a line from top to bottom of a region, at a share of its width.

        depth: pixels from the top, all if None.
        """
        started = time.monotonic()
        left, bottom, width, height = self.region(kind, area)
        x = left + int(width * at)
        top = bottom + height - 4
        end = bottom + 4 if depth is None else top - depth
        found = self.ask("scan", x=x, bottom=end, top=top, area=area, region=kind)
        rows: dict[str, list[tuple[int, int]]] = {}
        for found_x, y, what in found:
            rows.setdefault(what, []).append((found_x, y))
        self.counted.searched += time.monotonic() - started
        return [Button(places[0][0], sum(y for _, y in places) // len(places), what) for what, places in rows.items()]

    def find(self, what: str, kind: str = "UI", area: str = "VIEW_3D", at: float = 0.55) -> Button:
        """The button whose command or data path holds ``what``; the region is scrolled through to see it."""
        seen: list[str] = []
        for turn in range(SCROLLS):
            if turn == 1:
                self.scroll(-100, kind, area)
            elif turn:
                self.scroll(12, kind, area)
            buttons = self.buttons(kind, area, at)
            found = [button for button in buttons if what in button.what]
            if found:
                return found[0]
            seen += [button.what for button in buttons]
        raise AssertionError(f"no button {what} among {list(dict.fromkeys(seen))}")

    def scroll(self, clicks: int, kind: str = "UI", area: str = "VIEW_3D") -> None:
        """Turn the wheel over a region; clicks > 0 goes down."""
        started = time.monotonic()
        left, bottom, width, height = self.region(kind, area)
        self.counted.scrolls += 1
        self.ask("scroll", x=left + width // 2, y=bottom + height // 2, clicks=clicks)
        self.ask("wait", seconds=0.3)
        self.counted.searched += time.monotonic() - started

    def press(self, button: Button, times: int = 1) -> None:
        """Press a button with the mouse; a double press counts as one choice."""
        self.counted.presses += 1
        self.ask("press", x=button.x, y=button.y, times=times)
        self.ask("wait", seconds=0.1)

    def press_in(self, window: int, x: int, y: int) -> None:
        """Press in another window of Blender's, such as its file browser."""
        self.counted.presses += 1
        self.ask("press", x=x, y=y, window=window)
        self.ask("wait", seconds=0.3)

    def blue(self) -> list[Button]:
        """Middles of the blue buttons on the screen, from top to bottom: what is chosen, a dialog's first button."""
        near = np.abs(self.screen.read().astype(int) - BLUE).max(axis=2) < 12
        count, _, boxes, _ = cv2.connectedComponentsWithStats(near.astype(np.uint8))
        wide = [box for box in boxes[1:count] if box[2] > 90 and 14 < box[3] < 30]
        middles = [(int(x + w // 2), int(self.size[1] - y - h // 2)) for x, y, w, h, _ in wide]
        return [Button(x, y, "blue") for x, y in sorted(middles, key=lambda middle: -middle[1])]

    def finish_job(self, seconds: float = 120.0) -> str:
        """Wait for the job that runs; its state, and what the panels say of it."""
        self.wait_until(f"{JOBS}.current() is not None and not {JOBS}.is_running()", seconds)
        return self.evaluate(f"j = {JOBS}.current()\nf'{{j.state}}: {{j.message or j.error}}'")

    def type(self, button: Button, text: str) -> None:
        """Double-click a text field, write over what is in it, and leave it by Enter."""
        self.press(button, times=2)
        self.ask("key", kind="A", x=button.x, y=button.y, ctrl=True)
        self.ask("type", text=text, x=button.x, y=button.y)
        self.ask("key", kind="RET", x=button.x, y=button.y)
        self.ask("wait", seconds=0.1)

    def wait_until(self, code: str, seconds: float = 90.0) -> None:
        """Wait until an expression is true inside Blender."""
        wait_for(lambda: bool(self.evaluate(code)), seconds, f"it never came: {code}")

    def undo(self) -> None:
        """Ctrl+Z over the 3D View."""
        left, bottom, width, height = self.region("WINDOW")
        self.ask("key", kind="Z", x=left + width // 3, y=bottom + height // 2, ctrl=True)
        self.ask("wait", seconds=0.3)

    def close(self) -> None:
        for process in (self.process, self.screen.process):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        self.connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def wait_for(is_met: Callable[[], bool], seconds: float, else_say: str) -> None:
    """Look again and again until something is so.

    Raises AssertionError.
    """
    deadline = time.monotonic() + seconds
    while not is_met():
        assert time.monotonic() < deadline, else_say
        time.sleep(0.05)
