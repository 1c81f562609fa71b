# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: ``python -m core avatar|voices|speak|record|perform|review|translate|dub|diagnose|worker|...``."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from core.cloning.engines import DEFAULT, ENGINES
from core.commands import ADDERS
from core.commands.command import add_command
from core.errors import LikenessError
from core.jobs import check_params, run_job
from core.progress import Progress, silent

# What a job says when it is done: text with the entries of its result.
DONE = {
    "build_avatar": "The avatar is in {avatar}",
    "make_person": "The person is in {avatar}",
    "refit_avatar": "The head is fitted to {error:.2%} of the eye distance; see {refit}",
    "speak": "{duration:.1f} s of speech are in {speech}",
    "make_voice": "The voice is in {profile}; speak with --voice {voice}",
    "record": "{duration:.1f} s of speech are in {speech}",
    "install_cloning": "Voices can be cloned, by {python}",
    "cloning_state": "{summary}",
    "keep_silent": "{duration:.1f} s of silence are in {speech}",
    "understand": "It moves {moves}",
    "write_captions": "{count} captions are in {captions}",
    "perform": "A performance of {duration:.1f} s is in {performance}",
    "review": "{summary}",
    "sign": "{file} is signed by “{signed_by}”",
    "verify": "{summary}",
    "certificate": "{summary}",
    "revoke": "{summary}",
    "revocations": "{summary}",
    "forget": "{summary}",
    "policy_state": "{summary}",
    "accept_policy": "{summary}",
    "translate": "{summary}",
    "list_translators": "{summary}",
    "diagnose": "{report}",
    "make_film": "{summary}",
    "make_campaign": "{summary}",
    "check_storyboard": "{summary}",
    "dub": "{duration:.1f} s of speech are in {speech}, their performance is in {performance}",
}

# What was done by then stays, where that is more than nothing.
STOPPED = {
    "make_film": "what was made by then is kept: run it again, and it goes on.",
    "make_campaign": "what was made by then is kept: run it again, and it goes on.",
    "forget": "what was deleted by then is gone: run it again for the rest.",
}


def main(argv: list[str]) -> int:
    """Run one command. Returns 0, 1 for an altered file, 2 after failures told in sentences, 130 after Ctrl-C."""
    if argv[:1] == ["models"]:
        from core.models import main as main_models

        return main_models(argv[1:])
    options = vars(_parser().parse_args(argv))
    method, as_json = options.pop("method"), options.pop("json", False)
    if method == "worker":
        from core.worker import serve

        serve(options["idle_seconds"])
        return 0
    bar = _Bar()
    if method == "install_cloning":
        size = ENGINES[options["engine"]].size
        print(f"{size[0].upper()}{size[1:]}. Ctrl-C cancels.", file=sys.stderr)
    try:
        if options.get("consent") is not None:
            options["consent"] = read_record(options["consent"])
        for name in ("script", "text"):
            if options.get(name) is not None:
                options[name] = read_script(options[name])
        with contextlib.redirect_stdout(sys.stderr):  # what libraries print is no part of the result
            result = run_job(method, check_params(method, options), bar.show)
    except LikenessError as error:
        bar.clear()
        print(f"{error.message}\n{error.hint}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        bar.clear()
        print(f"Cancelled; {STOPPED.get(method, 'nothing was changed.')}", file=sys.stderr)
        return 130
    bar.clear()
    _print_result(method, result, as_json)
    if result.get("problems"):
        return 2
    return 1 if result.get("state") == "altered" else 0


def read_script(text: str) -> str:
    """The script itself, or what the file of that name holds.

    Raises LikenessError ``script_unreadable`` for a file that is no UTF-8 text, ``file_missing`` for
    something that can only be meant as a file's name.
    """
    path = Path(text)
    try:
        if path.is_file():
            return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LikenessError(
            "script_unreadable", f"{path.name} is not a text in UTF-8.", "Save it as plain text in UTF-8."
        ) from error
    except (OSError, ValueError) as error:
        if isinstance(error, PermissionError):
            raise LikenessError(
                "script_unreadable", f"{path.name} may not be read.", "Check its permissions."
            ) from error
        # Longer than a file name can be: it is the script.
    if path.suffix in (".txt", ".md") and not any(character.isspace() for character in text):
        raise LikenessError("file_missing", f"There is no file {path}.", "Check the path of the script.")
    return text


def read_record(text: str) -> str:
    """A consent record as JSON from the file of that name, with the hash of its evidence; else the statement itself.

    Raises LikenessError as `core.consent.read_consent` does.
    """
    if Path(text).suffix != ".json" or any(character in text for character in "\n{"):
        return text
    from core.consent import read_consent

    return json.dumps(read_consent(Path(text)).as_dict())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description=__doc__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    avatar = add_command(commands, "avatar", "build_avatar", "build an avatar from a photo")
    avatar.add_argument("photo", metavar="PHOTO")
    avatar.add_argument("--out", required=True, metavar="X.avatar")
    avatar.add_argument("--name", help="what the avatar is called (default: as its folder)")
    avatar.add_argument("--face", type=int, metavar="N", help="which face, 1 being the largest")
    avatar.add_argument("--consent", metavar="TEXT|FILE.json", help="who agreed to this likeness: kept in the avatar")
    avatar.add_argument("--photo-left", metavar="PHOTO", help="a photo of the head's left side, turned by 20 to 45°")
    avatar.add_argument("--photo-right", metavar="PHOTO", help="the same of the head's right side")
    avatar.add_argument("--glasses", default="keep", metavar="keep|remove", help="an object, or painted out")
    avatar.add_argument("--texture", type=int, default=2048, metavar="2048|4096", help="side of the head's maps")
    avatar.add_argument("--pins", metavar="FILE", help="landmarks that were set by hand in the photo (JSON)")

    refit = add_command(commands, "refit", "refit_avatar", "fit the head to pins, without building the avatar")
    refit.add_argument("photo", metavar="PHOTO")
    refit.add_argument("--out", required=True, metavar="X.refit")
    refit.add_argument("--face", type=int, metavar="N", help="which face, 1 being the largest")
    refit.add_argument("--photo-left", metavar="PHOTO")
    refit.add_argument("--photo-right", metavar="PHOTO")
    refit.add_argument("--pins", metavar="FILE")
    refit.add_argument("--picture", action="store_true", help="add the upright photo in which pins are counted")

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

    profile = add_command(commands, "voice", "make_voice", "make a voice that resembles the one of a sample")
    profile.add_argument("sample", metavar="SAMPLE", help="5 to 30 seconds of one person who speaks")
    profile.add_argument("--out", required=True, metavar="NAME.voice")
    profile.add_argument("--language", default="en", metavar="CODE", help="en (default), es, fr, hi, it, ja, pt or zh")
    profile.add_argument("--name", help="what the voice is called (default: as its folder)")
    profile.add_argument("--consent", required=True, metavar="FILE.json", help="who speaks, and on what basis")
    profile.add_argument("--online", action="store_true", help="fetch networks that are missing")
    profile.add_argument("--consent-recording", metavar="SOUND", help="in which they say the sentence of consent")

    voices = add_command(commands, "voices", "list_voices", "list the voices")
    voices.add_argument("--language", metavar="CODE", help="only those that speak it: en, es, zh ...")
    voices.add_argument("--online", action="store_true", help="ask services for all that they have")

    cloning = commands.add_parser("cloning", help="set up the cloning of voices")
    actions = cloning.add_subparsers(title="actions", required=True, metavar="install|state")
    for name, method, text in (
        ("install", "install_cloning", "fetch its packages and networks, some gigabytes"),
        ("state", "cloning_state", "say whether it is set up, and how much is fetched for it"),
    ):
        action = add_command(actions, name, method, text)
        action.add_argument("engine", nargs="?", default=DEFAULT, choices=tuple(ENGINES))

    said = add_command(commands, "pronounce", "pronounce", "tell how the words of a text are said, in IPA")
    said.add_argument("script", metavar="TEXT", help="the text, or a text file")
    said.add_argument("--language", default="en", metavar="CODE")
    said.add_argument("--pronunciations", metavar="FILE", help="how words are said, one a line: Nguyen = wɪn")

    record = add_command(commands, "record", "record", "make a speech of a recording")
    record.add_argument("sound", metavar="SOUND", help="a WAV, FLAC, MP3 or OGG file of somebody who speaks")
    record.add_argument("--out", required=True, metavar="X.speech")
    record.add_argument("--script", metavar="SCRIPT", help="what is said: the text, or a text file")
    record.add_argument("--language", default="en", metavar="CODE", help="the language: en (default), es, zh ...")
    record.add_argument("--pronunciations", metavar="FILE", help="how words are said, one a line: Nguyen = wɪn")
    record.add_argument("--direction", default="", metavar="TEXT", help="how it is performed")
    record.add_argument("--consent", metavar="TEXT|FILE.json", help="who speaks, and agreed to it")
    record.add_argument("--trim", action="store_true", help="shorten silence of more than 0.5 s at the ends to 0.3 s")

    captions = add_command(commands, "captions", "write_captions", "write what a speech says as captions")
    captions.add_argument("speech", metavar="X.speech")
    captions.add_argument("--out", required=True, metavar="X.srt|X.vtt")

    quiet = add_command(commands, "silence", "keep_silent", "make a speech in which nothing is said")
    quiet.add_argument("--out", required=True, metavar="X.speech")
    quiet.add_argument("--seconds", type=float, default=30.0)
    quiet.add_argument("--behaviour", default="listening", metavar="listening|idle", help="what is done meanwhile")
    quiet.add_argument("--direction", default="", metavar="TEXT", help="how it is performed")

    understand = add_command(commands, "understand", "understand", "say what a direction means")
    understand.add_argument("direction", metavar="TEXT")
    understand.add_argument("--script", default="", metavar="SCRIPT", help="text or file with directions in []")
    understand.add_argument("--language", default="en", metavar="CODE")

    perform = add_command(commands, "perform", "perform", "make a performance of a speech")
    perform.add_argument("speech", metavar="X.speech")
    perform.add_argument("--out", required=True, metavar="X.performance")
    perform.add_argument("--seed", type=int, default=0)
    perform.add_argument("--strength", type=float, default=1.0)
    perform.add_argument("--layer", help="write this layer only")
    perform.add_argument("--direction", metavar="TEXT", help="how it is said, instead of the speech's own direction")
    perform.add_argument("--moves", metavar="SLIDER=V,...", help="sliders instead of what the direction means")
    perform.add_argument("--feelings", metavar="FILE", help="a JSON list of feelings instead of those that are read")
    perform.add_argument("--emotion", default="read", metavar="read|none", help="of words and voice")
    perform.add_argument("--seeds", default="", metavar="LAYER=N,...", help="seeds of single layers")
    perform.add_argument("--mute", default="", metavar="LAYER,...", help="layers that are left still")
    perform.add_argument("--scale", default="", metavar="LAYER=F,...", help="how large layers are, 0 to 2")
    perform.add_argument("--ranges", default="", metavar="LAYER=S-S,...", help="seconds within which layers act")
    perform.add_argument("--articulation", type=float, default=1.0, help="0 mumbled, 1 natural (default), 2 over-clear")
    perform.add_argument("--jaw-lips", type=float, default=0.0, help="what opens the mouth: -1 the lips, 1 the jaw")
    perform.add_argument("--smile", type=float, default=0.0, help="smiling while speaking, 0 to 1")

    review = add_command(commands, "review", "review", "measure how good a performance is")
    review.add_argument("performance", metavar="X.performance")
    review.add_argument("--avatar", metavar="X.avatar", help="on which lips are measured")
    review.add_argument("--speech", metavar="X.speech", help="whose sound is measured")

    _add_translation(commands)
    worker = commands.add_parser("worker", help="answer requests on stdin (for Blender)")
    worker.set_defaults(method="worker")
    worker.add_argument("--idle-seconds", type=float, metavar="N", help="end after N s without a request")

    add_command(commands, "diagnose", "diagnose", "say what the core runs on, and test it (for bug reports)")
    commands.add_parser("models", help="list, fetch and verify the model files")
    for add in ADDERS:
        add(commands)
    return parser


def _add_translation(commands: Any) -> None:
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


class _Bar:
    """A progress bar on stderr, where that is a terminal."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self.show: Progress = self._draw if self._is_shown else silent

    def _draw(self, fraction: float, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        line = f"[{'#' * round(fraction * 20):<20}] {fraction:4.0%} {text}"
        print(f"\r\x1b[K{line[:width]}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._is_shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _print_result(method: str, result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(result, indent=1, ensure_ascii=False))
        return
    for warning in result.get("warnings", ()):
        print(f"Note: {warning}", file=sys.stderr)
    if method == "list_voices":
        _print_voices(result["voices"])
    elif method == "pronounce":
        for word in result["words"]:
            mark = "own" if word["own"] else "" if word["known"] else "in no dictionary"
            print(f"{word['text']:<24}{word['ipa']:<32}{mark}".rstrip())
    else:
        print(DONE[method].format(**result))


def _print_voices(voices: list[dict[str, Any]]) -> None:
    for voice in voices:
        missing = f"{voice['size'] / 1e6:.0f} MB to fetch" if voice["size"] else "here"
        state = "online" if voice["is_online"] else missing
        languages = ", ".join(voice["languages"][:4]) + (" ..." if len(voice["languages"]) > 4 else "")
        print(f"{voice['id']:<28}{languages:<20}{voice['sex']:<8}{state:<16}{voice['licence']:<18}{voice['about']}")


if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # who reads it, such as head, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 141
    sys.exit(status)
