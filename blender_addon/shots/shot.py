# SPDX-License-Identifier: GPL-3.0-or-later
"""A shot from its request to its pictures, in a scene that keeps what the next shot needs again."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..errors import LikenessError
from ..stage.pieces import ensure_piece
from ..stage.plan import plan_render
from ..stage.screen import screen_corners
from ..words import tell
from .camera import PIECE, Framed, Margins, apply_camera, frame_nobody
from .cameras import ALL, PAIR, find_move, find_preset
from .cast import Cast, hide_others, place_cast
from .dressing import Dressing, see_through, vary
from .gazes import direct_gazes
from .pictures import FIRST, render_pictures
from .plates import read_plate
from .request import Performer, Request, read_request

Progress = Callable[[float, str], None]
STAGED = 0.05  # of the progress: until the first frame renders
DRAWN_BEHIND = 0.7  # metres that every second performer stands behind, where focus is drawn from one to the other
STANDING = ("still", "rack_focus")
LEAST_PART = 0.35  # of a move below which it is told that it is smaller


class Stage:
    """The scene of a renderer process."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        self.scene = scene
        self.cast = Cast(scene)
        self.dressing = Dressing(scene)

    def render(self, path: Path, out: Path, progress: Progress = lambda fraction, text: None) -> dict[str, Any]:
        """Render the shot of a request into a folder; returns the answer, which is also written as ``plate.json``.

        Raises LikenessError: those of `read_request`, `import_avatar`, `apply_performance`, `apply_camera`,
        `plan_render`, ``output_unwritable``, ``render_failed``.
        """
        begun = time.monotonic()
        request = read_request(path)
        find_preset(request.camera.preset)
        find_move(request.camera.move)
        plan = plan_render(request.engine, request.size, request.samples)
        _make_folder(out)
        progress(0.0, "Setting the shot up")
        framed, rigs, warnings = self.set_up(request, plan.engine)
        _write_faces(out / "faces.npz", rigs, framed, request.frames)
        rendered = render_pictures(
            self.scene,
            request,
            plan,
            out,
            see_through(request),
            lambda done, text: progress(STAGED + (1.0 - STAGED) * done, text),
        )
        answer = {
            "frames": request.frames,
            "rendered": rendered,
            "engine": plan.engine,
            "device": plan.device,
            "seconds": round(time.monotonic() - begun, 3),
            "ends": round(framed.ends, 4) if framed is not None else 0.0,
            "warnings": list(dict.fromkeys(warnings)),
        }
        _write_whole(out / "plate.json", json.dumps(answer, ensure_ascii=False, indent=1).encode())
        return answer

    def set_up(self, request: Request, engine: str) -> tuple[Framed | None, Mapping[str, bpy.types.Object], list[str]]:
        """Everything but the rendering: who stands where, performing, seen by the camera."""
        scene, performers = self.scene, sorted(request.performers, key=lambda one: one.place)
        self._set_time(request)
        rigs = self.cast.gather(request)
        warnings: list[str] = []
        for performer in performers:
            vary(rigs[performer.name], performer)
            warnings += self.cast.perform(rigs[performer.name], performer, request.fps)
        self._set_time(request)  # takes made it longer
        camera = scene.camera = ensure_piece(scene, PIECE, bpy.data.cameras.new)
        drawn = DRAWN_BEHIND if request.camera.move == "rack_focus" else 0.0
        is_all = find_preset(request.camera.preset).shows == ALL
        aspect = request.size[0] / request.size[1] if is_all else math.inf  # seen alone, they need not stand close
        place_cast(list(rigs.values()), aspect, _in_front(request, performers), drawn)
        direct_gazes(rigs, performers, camera, request.fps, FIRST, is_all)
        warnings += self.dressing.dress(request, list(rigs.values()), engine)
        framed = self._frame(request, rigs, camera, warnings)
        self.dressing.finish(request)
        return framed, rigs, warnings

    def _set_time(self, request: Request) -> None:
        scene, render = self.scene, self.scene.render
        render.fps, render.fps_base = _rate(request.fps)
        render.resolution_x, render.resolution_y = request.size
        render.pixel_aspect_x = render.pixel_aspect_y = 1.0
        scene.frame_start, scene.frame_end = FIRST, FIRST + request.frames - 1

    def _frame(
        self,
        request: Request,
        rigs: Mapping[str, bpy.types.Object],
        camera: bpy.types.Object,
        warnings: list[str],
    ) -> Framed | None:
        if not rigs:
            frame_nobody(camera, request.size)
            return None
        clear, asked = request.clear, request.camera
        plate = read_plate(request.background, request.size)
        framed = apply_camera(
            self.scene,
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
            request.depth_of_field,
            [(rigs[one.subject], FIRST + round(one.start * request.fps)) for one in asked.focus],
            plate,
            screen_corners(self.scene) if request.screen and find_preset(asked.preset).shows != PAIR else None,
        )
        if plate is not None and asked.move not in STANDING:
            warnings.append("The camera stands still, since its background is a plate.")
        elif framed.amount < LEAST_PART * asked.amount:
            warnings.append(tell("The camera moves less than asked for, so that every face stays in its place."))
        if framed.ends and request.alpha:  # else a shade is drawn over it
            warnings.append("The lower end of a performer is seen: choose a closer camera preset, or cover less below.")
        hide_others(list(rigs.values()), framed.seen)
        return framed


def _in_front(request: Request, performers: Sequence[Performer]) -> int | None:
    """The number of the performer past whose shoulder another one is seen; None where nobody is."""
    if find_preset(request.camera.preset).shows != PAIR or len(performers) < 2:
        return None
    names = [performer.name for performer in performers]
    subject = names.index(request.camera.subject) if request.camera.subject else 0
    looked_at = performers[subject].looks_at
    return names.index(looked_at) if looked_at in names else next(n for n in range(len(names)) if n != subject)


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
