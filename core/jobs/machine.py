# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs about this computer: whether the core works here, and its model files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from core.progress import Progress


def diagnose(progress: Progress) -> dict[str, Any]:
    """What the core runs on, and whether it works: rows of (label, value, whether it is well), and them as a text."""
    from core.machine import describe_core, describe_machine, describe_models, try_core

    begin = time.monotonic()
    progress(0.0, "Looking at this computer")
    rows = [*describe_core(), *describe_machine()]
    progress(0.2, "Reading the model files")
    rows += describe_models()
    rows += try_core(progress)
    return {
        "rows": [[row.label, row.value, row.is_well] for row in rows],
        "report": "\n".join(f"{row.label}: {row.value}" for row in rows),
        "is_well": all(row.is_well for row in rows),
        "seconds": time.monotonic() - begin,
    }


def list_models(progress: Progress) -> dict[str, Any]:
    """All registered models, and in what state they are here."""
    from core.models import look_at_models

    progress(0.0, "Reading the model files")
    return {
        "models": [
            {
                "id": shelved.model.id,
                "file": shelved.model.file,
                "size": shelved.model.size,
                "licence": shelved.model.licence,
                "purpose": shelved.model.purpose,
                "sources": [str(source) for source in shelved.model.sources],
                "optional": shelved.model.optional,
                "state": shelved.state,
                "is_own": shelved.is_own,
            }
            for shelved in look_at_models()
        ]
    }


def fetch_model(progress: Progress, model: str, online: bool) -> dict[str, Any]:
    """Bring a model onto this computer, or mend it."""
    from core.models import fetch_models, find_model, look_at_models
    from core.voice.online import require_fetching

    wanted = find_model(model)
    is_ready = any(shelved.state == "ready" for shelved in look_at_models() if shelved.model == wanted)
    require_fetching(f"The model {model}", 0 if is_ready else wanted.size, online)
    return {"path": str(fetch_models([model], progress)[0])}


def remove_model(progress: Progress, model: str) -> dict[str, Any]:
    """Delete a fetched model file."""
    from core.models import remove_model

    remove_model(model)
    return {"model": model}


def install_model(progress: Progress, model: str, file: Path) -> dict[str, Any]:
    """Take a model file that the person has."""
    from core.models import install_model

    progress(0.0, "Copying the model file")
    return {"path": str(install_model(model, file))}
