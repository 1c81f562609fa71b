# SPDX-License-Identifier: GPL-3.0-or-later
"""No bpy here: which Python runs the core, and how an environment for it is made.

`Setup` makes a virtual environment beside its place, fetches the locked packages (or takes those that the extension
brings along), installs them and renames the environment into place whole, so that one which works is there until the
next one does. What was fetched stays until it is installed: a set-up that was stopped goes on where it was.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import Cancelled, LikenessError
from ..words import tell
from .child import core_environment
from .held import held
from .packages import LOCK, Costs, batches, bundled_wheels, costs, kept_megabytes, wheels_folder
from .process import Event, Failed, Finished, OnEvent, Progressed
from .setup_failures import explain_failure

ENVIRONMENT = "core_environment"  # its folder, inside the add-on's own user folder
INSTALL_MEGABYTES = 40.0  # of wheels that pip installs in one go, between which the progress moves
# Options of pip for all its commands; what is fetched is kept by us, not in the cache of the person's pip.
PIP = {
    "PIP_NO_INPUT": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_PROGRESS_BAR": "off",
    "PIP_NO_CACHE_DIR": "1",
    "PIP_USER": "0",
}
PROBE = (
    "import sys; from importlib.util import find_spec; "
    "print('%d.%d' % sys.version_info[:2], *(n for n in ('venv', 'ensurepip', 'pip') if find_spec(n)))"
)
PROBED = re.compile(r"^(3\.1[123])\b([ a-z]*)$", re.MULTILINE)
# What pip says of a package from an index, and of a file in a folder.
FETCHED = re.compile(r"(?:Collecting|Processing) (?:\S*[/\\])?([A-Za-z][\w.]*(?:-[A-Za-z][\w.]*)*)")


def environment_python(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def find_python(named: str, user_folder: Path | None, home: Path, environ: Mapping[str, str]) -> Path | None:
    """The Python that is to run the core, None when there is none yet.

    In this order: the one named in the preferences, the one in ``SPEAKING_LIKENESS_CORE_PYTHON``, the one
    that `Setup` made, the one of the checkout. What is named is taken at its word.
    """
    for text in (named, environ.get("SPEAKING_LIKENESS_CORE_PYTHON", "")):
        if text:
            return Path(text)
    environments = [home / ".venv" / "core"]
    if user_folder is not None:
        environments.insert(0, user_folder / ENVIRONMENT)
    pythons = map(environment_python, environments)
    return next((python for python in pythons if python.is_file()), None)


class Setup:
    """The making of an environment, on a thread; its events are delivered by `poll`."""

    def __init__(
        self,
        base: Path,
        home: Path,
        target: Path,
        log: Path,
        on_event: OnEvent,
        environ: Mapping[str, str] | None = None,
        is_online: bool = True,
    ) -> None:
        """base: a Python 3.11 to 3.13. home: folder with ``core/``. target: the environment to be.

        environ: what programs inherit, by default what this process has. is_online: whether packages and model files
        may be fetched; without it only what the extension brings along is installed.
        """
        self.outcome: Finished | Failed | None = None
        self._base = base
        self._home = home
        self._target = target
        self._part = target.with_name(target.name + ".part")
        self._wheels = wheels_folder(target.parent)
        self._temporary = self._wheels.with_name("temporary")
        self._log = log
        self._on_event = on_event
        inherited = core_environment(os.environ if environ is None else environ)
        # What pip unpacks goes where the environment goes: /tmp may be small.
        temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self._temporary))
        self._environ = {**inherited, **PIP, **temporary}
        self._is_online = is_online
        self._pip: tuple[str, ...] = ()
        self._inbox: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._is_cancelled = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="likeness set-up")
        self._thread.start()

    def poll(self) -> None:
        """Deliver what has happened since. Never blocks."""
        while self.outcome is None:
            try:
                event = self._inbox.get_nowait()
            except queue.Empty:
                return
            if isinstance(event, Finished | Failed):
                self.outcome = event
            self._on_event(event)

    def cancel(self) -> None:
        """Stop; the end comes with a later poll, and nothing half-made stays but what was fetched."""
        self._is_cancelled.set()
        process = self._process
        if process is not None:
            process.terminate()

    def stop(self) -> None:
        """Cancel and see it out."""
        self.cancel()
        self._thread.join(timeout=10.0)
        self.poll()

    def _run(self) -> None:
        outcome: Finished | Failed
        try:
            self._target.parent.mkdir(parents=True, exist_ok=True)
            with held(self._target.with_name(self._target.name + ".lock")):
                self._make_whole()
            outcome = Finished({"python": str(environment_python(self._target))})
        except LikenessError as error:
            outcome = Failed(error)
        except OSError as error:
            message = tell(
                "{parent} cannot be written: {reason}.", parent=self._target.parent, reason=error.strerror or error
            )
            outcome = Failed(LikenessError("output_unwritable", message, "Free some space, or permit it."))
        self._inbox.put(outcome)

    def _make_whole(self) -> None:
        """Make the environment and put it into its place; of what failed only fetched wheels stay."""
        try:
            self._temporary.mkdir(parents=True, exist_ok=True)
            self._log.parent.mkdir(parents=True, exist_ok=True)
            self._log.write_bytes(b"")
            self._make()
            self._swap()
            shutil.rmtree(self._wheels, ignore_errors=True)
        finally:
            for folder in (self._part, self._temporary):
                shutil.rmtree(folder, ignore_errors=True)
            for folder in (self._wheels, self._wheels.parent):
                with contextlib.suppress(OSError):  # it still holds something
                    folder.rmdir()

    def _make(self) -> None:
        self._say(0.0, "Looking at Python")
        version, modules = self._probe()
        bundle, sizes = bundled_wheels(self._home, version), costs(version)
        if bundle is None and not self._is_online:
            raise LikenessError(
                "online_not_allowed",
                tell(
                    "The core's packages for Python {version} are not on this computer, and fetching them is not "
                    "allowed.",
                    version=version,
                ),
                "Switch on Preferences > System > Network > Allow Online Access.",
            )
        self._require_space(sizes.gigabytes + 0.2 if bundle else sizes.peak)
        self._make_environment(modules)
        lock = (self._home / LOCK).read_text(encoding="utf-8")
        if bundle is None:
            self._fetch(lock, sizes)
        self._install(lock, bundle or self._wheels)
        self._check_models()

    def _probe(self) -> tuple[str, frozenset[str]]:
        """The version of the base, and which of the modules that make environments it has."""
        try:
            found = PROBED.search(self._call("Looking at Python", (str(self._base), "-c", PROBE)))
        except LikenessError as error:
            if error.code != "setup_failed":
                raise
            found = None
        if found is None:
            message = tell("The core needs Python 3.11 to 3.13, and {base} is another.", base=self._base)
            raise LikenessError("python_unsupported", message, "Name one of these versions in the preferences.")
        modules = frozenset(found[2].split())
        if "venv" not in modules or not modules & {"ensurepip", "pip"}:
            raise LikenessError(
                "python_incomplete",
                tell("{base} cannot make environments: it lacks its modules venv or ensurepip.", base=self._base),
                "Name another Python in the preferences, or install its venv package (Debian: python3-venv).",
            )
        return found[1], modules

    def _require_space(self, wanted: float) -> None:
        free = shutil.disk_usage(self._target.parent).free / 1e9 + kept_megabytes(self._target.parent) / 1e3
        if free < wanted:
            message = tell(
                "The disk has {free:.1f} GB free and setting up the core needs {wanted:.1f} GB.",
                free=free,
                wanted=wanted,
            )
            raise LikenessError("disk_full", message, "Free some space, then set up the core again.")

    def _make_environment(self, modules: frozenset[str]) -> None:
        text, python = "Making an environment", str(environment_python(self._part))
        self._say(0.01, text)
        command = (str(self._base), "-m", "venv", "--clear", str(self._part))
        if "ensurepip" in modules:
            self._call(text, command)
            self._pip = (python, "-m", "pip")
            return
        # A Python of Debian's without its venv package can still lend its pip.
        self._call(text, (*command, "--without-pip"))
        self._pip = (str(self._base), "-m", "pip", "--python", python)
        if self._is_online:
            self._call(text, (*self._pip, "install", "pip"))

    def _fetch(self, lock: str, sizes: Costs) -> None:
        """All wheels into a folder that outlives a failure; pip leaves alone those that are there and right."""
        parts = tuple(batches(lock))
        total, done = sum(part.megabytes for part in parts), 0.0
        options = ("download", "--no-deps", "--require-hashes", "--dest", str(self._wheels), "-r")

        def say(name: str) -> None:
            here = min(kept_megabytes(self._target.parent), sizes.megabytes)
            self._say(
                0.05 + 0.6 * done / total,
                tell("Fetching {name}: {here} of {megabytes} MB", name=name, here=here, megabytes=sizes.megabytes),
            )

        for part in parts:
            say(part.names[0])
            self._call("Fetching packages", (*self._pip, *options, self._write_lock(part.text)), say)
            done += part.megabytes

    def _install(self, lock: str, wheels: Path) -> None:
        parts = tuple(batches(lock, INSTALL_MEGABYTES))
        options = ("install", "--no-deps", "--require-hashes", "--no-index", "--find-links", str(wheels), "-r")
        for index, part in enumerate(parts):
            self._say(0.65 + 0.3 * index / len(parts), tell("Installing {names} and others", names=part.names[0]))
            self._call("Installing packages", (*self._pip, *options, self._write_lock(part.text)))

    def _check_models(self) -> None:
        """A model file that is damaged is fetched again, where that is allowed."""
        text, python = "Checking the model files", str(environment_python(self._part))
        self._say(0.95, text)
        self._call(text, (python, "-m", "core", "models", "fetch" if self._is_online else "verify"))

    def _write_lock(self, text: str) -> str:
        path = self._temporary / "lock.txt"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def _say(self, fraction: float, text: str) -> None:
        self._inbox.put(Progressed(fraction, text))

    def _call(self, text: str, command: tuple[str, ...], met: Callable[[str], None] | None = None) -> str:
        """Run one command with its output in the log and return it; ``met`` is called with each package."""
        lines = []
        if self._is_cancelled.is_set():
            raise Cancelled
        with self._log.open("a", encoding="utf-8") as log, self._start(command) as process:
            self._process = process
            if self._is_cancelled.is_set():
                process.terminate()
            assert process.stdout is not None
            for line in process.stdout:
                log.write(line)
                lines.append(line)
                fetched = FETCHED.match(line)
                if fetched and met is not None:
                    met(fetched[1])
        self._process = None
        if self._is_cancelled.is_set():
            raise Cancelled
        if process.returncode:
            raise explain_failure(text, "".join(lines), process.returncode, str(self._log))
        return "".join(lines)

    def _start(self, command: tuple[str, ...]) -> subprocess.Popen[str]:
        try:
            return subprocess.Popen(
                command,
                cwd=self._home,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                start_new_session=True,
            )
        except OSError as error:
            raise LikenessError(
                "core_python_missing",
                tell(
                    "This Python cannot be started: {command} ({reason}).",
                    command=command[0],
                    reason=(error.strerror or str(error)).lower(),
                ),
                "Name another Python 3.11 to 3.13 in the preferences.",
            ) from error

    def _swap(self) -> None:
        """Rename the finished environment into place."""
        if self._is_cancelled.is_set():
            raise Cancelled
        old = self._target.with_name(self._target.name + ".old")
        shutil.rmtree(old, ignore_errors=True)
        if self._target.exists():
            self._retire(old)
        try:
            self._part.rename(self._target)
        except OSError:
            with contextlib.suppress(OSError):
                old.rename(self._target)
            raise
        shutil.rmtree(old, ignore_errors=True)

    def _retire(self, old: Path) -> None:
        try:
            self._target.rename(old)
        except PermissionError as error:  # Windows keeps what is running
            message = "The core that is set up is at work, perhaps in another Blender."
            raise LikenessError(
                "setup_in_use", message, "Close the other Blender, then set up the core again."
            ) from error
