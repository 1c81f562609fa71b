# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a storyboard, with its line and column, and the error that tells all of it at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from core.errors import LikenessError
from core.storyboard.storyboard import Position

MOST = 10  # problems that one message tells


@dataclass(frozen=True)
class Problem:
    """message: what is wrong, a sentence; hint: what to do about it, a sentence."""

    position: Position
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"Line {self.position.line}, column {self.position.column}: " if self.position.line else ""
        return f"{place}{self.message}"


class StoryboardInvalid(LikenessError):
    """``storyboard_invalid``: all problems that a storyboard has, in the order of its text."""

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=_order))
        first = self.problems[0]
        hint = first.hint or "Correct it there."
        if len(self.problems) == 1:
            super().__init__("storyboard_invalid", f"{name}{_joined(first)}", hint)
            return
        told = [f"{problem} {problem.hint}".rstrip() for problem in self.problems[:MOST]]
        if len(self.problems) > MOST:
            told.append(f"And {len(self.problems) - MOST} more.")
        message = "\n  ".join([f"{name} has {len(self.problems)} problems.", *told])
        super().__init__("storyboard_invalid", message, "Correct them there.")


class Wrong(Exception):
    """Raised where a value cannot be read; the reader collects its problem and goes on."""

    def __init__(self, position: Position, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(position, message, hint)


# Codes of what is refused for another reason than what the storyboard says.
_ELSEWHERE = frozenset((
    "blender_missing", "cancelled", "encode_failed", "output_unwritable", "policy_not_accepted", "renderer_missing",
    "storyboard_invalid",
))  # fmt: skip


@contextlib.contextmanager
def located(name: str, position: Position) -> Iterator[None]:
    """What is refused while something of a storyboard is made is told with where it stands there.

    name: of the storyboard. Raises LikenessError of the same code.
    """
    try:
        yield
    except LikenessError as error:
        if error.code in _ELSEWHERE or not position.line or error.message.startswith(f"{name}, line "):
            raise
        told = f"{name}{_joined(Problem(position, error.message))}"
        raise LikenessError(error.code, told, error.hint) from error


def suggest(wrong: str, known: Iterable[str]) -> str:
    """A hint: the known name that is most like a wrong one, else all of them."""
    names = [name.replace("_", " ") for name in known]
    close = get_close_matches(wrong.casefold().replace("_", " "), names, 1, 0.6)
    if close:
        return f"Did you mean “{close[0]}”?"
    return f"There are {', '.join(names)}." if names else ""


def _order(problem: Problem) -> tuple[int, int, str]:
    return problem.position.line, problem.position.column, problem.message


def _joined(problem: Problem) -> str:
    """A problem behind the storyboard's name."""
    text = str(problem)
    return f", {text[0].lower()}{text[1:]}" if problem.position.line else f": {text}"
