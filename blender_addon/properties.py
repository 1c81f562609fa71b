# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panels ask for: settings of the user interface, on the scene. Nothing that a rig needs is here."""

from collections.abc import Callable

import bpy

from . import compat, takes
from .choices import BEGINNINGS, GLASSES, MARKERS, TEXTURES, TRANSLATORS
from .directing import SLIDERS
from .filming import (
    ENGINES,
    FILMING,
    LIKENESS_PG_board,
    LIKENESS_PG_delivery,
    LIKENESS_PG_film,
    LIKENESS_PG_person,
    LIKENESS_PG_staging,
)
from .languages import LANGUAGES
from .mixer import LAYERS, MIXERS
from .photo.settings import LIKENESS_PG_comparison
from .rig import find_rig
from .rows import (
    ROWS,
    LIKENESS_PG_consent,
    LIKENESS_PG_feeling,
    LIKENESS_PG_finding,
    LIKENESS_PG_mapping,
    LIKENESS_PG_model,
    LIKENESS_PG_phone,
    LIKENESS_PG_pronunciation,
    LIKENESS_PG_voice,
)
from .words import CONTEXT


def _read_take(_: bpy.types.PropertyGroup) -> str:
    armature = find_rig(bpy.context)
    return (takes.shown_take(armature) or "") if armature is not None else ""


def _rename_take(settings: bpy.types.PropertyGroup, name: str) -> None:
    """A name that another take has is numbered, as Blender does; an empty one is none."""
    from .operators.timeline import refresh_timeline

    armature, before = find_rig(bpy.context), _read_take(settings)
    if before and name.strip() and name.strip() != before:
        takes.rename_take(armature, before, takes.free_name(armature, name.strip()), settings.id_data)
        refresh_timeline(settings.id_data, armature)


def _choose_voice(manager: bpy.types.WindowManager, context: bpy.types.Context) -> None:
    """The row that is clicked speaks from then on."""
    if manager.likeness_voice < len(manager.likeness_voices):
        context.scene.likeness.voice = manager.likeness_voices[manager.likeness_voice].name


def _forget(name: str) -> Callable[[bpy.types.PropertyGroup, bpy.types.Context], None]:
    """Consent is asked for anew where another file is chosen: it may be of somebody else."""

    def forget(settings: bpy.types.PropertyGroup, _: bpy.types.Context) -> None:
        consent = getattr(settings, name)
        for entry in consent.bl_rna.properties:
            if not entry.is_readonly:
                consent.property_unset(entry.identifier)

    return forget


def _show_markers(settings: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    from .operators.timeline import refresh_timeline

    refresh_timeline(settings.id_data, find_rig(context))


def _look(armature: bpy.types.Object, context: bpy.types.Context) -> None:
    from .operators.conversation import choose_target

    choose_target(armature, context)


def _forget_direction(settings: bpy.types.PropertyGroup, _: bpy.types.Context) -> None:
    """Without a direction nothing moves but what sliders are set to from then on."""
    from .operators.acting import show_moves

    if not settings.direction:
        show_moves(settings, "", {})


LIKENESS_PG_sliders = type(
    "LIKENESS_PG_sliders",
    (bpy.types.PropertyGroup,),
    {
        "__doc__": "What a direction moves.",
        "__annotations__": {
            name: bpy.props.FloatProperty(
                name=name.capitalize(), min=least, max=1.0, description=" to ".join(filter(None, (low, high)))
            )
            for name, (least, low, high) in SLIDERS.items()
        },
    },
)


class LIKENESS_PG_settings(bpy.types.PropertyGroup):
    """Settings of the Likeness tab"""

    version: bpy.props.IntProperty(description="Version that wrote these settings; 0 for those that no file keeps yet")
    photo: bpy.props.StringProperty(
        name="Photo",
        subtype="FILE_PATH",
        update=_forget("consent"),
        description="A photo of one person, looking at the camera",
    )
    name: bpy.props.StringProperty(name="Name", description="What the avatar is called")
    face: bpy.props.IntProperty(
        name="Face",
        translation_context=CONTEXT,
        default=1,
        min=1,
        soft_max=9,
        description="Which face of a photo with several: 1 is the largest, 2 the next",
    )
    consent: bpy.props.PointerProperty(
        type=LIKENESS_PG_consent, description="Who agreed to this likeness, and to what; it is kept in the avatar"
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
    comparison: bpy.props.PointerProperty(
        type=LIKENESS_PG_comparison, description="How the avatar is compared with its photo"
    )
    script: bpy.props.StringProperty(name="Script", description="What the avatar says")
    script_block: bpy.props.PointerProperty(
        name="Text", type=bpy.types.Text, description="A text of the Text Editor to say, for longer scripts"
    )
    direction: bpy.props.StringProperty(
        name="Direction",
        update=_forget_direction,
        description="How all of it is said, in plain words: speak with confidence",
    )
    understood: bpy.props.StringProperty(name="Understood", description="What the direction means, in a sentence")
    not_understood: bpy.props.StringProperty(
        name="Not Understood", description="What of the direction means nothing, in sentences"
    )
    understood_of: bpy.props.StringProperty(
        name="Understood Direction", description="The direction that the sliders are of"
    )
    sliders: bpy.props.PointerProperty(type=LIKENESS_PG_sliders, description="What the direction moves")
    use_feelings: bpy.props.BoolProperty(
        name="Feel the Words", default=True, description="The face follows what sentences and voice feel like"
    )
    feelings: bpy.props.CollectionProperty(type=LIKENESS_PG_feeling, description="Feelings of a take")
    feeling: bpy.props.IntProperty(name="Feeling", min=0, description="Which feeling of the list is in hand")
    feelings_of: bpy.props.StringProperty(description="Which feelings are listed: of rig and take")
    recording: bpy.props.StringProperty(
        name="Recording",
        subtype="FILE_PATH",
        update=_forget("recording_consent"),
        options=compat.PATH_OPTIONS,
        description="A sound file of somebody who speaks (WAV, FLAC, MP3, OGG); the words of the script, "
        "if there is one, are found in it",
    )
    trim: bpy.props.BoolProperty(
        name="Shorten Silence",
        description="Shorten silence at both ends of the recording; it is no more in time with a picture then",
    )
    language: bpy.props.EnumProperty(
        name="Language", items=LANGUAGES, description="In which language script and recording are"
    )
    voice: bpy.props.StringProperty(
        name="Voice",
        default="auto",
        description="Who speaks, as the list of voices names it; auto for the best voice of the language",
    )
    voice_style: bpy.props.StringProperty(name="Style", description="One that the voice has, such as whisper")
    voice_sample: bpy.props.StringProperty(
        name="Sample",
        subtype="FILE_PATH",
        update=_forget("voice_consent"),
        options=compat.PATH_OPTIONS,
        description="5 to 30 seconds of one person who speaks, without music",
    )
    voice_name: bpy.props.StringProperty(name="Name", description="What the voice is called")
    voice_agreement: bpy.props.StringProperty(
        name="Spoken Consent",
        subtype="FILE_PATH",
        options=compat.PATH_OPTIONS,
        description="The same person says: I agree that a voice like mine is made from this recording",
    )
    recording_consent: bpy.props.PointerProperty(
        type=LIKENESS_PG_consent, description="Who speaks in the recording, and agreed to it"
    )
    voice_consent: bpy.props.PointerProperty(
        type=LIKENESS_PG_consent, description="Who agreed to this voice, and to what; it is kept in the voice"
    )
    pronunciations: bpy.props.CollectionProperty(
        type=LIKENESS_PG_pronunciation, description="Names and words that are to be said otherwise"
    )
    pronunciation: bpy.props.IntProperty(name="Word", min=0, description="Which word of the list is in hand")
    dub_language: bpy.props.EnumProperty(
        name="Into", items=LANGUAGES, default="es", description="The language that the script is translated into"
    )
    translator: bpy.props.EnumProperty(name="Translator", items=TRANSLATORS, description="Who translates the script")
    translation_table: bpy.props.StringProperty(
        name="Table",
        subtype="FILE_PATH",
        options=compat.PATH_OPTIONS,
        description="A CSV file with a column for each language, a row a sentence",
    )
    translator_url: bpy.props.StringProperty(name="Address", description="Of the endpoint, such as http://host/v1")
    translator_model: bpy.props.StringProperty(name="Model", description="Which model the endpoint is to use")
    dub_block: bpy.props.PointerProperty(
        name="Translation", type=bpy.types.Text, description="A text of the Text Editor: the script in that language"
    )
    dub_voice: bpy.props.StringProperty(
        name="Voice", default="auto", description="Who says it; auto for the best voice of that language"
    )
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
    articulation: bpy.props.FloatProperty(
        name="Articulation",
        default=1.0,
        min=0.0,
        max=2.0,
        description="How clearly the mouth speaks: 0 mumbles, 1 is natural, 2 is over-clear; lips close in any case",
    )
    jaw_lips: bpy.props.FloatProperty(
        name="Lips or Jaw",
        default=0.0,
        min=-1.0,
        max=1.0,
        description="What opens the mouth: -1 the lips alone, 0 as usual, 1 the jaw alone",
    )
    smile: bpy.props.FloatProperty(
        name="Smile", default=0.0, min=0.0, max=1.0, description="How much the mouth smiles while it speaks"
    )
    layers: bpy.props.EnumProperty(
        name="Layers",
        items=LAYERS,
        options={"ENUM_FLAG"},
        default={identifier for identifier, *_ in LAYERS},
        description="What is replaced; the other layers stay as they are",
    )
    take_name: bpy.props.StringProperty(
        name="Name of the Take", get=_read_take, set=_rename_take, description="What the take that plays is called"
    )
    new_take: bpy.props.BoolProperty(
        name="As a New Take", description="Keep the take that plays and put this one beside it"
    )
    begins: bpy.props.EnumProperty(
        name="Begins",
        items=BEGINNINGS,
        description="Where a new take begins; one that does not stay where it is plays beside this avatar's others",
    )
    pause: bpy.props.FloatProperty(
        name="Pause",
        default=0.2,
        min=-2.0,
        max=10.0,
        step=10,
        precision=2,
        unit="TIME_ABSOLUTE",
        description="Seconds from the end of the other's line to the next; below 0 the lines overlap",
    )
    use_range: bpy.props.BoolProperty(
        name="Frame Range Only",
        description="Perform only the frames of the preview range again, or of the scene's where there is none",
    )
    markers: bpy.props.EnumProperty(
        name="Markers",
        items=MARKERS,
        options={"ENUM_FLAG"},
        default={"WORDS"},
        update=_show_markers,
        description="What of the take that plays stands on the timeline",
    )
    phones: bpy.props.CollectionProperty(type=LIKENESS_PG_phone, description="Phones of the take that plays")
    phone: bpy.props.IntProperty(name="Phone", min=0, description="Which phone of the list is in hand")
    phones_of: bpy.props.StringProperty(description="Whose phones are listed: rig and take")
    pose_strength: bpy.props.FloatProperty(
        name="Strength", default=1.0, min=0.0, max=2.0, soft_max=1.0, description="1 is a pose as it was made"
    )
    pose_turn: bpy.props.BoolProperty(
        name="Head and Gaze", default=True, description="Expressions turn head and eyes too"
    )
    engine: bpy.props.EnumProperty(name="Engine", items=ENGINES, description="What draws the clip")
    use_scene_size: bpy.props.BoolProperty(
        name="Scene's Resolution",
        description="Render in the resolution of the scene, instead of one that this computer manages well",
    )
    delivery: bpy.props.PointerProperty(
        type=LIKENESS_PG_delivery, description="What the clip is for, and what is said of it"
    )
    staging: bpy.props.PointerProperty(type=LIKENESS_PG_staging, description="What is around the avatars")
    film: bpy.props.PointerProperty(type=LIKENESS_PG_film, description="Which film is made, and how")
    person: bpy.props.PointerProperty(type=LIKENESS_PG_person, description="A synthetic person")
    clip: bpy.props.StringProperty(
        name="Clip",
        subtype="FILE_PATH",
        description="The video file; empty for one in the results folder, called as the avatar is",
    )


def attach() -> None:
    """Give every scene its settings, and every object its mapping."""
    bpy.types.Scene.likeness = bpy.props.PointerProperty(
        type=LIKENESS_PG_settings, name="Likeness", description="What the panels of the Likeness tab ask for"
    )
    bpy.types.WindowManager.likeness_report = bpy.props.CollectionProperty(
        type=LIKENESS_PG_finding, name="Report", description="What the last Verify found"
    )
    bpy.types.WindowManager.likeness_models = bpy.props.CollectionProperty(
        type=LIKENESS_PG_model, name="Models", description="All model files that the core knows of"
    )
    bpy.types.WindowManager.likeness_model = bpy.props.IntProperty(
        name="Model", description="Which model file of the list is in hand"
    )
    bpy.types.WindowManager.likeness_voices = bpy.props.CollectionProperty(
        type=LIKENESS_PG_voice, name="Voices", description="All voices that the core has told of"
    )
    bpy.types.WindowManager.likeness_voice = bpy.props.IntProperty(
        name="Voice", update=_choose_voice, description="Which voice of the list is in hand; it speaks from then on"
    )
    bpy.types.WindowManager.likeness_board = bpy.props.PointerProperty(
        type=LIKENESS_PG_board, name="Storyboard", description="What the storyboard holds, and what was made of it"
    )
    bpy.types.Object.likeness_mapping = bpy.props.PointerProperty(
        type=LIKENESS_PG_mapping, name="Mapping", description="What of this object a performance moves"
    )
    bpy.types.Object.likeness_looks_at = bpy.props.PointerProperty(
        type=bpy.types.Object,
        name="Looks At",
        update=_look,
        poll=lambda self, other: other != self and other.parent != self,
        override={"LIBRARY_OVERRIDABLE"},
        description="Whom this avatar looks at: another one, the camera, any object",
    )


def detach() -> None:
    """Take the settings away; their values stay in the files."""
    del bpy.types.Object.likeness_looks_at
    del bpy.types.Object.likeness_mapping
    del bpy.types.WindowManager.likeness_board
    del bpy.types.WindowManager.likeness_voice
    del bpy.types.WindowManager.likeness_voices
    del bpy.types.WindowManager.likeness_model
    del bpy.types.WindowManager.likeness_models
    del bpy.types.WindowManager.likeness_report
    del bpy.types.Scene.likeness


# Pointers to classes that a loop has made cannot be written as annotations of the class.
LIKENESS_PG_settings.__annotations__ |= {
    f"mixer_{layer}": bpy.props.PointerProperty(type=mixer, description=f"How the layer {layer} is mixed")
    for layer, mixer in MIXERS.items()
}
CLASSES = (
    *ROWS,
    *FILMING,
    LIKENESS_PG_comparison,
    LIKENESS_PG_sliders,
    *MIXERS.values(),
    LIKENESS_PG_settings,
)
