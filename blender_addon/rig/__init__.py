# SPDX-License-Identifier: GPL-3.0-or-later
"""The Avatar as Blender objects: meshes with shape keys, one armature that drives them, materials."""

from .assemble import find_rig, import_avatar, make_rig, rig_parts
from .avatar import read_avatar
from .controls import DELIGHT

__all__ = ["DELIGHT", "find_rig", "import_avatar", "make_rig", "read_avatar", "rig_parts"]
