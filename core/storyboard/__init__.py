# SPDX-License-Identifier: GPL-3.0-or-later
"""The storyboard: a film as a text that people read and edit."""
