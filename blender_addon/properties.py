# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panels ask for: settings of the user interface, on the scene. Nothing that a rig needs is here."""

import bpy

# (identifier, name, description); the identifiers are the core's.
VOICES = (("heart", "Heart", "American English, a woman's voice"),)
ENGINES = (
    ("auto", "Automatic", "The best that this computer renders in bearable time"),
    ("eevee", "EEVEE", "Real time, where there is a graphics card"),
    ("cycles", "Cycles", "Ray tracing"),
    ("workbench", "Workbench", "The plain look of the 3D View, for a quick look"),
)
GLASSES = (
    ("keep", "Keep", "Glasses become an object of their own"),
    ("remove", "Remove", "Glasses are painted out"),
)
TEXTURES = (
    ("2048", "2048", "Enough for most shots"),
    ("4096", "4096", "For close-ups, where the photo is that sharp"),
)
LAYERS = (
    ("speech", "Speech", "Jaw, lips and tongue"),
    ("expression", "Expression", "Brows, cheeks and smile"),
    ("blink", "Blink", "The lids"),
    ("gaze", "Gaze", "The eyes"),
    ("head", "Head", "Head and neck"),
    ("gesture", "Gesture", "Chest and shoulders"),
)


class LIKENESS_PG_settings(bpy.types.PropertyGroup):
    """Settings of the Likeness tab."""

    photo: bpy.props.StringProperty(
        name="Photo", subtype="FILE_PATH", description="A photo of one person, looking at the camera"
    )
    name: bpy.props.StringProperty(name="Name", description="What the avatar is called")
    face: bpy.props.IntProperty(
        name="Face",
        default=1,
        min=1,
        soft_max=9,
        description="Which face of a photo with several: 1 is the largest, 2 the next",
    )
    consent: bpy.props.StringProperty(
        name="Consent",
        description="Who agreed to this likeness, and to what; it is kept in the avatar",
    )
    photo_left: bpy.props.StringProperty(
        name="Left Side",
        subtype="FILE_PATH",
        description="Another photo of the person, turned by 20 to 45° so that the head's left side is seen",
    )
    photo_right: bpy.props.StringProperty(
        name="Right Side",
        subtype="FILE_PATH",
        description="Another photo of the person, turned by 20 to 45° so that the head's right side is seen",
    )
    glasses: bpy.props.EnumProperty(name="Glasses", items=GLASSES, description="What becomes of glasses in the photo")
    texture: bpy.props.EnumProperty(name="Texture", items=TEXTURES, description="Side of the head's maps, in pixels")
    pins: bpy.props.StringProperty(
        name="Pins", subtype="FILE_PATH", description="Landmarks of the photo that were set by hand: NAME.pins.json"
    )
    script: bpy.props.StringProperty(name="Script", description="What the avatar says")
    script_block: bpy.props.PointerProperty(
        name="Text", type=bpy.types.Text, description="A text of the Text Editor to say, for longer scripts"
    )
    voice: bpy.props.EnumProperty(name="Voice", items=VOICES)
    speed: bpy.props.FloatProperty(name="Speed", default=1.0, min=0.5, max=2.0, description="1 is the voice's own pace")
    seconds: bpy.props.FloatProperty(
        name="Length",
        default=0.0,
        min=0.0,
        max=3600.0,
        subtype="TIME_ABSOLUTE",
        description="How long the speech is to be, in seconds; 0 leaves it to the voice",
    )
    seed: bpy.props.IntProperty(name="Seed", min=0, description="Another seed gives another take")
    strength: bpy.props.FloatProperty(
        name="Strength", default=1.0, min=0.0, soft_max=1.5, max=2.0, description="How lively the take is"
    )
    layers: bpy.props.EnumProperty(
        name="Layers",
        items=LAYERS,
        options={"ENUM_FLAG"},
        default={identifier for identifier, *_ in LAYERS},
        description="What is replaced; the other layers stay as they are",
    )
    pose_strength: bpy.props.FloatProperty(
        name="Strength", default=1.0, min=0.0, max=2.0, soft_max=1.0, description="1 is a pose as it was made"
    )
    pose_turn: bpy.props.BoolProperty(
        name="Head and Gaze", default=True, description="Expressions turn head and eyes too"
    )
    engine: bpy.props.EnumProperty(name="Engine", items=ENGINES)
    use_scene_size: bpy.props.BoolProperty(
        name="Scene's Resolution",
        description="Render in the resolution of the scene, instead of one that this computer manages well",
    )
    clip: bpy.props.StringProperty(
        name="Clip",
        subtype="FILE_PATH",
        description="The video file; empty for one in the results folder, called as the avatar is",
    )


def attach() -> None:
    """Give every scene its settings."""
    bpy.types.Scene.likeness = bpy.props.PointerProperty(type=LIKENESS_PG_settings)


def detach() -> None:
    """Take the settings away; their values stay in the files."""
    del bpy.types.Scene.likeness


CLASSES = (LIKENESS_PG_settings,)
