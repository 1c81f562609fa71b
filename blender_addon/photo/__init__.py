# SPDX-License-Identifier: GPL-3.0-or-later
"""The photo beside the avatar: its camera, its expression on the rig, and the photo over the viewport."""
