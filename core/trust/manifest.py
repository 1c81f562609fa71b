# SPDX-License-Identifier: GPL-3.0-or-later
"""A Provenance as a C2PA manifest, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import core
from core.errors import LikenessError
from core.trust.provenance import PLACED, Ingredient, Provenance, read_provenance

SOFTWARE = "Speaking Likeness"
ASSERTION = "org.speaking-likeness.provenance"
MARK = "org.speaking-likeness.mark.1"  # how the watermark is made
MIMES: Mapping[str, str] = {
    ".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime",
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
    ".wav": "audio/wav",
}  # fmt: skip
# Nothing is ever fetched: no time stamp, no certificate's state, no manifest from elsewhere.
SETTINGS: Mapping[str, Any] = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
}


def make_manifest(provenance: Provenance, head: str = "") -> dict[str, Any]:
    """The manifest as c2pa takes it. head: hash of what C2PA leaves out of its own (`core/trust/boxes.py`).

    What was taken in is an ingredient by its hash alone: no photo, recording or script travels along.
    """
    labels = [f"ingredient{number}" for number in range(len(provenance.ingredients))]
    made_of = [label for label, one in zip(labels, provenance.ingredients, strict=True) if one.kind not in PLACED]
    placed = [label for label, one in zip(labels, provenance.ingredients, strict=True) if one.kind in PLACED]
    created: dict[str, Any] = {
        "action": "c2pa.created",
        "digitalSourceType": provenance.digital_source_type,
        "softwareAgent": {"name": SOFTWARE, "version": core.__version__},
    }
    if made_of:
        created["parameters"] = {"ingredientIds": made_of}
    actions = [created]
    actions += [{"action": "c2pa.placed", "parameters": {"ingredientIds": [label]}} for label in placed]
    actions += [{"action": "c2pa.edited", "description": edit} for edit in provenance.edits]
    assertions: list[dict[str, Any]] = []
    if provenance.payload is not None:
        where = " and ".join(provenance.marked)
        actions.append({"action": "c2pa.watermarked.bound", "description": f"invisible mark in {where}"})
        bound = {"alg": MARK, "blocks": [{"scope": {}, "value": f"{provenance.payload:08x}"}]}
        assertions.append({"label": "c2pa.soft-binding", "data": bound})
    assertions.insert(0, {"label": "c2pa.actions.v2", "data": {"actions": actions}})
    assertions.append({"label": ASSERTION, "data": {"format": "1", "head": head, "facts": provenance.as_dict()}})
    return {
        "claim_generator_info": [{"name": SOFTWARE, "version": core.__version__}],
        "title": provenance.title,
        "ingredients": [
            _ingredient(one, label) for one, label in zip(provenance.ingredients, labels, strict=True)
        ],
        "assertions": assertions,
    }


def _ingredient(ingredient: Ingredient, label: str) -> dict[str, Any]:
    relation = "componentOf" if ingredient.kind in PLACED else "inputTo"
    said: dict[str, Any] = {"title": ingredient.name, "relationship": relation, "label": label}
    said["description"] = " ".join(filter(None, (ingredient.kind, ingredient.id)))
    if ingredient.sha256:
        said["instance_id"] = f"urn:sha256:{ingredient.sha256}"
    return said


def find_assertion(manifest: Mapping[str, Any], label: str) -> dict[str, Any]:
    """The data of an assertion; empty where there is none."""
    found = [one.get("data") for one in manifest.get("assertions", ()) if one.get("label") == label]
    return found[0] if found and isinstance(found[0], dict) else {}


def provenance_of(manifest: Mapping[str, Any]) -> tuple[Provenance | None, str]:
    """What a manifest of ours says, and the hash of the head; None where another program made it."""
    said = find_assertion(manifest, ASSERTION)
    try:
        return read_provenance(said.get("facts")), str(said.get("head", ""))
    except LikenessError:
        return None, ""


def actions_of(manifest: Mapping[str, Any]) -> list[dict[str, str]]:
    """The manifest's actions, each with ``action``, and ``description`` and ``digitalSourceType`` where it has them."""
    found = find_assertion(manifest, "c2pa.actions.v2") or find_assertion(manifest, "c2pa.actions")
    names = ("action", "description", "digitalSourceType")
    return [{name: str(one[name]) for name in names if one.get(name)} for one in found.get("actions", ())]


def settings(anchors: str = "") -> str:
    """Settings as JSON. anchors: certificates that are trusted, as PEM."""
    trust = {"trust": {"user_anchors": anchors}} if anchors else {}
    return json.dumps({**SETTINGS, **trust})
