# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command line does: ``python -m core COMMAND``. Its commands are in `core/commands`."""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from core.cloning.engines import ENGINES
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
    """Run one command.

    Returns 0, 1 for an altered file or an exchanged consent, 2 after failures told in sentences, 130 after Ctrl-C.
    """
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
    return 1 if result.get("state") in ("altered", "exchanged") else 0


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
    parser = argparse.ArgumentParser(prog="python -m core", description="The core of Speaking Likeness.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for add in ADDERS:
        add(commands)
    worker = commands.add_parser("worker", help="answer requests on stdin (for Blender)")
    worker.set_defaults(method="worker")
    worker.add_argument("--idle-seconds", type=float, metavar="N", help="end after N s without a request")
    add_command(commands, "diagnose", "diagnose", "say what the core runs on, and test it (for bug reports)")
    commands.add_parser("models", help="list, fetch and verify the model files")
    return parser


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
