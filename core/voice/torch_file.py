# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays out of a file that torch saved before its version 1.6, without torch, and without running what it holds."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

_KINDS = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
_HEADERS = 3  # pickles before the one with the content: magic number, version of the format, sizes of numbers


def read_torch_file(path: Path) -> dict[str, Any]:
    """What a checkpoint holds, its tensors as arrays. Anything but plain values and tensors is refused.

    Raises pickle.UnpicklingError.
    """
    with path.open("rb") as file:
        for _ in range(_HEADERS):
            _Reader(file).load()
        reader = _Reader(file)
        content = reader.load()
        for key in _Reader(file).load():
            storage = reader.storages[key]
            count = int.from_bytes(file.read(8), "little")
            storage[:] = np.frombuffer(file.read(count * storage.dtype.itemsize), storage.dtype)
    return content


class _Reader(pickle.Unpickler):
    """Knows tensors and the dictionary that they lie in, and nothing else that could be called."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.storages: dict[str, np.ndarray] = {}

    def find_class(self, module_name: str, global_name: str) -> Any:
        name = f"{module_name}.{global_name}"
        if name == "collections.OrderedDict":
            return OrderedDict
        if name == "torch._utils._rebuild_tensor_v2":
            return _view
        if module_name == "torch" and global_name in _KINDS:
            return _KINDS[global_name]
        raise pickle.UnpicklingError(f"{name} has no place in a file of weights")

    def persistent_load(self, pid: Any) -> np.ndarray:
        _, kind, key, _, count, _ = pid
        return self.storages.setdefault(key, np.zeros(count, kind))


def _view(storage: np.ndarray, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any) -> np.ndarray:
    steps = tuple(step * storage.itemsize for step in strides)
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, steps)
