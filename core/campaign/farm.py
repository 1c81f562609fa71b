# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order tasks are done, whoever does them."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from core.campaign.task import Outcome, Task, failed

MOST_DEATHS = 3  # of processes that did a task, after which it counts as failed

# Called with each outcome as it comes.
Done = Callable[[Task, Outcome], None]


@dataclass
class Queue:
    """Tasks in order, each after those that it needs; what was tried, and how often its process died."""

    waiting: collections.deque[Task]
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    running: dict[str, Task] = field(default_factory=dict)
    deaths: collections.Counter[str] = field(default_factory=collections.Counter)

    @classmethod
    def of(cls, tasks: Iterable[Task]) -> Queue:
        return cls(collections.deque(tasks))

    @property
    def is_over(self) -> bool:
        return not self.waiting and not self.running

    def take(self) -> Task | None:
        """The next task that can be done now; None where all wait for others."""
        for task in self.waiting:
            if all(name in self.outcomes for name in task.needs):
                self.waiting.remove(task)
                self.running[task.name] = task
                return task
        return None

    def finish(self, task: Task, outcome: Outcome) -> list[tuple[Task, Outcome]]:
        """Note an outcome; also those of tasks that cannot be done for it."""
        self.running.pop(task.name, None)
        self.outcomes[task.name] = outcome
        ended = [(task, outcome)]
        if not outcome.is_well:
            for other in [one for one in self.waiting if task.name in one.needs]:
                self.waiting.remove(other)
                error = outcome.error
                message = f"A shot that it shares with others failed: {error['message']}"
                ended += self.finish(other, failed(other.name, error["code"], message, error["hint"]))
        return ended

    def bury(self, task: Task) -> list[tuple[Task, Outcome]]:
        """Note that the process that did a task died; it is tried again, but not for ever."""
        self.deaths[task.name] += 1
        if self.deaths[task.name] < MOST_DEATHS:
            self.running.pop(task.name, None)
            self.waiting.appendleft(task)
            return []
        message = f"The process that made it ended {MOST_DEATHS} times."
        hint = "It may need more memory than there is: use fewer workers, or a smaller size."
        return self.finish(task, failed(task.name, "worker_crashed", message, hint))
