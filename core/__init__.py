# SPDX-License-Identifier: GPL-3.0-or-later
"""Speaking Likeness core: photo to Avatar, script to Speech, Speech to Performance. Knows no bpy."""

__version__ = "0.1.0"
