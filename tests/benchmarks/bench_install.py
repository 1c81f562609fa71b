# SPDX-License-Identifier: GPL-3.0-or-later
"""How many packages "Set Up the Core" fetches, how many megabytes, and what they take on the disk.

    python3 build.py bench install --out OUT [--python PATH ...]

For each Python (3.11 to 3.13; by default the core's own) the lock is downloaded and installed into a fresh
environment, as pip is set up here. Writes OUT/packages.toml, which is what blender_addon/engine/packages.toml
is a copy of: the add-on says these figures before it fetches anything.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ENVIRONMENT = "core"  # the Python that build.py runs this with
ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "core" / "requirements.txt"
LARGE = 1_000_000  # bytes; smaller wheels are not listed


def measure(python: str, folder: Path) -> tuple[str, str, dict[str, float]]:
    """The version of a Python, its row of the table, and its large wheels in MB by package name."""
    environment, wheels = folder / "environment", folder / "wheels"
    subprocess.run([python, "-m", "venv", str(environment)], check=True)
    own = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    version = subprocess.run([own, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
    options = ["--no-input", "--no-deps", "--disable-pip-version-check", "--require-hashes", "-r", str(LOCK), "-q"]
    begin = time.monotonic()
    subprocess.run([own, "-m", "pip", "download", *options, "--dest", str(wheels)], check=True)
    fetched = time.monotonic()
    offline = ["--no-index", "--find-links", str(wheels)]
    subprocess.run([own, "-m", "pip", "install", *options, *offline], check=True)
    print(f"Python {version}: {fetched - begin:.0f} s of fetching, {time.monotonic() - fetched:.0f} s of installing")
    sizes = {path.name.split("-")[0].lower().replace("_", "-"): path.stat().st_size for path in wheels.iterdir()}
    size = sum(path.stat().st_size for path in environment.rglob("*") if path.is_file() and not path.is_symlink())
    megabytes = round(sum(sizes.values()) / 1e6)
    row = f"{{ packages = {len(sizes)}, megabytes = {megabytes}, gigabytes = {size / 1e9:.1f} }}"
    return version, row, {name: bytes / 1e6 for name, bytes in sizes.items() if bytes > LARGE}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--python", nargs="+", default=[sys.executable], metavar="PATH")
    options = parser.parse_args()
    rows: dict[str, str] = {}
    wheels: dict[str, float] = {}
    for python in options.python:
        with tempfile.TemporaryDirectory(dir=options.out.parent) as folder:
            version, rows[version], large = measure(python, Path(folder))
            wheels |= {name: max(size, wheels.get(name, 0.0)) for name, size in large.items()}
    lines = [
        "# SPDX-License-Identifier: GPL-3.0-or-later",
        "# What setting up the core fetches, measured on Linux x64 by build.py bench install; elsewhere a little else.",
        "# python: by version; megabytes to fetch, gigabytes on the disk. wheels: megabytes of those over one.",
        "[python]",
        *(f'"{version}" = {row}' for version, row in sorted(rows.items())),
        "",
        "[wheels]",
        *(f"{name} = {size:.1f}" for name, size in sorted(wheels.items(), key=lambda item: -item[1])),
    ]
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "packages.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
