# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions from stdin, one JSON object a line; progress and one answer or error each to stdout."""

from __future__ import annotations

import json
import os
import traceback
from pathlib import Path
from typing import Any, TextIO

from ..errors import LikenessError


def serve(questions: TextIO, answers: TextIO) -> int:
    """Answer until the questions end; what stands in the scene is kept from one to the next."""
    import bpy

    from .shot import Stage

    bpy.ops.wm.read_factory_settings(use_empty=True)
    stage = Stage(bpy.context.scene)

    def tell_line(entry: dict[str, Any]) -> None:
        answers.write(json.dumps(entry, ensure_ascii=False) + "\n")
        answers.flush()

    for line in questions:
        if line.strip():
            tell_line(_answer(stage, line, tell_line))
    return 0


def _answer(stage: Any, line: str, tell_line: Any) -> dict[str, Any]:
    """One question; whatever goes wrong is an answer too, and the next question is answered as if it had not."""
    try:
        question = json.loads(line)
        request, out = Path(question["request"]), Path(question["out"])
    except (ValueError, KeyError, TypeError) as error:
        return _error("bad_request", f"That is no question: {error}.", 'Write {"request": PATH, "out": FOLDER}.')
    try:
        return {
            "answer": stage.render(
                request,
                out,
                lambda fraction, text: tell_line({"progress": round(fraction, 4), "text": text}),
            )
        }
    except LikenessError as error:
        return _error(error.code, error.message, error.hint)
    except Exception as error:
        traceback.print_exc()
        return _error("internal_error", f"The renderer failed: {error!r}.", "Its log says where.")


def _error(code: str, message: str, hint: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "hint": hint}, "pid": os.getpid()}
