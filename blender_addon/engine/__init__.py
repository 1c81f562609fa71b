# SPDX-License-Identifier: GPL-3.0-or-later
"""The way from Blender to the core: a supervised child process, and jobs that Blender's timer drives."""
