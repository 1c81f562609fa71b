# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drawing's materials are painted with: mean colours, and lips, brows, lids and irises drawn anew."""

from __future__ import annotations

import bpy
import numpy as np

from ..rig import rig_parts
from ..rig.materials import KIND, MASK_RANGE
from .toon_material import LINE, TOON, clear_material, toon_material
from .unwrap import mesh_points, mesh_triangles, paint_values, ring_numbers

SIZE = 512  # pixels at which vertices are spread; pictures are twice as large
LIPS, CONTACT = 8.0, 1.5  # rings about the mouth: the lips' border, and the line where they touch
LID = 3.4  # ring about an eye: the lid's front edge
LIP_TINT = np.array([0.74, 0.40, 0.40])  # of the skin
# Brows in eye distances from the eye's centre, outward and up: five points, and half their width.
BROW = np.array([(-0.28, 0.335), (-0.12, 0.40), (0.10, 0.43), (0.30, 0.385), (0.42, 0.29)])
BROW_WIDTH = np.array([0.050, 0.060, 0.054, 0.038, 0.016])
IRIS, PUPIL = 0.78, 0.45  # the iris as a share of its disc in the eyes' picture, the pupil as one of the iris
WHITE = (0.66, 0.65, 0.64)
TEETH, GUMS = (0.72, 0.69, 0.64), (0.30, 0.075, 0.070)
CLOTH_TONES = 3
ALPHA = {"hair", "cloth", "lash", "glasses"}
# Kinds that are one flat tone whoever it is.
TONES = {"mouth": (0.115, 0.026, 0.028), "tongue": (0.36, 0.105, 0.105), "teeth": TEETH, "lash": LINE}


def draw_materials(armature: bpy.types.Object) -> dict[tuple[str, int], bpy.types.Material]:
    """A drawn material per part and slot."""
    parts = rig_parts(armature)
    made: dict[str, bpy.types.Material] = {}
    drawn: dict[tuple[str, int], bpy.types.Material] = {}
    skin, hair = _skin_color(parts["head"]), _hair_color(parts)
    for name, part in parts.items():
        for number, slot in enumerate(part.material_slots):
            material = slot.material
            if material is None:
                continue
            if material.name not in made:
                made[material.name] = _draw(armature, name, number, material, skin, hair)
            drawn[name, number] = made[material.name]
    return drawn


def _draw(
    armature: bpy.types.Object, part: str, slot: int, material: bpy.types.Material, skin: np.ndarray, hair: np.ndarray
) -> bpy.types.Material:
    kind, name = _kind(part, slot, material), f"{material.name} toon"
    parts = rig_parts(armature)
    if kind == "cornea" or part == "brows":  # the face's drawing has brows of its own
        return clear_material(name)
    if kind == "skin" and part == "head" and slot == 0:
        return toon_material(
            name, _triple(skin), _draw_face(armature, parts["head"], name, skin, hair), rounded=_middle(armature)
        )
    if kind == "eye":
        return toon_material(name, WHITE, _draw_eyes(name, _image(material)), is_shaded=False)
    color = {"skin": skin, "hair": hair}.get(kind, TONES.get(kind))
    source = _image(material)
    if color is None:
        color = _mean(source) if source is not None else np.array(material.diffuse_color[:3])
    if kind == "cloth" and source is not None:
        return toon_material(name, _triple(color), _draw_cloth(source, name), has_alpha=True)
    is_shaded = kind in ("skin", "cloth", "glasses")
    if kind in ALPHA and source is not None and source.channels == 4:
        return toon_material(name, _triple(color), _cut_out(source, name, color), is_shaded, has_alpha=True)
    return toon_material(name, _triple(color), is_shaded=is_shaded)


def _kind(part: str, slot: int, material: bpy.types.Material) -> str:
    """What a material is of; avatars of earlier versions do not say it themselves."""
    if KIND in material:
        return material[KIND]
    by_name = {"body": "skin", "socket": "mouth", "gums": "mouth", "clothes": "cloth", "lens": "cornea"}
    last = material.name.split(" ")[-1].split(".")[0]
    known = ("skin", "mouth", "eye", "cornea", "teeth", "tongue", "lash", "hair", "cloth", "glasses")
    return by_name.get(last, last if last in known else "cloth")


def _image(material: bpy.types.Material) -> bpy.types.Image | None:
    node = material.node_tree.nodes.active
    if node is None or node.type != "TEX_IMAGE":
        return None
    return node.image


def _triple(color: np.ndarray) -> tuple[float, float, float]:
    return tuple(float(part) for part in color)


def _pixels(image: bpy.types.Image) -> np.ndarray:
    """(H, W, 4) linear colours and alpha, bottom row first."""
    flat = np.empty(image.size[0] * image.size[1] * image.channels, dtype=np.float32)
    image.pixels.foreach_get(flat)
    pixels = flat.reshape(image.size[1], image.size[0], image.channels)
    if image.channels < 4:
        pixels = np.dstack([pixels[..., :3], np.ones(pixels.shape[:2], np.float32)])
    color = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    return np.dstack([color[..., :3], pixels[..., 3]])


def _mean(image: bpy.types.Image) -> np.ndarray:
    pixels = _pixels(image)[::4, ::4].reshape(-1, 4)
    return (pixels[:, :3] * pixels[:, 3:]).sum(axis=0) / max(float(pixels[:, 3].sum()), 1e-6)


def _at_vertices(mesh: bpy.types.Mesh, image: bpy.types.Image, slot: int = 0) -> np.ndarray:
    """(V, 3) linear colours of a picture where vertices are; NaN for those that do not wear it."""
    vertices, uv, slots = mesh_triangles(mesh)
    pixels = _pixels(image)[..., :3]
    some = slots == slot
    place = uv[some].reshape(-1, 2)
    x, y = (np.clip((place[:, i] * pixels.shape[1 - i]).astype(int), 0, pixels.shape[1 - i] - 1) for i in (0, 1))
    colors = np.full((len(mesh.vertices), 3), np.nan)
    colors[vertices[some].ravel()] = pixels[y, x]
    return colors


def _skin_color(head: bpy.types.Object) -> np.ndarray:
    """The mean of what lies around nose and cheeks."""
    material = head.material_slots[0].material
    image = _image(material)
    if image is None:
        return np.array(material.diffuse_color[:3])
    points, colors = mesh_points(head.data), _at_vertices(head.data, image)
    eyes = _eyes(head.parent)
    middle, span = eyes.mean(axis=0), np.linalg.norm(eyes[0] - eyes[1])
    offset = (points - middle) / span
    near = (np.abs(offset[:, 0]) < 0.75) & (offset[:, 2] < -0.1) & (offset[:, 2] > -0.75) & (offset[:, 1] < 0.6)
    found = colors[near & ~np.isnan(colors[:, 0])]
    return np.median(found, axis=0) if len(found) else _mean(image)


def _hair_color(parts: dict[str, bpy.types.Object]) -> np.ndarray:
    for slot in parts["hair"].material_slots if "hair" in parts else ():
        image = _image(slot.material)
        return 0.9 * (_mean(image) if image is not None else np.array(slot.material.diffuse_color[:3]))
    return np.array((0.045, 0.033, 0.026))


def _eyes(armature: bpy.types.Object) -> np.ndarray:
    """(2, 3) the eyes' centres at rest, in the meshes' own space."""
    return np.array([armature.data.bones[name].head_local for name in ("eye_left", "eye_right")])


def _middle(armature: bpy.types.Object) -> tuple[float, float, float]:
    """The skull's middle at rest, about which a drawn head is shaded as if it were round."""
    eyes = _eyes(armature)
    x, y, z = eyes.mean(axis=0)
    span = float(np.linalg.norm(eyes[0] - eyes[1]))
    return float(x), float(y + 1.3 * span), float(z - 0.3 * span)


def _draw_face(
    armature: bpy.types.Object, head: bpy.types.Object, name: str, skin: np.ndarray, hair: np.ndarray
) -> bpy.types.Image:
    """Skin, lips, lids and brows, and hair where the photo's skin shows hair."""
    mesh = head.data
    vertices, uv, slots = mesh_triangles(mesh)
    points, eyes = mesh_points(mesh), _eyes(armature)
    span = float(np.linalg.norm(eyes[0] - eyes[1]))
    lips, lids = _rings(points, vertices, slots, eyes)
    middle = eyes.mean(axis=0)
    place = np.stack([np.abs(points[:, 0] - middle[0]) / span - 0.5, (points[:, 2] - middle[2]) / span], axis=1)
    front = (points[:, 1] - middle[1]) / span
    hairy = _hairiness(head, points, vertices, skin, hair, middle, span)
    values = np.column_stack([lips, lids, place, front, hairy])
    some = slots == 0
    picture = _enlarge(
        _fill(paint_values(vertices[some], uv[some], values, SIZE), np.array((20.0, 20.0, 9.0, 9.0, 9.0, 0.0)))
    )
    lips, lids, out, up, front, hairy = np.moveaxis(picture, 2, 0)
    color = np.broadcast_to(skin, (*lips.shape, 3)).copy()
    lip, dark = skin * LIP_TINT, np.array(LINE)
    brow = np.clip(0.8 * hair + 0.1 * skin, 0.01, 0.5 * skin.mean())
    for mask, paint in (
        (_edge(hairy - 0.5, 0.06), hair),
        (_edge(LIPS - lips, 0.25), lip),
        (_edge(CONTACT - lips, 0.35), 0.2 * lip),
        (_edge(LID - lids, 0.3) * (0.45 + 0.55 * _edge(up, 0.01)), dark),
        (_brow(out, up) * _edge(0.3 - front, 0.1), brow),
    ):
        color += mask[..., None] * (paint - color)
    return _make_image(name, np.dstack([color, np.ones(lips.shape)]))


def _rings(
    points: np.ndarray, vertices: np.ndarray, slots: np.ndarray, eyes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rings (V,) about the mouth and about the eyes, 20 where far: holes are told apart by how high they lie."""
    rings = {"lips": np.full(len(points), 20.0), "lids": np.full(len(points), 20.0)}
    for hole in np.unique(slots[slots > 0]):
        ring = ring_numbers(vertices, slots, 0, int(hole), 12, len(points))
        border = points[ring == 0]
        if not len(border):
            continue
        span = np.linalg.norm(eyes[0] - eyes[1])
        at = (border.mean(axis=0) - eyes.mean(axis=0))[2] / span
        which = "lids" if abs(at) < 0.4 else "lips" if at > -1.6 else None
        if which:
            rings[which] = np.fmin(rings[which], np.nan_to_num(ring, nan=20.0))
    return rings["lips"], rings["lids"]


def _hairiness(
    head: bpy.types.Object,
    points: np.ndarray,
    vertices: np.ndarray,
    skin: np.ndarray,
    hair: np.ndarray,
    middle: np.ndarray,
    span: float,
) -> np.ndarray:
    """(V,) 0..1 how much more a vertex above or behind the face looks like hair than like skin, evened out."""
    image = _image(head.material_slots[0].material)
    if image is None:
        return np.zeros(len(points))
    colors = np.nan_to_num(_at_vertices(head.data, image))
    to_skin, to_hair = (np.linalg.norm(np.sqrt(colors) - np.sqrt(c), axis=1) for c in (skin, hair))
    hairy = to_skin / (to_skin + to_hair + 1e-6)
    offset = (points - middle) / span
    hairy[(offset[:, 2] < 0.75) & (offset[:, 1] < 1.4) | (offset[:, 2] < -1.2)] = 0.0
    edges = np.concatenate([vertices[:, [0, 1]], vertices[:, [1, 2]], vertices[:, [2, 0]]])
    count = np.bincount(edges.ravel(), minlength=len(points)) + 1e-9
    for _ in range(6):
        mean = np.bincount(edges[:, 0], hairy[edges[:, 1]], len(points))
        mean += np.bincount(edges[:, 1], hairy[edges[:, 0]], len(points))
        hairy = 0.5 * hairy + 0.5 * mean / count
    return hairy


def _brow(out: np.ndarray, up: np.ndarray) -> np.ndarray:
    """0..1 inside a brow; out and up in eye distances from an eye's centre."""
    along = np.linspace(0, 1, 60)
    knots = np.linspace(0, 1, len(BROW))
    line = np.stack([np.interp(along, knots, BROW[:, i]) for i in (0, 1)], axis=1)
    width = np.interp(along, knots, BROW_WIDTH)
    inside = np.zeros(out.shape, dtype=np.float32)
    near = (np.abs(out) < 0.6) & (up > 0.15) & (up < 0.6)
    out, up = out[near], up[near]
    best = np.full(out.shape, -1.0, dtype=np.float32)
    for (x, z), half in zip(line, width, strict=True):
        best = np.maximum(best, half - np.hypot(out - x, up - z))
    inside[near] = _edge(best, 0.006)
    return inside


def _edge(inside: np.ndarray, soft: float) -> np.ndarray:
    return np.clip(0.5 + inside / (2 * soft), 0.0, 1.0)


def _draw_eyes(name: str, source: bpy.types.Image | None) -> bpy.types.Image | None:
    """Eyeballs with an iris of one tone and a pupil; in the picture each lies in a disc of its own, side by side."""
    if source is None:
        return None
    u, v = np.meshgrid((np.arange(2 * SIZE) + 0.5) / SIZE, (np.arange(SIZE) + 0.5) / SIZE)
    reach = np.hypot((u % 1.0) - 0.5, v - 0.5) * 2 / IRIS
    pixels = _pixels(source)[..., :3]
    rows, columns = (np.arange(n) * m // n for n, m in zip(reach.shape, pixels.shape[:2], strict=True))
    iris = np.median(pixels[rows][:, columns][(reach > 0.5) & (reach < 0.85)], axis=0)
    color = np.broadcast_to(np.array(WHITE), (*reach.shape, 3)).copy()
    glint = np.hypot((u % 1.0) - 0.5 + 0.17 * IRIS, v - 0.5 - 0.19 * IRIS) * 2 / IRIS
    for inside, paint in (
        (1.04 - reach, 0.3 * iris),
        (0.88 - reach, iris),
        (PUPIL - reach, np.array(LINE) * 0.5),
        (0.15 - glint, np.array((0.9, 0.9, 0.9))),
    ):
        color += _edge(inside, 0.02)[..., None] * (paint - color)
    return _make_image(name, np.dstack([color, np.ones(reach.shape)]))


def _draw_cloth(source: bpy.types.Image, name: str) -> bpy.types.Image:
    """A few flat tones in soft large patches: no weave, no badge, no letter stays."""
    pixels = _pixels(source)
    step = max(pixels.shape[0] // 64, 1)
    height, width = pixels.shape[0] // step * step, pixels.shape[1] // step * step
    cells = pixels[:height, :width].reshape(height // step, step, width // step, step, 4).mean(axis=(1, 3))
    weight, color = cells[..., 3].ravel(), (cells[..., :3]).reshape(-1, 3)
    seen = color[weight > 0.5] if (weight > 0.5).any() else color
    order = seen[np.argsort(seen.sum(axis=1))]
    centres = np.sqrt(order[[int(q * (len(order) - 1)) for q in np.linspace(0.1, 0.9, CLOTH_TONES)]])
    for _ in range(8):
        nearest = np.linalg.norm(np.sqrt(seen)[:, None] - centres[None], axis=2).argmin(axis=1)
        centres = np.array(
            [np.sqrt(seen)[nearest == i].mean(axis=0) if (nearest == i).any() else c for i, c in enumerate(centres)]
        )
    smooth = np.sqrt(cells[..., :3])
    for _ in range(3):
        padded = np.pad(smooth, ((1, 1), (1, 1), (0, 0)), mode="edge")
        smooth = sum(padded[i : i + smooth.shape[0], j : j + smooth.shape[1]] for i in range(3) for j in range(3)) / 9
    large = _enlarge(_enlarge(_enlarge(smooth)))
    tones = centres[np.linalg.norm(large[:, :, None] - centres, axis=3).argmin(axis=2)] ** 2
    rows, columns = (np.arange(n) * m // n for n, m in zip(large.shape[:2], pixels.shape[:2], strict=True))
    return _make_image(name, np.dstack([tones, _holes(pixels[rows][:, columns, 3])]))


def _cut_out(source: bpy.types.Image, name: str, color: np.ndarray) -> bpy.types.Image:
    """One tone with the holes of another picture."""
    alpha = _pixels(source)[..., 3]
    return _make_image(name, np.dstack([np.broadcast_to(color, (*alpha.shape, 3)), _holes(alpha)]))


def _holes(alpha: np.ndarray) -> np.ndarray:
    """Alpha stretched as the real material does, so that nothing behind shows through."""
    low, high = MASK_RANGE
    return np.clip((alpha - low) / (high - low), 0.0, 1.0)


def _fill(picture: np.ndarray, empty: np.ndarray) -> np.ndarray:
    """Holes and what lies beyond the islands: from what is near, then a value for nothing."""
    for _ in range(6):
        hole = np.isnan(picture[..., 0])
        if not hole.any():
            return picture
        padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), constant_values=np.nan)
        near = np.stack([padded[i : i + hole.shape[0], j : j + hole.shape[1]] for i, j in
                         ((0, 1), (1, 0), (1, 2), (2, 1))])  # fmt: skip
        count = (~np.isnan(near)).sum(axis=0)
        mean = np.nan_to_num(near).sum(axis=0) / np.maximum(count, 1)
        picture = np.where(hole[..., None] & (count > 0), mean, picture)
    return np.where(np.isnan(picture), np.asarray(empty, dtype=np.float32), picture)


def _enlarge(picture: np.ndarray) -> np.ndarray:
    """Twice the size, linearly, pixels' middles where they were."""
    for axis in (0, 1):
        before = np.concatenate([picture.take([0], axis), picture.take(range(picture.shape[axis] - 1), axis)], axis)
        after = np.concatenate([picture.take(range(1, picture.shape[axis]), axis), picture.take([-1], axis)], axis)
        both = np.stack([0.75 * picture + 0.25 * before, 0.75 * picture + 0.25 * after], axis=axis + 1)
        shape = list(picture.shape)
        shape[axis] *= 2
        picture = both.reshape(shape)
    return picture


def _make_image(name: str, pixels: np.ndarray) -> bpy.types.Image:
    """A packed picture of linear colours (H, W, 4), bottom row first."""
    height, width = pixels.shape[:2]
    color = np.clip(pixels, 0.0, 1.0).astype(np.float32)
    stored = np.where(color <= 0.0031308, color * 12.92, 1.055 * np.maximum(color, 1e-9) ** (1 / 2.4) - 0.055)
    stored[..., 3] = color[..., 3]
    image = bpy.data.images.new(name, width, height, alpha=True)
    image.pixels.foreach_set(stored.astype(np.float32).ravel())
    image.pack()
    image[TOON] = "drawn"
    return image
