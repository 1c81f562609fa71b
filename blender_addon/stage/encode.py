# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures and the scene's sound into an mp4, by Blender's own encoder: no other program is needed."""

from __future__ import annotations

from pathlib import Path

import bpy

from .. import compat
from ..errors import LikenessError
from ..words import tell
from .plan import RenderPlan


def encode_clip(scene: bpy.types.Scene, pictures: Path, count: int, plan: RenderPlan, out: Path) -> None:
    """Encode ``000001.png`` and on, and the sound of ``scene``, as H.264 and AAC at the scene's frame rate.

    Works in a scene of its own, whose colours pass through unchanged, and which is removed again.

    Raises LikenessError: ``encode_failed``.
    """
    sound = mix_sound(scene, pictures / "sound.wav")
    reel = bpy.data.scenes.new("Likeness reel")
    try:
        _set_video(scene, reel, plan, count, out)
        strips = compat.editor_strips(reel.sequence_editor_create())
        picture = strips.new_image("pictures", str(pictures / "000001.png"), channel=2, frame_start=1)
        for number in range(2, count + 1):
            picture.elements.append(f"{number:06d}.png")
        compat.set_strip_end(picture, 1 + count)
        if sound is not None:
            strips.new_sound("voice", str(sound), channel=1, frame_start=1)
        bpy.ops.render.render(animation=True, scene=reel.name)
    except RuntimeError as error:
        raise LikenessError(
            "encode_failed",
            tell("Blender could not encode the clip: {error}.", error=error),
            "Look for room on the disk.",
        ) from error
    finally:
        sounds = [strip.sound for strip in compat.editor_strips(reel.sequence_editor) if strip.type == "SOUND"]
        bpy.data.scenes.remove(reel)
        bpy.data.batch_remove([made for made in sounds if made.users == 0])
    if not out.is_file() or out.stat().st_size == 0:
        raise LikenessError("encode_failed", "Blender wrote no clip.", "Use a Blender that was built with FFmpeg.")


def mix_sound(scene: bpy.types.Scene, path: Path) -> Path | None:
    """The scene's sound over its frame range as a wave file, or None where it is silent by design."""
    editor = scene.sequence_editor
    if (
        editor is None
        or not compat.has_sound()
        or not any(strip.type == "SOUND" and not strip.mute for strip in compat.editor_strips(editor))
    ):
        return None
    with bpy.context.temp_override(scene=scene):
        bpy.ops.sound.mixdown(filepath=str(path), container="WAV", codec="PCM", format="S16", mixrate=48000)
    return path


def _set_video(scene: bpy.types.Scene, reel: bpy.types.Scene, plan: RenderPlan, count: int, out: Path) -> None:
    reel.frame_start, reel.frame_end = 1, count
    render = reel.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = plan.width, plan.height, 100
    render.fps, render.fps_base = scene.render.fps, scene.render.fps_base * scene.frame_step
    render.filepath, render.use_file_extension = str(out), False
    render.use_sequencer, render.use_compositing = True, False
    reel.view_settings.view_transform, reel.view_settings.look = "Standard", "None"
    compat.set_video_output(render.image_settings)
    video = render.ffmpeg
    video.format, video.codec, video.constant_rate_factor = "MPEG4", "H264", "HIGH"
    video.ffmpeg_preset, video.gopsize = "GOOD", 12
    video.audio_codec, video.audio_bitrate, video.audio_mixrate = "AAC", 160, 48000
