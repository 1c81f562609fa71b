# SPDX-License-Identifier: GPL-3.0-or-later
"""A shot from its request to its pictures, in a scene that keeps what the next shot needs again."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..errors import LikenessError
from ..stage.pieces import ensure_piece
from ..stage.plan import plan_render
from ..words import tell
from .camera import PIECE, Framed, Margins, apply_camera
from .cameras import find_move, find_preset
from .cast import Cast, direct_looks, hide_others, place_cast
from .dressing import dress
from .pictures import FIRST, render_pictures
from .request import Request, read_request

Progress = Callable[[float, str], None]
STAGED = 0.05  # of the progress: until the first frame renders


class Stage:
    """The scene of a renderer process."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        self.scene = scene
        self.cast = Cast(scene)

    def render(self, path: Path, out: Path, progress: Progress = lambda fraction, text: None) -> dict[str, Any]:
        """Render the shot of a request into a folder; returns the answer, which is also written as ``plate.json``.

        Raises LikenessError: those of `read_request`, `import_avatar`, `apply_performance`, `apply_camera`,
        `plan_render`, ``output_unwritable``, ``render_failed``.
        """
        begun = time.monotonic()
        request = read_request(path)
        find_preset(request.camera.preset), find_move(request.camera.move)
        plan = plan_render(request.engine, request.size, request.samples)
        _make_folder(out)
        framed, rigs, warnings = self.set_up(request)
        _write_faces(out / "faces.npz", rigs, framed, request.frames)
        rendered = render_pictures(
            self.scene, request, plan, out, lambda done, text: progress(STAGED + (1.0 - STAGED) * done, text)
        )
        answer = {
            "frames": request.frames,
            "rendered": rendered,
            "engine": plan.engine,
            "device": plan.device,
            "seconds": round(time.monotonic() - begun, 3),
            "warnings": list(dict.fromkeys(warnings)),
        }
        _write_whole(out / "plate.json", json.dumps(answer, ensure_ascii=False, indent=1).encode())
        return answer

    def set_up(self, request: Request) -> tuple[Framed | None, Mapping[str, bpy.types.Object], list[str]]:
        """Everything but the rendering: who stands where, performing, seen by the camera."""
        scene = self.scene
        scene.render.fps, scene.render.fps_base = _rate(request.fps)
        scene.frame_start, scene.frame_end = FIRST, FIRST + request.frames - 1
        scene.render.resolution_x, scene.render.resolution_y = request.size
        scene.render.pixel_aspect_x = scene.render.pixel_aspect_y = 1.0
        rigs = self.cast.gather(request)
        performers = sorted(request.performers, key=lambda one: one.place)
        warnings: list[str] = []
        for performer in performers:
            warnings += self.cast.perform(rigs[performer.name], performer, request.fps)
        scene.frame_start, scene.frame_end = FIRST, FIRST + request.frames - 1
        place_cast(list(rigs.values()), request.size[0] / request.size[1])
        camera = ensure_piece(scene, PIECE, bpy.data.cameras.new)
        direct_looks(rigs, performers, camera)
        warnings += dress(scene, request, list(rigs.values()))
        framed = None
        if rigs:
            clear, asked = request.clear, request.camera
            framed = apply_camera(
                scene,
                list(rigs.values()),
                asked.preset,
                asked.move,
                rigs.get(asked.subject),
                range(FIRST, FIRST + request.frames),
                asked.amount,
                asked.lens,
                Margins((clear.left, clear.top, clear.right, clear.bottom), request.safe),
                request.seed,
                camera,
            )
            hide_others(list(rigs.values()), framed.seen)
        return framed, rigs, warnings


def _rate(fps: float) -> tuple[int, float]:
    """Blender's whole frames and their base: 29.97 is 30 / 1.001."""
    whole = max(round(fps), 1)
    return whole, whole / fps


def _write_faces(path: Path, rigs: Mapping[str, bpy.types.Object], framed: Framed | None, frames: int) -> None:
    nothing = np.full((frames, 4), np.nan, dtype=np.float32)
    found = {
        name: framed.boxes[rig] if framed is not None and rig in framed.seen else nothing for name, rig in rigs.items()
    }
    half = path.with_name(f".{path.stem}.half.npz")
    np.savez(half, **found)
    os.replace(half, path)


def _write_whole(path: Path, data: bytes) -> None:
    half = path.with_name(f".{path.name}.half")
    half.write_bytes(data)
    os.replace(half, path)


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LikenessError(
            "output_unwritable",
            tell("The folder {parent} cannot be written to: {reason}.", parent=out, reason=error.strerror),
            "Choose a folder that you may write to.",
        ) from error
