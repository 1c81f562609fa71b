# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs of translation and dubbing."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.errors import LikenessError
from core.progress import Progress


def translate(
    progress: Progress,
    script: str,
    source: str,
    target: str,
    provider: str | None,
    table: Path | None,
    template: Path | None,
    out: Path | None,
    pronunciations: Path | None,
    url: str,
    model: str,
) -> dict[str, Any]:
    """Script to a script in another language; with a template, to the rows of a table that are to be filled instead.

    provider: its name; without one ``table``. pronunciations: a file whose names are not translated.
    """
    from core.translation import Choices, find_translator, keep_names, translate_script, write_script, write_template

    begin = time.monotonic()
    if template is not None:
        count = write_template(script, template, source, target)
        return {"template": str(template), "rows": count, "summary": f"{count} rows are to be filled in {template}"}
    translator = find_translator(provider or "table", Choices(table, url, model))
    told = translate_script(script, source, target, translator, keep_names(pronunciations), progress)
    if out is not None:
        write_script(told.text, out)
    summary = f"{len(told.sentences)} sentences are in {out}" if out is not None else told.text.rstrip()
    return {
        **asdict(told),
        "sentences": [list(pair) for pair in told.sentences],
        "warnings": list(told.warnings),
        "out": str(out) if out is not None else None,
        "seconds": time.monotonic() - begin,
        "summary": summary,
    }


def list_translators(progress: Progress, table: Path | None) -> dict[str, Any]:
    """The translators, what each can translate here, and whether the text leaves this computer."""
    from core.translation import PROVIDERS, Choices

    found = []
    for make in PROVIDERS.values():
        translator = make(Choices(table))
        pairs = translator.pairs()
        told = None if pairs is None else [list(pair) for pair in pairs]
        found.append({"name": translator.name, "is_online": translator.is_online, "pairs": told})
    lines = [
        f"{entry['name']:9} {'online' if entry['is_online'] else 'offline':8} "
        + ("any languages" if entry["pairs"] is None else ", ".join(map("→".join, entry["pairs"])) or "nothing here")
        for entry in found
    ]
    return {"translators": found, "summary": "\n".join(lines)}


def dub(
    progress: Progress,
    speech: Path,
    performance: Path,
    script: str,
    language: str,
    out: Path,
    voice: str,
    pronunciations: Path | None,
    style: str,
    online: bool,
) -> dict[str, Any]:
    """Speech, Performance and a script in other words to the same two of these; ``out`` without a suffix.

    pronunciations: a file of how words are said.
    """
    from core.dubbing import dub
    from core.performance import load_performance
    from core.pronunciation.own import read_own
    from core.script import parse_script
    from core.speech import load_speech
    from core.translation import spoken_text

    begin = time.monotonic()
    folders = [out.with_name(f"{out.name}.{kind}") for kind in ("speech", "performance")]
    if {folder.resolve() for folder in folders} & {speech.resolve(), performance.resolve()}:
        message = f"out would replace the original {out.name}."
        raise LikenessError("bad_params", message, "Choose another name for the dub.")
    parsed = parse_script(spoken_text(script), language)
    originals = load_speech(speech), load_performance(performance)
    own = read_own(pronunciations) if pronunciations is not None else {}
    made = dub(*originals, parsed, folders[0], folders[1], voice, progress, online, own, style)
    return {
        "speech": str(folders[0]),
        "performance": str(folders[1]),
        "duration": float(made.speech.duration),
        "sentences": [asdict(sentence) for sentence in made.sentences],
        "warnings": list(made.warnings),
        "seconds": time.monotonic() - begin,
    }
