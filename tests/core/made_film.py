# SPDX-License-Identifier: GPL-3.0-or-later
"""A storyboard with all that it needs, and a renderer that draws its plates by arithmetic."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.progress import Progress

BOARD = """---
title: Signing
performers:
  anna: {avatar: anna.avatar, voice: heart, caption: Anna Li, role: Support}
  ben: {avatar: ben.avatar, voice: heart}
size: 256p
fps: 8
formats: 16:9, 9:16
captions: burned, files
---
# One
## Hello
performers: anna, ben
lower third: anna

anna: Open the link.

- The link (at "link")
## Yes
ben: Yes.
# Two
## Card
title: The end
seconds: 1
transition: fade
"""


@dataclass
class Drawn:
    """A renderer; asked: the names of the shots' performers and the size, of each request."""

    asked: list[tuple[tuple[str, ...], tuple[int, int]]] = field(default_factory=list)

    def render(self, request: Path, out: Path, progress: Progress) -> dict[str, Any]:
        asked = json.loads(request.read_text())
        names = tuple(performer["name"] for performer in asked["performers"])
        width, height = asked["size"]
        self.asked.append((names, (width, height)))
        x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
        for number in range(asked["frames"]):
            progress(number / asked["frames"], "Drawing")
            frame = np.stack((x, y, np.full_like(x, 9 * number % 256)), axis=-1).astype(np.uint8)
            Image.fromarray(frame).save(out / f"{number + 1:06}.png", compress_level=1)
        box = np.tile(np.float32([0.4, 0.2, 0.6, 0.5]), (asked["frames"], 1))
        np.savez(out / "faces.npz", **dict.fromkeys(names, box))
        return {"frames": asked["frames"], "warnings": []}

    def close(self) -> None:
        pass


def write_board(folder: Path, text: str = BOARD, consent: dict[str, Any] | None = None) -> Path:
    """``film.md`` in a folder, with the avatars that it names."""
    for name in ("anna", "ben"):
        avatar = folder / f"{name}.avatar"
        avatar.mkdir(parents=True, exist_ok=True)
        record = {"basis": "synthetic"} if consent is None else consent
        said = {"format": 1, "id": name, "name": name, "consent": record}
        (avatar / "avatar.json").write_text(json.dumps(said))
    path = folder / "film.md"
    path.write_text(text, encoding="utf-8")
    return path
