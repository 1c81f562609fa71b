# SPDX-License-Identifier: GPL-3.0-or-later
"""From a storyboard to finished films: what depends on what, what is reused, and the order of it all."""
