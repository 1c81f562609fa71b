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
import importlib.metadata
import os
import shutil
import sys
import tomllib
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.errors import Cancelled, LikenessError
from core.model_sources import Source, fetch_source
from core.progress import Progress, silent, span

ROOT = Path(__file__).resolve().parent.parent
REGISTRY = ROOT / "addon_models" / "models.toml"
FETCHING = "Fetch it in the add-on's preferences, under Models, or with:"
ARRAY_STEP = 2.0**-20  # metres; what two machines' rounding may not change in an array digest


@dataclass(frozen=True)
class Model:
    """One model file as models.toml lists it.

    pieces: names of the parts that sources with a ``{}`` give it in, one after the other. optional: fetched only
    when it is first needed, and no part of the packaged extension.
    """

    id: str
    file: str
    size: int
    sha256: str
    licence: str
    purpose: str
    sources: tuple[Source, ...]
    digest: str = "bytes"
    pieces: tuple[str, ...] = ()
    optional: bool = False


def list_models() -> tuple[Model, ...]:
    """All registered models, in the order of models.toml."""
    return _read_registry(REGISTRY)


def model_path(model_id: str) -> Path:
    """Path of a model file that is present and has been verified. Never touches the network.

    Raises LikenessError ``model_unknown``, ``model_missing`` or ``model_mismatch``.
    """
    model = find_model(model_id)
    path = _locate(model)
    if path is None:
        raise LikenessError(
            "model_missing",
            f"The model file {model.file} is not on this computer.",
            f"{FETCHING} python -m core models fetch {model.id}",
        )
    _verify(model, path)
    return path


def model_digests(model_ids: Iterable[str]) -> dict[str, str]:
    """id -> sha256 of the registry, to write down in a result what made it."""
    return {model_id: find_model(model_id).sha256 for model_id in model_ids}


def find_model(model_id: str) -> Model:
    """A registered model. Raises LikenessError ``model_unknown``."""
    for model in list_models():
        if model.id == model_id:
            return model
    known = ", ".join(model.id for model in list_models())
    raise LikenessError("model_unknown", f"There is no model called {model_id}.", f"Known are: {known}.")


def missing_bytes(model_ids: Iterable[str]) -> int:
    """How much has to be fetched before these models can be used; what is there is not looked into."""
    models = map(find_model, model_ids)
    return sum(model.size for model in models if _locate(model) is None)


def fetch_models(model_ids: Iterable[str] | None = None, progress: Progress = silent) -> list[Path]:
    """Bring models onto this computer, by default all that are not optional; those already there are only verified.

    Each is written as ``FILE.part``, verified, then renamed. Sources are tried in order.
    Raises LikenessError ``model_mismatch`` when a source gave other content, ``model_unreachable`` when none
    could be reached, ``output_unwritable`` when the folder cannot be written.
    """
    if model_ids is None:
        model_ids = [model.id for model in list_models() if not model.optional]
    models = [find_model(model_id) for model_id in model_ids]
    paths = []
    for index, model in enumerate(models):
        part = span(progress, index / len(models), (index + 1) / len(models))
        paths.append(_present(model) or _fetch(model, part))
        part(1.0, f"{model.id} is ready")
    return paths


@dataclass(frozen=True)
class Shelved:
    """Where a model is. state: ``ready``, ``missing`` or ``damaged``. is_own: in `models_folder`, so removable."""

    model: Model
    state: str
    path: Path | None
    is_own: bool


def look_at_models() -> tuple[Shelved, ...]:
    """All registered models, each read and compared where it is here. Never touches the network."""
    return tuple(map(_look_at, list_models()))


def remove_model(model_id: str) -> None:
    """Delete a fetched model file; it can be fetched again.

    Raises LikenessError ``model_unknown``, ``model_missing``, ``model_fixed`` where it belongs to the extension or to
    a package, and ``output_unwritable``.
    """
    model = find_model(model_id)
    path = models_folder() / model.file
    if not path.is_file():
        if _locate(model) is not None:
            message = f"The model file {model.file} is part of the extension."
            raise LikenessError("model_fixed", message, "It goes when the extension is uninstalled.")
        message = f"The model file {model.file} is not on this computer."
        raise LikenessError("model_missing", message, "There is nothing to remove.")
    try:
        path.unlink()
    except OSError as error:
        raise _unwritable(path.parent, error) from error


def install_model(model_id: str, file: Path) -> Path:
    """Copy a file that the person has to where its model belongs, if it is the right one; its new path.

    Raises LikenessError ``model_unknown``, ``file_missing``, ``model_mismatch`` and ``output_unwritable``.
    """
    model = find_model(model_id)
    if not file.is_file():
        raise LikenessError("file_missing", f"There is no file {file}.", "Check the path of the model file.")
    target = models_folder() / model.file
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, part)
        found = _digest(model, part)
        if found != model.sha256:
            part.unlink()
            raise LikenessError(
                "model_mismatch",
                f"{file.name} is not {model.file}: its sha256 is {found[:12]}… instead of {model.sha256[:12]}….",
                f"The right one comes from {model.sources[-1]}.",
            )
        part.replace(target)
    except OSError as error:
        raise _unwritable(target.parent, error) from error
    return target


def _look_at(model: Model) -> Shelved:
    path = _locate(model)
    if path is None:
        return Shelved(model, "missing", None, False)
    try:
        _verify(model, path)
        state = "ready"
    except (LikenessError, OSError):
        state = "damaged"
    return Shelved(model, state, path, path.parent == models_folder())


def _unwritable(folder: Path, error: OSError) -> LikenessError:
    return LikenessError(
        "output_unwritable",
        f"{folder} cannot be written: {error.strerror or error}.",
        "Free some space, or name another folder in SPEAKING_LIKENESS_MODELS.",
    )


@functools.cache
def _read_registry(registry: Path) -> tuple[Model, ...]:
    with registry.open("rb") as file:
        rows = tomllib.load(file)["model"]
    return tuple(
        Model(**{key: value for key, value in row.items() if key not in ("source", "pieces")},
              sources=tuple(Source(**source) for source in row["source"]), pieces=tuple(row.get("pieces", ())))
        for row in rows
    )


def models_folder() -> Path:
    """Where fetched models lie, and files that a person puts beside them."""
    named = os.environ.get("SPEAKING_LIKENESS_MODELS")
    return Path(named) if named else ROOT / ".models"


def _locate(model: Model) -> Path | None:
    for path in (models_folder() / model.file, REGISTRY.parent / model.file):
        if path.is_file():
            return path
    for source in model.sources:
        if source.package and source.member and source.is_whole and (path := _installed_member(source)):
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
            f"{FETCHING} python -m core models fetch {model.id}",
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
    target = models_folder() / model.file
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
            raise _unwritable(target.parent, error) from error
    mismatches = [failure for failure in failures if failure.code == "model_mismatch"]
    raise (mismatches or failures)[0] from (mismatches or failures)[-1]


def _fetch_from(model: Model, source: Source, part: Path, progress: Progress) -> None:
    progress(0.0, f"fetching {model.file} ({model.size / 1e6:.1f} MB) from {source}")
    resumed = fetch_source(source, model.pieces, part, model.size, progress)
    if resumed and _digest(model, part) != model.sha256:
        part.unlink()  # the beginning was of another file
        fetch_source(source, model.pieces, part, model.size, progress)
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


def main(argv: list[str]) -> int:
    """``python -m core models list|fetch|verify [ID ...]``. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m core models", description="The model files.")
    parser.add_argument("action", choices=["list", "fetch", "verify"])
    parser.add_argument("ids", nargs="*", metavar="ID", help="default: all, but fetch only those that are not optional")
    parser.add_argument("--all", action="store_true", help="fetch the optional ones too")
    options = parser.parse_args(argv)
    try:
        models = [find_model(model_id) for model_id in options.ids] or list(list_models())
        if options.action == "fetch" and not (options.ids or options.all):
            models = [model for model in models if not model.optional]
        if options.action == "fetch":
            fetch_models([model.id for model in models], _print_progress())
    except LikenessError as error:
        print(error, file=sys.stderr)
        return 2
    states = [_state(model) for model in models]
    for model, state in zip(models, states, strict=True):
        print(f"{model.id:<18}{model.size:>12,}  {model.licence:<12}{state:<10}{model.purpose}")
    return 1 if options.action == "verify" and not {"ready", "optional"}.issuperset(states) else 0


def _state(model: Model) -> str:
    try:
        model_path(model.id)
    except LikenessError as error:
        is_awaited = error.code == "model_missing" and model.optional
        return "optional" if is_awaited else error.code.removeprefix("model_")
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
