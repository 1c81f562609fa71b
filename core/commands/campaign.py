# SPDX-License-Identifier: GPL-3.0-or-later
"""The command ``campaign``."""

from __future__ import annotations

from typing import Any

from core.commands.command import add_command
from core.commands.film import add_film_options


def add_campaign(commands: Any) -> None:
    """Add it."""
    campaign = add_command(commands, "campaign", "make_campaign", "make a film for each row of a table")
    campaign.add_argument("table", metavar="TABLE", help="CSV or JSON; its columns fill the storyboard's {fields}")
    campaign.add_argument("storyboard", metavar="STORYBOARD.md")
    campaign.add_argument("--out", required=True, metavar="FOLDER", help="where the films go; run again, it goes on")
    campaign.add_argument("--workers", type=int, metavar="N", help="processes (default: what this machine is good for)")
    campaign.add_argument("--scheduler", default="", metavar="ADDRESS", help="of Dask, tcp://HOST:8786, or: local")
    campaign.add_argument("--only-failed", action="store_true", help="make those again that failed, and no others")
    campaign.add_argument("--check", action="store_true", help="look at all films that were made, and make none")
    campaign.add_argument("--strict", action="store_true", help="end with 2 where a film failed")
    campaign.add_argument("--rows", default="", metavar="2-5,8", help="only these, counted as errors count them")
    campaign.add_argument("--flamenco", metavar="OUT.js", help="write it as a job type for Flamenco instead")
    add_film_options(campaign)
