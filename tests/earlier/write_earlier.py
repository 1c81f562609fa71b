# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what an earlier version wrote, by that version's own code; run inside a checkout of it, then copied here.

    git worktree add ../earlier COMMIT && cd ../earlier
    PYTHONPATH=. CORE_PYTHON  .../tests/earlier/write_earlier.py core DATE      # NAME.speech, NAME.performance
    PYTHONPATH=. BPY_PYTHON   .../tests/earlier/write_earlier.py blender DATE   # NAME.avatar, scene.blend (bpy 4.5)
    PYTHONPATH=. CORE_PYTHON  .../tests/earlier/write_earlier.py voice DATE     # NAME.voice, from 628de64 on

2026-11-23 is 518af98: consent a sentence, one voice, six layers, no takes by name, no face board, no record of a take.
2026-11-26 is 3bae910: takes, records, the face board; still six layers and consent as a sentence; its voice is
628de64's, whose sample had no hash.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def write_core(folder: Path) -> None:
    from core.performance.perform import perform
    from core.performance.performance import save_performance
    from core.script import parse_script
    from core.speech import load_speech
    from core.voice import speak

    speech = folder / "hello.speech"
    speak(parse_script("Hi."), speech)
    save_performance(perform(load_speech(speech), seed=3), folder / "hello.performance", speech)


def write_voice(folder: Path) -> None:
    import numpy as np

    from core.consent import Consent
    from core.voice import kokoro
    from core.voice.profile import VoiceProfile, save_profile

    consent = Consent(speaker="Ada", basis="self", date="2026-11-26")
    pitch, likeness, digest = (200.0, 1.1, 8.0, 0.9), {"default": 0.2, "blend": 0.5}, "0" * 64
    styles = np.full(kokoro.STYLES, 0.125, np.float32)
    profile = VoiceProfile("Ada", "en", {"af_heart": 1.0}, styles, *pitch, likeness, "blend", consent, 0.8, digest)
    save_profile(profile, folder / "ada.voice", np.zeros(2400, np.float32), 24000)


def write_blender(folder: Path) -> None:
    sys.path.insert(0, "tests/blender")
    import bpy
    import numpy as np
    from small_avatar import write_small_avatar

    import blender_addon
    from blender_addon.rig import import_avatar
    from blender_addon.takes import apply_performance

    bpy.ops.wm.read_factory_settings(use_empty=True)
    blender_addon.register()
    avatar = write_small_avatar(folder)
    armature = import_avatar(avatar)
    with np.load(avatar / "geometry.npz") as arrays:
        packed = dict(arrays)
    np.savez_compressed(avatar / "geometry.npz", **packed)
    apply_performance(armature, folder / "hello.performance", start=11)
    settings = bpy.context.scene.likeness
    settings.consent, settings.script, settings.seed = "Ada said yes.", "Hi.", 5
    settings.voice = "heart"
    settings.layers = {"speech", "expression", "blink", "gaze", "head", "gesture"}
    bpy.data.batch_remove([space for space in bpy.data.workspaces if space != bpy.context.window.workspace])
    bpy.data.orphans_purge(do_recursive=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "scene.blend"), compress=True, relative_remap=True)


if __name__ == "__main__":
    out = Path("/tmp/earlier") / sys.argv[2]  # a place that says nothing of the machine: sound strips keep it
    out.mkdir(exist_ok=True, parents=True)
    {"core": write_core, "voice": write_voice, "blender": write_blender}[sys.argv[1]](out)
    sys.stdout.flush()
    os._exit(0)  # bpy does not end by itself while classes are registered
