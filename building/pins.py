# SPDX-License-Identifier: GPL-3.0-or-later
"""Which entries of a lock count somewhere else: ``python -m building.pins LOCK MARKERS``, with packaging at hand.

MARKERS is the other place's marker environment as JSON. Prints the entries, hashes included, without markers.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path


def choose_pins(lock: str, markers: dict[str, str]) -> list[str]:
    """Entries ``name==version --hash=... ...`` of a lock's text whose marker is true in that environment."""
    from packaging.requirements import Requirement

    chosen = []
    for entry in re.split(r"\n(?=\S)", lock):
        if entry.startswith("#") or "==" not in entry:
            continue
        wanted, *hashes = entry.replace("\\\n", " ").split("--hash=")
        requirement = Requirement(wanted.strip())
        if requirement.marker is None or requirement.marker.evaluate(dict(markers)):
            chosen.append(" --hash=".join([f"{requirement.name}{requirement.specifier}", *(h.strip() for h in hashes)]))
    return chosen


if __name__ == "__main__":
    print("\n".join(choose_pins(Path(sys.argv[1]).read_text(encoding="utf-8"), json.loads(sys.argv[2]))))
