# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide in docs/guide as a site that is read from the disk."""

from __future__ import annotations

from pathlib import Path

from . import places
from .environments import CORE, DOCS, DOCS_LOCK, prepare, run
from .programs import run_logged, say

CONFIGURATION = places.ROOT / "docs" / "mkdocs.yml"
PICTURES = places.ROOT / "docs" / "guide" / "pictures.py"


def build_guide() -> Path:
    """The site in dist/guide: pages, one style sheet and pictures, which ask no server for anything."""
    prepare(DOCS, DOCS_LOCK)
    site = places.ROOT / "dist" / "guide"
    build = [DOCS.python, "-m", "mkdocs", "build", "--quiet"]  # dead links are told by tests/contract/test_guide.py
    run_logged([*build, "--config-file", CONFIGURATION, "--site-dir", site], "Guide", DOCS.log)
    for name in ("sitemap.xml", "sitemap.xml.gz", "404.html"):  # for servers; they hold the day on which it was built
        (site / name).unlink(missing_ok=True)
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    say(f"{site.relative_to(places.ROOT)}/index.html: {size / 1e6:.1f} MB")
    return site


def take_pictures(package: Path) -> int:
    """Take the guide's pictures anew, in a Blender window with that package."""
    return run([CORE.python, PICTURES, "--package", package])
