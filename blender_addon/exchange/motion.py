# SPDX-License-Identifier: GPL-3.0-or-later
"""The motion of a rig as a capture: what leaves as Live Link Face CSV, and what other rigs take over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np

from ..errors import LikenessError
from ..rig.assemble import check_rig
from ..words import tell
from .capture import ARKIT, Capture, tell_names, turn_angles
from .livelink import write_csv
from .sampling import Samples, sample_rig, untouched

# Channel's beginning -> the bone that turns, and the bone that it turns against (None: the armature).
TURNING = (("head", "head", None), ("eyeLeft", "eye_left", "head"), ("eyeRight", "eye_right", "head"))
# Below this a channel rests.
STILL = 1e-4


def capture_rig(armature: bpy.types.Object, context: bpy.types.Context, rate: float = 0.0) -> Capture:
    """What the rig does in the scene's frame range, ``rate`` moments a second (0: the scene's frames).

    Channels are ARKit's, the visemes and the turns of head (against the world of the rig) and eyes (against the head).
    Leaves the file as it was. Raises LikenessError: ``rig_missing``, ``rig_hidden``.
    """
    check_rig(armature)
    scene = context.scene
    fps = scene.render.fps / scene.render.fps_base
    rate = rate or fps
    count = int(np.floor((scene.frame_end - scene.frame_start) / fps * rate + 1e-6)) + 1
    time = np.arange(count) / rate
    names = tuple(name for name in armature.keys() if name in ARKIT or name.startswith("viseme_"))  # noqa: SIM118
    with untouched(context, armature):
        samples = sample_rig(armature, scene.frame_start + time * fps, context, names)
    return capture_samples(armature, samples, rate)


def capture_samples(armature: bpy.types.Object, samples: Samples, rate: float) -> Capture:
    """Samples of a rig as a capture, ``rate`` a second."""
    channels = {name: values.astype(np.float64) for name, values in samples.channels.items()}
    for start, bone, against in TURNING:
        if bone in samples.bones:
            turns = _local(armature, samples.bones, bone)
            if against in samples.bones:
                turns = _local(armature, samples.bones, against).transpose(0, 2, 1) @ turns
            angles = turn_angles(turns)
            channels |= {f"{start}{name}": angles[name] for name in ("Pitch", "Yaw")}
            if against is None:
                channels[f"{start}Roll"] = angles["Roll"]
    return Capture(np.arange(len(samples.frames)) / rate, rate, channels)


def _local(armature: bpy.types.Object, bones: dict[str, np.ndarray], name: str) -> np.ndarray:
    """A bone's turn from its rest pose (T, 3, 3), in its own axes."""
    rest = np.array(armature.data.bones[name].matrix_local)[:3, :3]
    return rest.T @ bones[name][:, :3, :3]


def export_motion(
    armature: bpy.types.Object, path: Path, context: bpy.types.Context, rate: int = 60, looks: bool = True
) -> Sequence[str]:
    """Write the rig's motion as Live Link Face CSV; returns warnings.

    rate: rows a second, as the app's own 60. looks: as in `write_csv`.

    Raises LikenessError: ``rig_missing``, ``rig_hidden``, ``export_failed``.
    """
    capture = capture_rig(armature, context, float(rate))
    partial = path.with_name(path.name + ".partial")
    try:
        write_csv(partial, capture, looks)
        partial.replace(path)
    except OSError as error:
        raise LikenessError(
            "export_failed",
            tell("{name} cannot be written: {reason}.", name=path.name, reason=error.strerror),
            "Choose another place.",
        ) from error
    lost = [
        name for name, values in capture.channels.items() if name.startswith("viseme_") and np.abs(values).max() > STILL
    ]
    return (tell("Live Link Face knows no visemes: {names} were left out.", names=tell_names(lost)),) if lost else ()
