# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the tables of scripting.md from what the add-on tells Blender of itself.

    .venv/blender/bin/python docs/guide/build_operators.py

Between the lines ``<!-- NAME -->`` and ``<!-- end -->`` stands what is made here; the rest of the page is written by
hand. tests/blender/test_scripting_guide.py fails where the page is not up to date.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import bpy

HERE = Path(__file__).resolve().parent
PAGE = HERE / "scripting.md"
EXAMPLE = HERE / "talking_head.py"
MOST = 12  # items of a list that are told one by one
SPEAKING = ("script", "script_block", "language", "voice", "voice_style", "speed", "pronunciations")
ACTING = ("seed", "strength", "sliders", "articulation", "jaw_lips", "smile", "use_feelings")
PUTTING = ("layers", "new_take")
# Operator -> the settings of the scene that it reads beside its arguments.
READS: dict[str, tuple[str, ...]] = {
    "build_avatar": (
        "photo", "name", "face", "consent", "photo_left", "photo_right", "glasses", "texture", "pins",
    ),
    "enter_pins": ("photo", "face", "photo_left", "photo_right"),
    "apply_pins": ("photo", "name", "face", "consent", "photo_left", "photo_right", "glasses", "texture"),
    "perform_script": (*SPEAKING, "seconds", "direction", *ACTING, *PUTTING),
    "perform_recording": (
        "recording", "recording_consent", "trim", "script", "script_block", "language", "pronunciations", "direction",
        *ACTING, *PUTTING,
    ),
    "perform_silence": ("seconds", "direction", *ACTING, *PUTTING),
    "import_performance": PUTTING,
    "import_capture": ("layers",),
    "perform_again": ("direction", *ACTING, "layers", "use_range", "feelings"),
    "perform_feelings": ("feelings", "use_range"),
    "reroll_layer": ("use_range",),
    "set_seed": ("use_range",),
    "understand": ("direction", "script", "script_block", "language"),
    "find_names": ("script", "script_block", "language", "pronunciations"),
    "try_voice": SPEAKING,
    "make_voice": ("voice_sample", "voice_name", "voice_agreement", "voice_consent", "language"),
    "translate_script": (
        "script", "script_block", "language", "dub_language", "translator", "translation_table", "translator_url",
        "translator_model", "pronunciations", "dub_block",
    ),
    "write_table": ("script", "script_block", "language", "dub_language"),
    "dub_take": ("dub_block", "dub_language", "dub_voice", "pronunciations"),
    "make_person": ("person",),
    "roll_person": ("person",),
    "frame_camera": ("staging",),
    "dress_stage": ("staging", "engine"),
    "render_clip": ("clip", "engine", "use_scene_size", "delivery"),
    "new_storyboard": ("script", "script_block", "language", "voice", "direction", "delivery"),
    "choose_storyboard": ("film",),
    "check_storyboard": ("film",),
    "edit_storyboard": ("film",),
    "build_shot": ("film",),
    "make_film": ("film",),
}  # fmt: skip
GROUPS = ("delivery", "staging", "film", "person")  # of settings that have rows of their own
HIDDEN = {"rna_type", "name", "phones_of", "feelings_of", "understood", "not_understood", "understood_of"}


def make_page(text: str) -> str:
    """The page with its tables made anew."""
    parts = {"operators": table_operators(), "settings": table_settings(), "example": show_example()}
    for name, made in parts.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        text, count = re.subn(pattern, lambda m, made=made: f"{m[1]}{made}\n{m[2]}", text, flags=re.DOTALL)
        assert count == 1, f"{PAGE.name} has no place for {name}"
    return text


def show_example() -> str:
    """The script, whole."""
    return f"```python\n{EXAMPLE.read_text(encoding='utf-8').strip()}\n```"


def table_operators() -> str:
    """A row per operator."""
    from blender_addon import operators

    rows = ["| `bpy.ops.likeness.` | what it does | arguments | settings that it reads |", "|---|---|---|---|"]
    for cls in operators.CLASSES:
        if not issubclass(cls, bpy.types.Operator) or "INTERNAL" in getattr(cls, "bl_options", set()):
            continue
        name = cls.bl_idname.partition(".")[2]
        rna = getattr(bpy.ops.likeness, name).get_rna_type()
        arguments = "<br>".join(describe(prop) for prop in _own(rna.properties)) or "none"
        reads = ", ".join(f"`{setting}`" for setting in READS.get(name, ())) or ""
        rows.append(f"| `{name}` | {_plain(rna.description)} | {arguments} | {reads} |")
    return "\n".join(rows)


def table_settings() -> str:
    """A row per setting of ``scene.likeness``; the mixer's, which each layer has, once."""
    rna = bpy.types.Scene.bl_rna.properties["likeness"].fixed_type
    rows = ["| `scene.likeness.` | what it is |", "|---|---|"]
    for prop in _own(rna.properties):
        if prop.identifier.startswith("mixer_"):
            continue
        rows.append(f"| {describe(prop, ' | ')} |")
    rows += ["", "| `scene.likeness.mixer_LAYER.` | what it is |", "|---|---|"]
    rows += [f"| {describe(prop, ' | ')} |" for prop in _own(rna.properties["mixer_head"].fixed_type.properties)]
    for group in GROUPS:
        rows += ["", f"| `scene.likeness.{group}.` | what it is |", "|---|---|"]
        rows += [f"| {describe(prop, ' | ')} |" for prop in _own(rna.properties[group].fixed_type.properties)]
    return "\n".join(rows)


def describe(prop: bpy.types.Property, between: str = ": ") -> str:
    """``seed`` (whole number, 0, from 0): Another seed gives another take."""
    kinds = {"INT": "whole number", "FLOAT": "number", "BOOLEAN": "true or false", "STRING": "text"}
    told = [kinds.get(prop.type, "")]
    if prop.type == "ENUM":
        items = [item.identifier for item in prop.enum_items_static]
        listed = ", ".join(f"`{item}`" for item in items) if len(items) <= MOST else f"one of {len(items)}"
        told = [f"a set of {listed}" if prop.is_enum_flag else listed]
    elif prop.type == "POINTER":
        told = ["a group, or a data-block"]
    elif prop.type == "COLLECTION":
        told = ["rows"]
    if prop.subtype in ("FILE_PATH", "DIR_PATH"):
        told = ["path"]
    if prop.type in ("INT", "FLOAT", "BOOLEAN"):
        told.append(f"default {_number(prop.default)}")
    if prop.type in ("INT", "FLOAT"):
        told += _limits(prop)
    return f"`{prop.identifier}` ({', '.join(filter(None, told))}){between}{_plain(prop.description)}"


def _limits(prop: bpy.types.Property) -> list[str]:
    least, most = prop.hard_min, prop.hard_max
    has_least, has_most = abs(least) < 1e6, abs(most) < 1e6
    if has_least and has_most:
        return [f"{_number(least)} to {_number(most)}"]
    return [f"from {_number(least)}"] if has_least else []


def _number(value: float | bool) -> str:
    return str(value) if isinstance(value, bool) else f"{value:.4g}"


def _own(props: Iterable[bpy.types.Property]) -> list[bpy.types.Property]:
    return [prop for prop in props if prop.identifier not in HIDDEN - {"name"} and _is_told(prop)]


def _is_told(prop: bpy.types.Property) -> bool:
    is_blenders_name = prop.identifier == "name" and prop.description.startswith("Unique name")
    return not prop.is_hidden and not is_blenders_name


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()


def main() -> None:
    """Write the page."""
    sys.path.insert(0, str(HERE.parent.parent))
    import blender_addon

    blender_addon.register()
    PAGE.write_text(make_page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{PAGE} is up to date.", flush=True)
    os._exit(0)  # Python's own exit hangs while bpy has classes registered


if __name__ == "__main__":
    main()
