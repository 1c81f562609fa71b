# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as folders that appear whole or not at all, and the files inside them.

Everything written here depends on its content alone: no time of day, no path, no account.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import LikenessError

STALE_SECONDS = 24 * 3600  # a staging folder this old belongs to a process that was killed


def write_folder(target: Path, write: Callable[[Path], None]) -> Path:
    """Make or replace the folder ``target`` with what ``write(staging_folder)`` puts into an empty one.

    The staging folder lies beside the target and is renamed into place; the previous folder is removed
    only after that, so every failure leaves it as it was. Returns ``target``.

    Raises LikenessError ``output_unwritable`` when the place cannot be written, the disk is full, or the
    target is a file or a folder with other things in it (one that shares no ``.json`` with the new one).
    What ``write`` raises otherwise passes through.
    """
    target = Path(target)
    staging = _make_staging(target)
    try:
        write(staging)
        _require_replaceable(target, {path.name for path in staging.glob("*.json")})
        _swap(staging, target)
    except OSError as error:
        if _is_about(error, staging, target):
            raise _unwritable(target, error) from error
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return target


def write_file(target: Path, content: bytes) -> Path:
    """Make or replace a file whole: a failure leaves the previous one. Returns ``target``.

    Raises LikenessError ``output_unwritable``.
    """
    target = Path(target)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise _unwritable(target, error) from error
    return target


def require_writable(target: Path) -> None:
    """Raise ``output_unwritable`` now when ``write_folder(target, ...)`` could not even begin.

    For the start of work that takes long before it writes.
    """
    shutil.rmtree(_make_staging(Path(target)), ignore_errors=True)


def write_json(path: Path, data: Any) -> None:
    """Write JSON in insertion order, one space of indent, UTF-8, ending in a newline.

    Arrays and numpy scalars become lists and numbers. NaN and infinity raise ValueError: JSON has none.
    """
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False, default=_plain)
    Path(path).write_text(text + "\n", encoding="utf-8", newline="\n")


def read_json(path: Path) -> Any:
    """Read a JSON file. Raises LikenessError ``file_missing`` or ``file_damaged``."""
    path = Path(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error


def digest_file(path: Path) -> str:
    """SHA-256 of a file's content, as hex digits. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays compressed. Equal arrays in equal order give equal bytes; no pickles."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # dated 1980, always
            file = io.BytesIO()
            np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=False)
            # The default level takes three times as long for a tenth less.
            archive.writestr(entry, file.getbuffer(), zipfile.ZIP_DEFLATED, compresslevel=1)


def write_wave(path: Path, wave: np.ndarray, rate: int) -> None:
    """Write sound (N,) or (N, channels) in -1..1 as a 16-bit WAV file. Raises OSError, as of a full disk."""
    import soundfile  # not needed where no sound is

    file = io.BytesIO()  # libsndfile's own errors do not say what went wrong
    soundfile.write(file, wave, rate, format="WAV", subtype="PCM_16")
    Path(path).write_bytes(file.getbuffer())


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Read every array of an ``.npz``. Raises LikenessError ``file_missing`` or ``file_damaged``."""
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise _damaged(path, error) from error


def _make_staging(target: Path) -> Path:
    staging = target.parent / f".{target.name}.{os.getpid()}.part"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _recover(target)
        if target.exists() and not target.is_dir():
            raise NotADirectoryError("a file of that name is there")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
    except OSError as error:
        raise _unwritable(target, error) from error
    return staging


def _recover(target: Path) -> None:
    """Tidy what a killed process left: the previous folder half-way through a swap, old staging folders."""
    old = _old(target)
    if old.exists():
        if target.exists():
            shutil.rmtree(old)
        else:
            old.rename(target)
    prefix = f".{target.name}."
    for path in target.parent.iterdir():
        is_staging = path.name.startswith(prefix) and path.name.endswith(".part")
        if is_staging and time.time() - path.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _swap(staging: Path, target: Path) -> None:
    old = _old(target)
    if not target.exists():
        staging.rename(target)
        return
    target.rename(old)
    try:
        staging.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _old(target: Path) -> Path:
    return target.parent / f".{target.name}.old"


def _require_replaceable(target: Path, written: set[str]) -> None:
    """Refuse to put a result in the place of somebody's folder of other things."""
    if not target.is_dir():
        return
    present = {path.name for path in target.iterdir()}
    if present and not present & written:
        raise LikenessError(
            "output_unwritable",
            f"The folder {target.name} holds other files, which a result would replace.",
            "Choose another name for the result, or empty that folder first.",
        )


def _is_about(error: OSError, *folders: Path) -> bool:
    """Whether an OSError is about writing the result, not about some input that ``write`` reads."""
    if error.filename is None:
        return True
    names = [os.fsdecode(name) for name in (error.filename, error.filename2) if name is not None]
    return any(name.startswith(str(folder)) for name in names for folder in folders)


def _unwritable(target: Path, error: OSError) -> LikenessError:
    reason = error.strerror or str(error)
    return LikenessError(
        "output_unwritable",
        f"{target} cannot be written: {reason[:1].lower()}{reason[1:]}.",
        "Choose a folder that you may write to, on a disk with free space.",
    )


def _missing(path: Path) -> LikenessError:
    return LikenessError("file_missing", f"There is no file {path}.", "Check the path, or make it again.")


def _damaged(path: Path, error: Exception) -> LikenessError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return LikenessError("file_damaged", f"{path} cannot be read: {reason}.", "Make the file again.")


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not JSON")
