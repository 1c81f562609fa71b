# SPDX-License-Identifier: GPL-3.0-or-later
"""Shots: a request becomes performers before a camera, and pictures (docs/architecture.md, "The renderer")."""
