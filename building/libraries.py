# SPDX-License-Identifier: GPL-3.0-or-later
"""System libraries that bpy and mediapipe load, and the packages that bring them."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Sequence

from . import places
from .programs import Stop, run_logged

# Library that bpy or mediapipe loads -> its Debian package.
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libSM.so.6": "libsm6",
    "libXi.so.6": "libxi6",
    "libXrender.so.1": "libxrender1",
    "libXfixes.so.3": "libxfixes3",
    "libxkbcommon.so.0": "libxkbcommon0",
}
# The same elsewhere: installer -> its whole command.
INSTALLERS = {
    "dnf": "dnf install libglvnd-{glx,egl,gles} mesa-dri-drivers libSM libX{i,render,fixes} libxkbcommon",
    "pacman": "pacman -S libglvnd mesa libsm libxi libxrender libxfixes libxkbcommon",
    "zypper": "zypper install libGL1 libEGL1 libGLESv2-2 libSM6 libXi6 libXrender1 libXfixes3 libxkbcommon0",
}


def is_debian_root() -> bool:
    return bool(shutil.which("apt-get")) and hasattr(os, "geteuid") and os.geteuid() == 0


def apt_install(packages: Sequence[str], text: str) -> None:
    log = places.VENV / "apt.log"
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    try:
        run_logged(command, text, log)
    except Stop:  # the package lists are missing or old
        run_logged(["apt-get", "update", "-q"], "Package lists", log)
        run_logged(command, text, log)


def missing_libraries() -> list[str]:
    """Debian packages of the system libraries that cannot be loaded here."""
    missing = []
    for library, package in LIBRARIES.items() if sys.platform == "linux" else ():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def prepare_libraries() -> None:
    if missing_libraries() and is_debian_root():
        apt_install(missing_libraries(), "System libraries")
    packages = missing_libraries()
    if packages:
        apt = "apt-get install " + " ".join(packages)
        command = next((line for name, line in INSTALLERS.items() if shutil.which(name)), apt)
        raise Stop(f"System libraries are missing: run 'sudo {command}', then run this command again.")
