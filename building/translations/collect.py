# SPDX-License-Identifier: GPL-3.0-or-later
"""Every English text that the add-on shows, out of the code and out of what Blender has registered. Needs bpy.

    PYTHONPATH=. .venv/blender_5/bin/python -m building.translations.collect [LANGUAGE]

lists them, or with a language those that its catalog lacks. Not collected, and so in English everywhere: names of
languages, formats and programs, IPA, and what the core composes (its warnings and most of its errors).
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADDON, CORE = ROOT / "blender_addon", ROOT / "core"
NO_SOURCE = {"translations", "compat"}  # folders of the add-on that say nothing
SENTENCE = re.compile(r"[A-Z\"{].*\s.*[.?]", re.DOTALL)
WORDS = re.compile(r"[^\W\d_]{2}")
# Functions, and names of arguments, whose literals are shown.
TELLERS = {"tell", "join", "draw_sentence", "explain", "_unreadable"}
CAPITALS = re.compile(r"[A-Z_0-9]+")  # icons, and visemes, which are called so everywhere
SHOWN = {"text", "placeholder", "title", "confirm_text", "message"}
# Where a literal is said second: jobs.start_job(operator, "Verify the Core", ...), progress(0.1, "Reading the photo").
SECOND = {"start_job", "progress", "Progressed"}
# The commonest failures of the core, whose sentences are literals: module -> all its literal messages and hints.
CORE_ERRORS = ("avatar", "portrait", "script", "voice", "recording", "models.py", "errors.py")
# Proper names, and what is the same in every language.
SAME = {
    "ARKit",
    "EEVEE",
    "Cycles",
    "Argos",
    "Bergamot",
    "OK",
    "Chatterbox",
    "Pocket TTS",
    "glTF",
    "FBX",
    "USD",
    "VRM",
    "CUDA",
    "torch",
    "onnxruntime",
    "ProRes",
    "OpenEXR",
    'Write {"request": PATH, "out": FOLDER}.',
    "Blender",
    "Alembic",
    "Workbench",
    "wɪn or win",
    "sil",
    "kk",
    "nn",
    "aa",
    "ah",
    "eh",
    "ee",
    "oh",
    "oo w",
    "sh ch j",
    "ch j sh",
}


def parse(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Every module of a folder that may say something."""
    for path in sorted(folder.rglob("*.py")):
        if not NO_SOURCE & set(path.relative_to(folder).parts):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def literals(node: ast.AST | None) -> Iterator[str]:
    """The texts that an expression can be: a literal, one of two, one of a table."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from (*literals(body), *literals(other))
        case ast.BoolOp(values=values):
            for value in values:
                yield from literals(value)


def name_of(call: ast.Call) -> str:
    """The function's own name."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def said_in_code(module: ast.Module) -> Iterator[str]:
    """Literals that stand where something is told, and all that are sentences."""
    silent = docstrings(module) | {
        part for node in ast.walk(module) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)
    }
    for node in ast.walk(module):
        match node:
            case ast.Constant(value=str(text)) if node not in silent and SENTENCE.fullmatch(text):
                yield text
            case ast.Call(args=args, keywords=keywords):
                if name_of(node) in TELLERS:
                    for value in args:
                        yield from literals(value)
                if name_of(node) in SECOND and len(args) > 1:
                    yield from literals(args[1])
                for keyword in keywords:
                    if keyword.arg in SHOWN:
                        yield from literals(keyword.value)
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id="text"), *_])], value=value):
                for pair in ast.walk(value):
                    if isinstance(pair, ast.Tuple) and pair.elts:
                        yield from literals(pair.elts[0])
            case ast.For(target=ast.Tuple(elts=[_, ast.Name(id="text"), _]), iter=ast.Tuple(elts=rows)):
                for row in rows:
                    yield from literals(row.elts[1] if isinstance(row, ast.Tuple) else None)
            case ast.Yield(value=ast.Tuple(elts=[_, text])):  # how far, and what is at work
                yield from literals(text)


def docstrings(module: ast.Module) -> set[ast.AST]:
    """What only who reads the code sees; what Blender shows of it is registered."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    bodies = (node.body for node in ast.walk(module) if isinstance(node, kinds) and node.body)
    return {body[0].value for body in bodies if isinstance(body[0], ast.Expr)}


def said_by_core() -> Iterator[str]:
    """What the core is at, and the sentences of its commonest failures; only what stands in it word for word."""
    for path, module in parse(CORE):
        is_common = path.relative_to(CORE).parts[0] in CORE_ERRORS
        for node in ast.walk(module):
            if not isinstance(node, ast.Call):
                continue
            if name_of(node) == "Row" and node.args:
                yield from literals(node.args[0])
            if name_of(node) == "progress" and len(node.args) > 1:
                yield from literals(node.args[1])
            if is_common and name_of(node) == "LikenessError":
                for value in node.args[1:]:
                    yield from literals(value)


def registered() -> Iterator[str]:
    """Labels and tooltips of the classes and of their properties."""
    import bpy  # pyright: ignore[reportMissingImports]

    from blender_addon import menus, operators, panels, preferences, properties

    groups = (*properties.CLASSES, *preferences.CLASSES)
    for cls in (*operators.CLASSES, *panels.CLASSES, *menus.CLASSES):
        yield from (getattr(cls, "bl_label", ""), getattr(cls, "bl_description", ""))
    for cls in operators.CLASSES:
        if issubclass(cls, bpy.types.Operator):
            rna = getattr(bpy.ops.likeness, cls.bl_idname.partition(".")[2]).get_rna_type()
            yield rna.description
            yield from of_properties(rna.properties)
    for cls in groups:
        yield from of_properties(cls.bl_rna.properties)
    for kind in (bpy.types.Scene, bpy.types.Object, bpy.types.WindowManager):
        yield from of_properties(prop for prop in kind.bl_rna.properties if prop.identifier.startswith("likeness"))


def of_properties(properties: Iterable) -> Iterator[str]:
    """Names, tooltips, and those of the items; languages keep their English names."""
    for prop in properties:
        if prop.identifier in ("rna_type", "name", "bl_idname") and not prop.is_runtime:
            continue
        if prop.is_hidden or prop.type == "COLLECTION" or _is_group(prop):
            continue
        yield from (prop.name if prop.name != prop.identifier else "", prop.description)
        if prop.type == "ENUM" and not any(item.identifier == "pt-BR" for item in prop.enum_items_static):
            for item in prop.enum_items_static:
                yield from (item.name, item.description)


def _is_group(prop) -> bool:
    """Whether a property holds others, which are shown in its place."""
    return (
        prop.type == "POINTER"
        and prop.fixed_type.base is not None
        and prop.fixed_type.base.identifier == "PropertyGroup"
    )


def tables() -> Iterator[str]:
    """What stands in tables of the add-on and is shown from there."""
    import bpy  # pyright: ignore[reportMissingImports]

    from blender_addon import consent, mixer, retarget
    from blender_addon.operators import core, feelings
    from blender_addon.panels import help, review, scores, setting_up
    from blender_addon.rig import check, controls, poses

    yield from ("good", "fair", "poor", *(score.text for score in scores.SCORES))
    yield from (label for label, _, _ in review.MEASURES.values())
    yield "Add-on"
    yield from (text for _, text in help.KEYS)
    yield from (text for text, _ in help.first_steps(bpy.context))
    yield from (text for pose in poses.POSES.values() for text in (pose.label, pose.help))
    yield from (text for slider in controls.SLIDERS for text in (slider.label, slider.help))
    yield from setting_up.STATES.values()
    yield from (about for _, about in core.CLONING.values())
    yield from feelings.MOVES.values()
    yield from (text for pair in check.KINDS.values() for text in pair)
    yield from (preset.about for preset in retarget.PRESETS.values())
    yield from (part.capitalize() for part in retarget.PARTS)
    yield from (name for _, name, _ in (*mixer.LAYERS, *consent.BASES))


def collect() -> list[str]:
    """All msgids in a steady order. The add-on is registered."""
    said = (text for _, module in parse(ADDON) for text in said_in_code(module))
    found = dict.fromkeys((*said, *registered(), *tables(), *said_by_core()))
    shown = (text for text in found if text not in SAME and not CAPITALS.fullmatch(text))
    return [text for text in shown if WORDS.search(re.sub(r"\{.*?\}", "", text))]


def _main(language: str | None) -> None:
    import blender_addon
    from blender_addon import translations

    blender_addon.register()
    known = translations.read_catalog(language) if language else {}
    for text in collect():
        if text not in known:
            print(repr(text))


if __name__ == "__main__":
    _main(sys.argv[1] if len(sys.argv) > 1 else None)
