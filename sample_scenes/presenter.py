# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is seen in the demo and in the storyboards where nobody else is named: NASA's portrait of Eileen Collins."""

from __future__ import annotations

import subprocess
from pathlib import Path

# Why it may be used, as a record that core/consent.py reads.
CONSENT = {
    "subject": "Eileen Collins",
    "basis": "public_domain",
    "uses": ["private", "internal", "public", "languages"],
    "statement": "NASA's official portrait (public domain), as scikit-image ships it; this is a synthetic "
    "demonstration, she said none of this.",
}
# Writes the portrait; runs in the core's Python, which has scikit-image.
EXPORT = "import sys, imageio.v3, skimage.data; imageio.v3.imwrite(sys.argv[1], skimage.data.astronaut())"


def export_portrait(core_python: str | Path, path: Path) -> str:
    """Write the portrait as PNG; why that failed, empty where it did not."""
    done = subprocess.run([core_python, "-c", EXPORT, path], capture_output=True, text=True, check=False)
    if path.is_file() and not done.returncode:
        return ""
    return (done.stderr.strip().splitlines() or ["nothing was written"])[-1].rstrip(".")
