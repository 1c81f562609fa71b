# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthetic people: avatars made of a seed and sliders, of no photo and in nobody's likeness."""

from core.people.make import make_person
from core.people.sliders import Looks, draw_looks, read_sliders

__all__ = ["Looks", "draw_looks", "make_person", "read_sliders"]
