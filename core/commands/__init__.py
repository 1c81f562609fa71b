# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line's commands: a file for each noun, with a function in `ADDERS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.commands.avatar import add_avatar
from core.commands.campaign import add_campaign
from core.commands.film import add_film
from core.commands.people import add_people
from core.commands.performance import add_performance
from core.commands.speech import add_speech
from core.commands.translation import add_translation
from core.commands.trust import add_trust
from core.commands.voices import add_voices

# Called with what `add_subparsers` gave; each adds its commands by `core.commands.command.add_command`.
ADDERS: tuple[Callable[[Any], None], ...] = (
    add_avatar,
    add_people,
    add_voices,
    add_speech,
    add_performance,
    add_translation,
    add_film,
    add_campaign,
    add_trust,
)
