# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of the lists in the panels, a mapping that holds such rows, and the record of a consent."""

from collections.abc import Callable
from functools import cache

import bpy

from . import compat, retarget
from .consent import BASES, USES
from .directing import FEELINGS
from .words import CONTEXT

FEELING_ITEMS = tuple((name, name.capitalize(), about) for name, about in FEELINGS.items())

# What of a bone a row moves; a row of a key has the first.
PARTS = (("KEY", "Key", "A shape key"), *((part, part.capitalize(), f"Of a bone: {part}") for part in retarget.PARTS))


class LIKENESS_PG_consent(bpy.types.PropertyGroup):
    """Who agreed to what"""

    subject: bpy.props.StringProperty(name="Who", description="Who is shown or heard")
    basis: bpy.props.EnumProperty(
        name="Basis",
        translation_context=CONTEXT,
        items=BASES,
        description="Why the likeness may be used",
    )
    date: bpy.props.StringProperty(name="Date", description="Of the agreement, such as 2026-11-26; empty for today")
    uses: bpy.props.EnumProperty(
        name="Uses",
        translation_context=CONTEXT,
        items=USES,
        options={"ENUM_FLAG"},
        description="What it may be used for; none leaves it open",
    )
    evidence: bpy.props.StringProperty(
        name="Evidence",
        subtype="FILE_PATH",
        options=compat.PATH_OPTIONS,
        description="A file that proves it; its name and hash are kept",
    )
    statement: bpy.props.StringProperty(name="Statement", description="In the person's own words")


class LIKENESS_PG_finding(bpy.types.PropertyGroup):
    """One line of what Verify found; its name is what it is about"""

    value: bpy.props.StringProperty(name="Finding", description="What was found of it")
    is_well: bpy.props.BoolProperty(name="Well", description="Whether all is well with it")


class LIKENESS_PG_model(bpy.types.PropertyGroup):
    """One model file; its name is its id"""

    purpose: bpy.props.StringProperty(name="Purpose", description="What the core does with it")
    licence: bpy.props.StringProperty(name="Licence", description="What may be done with it")
    source: bpy.props.StringProperty(name="Source", description="Where it is fetched from")
    state: bpy.props.StringProperty(name="State", description="Whether it is ready, missing or damaged")
    megabytes: bpy.props.FloatProperty(name="Size", description="Megabytes on the disk")
    is_own: bpy.props.BoolProperty(name="Own", description="Whether it lies in the add-on's own folder and can go")
    is_optional: bpy.props.BoolProperty(name="Optional", description="Whether avatars speak without it")


class LIKENESS_PG_voice(bpy.types.PropertyGroup):
    """One voice of the list; its name is its id"""

    title: bpy.props.StringProperty(name="Title", description="What the voice is called")
    languages: bpy.props.StringProperty(name="Languages", description="Codes of the languages that it speaks")
    sex: bpy.props.StringProperty(name="Sex", description="Whether it sounds female or male, where that is known")
    about: bpy.props.StringProperty(name="About", description="What is special about the voice")
    licence: bpy.props.StringProperty(name="Licence", description="What may be done with it")
    megabytes: bpy.props.FloatProperty(name="Size", description="Megabytes that are still to be fetched")
    is_online: bpy.props.BoolProperty(name="Online", description="Whether a service speaks, to which the script goes")


class LIKENESS_PG_pronunciation(bpy.types.PropertyGroup):
    """A word, its name, and how it is said"""

    heard: bpy.props.StringProperty(name="Heard", description="How the voice says it, in IPA")
    said: bpy.props.StringProperty(name="Said", description="How it is to be said, in IPA or as plain letters")


class LIKENESS_PG_phone(bpy.types.PropertyGroup):
    """One phone of the take that plays, as the list shows it"""

    start: bpy.props.FloatProperty(name="Start", description="When it begins, in seconds from the take's start")
    end: bpy.props.FloatProperty(name="End", description="When it ends, in seconds from the take's start")
    phone: bpy.props.StringProperty(name="Phone", description="The sound, in IPA; empty is a pause")
    viseme: bpy.props.StringProperty(name="Viseme", description="How the mouth stands")
    confidence: bpy.props.FloatProperty(
        name="Confidence", default=1.0, description="How sure it is that this sound is heard here, from 0 to 1"
    )
    word: bpy.props.StringProperty(name="Word", description="The word that it is part of")


class LIKENESS_PG_row(bpy.types.PropertyGroup):
    """One key or bone of another rig, and what moves it"""

    target: bpy.props.StringProperty(name="Target", description="A shape key, or a bone")
    part: bpy.props.EnumProperty(name="Part", items=PARTS, description="What of a bone is moved")
    source: bpy.props.StringProperty(name="Source", description="What moves it: jawOpen, or 0.5*mouthFunnel + jawOpen")
    gain: bpy.props.FloatProperty(name="Gain", default=1.0, soft_min=0.0, soft_max=2.0, description="How strongly")


def _move_feeling(name: str) -> Callable[[bpy.types.PropertyGroup, bpy.types.Context], None]:
    """Neighbours give way to a start or an end that is typed."""

    def move(feeling: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
        from .operators.acting import follow_feeling

        follow_feeling(feeling, name)

    return move


class LIKENESS_PG_feeling(bpy.types.PropertyGroup):
    """What a stretch of a take feels like"""

    start: bpy.props.FloatProperty(
        name="Start",
        subtype="TIME_ABSOLUTE",
        min=0.0,
        precision=2,
        update=_move_feeling("start"),
        description="When it begins, in seconds from the take's start; the one before gives way",
    )
    end: bpy.props.FloatProperty(
        name="End",
        subtype="TIME_ABSOLUTE",
        min=0.0,
        precision=2,
        update=_move_feeling("end"),
        description="When it ends, in seconds from the take's start; the one after gives way",
    )
    category: bpy.props.EnumProperty(
        name="Feeling",
        items=FEELING_ITEMS,
        default="neutral",
        update=_move_feeling(""),
        description="What the face shows",
    )
    strength: bpy.props.FloatProperty(
        name="Strength", subtype="FACTOR", min=0.0, max=1.0, description="How much of it shows"
    )
    valence: bpy.props.FloatProperty(
        name="Valence", min=-1.0, max=1.0, description="How pleasant the sentence was read to be, from -1 to 1"
    )
    arousal: bpy.props.FloatProperty(
        name="Arousal", min=-1.0, max=1.0, description="How stirred the sentence was read to be, from -1 to 1"
    )
    confidence: bpy.props.FloatProperty(
        name="Confidence", min=0.0, max=1.0, description="How sure the reading is; 1 for what a person has set"
    )
    text: bpy.props.StringProperty(name="Words", description="What is said meanwhile")


@cache
def _list_presets() -> tuple[tuple[str, str, str], ...]:
    """Read when they are first seen; Blender wants the texts to be kept."""
    presets = ((key, preset.name, preset.about) for key, preset in retarget.PRESETS.items())
    return (("auto", "Best Fit", "The preset that finds most on this object"), *presets)


class LIKENESS_PG_mapping(bpy.types.PropertyGroup):
    """How another rig is moved; it lies on that object and is saved with it"""

    preset: bpy.props.EnumProperty(
        name="Preset",
        items=lambda mapping, context: _list_presets(),
        description="Whose names the object's keys have",
    )
    used: bpy.props.StringProperty(description="The preset that the rows came from")
    rows: bpy.props.CollectionProperty(type=LIKENESS_PG_row, description="What is moved, and by what")
    row: bpy.props.IntProperty(name="Row", min=0, description="Which row of the list is in hand")


ROWS = (
    LIKENESS_PG_consent,
    LIKENESS_PG_finding,
    LIKENESS_PG_model,
    LIKENESS_PG_voice,
    LIKENESS_PG_pronunciation,
    LIKENESS_PG_phone,
    LIKENESS_PG_row,
    LIKENESS_PG_mapping,
    LIKENESS_PG_feeling,
)
