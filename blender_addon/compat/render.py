# SPDX-License-Identifier: GPL-3.0-or-later
"""Engines, output, node trees and the graphics device."""

from __future__ import annotations

import bpy


def eevee_engine() -> str:
    """The identifier of EEVEE for ``scene.render.engine``: it was renamed in 5.0."""
    return "BLENDER_EEVEE" if bpy.app.version >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"


def limit_dither(scene: bpy.types.Scene) -> None:
    """Let dithering change no pixel by more than one of 255: 4.2 does so twice as strongly as those after it."""
    if bpy.app.version < (4, 3, 0):
        scene.render.dither_intensity = min(scene.render.dither_intensity, 0.5)


def picture_settings(file_format: str = "PNG") -> dict[str, str]:
    """Properties of ImageFormatSettings, in the order in which to set them, for still images."""
    media = {"media_type": "IMAGE"} if bpy.app.version >= (5, 0, 0) else {}
    return {**media, "file_format": file_format}


def use_nodes(owner: bpy.types.Material | bpy.types.World) -> bpy.types.NodeTree:
    """The empty node tree of a new material or world; since 5.0 they always have one."""
    if bpy.app.version < (5, 0, 0):
        owner.use_nodes = True
    owner.node_tree.nodes.clear()
    return owner.node_tree


def picture_shader() -> str:
    """The built-in shader that draws a texture of an Image, times a color, in a draw handler of the 3D View.

    Such textures are scene linear. Until 4.5 what is drawn to encodes them for the screen, since 5.0 the shader has to.
    """
    return "IMAGE_COLOR_SCENE_LINEAR_TO_REC709_SRGB" if bpy.app.version >= (5, 0, 0) else "IMAGE_COLOR"


def gpu_renderer() -> str | None:
    """The name of what draws with OpenGL or Vulkan, or None where nothing does.

    In background, 5.0 opens the device when asked to; 4.5 opens it with the first render, so that one of
    4 x 4 pixels is made there.
    """
    import gpu

    try:
        return gpu.platform.renderer_get()
    except SystemError:
        pass
    if hasattr(gpu, "init"):
        gpu.init()
    else:
        scene = bpy.data.scenes.new("Probe")
        try:
            scene.render.engine = "BLENDER_WORKBENCH"
            scene.render.resolution_x = scene.render.resolution_y = 4
            scene.camera = bpy.data.objects.new("Probe", bpy.data.cameras.new("Probe"))
            bpy.ops.render.render(scene=scene.name)
        finally:
            bpy.data.batch_remove([scene.camera.data, scene])
    try:
        return gpu.platform.renderer_get()
    except SystemError:
        return None


def sharpen_contact(light: bpy.types.Light) -> None:
    """EEVEE: shadows of a lamp that hold where things touch, as of nose, lip and chin.

    Contact shadows of their own went with 4.2's EEVEE: it follows light through shadow maps, which only have to be
    fine enough (metres a texel).
    """
    if hasattr(light, "use_contact_shadow"):
        light.use_contact_shadow, light.contact_shadow_distance = True, 0.05
    if hasattr(light, "shadow_maximum_resolution"):
        light.shadow_maximum_resolution = min(light.shadow_maximum_resolution, 0.001)


def dont_light(material: bpy.types.Material) -> None:
    """Cycles: do not take a material that shines for a lamp, which would cost time and bring noise."""
    settings = getattr(material, "cycles", None)
    if settings is not None and hasattr(settings, "emission_sampling"):
        settings.emission_sampling = "NONE"
