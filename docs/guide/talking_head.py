# SPDX-License-Identifier: GPL-3.0-or-later
"""From a photo and a script to a clip, without a window:

blender --background --python-exit-code 1 --python talking_head.py -- photo.jpg "Hello, it is me." clip.mp4
"""

import sys

import bpy

photo, script, clip = sys.argv[sys.argv.index("--") + 1 :]
scene = bpy.context.scene
settings = scene.likeness

# The photo, and why the likeness may be used. Each call returns when its work is done; a failure is a RuntimeError.
bpy.ops.likeness.choose_photo(filepath=photo)
settings.consent.subject = "Ada"
settings.consent.basis = "self"
bpy.ops.likeness.build_avatar()

# What is said, and how. Without a direction and a seed the take is the same every time, too.
settings.script = script
settings.direction = "warm and confident"
settings.seed = 3
bpy.ops.likeness.perform_script()

# Some edits: a livelier head, a feeling of one's own from second 1 on, and the take performed by it.
settings.mixer_head.strength = 1.2
bpy.ops.likeness.add_feeling(category="joy", strength=0.8, seconds=1.0)
bpy.ops.likeness.perform_feelings(layers={"expression", "head"})

# Camera, light, clip.
bpy.ops.likeness.build_studio()
settings.clip = clip
bpy.ops.likeness.render_clip()
