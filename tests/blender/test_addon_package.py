# SPDX-License-Identifier: GPL-3.0-or-later
"""The packaged zip, installed from file as a person does it, in a Blender with a user folder of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import bpy
import pytest
from addon import require_core_python

INSTALLED = Path(__file__).resolve().parent / "installed.py"


def extension_tool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Blender's own tool for extensions."""
    scripts = Path(bpy.utils.system_resource("SCRIPTS"))
    tool = scripts / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"
    command = [sys.executable, str(tool), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """The zip, built from what build.py stages."""
    sys.path.insert(0, str(repository))
    from building import model_files, packaging

    folder = tmp_path_factory.mktemp("package")
    packaging.stage_package(folder / "stage", model_files.packaged_models())
    zip_path = folder / "speaking_likeness.zip"
    built = extension_tool("build", "--source-dir", folder / "stage", "--output-filepath", zip_path)
    assert built.returncode == 0, built.stdout + built.stderr
    return zip_path


@pytest.fixture
def install(package: Path, tmp_path: Path):
    """Runs ``installed.py`` in a fresh Blender: installs the zip, does what is asked, returns what it says."""

    def run(*steps: str, **environ: str) -> dict:
        environment = {**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path / "user"), **environ}
        environment.pop("SPEAKING_LIKENESS_MODELS", None)
        command = [sys.executable, str(INSTALLED), str(package), str(tmp_path), *steps]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)
        said = re.findall(r"^SAID (.+)$", done.stdout, re.MULTILINE)
        assert said, done.stdout + done.stderr
        return json.loads(said[-1])

    return run


def test_blenders_own_tool_finds_the_package_valid(package: Path) -> None:
    validated = extension_tool("validate", package)
    assert validated.returncode == 0, validated.stdout + validated.stderr


def test_the_package_holds_the_core_and_nothing_that_is_not_needed(package: Path) -> None:
    names = zipfile.ZipFile(package).namelist()
    assert {"blender_manifest.toml", "__init__.py", "LICENSE", "core/__main__.py"} <= set(names)
    assert {"core/requirements.txt", "addon_models/models.toml"} <= set(names)
    assert not [name for name in names if name.endswith(("kokoro.onnx", "kokoro_voices.bin"))], "fetched when wanted"
    assert not [name for name in names if "__pycache__" in name or "test" in name or name.endswith(".pyc")]


def test_it_installs_from_file_and_is_switched_on(install) -> None:
    said = install("look")
    assert said["module"] == "bl_ext.user_default.speaking_likeness"
    assert said["enabled"]
    assert said["settings"] == "auto"
    assert "enabled_again" in said, "off and on again"


def test_the_core_inside_the_extension_answers(install) -> None:
    said = install("check", SPEAKING_LIKENESS_CORE_PYTHON=str(require_core_python()))
    assert said["job"]["state"] == "done", said
    assert "The core works" in said["job"]["message"]
    assert said["core_home"].endswith("speaking_likeness")


def test_without_a_core_it_says_where_to_set_it_up(install) -> None:
    said = install("check", SPEAKING_LIKENESS_CORE_PYTHON="")
    assert "not set up" in said["error"]
    assert "Online access is off" in said["set_up"]


def test_an_avatar_speaks_in_the_installed_extension(install) -> None:
    said = install("speak", SPEAKING_LIKENESS_CORE_PYTHON=str(require_core_python()))
    assert said["job"]["state"] == "done", said
    assert said["strips"] >= 1
    assert said["results"] == sorted(said["results"])
    assert any(name.endswith(".performance") for name in said["results"])


def test_set_up_makes_an_environment_in_the_extensions_own_folder(install, tmp_path: Path) -> None:
    """With a lock of nothing, so that no package is downloaded: the way is what is tested."""
    said = install("set_up", SPEAKING_LIKENESS_CORE_PYTHON="", PIP_NO_INDEX="1")
    assert said["job"]["state"] == "done", said
    assert "core_environment" in said["python"]
    assert said["is_there"]
    assert Path(said["python"]).is_relative_to(tmp_path / "user")
    assert "mediapipe" in said["checked"], "Verify then names what is not installed"
    assert {"core_environment", "set_up.log"} <= set(said["made"])
    assert "downloads" not in said["made"] and "are removed" in said["removed"]
    assert said["left"] == [] and said["after"] == "None", "all that the add-on kept for itself is gone"


def test_wheels_that_the_package_brings_are_set_up_without_online_access(install) -> None:
    said = install("set_up_bundled", SPEAKING_LIKENESS_CORE_PYTHON="")
    assert said["job"]["state"] == "done", said
    assert "nothing is fetched" in said["costs"]
