# SPDX-License-Identifier: GPL-3.0-or-later
"""What the core runs on, and whether it works there: a small test of real work, for bug reports and the preferences."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import core
from core.errors import Cancelled, LikenessError
from core.models import look_at_models, models_folder
from core.progress import Progress, silent, span

MAIN = ("numpy", "scipy", "mediapipe", "onnxruntime", "opencv-contrib-python-headless", "numba", "hibari-tts")
SENTENCE = "Hello, this is a test."
LITTLE = 1e9  # bytes free, under which a clip may not fit
PATIENCE = 20.0  # seconds that another program is waited for
TORCH = (
    "import torch; mps = torch.backends.mps.is_available(); cuda = torch.cuda.is_available(); "
    "place = torch.cuda.get_device_name(0) if cuda else 'MPS' if mps else 'on the processor'; "
    "print(torch.__version__, place, sep=', ')"
)


@dataclass(frozen=True)
class Row:
    """One line of the report."""

    label: str
    value: str
    is_well: bool = True


def describe_core() -> Iterator[Row]:
    """Versions."""
    yield Row("Core", core.__version__)
    yield Row("Core's Python", f"{platform.python_version()}, {sys.executable}")
    versions = {name: _version(name) for name in MAIN}
    missing = [name for name, version in versions.items() if version is None]
    yield Row("Packages", ", ".join(f"{name} {version}" for name, version in versions.items() if version))
    if missing:
        yield Row("Missing Packages", f"{', '.join(missing)}: set up the core again", False)


def describe_machine() -> Iterator[Row]:
    """System, processor, what else could compute, and free disk."""
    yield Row("System", f"{platform.system()} {platform.release()}, {platform.machine()}")
    yield Row("Processor", f"{_processor()}, {os.cpu_count()} threads")
    cards = _say("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader")
    yield Row("CUDA", cards.replace("\n", "; ") or "no NVIDIA card; everything runs on the processor")
    if importlib.util.find_spec("torch") is not None:
        yield Row("torch", _say(sys.executable, "-c", TORCH) or "cannot be loaded; only cloning would use it")
    if _version("onnxruntime"):
        import onnxruntime

        names = (name.removesuffix("ExecutionProvider") for name in onnxruntime.get_available_providers())
        yield Row("onnxruntime", ", ".join(names))
    folder = models_folder()
    there = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
    free = shutil.disk_usage(there).free
    yield Row("Free Disk", f"{free / 1e9:.1f} GB at {there}", free >= LITTLE)


def describe_models() -> Iterator[Row]:
    """Each model file: intact, missing or damaged."""
    shelf = look_at_models()
    ready = [shelved for shelved in shelf if shelved.state == "ready"]
    size = sum(shelved.model.size for shelved in ready)
    yield Row("Models", f"{len(ready)} of {len(shelf)} ready and intact, {size / 1e6:.0f} MB")
    for shelved in shelf:
        if shelved.state == "damaged" or (shelved.state == "missing" and not shelved.model.optional):
            yield Row(f"Model {shelved.model.id}", f"{shelved.state}: fetch it under Models", False)


def try_core(progress: Progress = silent) -> Iterator[Row]:
    """Real work: a sentence is spoken and performed, and a face found in a photo."""
    from core.jobs import check_params, run_job

    with tempfile.TemporaryDirectory() as folder:
        speech, performance = Path(folder, "test.speech"), Path(folder, "test.performance")

        def speak(part: Progress) -> str:
            said = run_job("speak", check_params("speak", {"script": SENTENCE, "out": speech}), part)
            return f"{said['duration']:.1f} s of speech"

        def perform(part: Progress) -> str:
            done = run_job("perform", check_params("perform", {"speech": speech, "out": performance}), part)
            return f"{len(done['layers'])} layers of motion"

        tests: tuple[tuple[str, Callable[[Progress], str]], ...] = (
            ("Test of Speech", speak),
            ("Test of Motion", perform),
            ("Test of Faces", _find_face),
        )
        for number, (label, test) in enumerate(tests):
            yield _try(label, test, span(progress, 0.25 + 0.25 * number, 0.5 + 0.25 * number))


def _try(label: str, test: Callable[[Progress], str], progress: Progress) -> Row:
    progress(0.0, label)
    begin = time.monotonic()
    try:
        text = test(progress)
    except Cancelled:
        raise
    except LikenessError as error:
        return Row(label, f"{error.message} {error.hint}", False)
    except Exception as error:  # a test tells, whatever goes wrong
        return Row(label, f"{type(error).__name__}: {error}", False)
    return Row(label, f"{text} in {time.monotonic() - begin:.1f} s")


def _find_face(progress: Progress) -> str:
    """In NASA's portrait of Eileen Collins, public domain, which scikit-image brings along."""
    import skimage

    from core.portrait import load_portrait

    portrait = load_portrait(Path(skimage.__file__).parent / "data" / "astronaut.png", progress=progress)
    return f"a face with {len(portrait.landmarks)} landmarks"


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return _say("sysctl", "-n", "machdep.cpu.brand_string") or platform.processor() or platform.machine()


def _say(*command: str) -> str:
    """What another program prints; nothing where it is missing or fails."""
    if shutil.which(command[0]) is None:
        return ""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL,
                              creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0))  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
