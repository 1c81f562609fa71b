# SPDX-License-Identifier: GPL-3.0-or-later
"""Where clothes end around the neck, in front as the photo says and calm behind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from core.avatar.build import build_avatar
from core.avatar.cloth_mask import find_cloth
from core.avatar.clothes import Garment, cut_garment
from core.avatar.fit import Fit, fit_portrait, normalise
from core.avatar.hair_region import HairRegion, find_hair_region
from core.avatar.neckline import AXIS, SLOPE, cloth_around, level_out, turn_from_front
from core.avatar.parts import PartMesh
from core.avatar.store import Avatar, load_avatar
from core.avatar.template import Template, load_template
from core.avatar.torso import shape_torso
from core.avatar.unwrap import unwrap
from core.portrait import Portrait, load_portrait

AROUND, UP = 144, 40
RADIUS = 0.06
