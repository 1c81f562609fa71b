# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: ``python -m core COMMAND``. `core.command_line` takes a moment to load, in which one may cancel."""

from __future__ import annotations

import os
import sys


def main(argv: list[str]) -> int:
    """Run one command, as `core.command_line.main` does; 130 after Ctrl-C from the first moment on."""
    try:
        from core.command_line import main as run

        return run(argv)
    except KeyboardInterrupt:
        print("Cancelled.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # who reads it, such as head, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 141
    sys.exit(status)
