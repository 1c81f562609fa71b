# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line's commands beyond those of `core/__main__.py`: a file for each noun, with a function in `ADDERS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.commands.campaign import add_campaign
from core.commands.film import add_film
from core.commands.people import add_people
from core.commands.trust import add_trust

# Called with what `add_subparsers` gave; each adds its commands by `core.commands.command.add_command`.
ADDERS: tuple[Callable[[Any], None], ...] = (add_film, add_campaign, add_people, add_trust)
