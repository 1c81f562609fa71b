# SPDX-License-Identifier: GPL-3.0-or-later
"""The likeliest way through a graph of states, frame by frame (Viterbi 1967); compiled, since it is a loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit


@dataclass(frozen=True)
class Graph:
    """States that emit a column of the scores in every frame, and the ways between them.

    column: (S,) index into the scores' columns. sources, costs: per way; the ways into state s are those from
    edges[s] to edges[s + 1]. stay: (S,) cost of one frame more in the state. first, last: (S,) cost of beginning
    and ending there. What cannot be costs infinity. hub: states from each of which there is a way
    to each of ``hub_targets`` at ``hub_cost``.
    """

    column: np.ndarray
    stay: np.ndarray
    edges: np.ndarray
    sources: np.ndarray
    costs: np.ndarray
    first: np.ndarray
    last: np.ndarray
    hub: np.ndarray
    hub_targets: np.ndarray
    hub_cost: float


def make_graph(
    column: Sequence[int],
    stay: Sequence[float],
    ways: Sequence[tuple[int, int, float]],
    first: dict[int, float],
    last: dict[int, float],
    hub: tuple[Sequence[int], Sequence[int], float] = ((), (), 0.0),
) -> Graph:
    """ways: (from, to, cost). first, last: the states where a path may begin and end, with the cost.

    hub: sources, targets, and the cost of the way from any of the former to any of the latter.
    """
    count = len(column)
    table = np.array(ways, dtype=np.float64).reshape(-1, 3)
    order = np.argsort(table[:, 1], kind="stable")
    table = table[order]
    edges = np.searchsorted(table[:, 1], np.arange(count + 1))
    ends = []
    for costs in (first, last):
        values = np.full(count, np.inf, np.float32)
        values[list(costs)] = list(costs.values())
        ends.append(values)
    return Graph(
        np.array(column, np.int64), np.array(stay, np.float32), edges,
        table[:, 0].astype(np.int64), table[:, 2].astype(np.float32), ends[0], ends[1],
        np.array(hub[0], np.int64), np.array(hub[1], np.int64), float(hub[2]),
    )  # fmt: skip


def best_path(scores: np.ndarray, graph: Graph) -> tuple[np.ndarray, float]:
    """(T,) state in each frame, and the path's cost; infinite where no way fits into the frames.

    scores: (T, C) float32 log probabilities.
    """
    path, cost = _search(
        np.ascontiguousarray(scores, np.float32), graph.column, graph.stay, graph.edges, graph.sources, graph.costs,
        graph.first, graph.last, graph.hub, graph.hub_targets, np.float32(graph.hub_cost),
    )  # fmt: skip
    return path, float(cost)


@njit(cache=True)
def _search(scores, column, stay, edges, sources, costs, first, last, hub, hub_targets, hub_cost):
    frames, states = len(scores), len(column)
    before = np.empty((frames, states), np.int32)
    cost = np.empty(states, np.float32)
    for s in range(states):
        cost[s] = first[s] - scores[0, column[s]]
        before[0, s] = s
    following = np.empty(states, np.float32)
    for t in range(1, frames):
        for s in range(states):
            best, source = cost[s] + stay[s], s
            for way in range(edges[s], edges[s + 1]):
                value = cost[sources[way]] + costs[way]
                if value < best:
                    best, source = value, sources[way]
            following[s] = best
            before[t, s] = source
        if len(hub):
            best = hub[0]
            for s in hub:
                if cost[s] < cost[best]:
                    best = s
            for s in hub_targets:
                if cost[best] + hub_cost < following[s]:
                    following[s], before[t, s] = cost[best] + hub_cost, best
        for s in range(states):
            following[s] -= scores[t, column[s]]
        cost, following = following, cost
    state = 0
    for s in range(states):
        if cost[s] + last[s] < cost[state] + last[state]:
            state = s
    total = cost[state] + last[state]
    path = np.empty(frames, np.int64)
    for t in range(frames - 1, -1, -1):
        path[t] = state
        state = before[t, state]
    return path, total
