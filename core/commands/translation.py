# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that say a script in another language."""

from __future__ import annotations

from typing import Any

from core.commands.command import add_command


def add_translation(commands: Any) -> None:
    """Add ``translate``, ``translators`` and ``dub``."""
    translate = add_command(commands, "translate", "translate", "translate a script")
    translate.add_argument("script", metavar="SCRIPT", help="the text, or a text file")
    translate.add_argument("--from", dest="source", default="en", metavar="CODE", help="its language: en (default) ...")
    translate.add_argument("--to", dest="target", required=True, metavar="CODE", help="the language that is wanted")
    translate.add_argument("--with", dest="provider", metavar="NAME", help="table (default), argos, bergamot, openai")
    translate.add_argument("--table", metavar="FILE", help="translations as CSV or TSV, languages as columns")
    translate.add_argument("--template", metavar="FILE", help="write the rows of such a table instead, to be filled")
    translate.add_argument("--out", metavar="FILE", help="where the translated script goes")
    translate.add_argument("--pronunciations", metavar="FILE", help="its names are not translated")
    translate.add_argument("--url", default="", help="base of an OpenAI-compatible endpoint, for openai (online)")
    translate.add_argument("--model", default="", help="the model that is asked there")

    translators = add_command(commands, "translators", "list_translators", "list what can translate here")
    translators.add_argument("--table", metavar="FILE", help="a table, to say its languages")

    dub = add_command(commands, "dub", "dub", "say a performed speech in other words, mostly in another language")
    dub.add_argument("speech", metavar="X.speech")
    dub.add_argument("performance", metavar="X.performance")
    dub.add_argument("--script", required=True, metavar="SCRIPT", help="the same sentences: the text, or a text file")
    dub.add_argument("--language", required=True, metavar="CODE", help="the language of the script")
    dub.add_argument("--out", required=True, metavar="NAME", help="NAME.speech and NAME.performance are written")
    dub.add_argument("--voice", default="auto", help="one of the language (default: the speech's own, or the best)")
    dub.add_argument("--style", default="", help="one that the voice has")
    dub.add_argument("--pronunciations", metavar="FILE", help="how words are said, one a line: Nguyen = wɪn")
    dub.add_argument("--online", action="store_true", help="let the voice be a service on the internet")
