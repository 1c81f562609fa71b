# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panels ask for of the stage, of clips and films and of synthetic people; and what a storyboard holds."""

import bpy

from . import compat
from .consent import USES
from .words import CONTEXT

# (identifier, name, description); the identifiers are the core's.
ENGINES = (
    ("auto", "Automatic", "The best that this computer renders in bearable time"),
    ("eevee", "EEVEE", "Real time, where there is a graphics card"),
    ("cycles", "Cycles", "Ray tracing"),
    ("workbench", "Workbench", "The plain look of the 3D View, for a quick look"),
)
QUALITIES = (
    ("final", "Final", "For others to see"),
    ("draft", "Draft", "For a look: a large mark lies over it, and no consent is needed"),
)
AUDIENCES = USES[:4]
# What is left to the storyboard.
BOARD = ("board", "As Written", "What the storyboard says")
FORMATS = (
    ("16:9", "16:9", "Wide, for screens"),
    ("9:16", "9:16", "Tall, for phones"),
    ("1:1", "1:1", "Square"),
    ("4:5", "4:5", "A little taller than wide"),
)
SIZES = (
    BOARD,
    *((size, size, "Pixels of the shorter side") for size in ("360p", "480p", "720p", "1080p", "1440p", "2160p")),
)
CODECS = (
    BOARD,
    ("h264", "H.264", "An MP4 that plays everywhere"),
    ("h265", "H.265", "A smaller MP4 for newer devices"),
    ("av1", "AV1", "The smallest MP4, which takes longest"),
    ("prores", "ProRes", "For editing, with alpha"),
    ("png", "PNG", "A folder of pictures"),
    ("exr", "OpenEXR", "A folder of pictures in linear light"),
)
PRESETS = (
    ("extreme_close_up", "Extreme Close-Up", "Eyes and mouth"),
    ("close_up", "Close-Up", "The face"),
    ("medium", "Medium", "Head and shoulders"),
    ("wide", "Wide", "All avatars with much around them"),
    ("two_shot", "Two-Shot", "All avatars together"),
    ("over_shoulder", "Over the Shoulder", "One avatar, past the shoulder of another one"),
    ("over_slide", "Beside a Slide", "One avatar at the side, with room for a slide"),
)
MOVES = (
    ("still", "Still", "The camera stands"),
    ("push_in", "Push In", "Slowly nearer"),
    ("pull_out", "Pull Out", "Slowly away"),
    ("orbit", "Orbit", "Around the face"),
    ("hand_held", "Hand-Held", "As calm hands hold it"),
    ("slide", "Slide", "Slowly aside"),
    ("rack_focus", "Rack Focus", "Sharp at one first, then at the other"),
)
LIGHTS = (
    ("three_point", "Three-Point", "Key, fill and rim"),
    ("rembrandt", "Rembrandt", "From high at one side, the other in shade"),
    ("high_key", "High Key", "Bright and even"),
    ("night", "Night", "Blue and dark, with a warm rim"),
    ("window", "Window", "Large and soft from one side"),
    ("matched", "Matched", "As the picture behind is lit"),
)
FILED = ("picture", "video", "hdri", "plate")  # backgrounds that are a file
BACKGROUNDS = (
    ("studio", "Studio", "A paper sweep"),
    ("classroom", "Classroom", "A room with a board"),
    ("desk", "Desk", "A desk with a screen that shows a picture"),
    ("green_screen", "Green Screen", "A green sweep, to be keyed"),
    ("flat_color", "Flat", "A sweep of one colour"),
    ("color", "Color", "Exactly one colour in the picture"),
    ("picture", "Picture", "A picture that fills what the camera sees"),
    ("video", "Video", "A video that fills what the camera sees"),
    ("hdri", "HDRI", "A place all around, which lights too"),
    ("plate", "Plate", "A real camera's picture or video, whose view the camera takes on"),
)
HAIRS = (
    ("seed", "By the Seed", "Whatever the seed draws"),
    ("none", "None", "No hair"),
    ("buzz", "Buzz Cut", "A few millimetres"),
    ("short", "Short", "Above the ears"),
    ("bob", "Bob", "To the chin"),
    ("long", "Long", "Over the shoulders"),
    ("bun", "Bun", "Bound behind the head"),
)


class LIKENESS_PG_delivery(bpy.types.PropertyGroup):
    """What a clip is for, and what is said of it"""

    use: bpy.props.EnumProperty(
        name="For",
        translation_context=CONTEXT,
        items=AUDIENCES,
        default="public",
        description="What it is for; consents say what is allowed",
    )
    quality: bpy.props.EnumProperty(
        name="Quality", items=QUALITIES, description="Whether it is for others to see, which needs consent"
    )
    label: bpy.props.BoolProperty(
        name="Visible Label", default=True, description="Say in the picture that it was made by AI"
    )
    label_reason: bpy.props.StringProperty(
        name="Why Not", description="Why there is no label; it is signed with the clip"
    )


class LIKENESS_PG_staging(bpy.types.PropertyGroup):
    """What is around the avatars, and how they are seen"""

    preset: bpy.props.EnumProperty(
        name="Camera", items=PRESETS, default="medium", description="How much of whom is seen"
    )
    move: bpy.props.EnumProperty(name="Move", items=MOVES, description="How the camera moves over the frame range")
    amount: bpy.props.FloatProperty(
        name="Amount", default=1.0, min=0.0, max=3.0, description="How far it moves; 1 is usual"
    )
    lens: bpy.props.FloatProperty(
        name="Lens", default=0.0, min=0.0, max=1000.0, description="Millimetres; 0 leaves it to the preset"
    )
    depth_of_field: bpy.props.BoolProperty(
        name="Depth of Field", default=True, description="What is not at the eyes is out of focus"
    )
    light: bpy.props.EnumProperty(name="Light", items=LIGHTS, description="How the faces are lit")
    background: bpy.props.EnumProperty(name="Background", items=BACKGROUNDS, description="What is behind")
    color: bpy.props.FloatVectorProperty(
        name="Color",
        subtype="COLOR_GAMMA",
        size=3,
        min=0.0,
        max=1.0,
        default=(0.0, 0.69, 0.25),
        description="Of the background",
    )
    file: bpy.props.StringProperty(
        name="File", subtype="FILE_PATH", options=compat.PATH_OPTIONS, description="The picture, video or HDRI"
    )
    horizon: bpy.props.FloatProperty(
        name="Pitch", min=-60.0, max=60.0, description="Degrees by which the plate's camera looked up"
    )
    plate_lens: bpy.props.FloatProperty(
        name="Plate's Lens", default=0.0, min=0.0, max=1000.0, description="Of the plate's camera in mm; 0 is unknown"
    )
    screen: bpy.props.StringProperty(
        name="Screen",
        subtype="FILE_PATH",
        options=compat.PATH_OPTIONS,
        description="A picture for the screen of the desk",
    )
    film_look: bpy.props.BoolProperty(name="Film Look", description="Grain, glow and darker corners, in the compositor")


class LIKENESS_PG_film(bpy.types.PropertyGroup):
    """Which film is made, and how"""

    storyboard: bpy.props.StringProperty(
        name="Storyboard",
        subtype="FILE_PATH",
        options=compat.PATH_OPTIONS,
        description="A text file that says who says what, and what is seen",
    )
    quality: bpy.props.EnumProperty(
        name="Quality", items=QUALITIES, default="draft", description="Whether it is for others to see"
    )
    formats: bpy.props.EnumProperty(
        name="Formats", items=FORMATS, options={"ENUM_FLAG"}, description="None leaves it to the storyboard"
    )
    size: bpy.props.EnumProperty(name="Size", items=SIZES, description="Pixels of the shorter side")
    engine: bpy.props.EnumProperty(name="Engine", items=(BOARD, *ENGINES), description="What draws the film")
    codec: bpy.props.EnumProperty(name="File", items=CODECS, description="What kind of files come out")
    folder: bpy.props.StringProperty(
        name="Folder",
        subtype="DIR_PATH",
        options=compat.PATH_OPTIONS,
        description="Where the films go; empty for a folder beside the storyboard",
    )


class LIKENESS_PG_person(bpy.types.PropertyGroup):
    """A person who does not exist"""

    seed: bpy.props.IntProperty(name="Person", min=0, default=1, description="Each number is another person")
    own: bpy.props.BoolProperty(name="Choose Looks", description="Say what the person looks like")
    age: bpy.props.FloatProperty(
        name="Age", default=0.25, min=0.0, max=1.0, subtype="FACTOR", description="0 is 18 years old, 1 is 80"
    )
    masculine: bpy.props.FloatProperty(
        name="Masculine", min=-1.0, max=1.0, description="-1 is a feminine, 1 a masculine face"
    )
    weight: bpy.props.FloatProperty(name="Weight", min=-1.0, max=1.0, description="-1 is a thin, 1 a full face")
    skin: bpy.props.FloatProperty(
        name="Skin", default=0.35, min=0.0, max=1.0, subtype="FACTOR", description="From lightest to darkest"
    )
    hair: bpy.props.EnumProperty(name="Hair", items=HAIRS, description="How the hair is worn")


class LIKENESS_PG_shot(bpy.types.PropertyGroup):
    """A shot of the storyboard; its name is the shot's"""

    chosen: bpy.props.BoolProperty(name="Chosen", default=True, description="Whether it is in the film that is made")
    scene: bpy.props.StringProperty(name="Scene", description="The scene that it is in")
    line: bpy.props.IntProperty(name="Line", description="Where it stands in the storyboard")
    seconds: bpy.props.FloatProperty(name="Length", description="How long it will be, in seconds")
    who: bpy.props.StringProperty(name="Who", description="Who is seen or heard")


class LIKENESS_PG_problem(bpy.types.PropertyGroup):
    """What is wrong with the storyboard; its name says what"""

    hint: bpy.props.StringProperty(name="Hint", description="What can be done about it")
    line: bpy.props.IntProperty(name="Line", description="Where it is in the storyboard")
    column: bpy.props.IntProperty(name="Column", description="Where it is in its line")


class LIKENESS_PG_made(bpy.types.PropertyGroup):
    """A file; its name is its path"""

    about: bpy.props.StringProperty(name="About", description="What there is to know about it")


class LIKENESS_PG_board(bpy.types.PropertyGroup):
    """What was found in a storyboard, what was made of it, and what else the core told of files"""

    path: bpy.props.StringProperty(name="Path", description="The storyboard that was read")
    title: bpy.props.StringProperty(name="Title", description="What the film is called")
    seconds: bpy.props.FloatProperty(name="Length", description="How long the film will be, in seconds")
    fields: bpy.props.StringProperty(name="Fields", description="What a table has to say")
    shots: bpy.props.CollectionProperty(type=LIKENESS_PG_shot, description="Its shots")
    shot: bpy.props.IntProperty(name="Shot", min=0, description="Which shot of the list is in hand")
    problems: bpy.props.CollectionProperty(type=LIKENESS_PG_problem, description="What is wrong with it")
    files: bpy.props.CollectionProperty(type=LIKENESS_PG_made, description="What was made of it")
    verified: bpy.props.StringProperty(name="Verified", description="What a file said of itself")
    forgotten: bpy.props.CollectionProperty(type=LIKENESS_PG_made, description="What forgetting an avatar deletes")
    forgotten_of: bpy.props.StringProperty(name="Forgotten", description="The avatar that is to be forgotten")


FILMING = (
    LIKENESS_PG_delivery,
    LIKENESS_PG_staging,
    LIKENESS_PG_film,
    LIKENESS_PG_person,
    LIKENESS_PG_shot,
    LIKENESS_PG_problem,
    LIKENESS_PG_made,
    LIKENESS_PG_board,
)
