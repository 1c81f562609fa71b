# SPDX-License-Identifier: GPL-3.0-or-later
"""A job and its parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import LikenessError

REQUIRED = object()
KINDS = {bool: "true or false", str: "a text", int: "a whole number", float: "a number", Path: "a path"}


@dataclass(frozen=True)
class Param:
    """One parameter.

    kind: bool, str, int, float or Path. suffix: how the name of a result folder has to end. choices: all there are.
    """

    kind: type
    default: Any = REQUIRED
    suffix: str = ""
    choices: tuple[Any, ...] = ()

    @property
    def wanted(self) -> str:
        if self.choices:
            return " or ".join(map(str, self.choices))
        name = KINDS[self.kind]
        return f"{name} or null" if self.default is None else name


@dataclass(frozen=True)
class Job:
    """``run(progress, **params)`` returns the result as plain JSON."""

    run: Callable[..., dict[str, Any]]
    params: Mapping[str, Param]


def check_param(name: str, param: Param, value: Any) -> Any:
    if value is None and param.default is None:
        return None
    accepted = {bool: bool, str: str, int: int, float: (int, float), Path: (str, Path)}[param.kind]
    if value is None or not isinstance(value, accepted) or isinstance(value, bool) != (param.kind is bool):
        raise bad_params(f"{name} must be {param.wanted}.", f"It was {value!r}."[:200])
    if param.kind is float and not math.isfinite(value):
        raise bad_params(f"{name} must be a finite number.", f"It was {value!r}.")
    if param.choices and value not in param.choices:
        raise bad_params(f"{name} must be {param.wanted}.", f"It was {value!r}."[:200])
    if param.kind is not Path:
        return param.kind(value)
    path = Path(value)
    if not path.name:
        raise bad_params(f"{name} must name a file or folder.", f"It was {str(value)!r}.")
    if param.suffix and (path.suffix != param.suffix or not path.stem.strip(".")):
        raise bad_params(f"{name} must be called NAME{param.suffix}.", f"It was {path.name!r}.")
    return path


def bad_params(message: str, hint: str) -> LikenessError:
    """What is wrong with the parameters of a request."""
    return LikenessError("bad_params", message, hint)


def join_names(names: Any) -> str:
    """Names in a sentence."""
    return ", ".join(map(str, names))
