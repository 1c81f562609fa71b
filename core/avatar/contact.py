# SPDX-License-Identifier: GPL-3.0-or-later
"""How deep lips and lids lie in other surfaces, and how far they stand apart where they should touch.

Measured on posed meshes of an avatar, so that tests and benchmarks ask the same questions of the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from core.avatar.parts import PartMesh
from core.avatar.rays import RayScene, triangle_faces, triangulate, vertex_normals
from core.avatar.rings import CAVITY, CONTACT_RING, SOCKET, VERMILION_RING, ring_numbers, rings_inside

LINING = 2  # rings of the mouth's lining that belong to the lips
LID_RINGS = 5  # about each eye that are lids: their edge and what lies on the eyeball; ring 0 is rooted in the ball
RAYS, WAYS_OUT = 48, 600  # directions in which it is seen whether a vertex is inside, and in which it gets out
LIFT = 3e-6  # metres off its own surface from where a vertex looks around; what is less deep than that is outside
TOUCH = 5e-5  # metres
AWAY = 0.15  # cosine from which on a direction leads away from a vertex's own surface
MOUTH_REACH = 0.06  # metres around the lips in which skin is looked at
DEEPEST = 0.008  # metres; a longer way out leads through something else
LOWER_LIP_SHARE = 0.4  # of the jaw's drop at the middle of the lips from which on a vertex is the lower lip's
COLUMNS = 21  # across the lips at which their gap is measured
MIDDLE = 0.85  # share of the mouth's width that is looked at; in the corners the lips are one skin
SLIT_STEP = 0.25e-3  # metres between rays that look for a slit


@dataclass(frozen=True)
class MouthContact:
    """Metres. lips: deepest vertex of a lip inside skin, most of all the other lip; teeth, tongue: inside those;
    bite: deepest vertex of the teeth's faces inside skin; gap: widest between the lips across the mouth's middle;
    bite_gap: least distance between the lower lip and the upper teeth."""

    lips: float
    teeth: float
    tongue: float
    bite: float
    gap: float
    bite_gap: float


@dataclass(frozen=True)
class LidContact:
    """depth: metres of the deepest lid vertex inside eyeball or cornea; slit: square metres of eye that show
    between the lids, from the front."""

    depth: float
    slit: float


class FaceProbe:
    """Knows which vertices of an avatar's meshes are lips, lids, teeth and tongue.

    Every `posed` below is (V, 3) positions by mesh name, at least those of ``head`` and of what is asked about.
    """

    def __init__(self, meshes: Sequence[PartMesh]) -> None:
        self.meshes: Mapping[str, PartMesh] = {mesh.name: mesh for mesh in meshes}
        head = self.meshes["head"]
        count = len(head.positions)
        ring = ring_numbers(head.faces, head.material, count, CAVITY, VERMILION_RING)
        lining = rings_inside(head.faces, head.material, count, CAVITY, LINING)
        drop = head.keys["jawOpen"][:, 2]
        below = drop < LOWER_LIP_SHARE * drop[ring == CONTACT_RING].min()
        lips = (ring >= 0) | lining
        self.lips = np.flatnonzero(lips)
        self.upper, self.lower = np.flatnonzero(lips & ~below), np.flatnonzero(lips & below)
        self.line = np.flatnonzero(ring == CONTACT_RING)
        lid = ring_numbers(head.faces, head.material, count, SOCKET, LID_RINGS)
        sign = {"left": 1, "right": -1}
        self.lids = {side: np.flatnonzero((lid >= 1) & (sign[side] * head.positions[:, 0] > 0)) for side in sign}
        triangles = triangulate(head.faces)
        middle = head.positions[self.line].mean(axis=0)
        near = np.linalg.norm(head.positions - middle, axis=1) < MOUTH_REACH
        self._skin = triangles[near[triangles].all(axis=1)]

    def mouth(self, posed: Mapping[str, np.ndarray]) -> MouthContact:
        """What lips, teeth and tongue do to each other."""
        head = posed["head"]
        normals = vertex_normals(head, self._skin)[self.lips]
        at = head[self.lips]
        inside = {"lips": depth_inside(at, normals, head, self._skin, self.lips)}
        for name in ("teeth", "tongue"):
            inside[name] = depth_inside(at, normals, posed[name], triangulate(self.meshes[name].faces))
        teeth = self.meshes["teeth"]
        crown = teeth.faces[teeth.material == teeth.materials.index("teeth")]
        rows = np.unique(crown[crown >= 0])
        outward = vertex_normals(posed["teeth"], triangulate(teeth.faces))[rows]
        front = outward[:, 1] < -0.5
        bite = depth_inside(posed["teeth"][rows[front]], outward[front], head, self._skin)
        return MouthContact(
            *(float(inside[name].max()) for name in ("lips", "teeth", "tongue")),
            bite=float(bite.max(initial=0.0)),
            gap=self.lip_gap(head),
            bite_gap=self._bite_gap(head, posed["teeth"], rows),
        )

    def lip_gap(self, head: np.ndarray) -> float:
        """Widest gap in metres between the lips (V, 3), across MIDDLE of the mouth."""
        upper, lower = (_dense(head, self._skin, rows) for rows in (self.upper, self.lower))
        distance = KDTree(lower).query(upper)[0]
        x = head[self.line, 0]
        middle, half = (x.max() + x.min()) / 2, MIDDLE * np.ptp(x) / 2
        place = np.round((upper[:, 0] - middle) / half * (COLUMNS // 2)).astype(int) + COLUMNS // 2
        gap = np.full(COLUMNS, np.inf)
        inside = (place >= 0) & (place < COLUMNS)
        np.minimum.at(gap, place[inside], distance[inside])
        return float(gap.max())

    def _bite_gap(self, head: np.ndarray, teeth: np.ndarray, crowns: np.ndarray) -> float:
        """Least distance in metres between the lower lip and the upper front teeth."""
        bone = self.meshes["teeth"].weights.argmax(axis=1)
        upper = crowns[bone[crowns] == self.meshes["lashes"].weights[0].argmax()]  # lashes hang on the head alone
        front = upper[teeth[upper, 1] < teeth[upper, 1].min() + 4e-3]
        return float(KDTree(_dense(head, self._skin, self.lower)).query(teeth[front])[0].min())

    def lids_of(self, posed: Mapping[str, np.ndarray], side: str) -> LidContact:
        """What the lids of one side do to the eyeball, however it is turned."""
        return LidContact(self.lid_depth(posed, side), self._slit(posed, side))

    def lid_depth(self, posed: Mapping[str, np.ndarray], side: str) -> float:
        """The depth alone, which takes a fraction of the time."""
        head, rows = posed["head"], self.lids[side]
        mine, centre = self._eye(posed, side)
        away = head[rows] - centre
        reach = np.linalg.norm(away, axis=1)
        depth = np.zeros(len(rows))
        for name in ("eyes", "cornea"):
            triangles = triangulate(self.meshes[name].faces)
            triangles = triangles[mine[name][triangles[:, 0]]]
            scene = RayScene(posed[name], triangles)
            surface = scene.cast(np.tile(centre, (len(rows), 1)), away / reach[:, None]).distance
            depth = np.maximum(depth, np.where(np.isfinite(surface), surface - reach, 0.0))
        return float(depth.max())

    def _eye(self, posed: Mapping[str, np.ndarray], side: str) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Which vertices of eyes and corneas are this side's, and the middle of its ball (3,)."""
        sign = 1 if side == "left" else -1
        mine = {name: sign * self.meshes[name].positions[:, 0] > 0 for name in ("eyes", "cornea")}
        return mine, _sphere_centre(self.meshes["eyes"], posed["eyes"], mine["eyes"])

    def looking(self, posed: Mapping[str, np.ndarray], yaw: float, pitch: float) -> dict[str, np.ndarray]:
        """The same with both eyes turned by radians, as their bones turn them: yaw to the subject's left, pitch up."""
        cos, sin = np.cos([yaw, pitch]), np.sin([yaw, pitch])
        level = np.array([[cos[0], -sin[0], 0.0], [sin[0], cos[0], 0.0], [0.0, 0.0, 1.0]])
        turn = level @ np.array([[1.0, 0.0, 0.0], [0.0, cos[1], sin[1]], [0.0, -sin[1], cos[1]]])
        turned = {name: posed[name].copy() for name in ("eyes", "cornea")}
        for side in self.lids:
            mine, centre = self._eye(posed, side)
            for name, here in mine.items():
                turned[name][here] = (posed[name][here] - centre) @ turn.T + centre
        return dict(posed) | turned

    def _slit(self, posed: Mapping[str, np.ndarray], side: str) -> float:
        """Area of eye or socket that rays from the front meet between the lids."""
        centre = self._eye(posed, side)[1]
        lid = posed["head"][self.lids[side]]
        low, high = lid[:, [0, 2]].min(axis=0), lid[:, [0, 2]].max(axis=0)
        x, z = np.meshgrid(*(np.arange(a, b, SLIT_STEP) for a, b in zip(low, high, strict=True)))
        start = np.stack([x.ravel(), np.full(x.size, centre[1] - 0.1), z.ravel()], axis=1)
        head = self.meshes["head"]
        near = np.linalg.norm(posed["head"] - centre, axis=1) < 0.05
        triangles = triangulate(head.faces)
        material = head.material[triangle_faces(head.faces)]
        used = near[triangles].all(axis=1)
        scene = RayScene(posed["head"], triangles[used])
        ahead = np.tile([0.0, 1.0, 0.0], (len(start), 1))
        skin = scene.cast(start, ahead)
        socket = (skin.triangle >= 0) & (material[used][np.maximum(skin.triangle, 0)] == SOCKET)
        ball = RayScene(posed["eyes"], triangulate(self.meshes["eyes"].faces)).cast(start, ahead)
        shown = (ball.distance < skin.distance) | (socket & np.isfinite(ball.distance))
        return float(shown.sum() * SLIT_STEP**2)


def depth_inside(
    points: np.ndarray,
    normals: np.ndarray,
    positions: np.ndarray,
    triangles: np.ndarray,
    own: np.ndarray | None = None,
) -> np.ndarray:
    """Metres (N,) that vertices lie inside a surface, 0 outside.

    points, normals: (N, 3), the normals of the vertices' own surface; positions (V, 3), triangles (T, 3); own: rows
    (N,) of positions, where the vertices' surface is the same one. A vertex is inside when most of what it sees ahead
    of its own surface is a surface's back; the shortest way out may lead back through its own.
    """
    # Rays are cast in single precision, which is finer near the origin.
    centre = points.mean(axis=0)
    points, positions = points - centre, positions - centre
    corners = positions[triangles]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    scene = RayScene(positions, triangles)

    def look(chosen: np.ndarray, directions: np.ndarray, way: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of rays ahead (way 1) or back (-1): the point of each, its cosine, and the distance to a back or inf."""
        cosine = way * normals[chosen] @ directions.T
        point, direction = np.nonzero(cosine > AWAY)
        rays = directions[direction]
        hits = scene.cast((points + way * LIFT * normals)[chosen][point], rays)
        back = (hits.triangle >= 0) & (np.einsum("nd,nd->n", rays, facing[np.maximum(hits.triangle, 0)]) > 0)
        return chosen[point], cosine[point, direction], np.where(back, hits.distance, np.inf)

    point, weight, distance = look(np.arange(len(points)), _sphere(RAYS), 1)
    behind = np.bincount(point, weight * np.isfinite(distance), len(points))
    caught = np.flatnonzero(behind > 0.5 * np.bincount(point, weight, len(points)))
    depth = np.full(len(points), np.inf)
    for way in (1, -1):
        point, _, distance = look(caught, _sphere(WAYS_OUT), way)
        np.minimum.at(depth, point, distance)
    depth = np.where(depth < DEEPEST, depth, 0.0)
    # Of a vertex that just touches, no ray behind its own surface starts inside the other.
    deep = np.flatnonzero(depth > TOUCH)
    for vertex in deep:
        near = triangles if own is None else triangles[~_around(triangles, own[vertex])[triangles].any(axis=1)]
        if _distance(points[vertex], positions[near]).min() < TOUCH:
            depth[vertex] = TOUCH
    return depth


def _distance(point: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Metres (T,) from a point (3,) to triangles (T, 3, 3)."""
    sides, away = np.roll(corners, -1, axis=1) - corners, point - corners
    along = np.einsum("tkd,tkd->tk", away, sides) / np.maximum(np.einsum("tkd,tkd->tk", sides, sides), 1e-18)
    nearest = np.linalg.norm(away - np.clip(along, 0, 1)[..., None] * sides, axis=2).min(axis=1)
    normal = np.cross(sides[:, 0], sides[:, 1])
    area = np.linalg.norm(normal, axis=1, keepdims=True)
    normal /= np.maximum(area, 1e-18)
    over = (np.einsum("tkd,td->tk", np.cross(sides, away), normal) >= 0).all(axis=1) & (area[:, 0] > 1e-12)
    return np.where(over, np.abs(np.einsum("td,td->t", away[:, 0], normal)), nearest)


def _around(triangles: np.ndarray, vertex: int) -> np.ndarray:
    """Which vertices share a triangle with one (a mask over all rows that the triangles use)."""
    mask = np.zeros(int(triangles.max()) + 1, bool)
    mask[triangles[(triangles == vertex).any(axis=1)]] = True
    return mask


def _sphere(count: int) -> np.ndarray:
    """Unit vectors (count, 3), evenly all around."""
    k = np.arange(count) + 0.5
    z, turn = 1 - 2 * k / count, np.pi * (1 + np.sqrt(5)) * k
    flat = np.sqrt(1 - z**2)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)


def _dense(positions: np.ndarray, triangles: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Points (N, 3) all over the triangles between the vertices ``rows``."""
    chosen = np.zeros(len(positions), bool)
    chosen[rows] = True
    corners = positions[triangles[chosen[triangles].all(axis=1)]]
    a, b = np.meshgrid(np.linspace(0, 1, 5), np.linspace(0, 1, 5))
    flat = a + b <= 1.001
    weights = np.stack([1 - a[flat] - b[flat], a[flat], b[flat]], axis=1)
    return np.einsum("wk,tkd->twd", weights, corners).reshape(-1, 3)


def _sphere_centre(mesh: PartMesh, posed: np.ndarray, mine: np.ndarray) -> np.ndarray:
    """Centre (3,) of an eyeball however it is turned: of the sphere through its back half."""
    rest = mesh.positions[mine]
    white = rest[:, 1] > np.median(rest[:, 1])
    points = posed[mine][white]
    system = np.concatenate([2 * points, np.ones((len(points), 1))], axis=1)
    return np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0][:3]
