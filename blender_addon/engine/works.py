# SPDX-License-Identifier: GPL-3.0-or-later
"""No bpy here: the steps that a job is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..errors import Cancelled, LikenessError
from .process import Core, Failed, Finished, OnEvent, Progressed


class Work(Protocol):
    """Something that goes on beside Blender, or in small steps within it."""

    @property
    def outcome(self) -> Finished | Failed | None: ...

    def poll(self) -> None: ...

    def cancel(self) -> None: ...


@dataclass(frozen=True)
class Step:
    """One piece of work of a job. share: of the job's whole time."""

    begin: Callable[[OnEvent], Work]
    share: float = 1.0


def request(core: Callable[[], Core], method: str, params: Mapping[str, Any], share: float = 1.0) -> Step:
    """A step that a core does; methods and params as in docs/architecture.md. core: asked for when the step begins."""
    return Step(lambda on_event: _CoreWork(core(), method, params, on_event), share)


def walk(steps: Callable[[], Iterator[tuple[float, str]]]) -> Step:
    """A step within Blender: a generator of (fraction, text) that the timer advances."""
    return Step(lambda on_event: Walk(steps(), on_event))


class Walk:
    """A generator, one step at every poll; cancelling closes it."""

    def __init__(self, steps: Iterator[tuple[float, str]], on_event: OnEvent) -> None:
        self.outcome: Finished | Failed | None = None
        self._steps = steps
        self._on_event = on_event

    def poll(self) -> None:
        if self.outcome is None:
            try:
                self._on_event(Progressed(*next(self._steps)))
            except StopIteration:
                self._end(Finished({}))
            except LikenessError as error:
                self._end(Failed(error))

    def cancel(self) -> None:
        if self.outcome is None:
            self._steps.close()  # pyright: ignore[reportAttributeAccessIssue]
            self._end(Failed(Cancelled()))

    def _end(self, outcome: Finished | Failed) -> None:
        self.outcome = outcome
        self._on_event(outcome)


class _CoreWork:
    """A request at a core."""

    def __init__(self, core: Core, method: str, params: Mapping[str, Any], on_event: OnEvent) -> None:
        self._core = core
        self._request = core.request(method, params, on_event)

    @property
    def outcome(self) -> Finished | Failed | None:
        return self._request.outcome

    def poll(self) -> None:
        self._core.poll()

    def cancel(self) -> None:
        self._core.cancel(self._request)
