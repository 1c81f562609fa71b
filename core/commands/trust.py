# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands ``sign``, ``certificate``, ``verify``, ``revoke``, ``revocations``, ``forget`` and ``policy``."""

from __future__ import annotations

import argparse
import json
from typing import Any

from core.commands.command import add_command


class _Collect(argparse.Action):
    """An option that may be given several times, as a list in JSON."""

    def __call__(self, parser: Any, options: argparse.Namespace, value: Any, option: Any = None) -> None:
        before = json.loads(getattr(options, self.dest) or "[]")
        setattr(options, self.dest, json.dumps([*before, value]))


def add_trust(commands: Any) -> None:
    """Add them all."""
    sign = add_command(commands, "sign", "sign", "sign a film, picture, sound or folder of pictures, in place")
    sign.add_argument("file", metavar="FILE")
    sign.add_argument("--provenance", required=True, metavar="JSON", help="what it says of itself, see Provenance")
    sign.add_argument("--certificate", metavar="FILE.pem", help="your chain, your own certificate first")
    sign.add_argument("--key", metavar="FILE.pem", help="its private key, where that is another file")

    own = add_command(commands, "certificate", "certificate", "say by which certificate films are signed, or choose it")
    own.add_argument("--certificate", metavar="FILE.pem", help="sign by this chain from now on, your own first")
    own.add_argument("--key", metavar="FILE.pem", help="its private key, where that is another file")
    own.add_argument("--local", action="store_true", help="sign by this computer's own again")

    verify = add_command(commands, "verify", "verify", "say who signed a file, what it is made of, if it was altered")
    verify.add_argument("file", metavar="FILE|X.avatar|X.voice")
    verify.add_argument("--no-marks", dest="marks", action="store_false", help="do not look for the invisible marks")

    revoke = add_command(commands, "revoke", "revoke", "let an avatar or voice render no more")
    revoke.add_argument("what", metavar="X.avatar|X.voice|ID")
    revoke.add_argument("--reason", default="", metavar="TEXT")
    revoke.add_argument("--undo", action="store_true", help="it was revoked by mistake")

    lists = add_command(commands, "revocations", "revocations", "list what is revoked; give and take lists")
    lists.add_argument("--export", metavar="FILE", help="write your list for others, signed")
    lists.add_argument("--import", dest="bring", metavar="FILE", help="add another's list to yours")
    lists.add_argument("--plain", dest="signed", action="store_false", help="do not sign what is exported")

    forget = add_command(commands, "forget", "forget", "list all that was made from an avatar, and delete it")
    forget.add_argument("avatar", metavar="X.avatar|ID")
    forget.add_argument(
        "--in", dest="folders", action=_Collect, default="", metavar="FOLDER", help="where to look too (several times)"
    )
    forget.add_argument("--voice", metavar="X.voice", help="a voice to forget with it, and all that it said")
    forget.add_argument("--yes", action="store_true", help="delete; without it nothing is")

    policy = add_command(commands, "policy", "policy_state", "show the usage policy")
    policy.add_argument(
        "--accept", dest="method", action="store_const", const="accept_policy", help="accept it, once for this computer"
    )
