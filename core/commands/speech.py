# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands whose result is a speech, or that are about one."""

from __future__ import annotations

from typing import Any

from core.commands.command import add_command


def add_speech(commands: Any) -> None:
    """Add ``speak``, ``pronounce``, ``record``, ``captions`` and ``silence``."""
    _add_speak(commands)
    _add_record(commands)

    said = add_command(commands, "pronounce", "pronounce", "tell how the words of a text are said, in IPA")
    said.add_argument("script", metavar="TEXT", help="the text, or a text file")
    said.add_argument("--language", default="en", metavar="CODE")
    said.add_argument("--pronunciations", metavar="FILE", help="how words are said, one a line: Nguyen = wɪn")

    captions = add_command(commands, "captions", "write_captions", "write what a speech says as captions")
    captions.add_argument("speech", metavar="X.speech")
    captions.add_argument("--out", required=True, metavar="X.srt|X.vtt")

    quiet = add_command(commands, "silence", "keep_silent", "make a speech in which nothing is said")
    quiet.add_argument("--out", required=True, metavar="X.speech")
    quiet.add_argument("--seconds", type=float, default=30.0)
    quiet.add_argument("--behaviour", default="listening", metavar="listening|idle", help="what is done meanwhile")
    quiet.add_argument("--direction", default="", metavar="TEXT", help="how it is performed")


def _add_speak(commands: Any) -> None:
    speak = add_command(commands, "speak", "speak", "speak a script")
    speak.add_argument("script", metavar="SCRIPT", help="the text, or a text file")
    speak.add_argument("--out", required=True, metavar="X.speech")
    speak.add_argument("--language", default="en", metavar="CODE", help="of the script: en (default), es, zh ...")
    speak.add_argument("--voice", default="auto", help="an id that `voices` lists (default: the best of the language)")
    speak.add_argument("--style", default="", help="one that the voice has")
    speak.add_argument("--speed", type=float, default=1.0, help="1 is the voice's own (default)")
    speak.add_argument("--seconds", type=float, help="wanted length; the pace changes a little to meet it")
    speak.add_argument("--pronunciations", metavar="FILE", help="how words are said, one a line: Nguyen = wɪn")
    speak.add_argument("--direction", default="", metavar="TEXT", help="how it is said: “speak with confidence”")
    speak.add_argument("--moves", metavar="SLIDER=V,...", help="sliders instead of what the direction means")
    speak.add_argument("--emotion", default="read", metavar="read|none", help="whether the voice follows the feelings")
    speak.add_argument("--online", action="store_true", help="allow a voice that is a service on the internet")


def _add_record(commands: Any) -> None:
    record = add_command(commands, "record", "record", "make a speech of a recording")
    record.add_argument("sound", metavar="SOUND", help="a WAV, FLAC, MP3 or OGG file of somebody who speaks")
    record.add_argument("--out", required=True, metavar="X.speech")
    record.add_argument("--script", metavar="SCRIPT", help="what is said: the text, or a text file")
    record.add_argument("--language", default="en", metavar="CODE", help="the language: en (default), es, zh ...")
    record.add_argument("--pronunciations", metavar="FILE", help="how words are said, one a line: Nguyen = wɪn")
    record.add_argument("--direction", default="", metavar="TEXT", help="how it is performed")
    record.add_argument("--consent", metavar="TEXT|FILE.json", help="who speaks, and agreed to it")
    record.add_argument("--trim", action="store_true", help="shorten silence of more than 0.5 s at the ends to 0.3 s")
