# SPDX-License-Identifier: GPL-3.0-or-later
"""What the keys see: channel plus face board, summed once on the head's object, so that all keys agree.

The channels stay the armature's own properties, which the NLA animates. Each channel that the board adds to has a
property of the same name on the object of the head mesh, driven by ``channel + handles``; keys of every mesh, and
correctives, read that one. It lies there and not on the armature so that clearing the armature's animation does not
take the face along.
"""

from __future__ import annotations

from collections.abc import Iterable

import bpy

from .board import TILTS, TRAVEL, additions_to, mixed_channels
from .controls import limit_channel
from .drivers import Source, drive

MIXER = "head"  # the mesh whose object holds the sums
# Channel of a lid that follows the eye -> way and side.
LIDS = {f"eyeLook{way}{side}": (way, side) for way in ("Down", "Up") for side in ("Left", "Right")}
# Eye pitch in radians at which the lids have followed all the way; the gaze layer of core/performance uses the same.
LID_RANGE = 0.4363
# Turns below this share of it are noise of the matrices; keys at exactly 0 cost nothing.
DEAD = 0.0005


def summed_channels(armature: bpy.types.Object) -> list[str]:
    """The channels of this rig that have something to be summed with, and the tilts of those."""
    return [name for name in (*mixed_channels(), *LIDS) if TILTS.get(name, name) in armature]


def add_sums(mixer: bpy.types.Object, names: Iterable[str]) -> None:
    """Add the properties; their drivers come when the evaluated copy knows them."""
    for name in names:
        mixer[name] = 0.0
        limit_channel(mixer, name, f"{name} with what the face board adds")
    mixer.update_tag()


def drive_sums(mixer: bpy.types.Object, armature: bpy.types.Object, names: Iterable[str]) -> None:
    """Make the properties follow channel and handles; those whose bones are missing follow the channel."""
    for name in names:
        if name in LIDS:
            _drive_lid(mixer, armature, name)
            continue
        own = name not in TILTS  # a tilt is the board's alone
        sources, terms = ({name: Source(armature, f'["{name}"]')}, [name]) if own else ({}, [])
        for number, (handle, add) in enumerate(additions_to(name)):
            if handle.name not in armature.pose.bones:
                continue
            variable = f"h{number}"
            axis = "xy".index(add.axis)
            sources[variable] = Source(armature, f'pose.bones["{handle.name}"].location[{axis}]')
            share = "" if add.share == 1 else f"{add.share:g}*"
            terms.append(f"{share}clamp({variable}*{add.sign / TRAVEL:.5g})")
        if sources:
            drive(mixer, f'["{name}"]', sources, "+".join(terms) if len(terms) > own else "")


def _drive_lid(mixer: bpy.types.Object, armature: bpy.types.Object, name: str) -> None:
    """Lids follow what look-at target and board turn the eye beyond its own rotation, which has its own channels.

    A turn downwards first takes back what the channel raises, then lowers; upwards the other way round.
    """
    way, side = LIDS[name]
    bone, other = f"eye_{side.lower()}", f"eyeLook{'Up' if way == 'Down' else 'Down'}{side}"
    if bone not in armature.pose.bones or other not in armature:
        drive(mixer, f'["{name}"]', {name: Source(armature, f'["{name}"]')})
        return
    sources = {
        "own": Source(armature, f'["{name}"]'),
        "other": Source(armature, f'["{other}"]'),
        "seen": Source(armature, "ROT_X", bone),
        "keyed": Source(armature, f'pose.bones["{bone}"].rotation_euler[0]'),
    }
    scale = (1 if way == "Down" else -1) / LID_RANGE
    towards = f"max((seen-keyed)*{scale:.5g}-{DEAD}-max(other,0),0)"
    away = f"min(max((keyed-seen)*{scale:.5g}-{DEAD},0),max(own,0))"
    drive(mixer, f'["{name}"]', sources, f"own+{towards}-{away}")
