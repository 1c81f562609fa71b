# SPDX-License-Identifier: GPL-3.0-or-later
"""Drivers that Blender evaluates without Python: they work in files from strangers, where scripts are off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import bpy

from ..errors import LikenessError
from ..words import tell


@dataclass(frozen=True)
class Source:
    """What a variable reads: a property of an object by its path, or (bone given) a bone's local turn about an axis.

    The property of a pose bone is what was keyed; the local turn includes what constraints make of it.
    """

    owner: bpy.types.Object
    path: str
    bone: str = ""


def drive(
    target: bpy.types.ID, path: str, sources: Mapping[str, Source], expression: str = "", index: int = -1
) -> bpy.types.FCurve:
    """Put a driver on a property, instead of one that is there; without an expression it copies its one source.

    Raises LikenessError ``driver_not_simple`` where Blender would need Python for the expression.
    """
    target.driver_remove(path, index)
    curve = target.driver_add(path, index)
    driver = curve.driver
    for name, source in sources.items():
        variable = driver.variables.new()
        variable.name = name
        variable.type = "TRANSFORMS" if source.bone else "SINGLE_PROP"
        goal = variable.targets[0]
        goal.id = source.owner
        if source.bone:
            goal.bone_target, goal.transform_type = source.bone, source.path
            goal.transform_space, goal.rotation_mode = "LOCAL_SPACE", "XYZ"
        else:
            goal.data_path = source.path
    if not expression:
        driver.type = "AVERAGE"
        return curve
    driver.type = "SCRIPTED"
    driver.expression = expression
    if not sources or not driver.is_simple_expression:
        raise LikenessError(
            "driver_not_simple",
            tell(
                "The driver of {path} ({expression}) needs Python, which files must not run.",
                path=path,
                expression=expression,
            ),
            "Build the avatar again from its photo.",
        )
    return curve
