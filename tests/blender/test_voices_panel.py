# SPDX-License-Identifier: GPL-3.0-or-later
"""Voices, names, translation and dubbing: from the sidebar on, with the real core."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy
import pytest
from addon import draw, why_not

from blender_addon.engine import jobs, paths
from blender_addon.engine.process import Finished
from blender_addon.operators import voices
from blender_addon.operators.script import write_pronunciations
from blender_addon.takes import list_takes, shown_take, take_record, write_speech

SCRIPT = "Good morning. [nod] My name is Siobhan Nguyen."
SPANISH = "Buenos días. [nod] Mi nombre es Siobhan Nguyen."


@pytest.fixture
def scene(spoken_scene: bpy.types.Scene) -> bpy.types.Scene:
    spoken_scene.likeness.script = SCRIPT
    return spoken_scene


def _record() -> Any:
    armature = bpy.context.view_layer.objects.active
    return take_record(armature, shown_take(armature))


def test_voices_are_listed_and_the_row_that_is_clicked_speaks(scene: bpy.types.Scene) -> None:
    manager, settings = bpy.context.window_manager, scene.likeness
    assert settings.voice == "auto"
    assert bpy.ops.likeness.list_voices() == {"FINISHED"}
    rows = {row.name: (index, row) for index, row in enumerate(manager.likeness_voices)}
    assert rows["heart"][1].languages == "en" and not rows["heart"][1].megabytes
    assert "es" in rows["espeak:es"][1].languages.split()
    assert any(row.is_online for _, row in rows.values())
    manager.likeness_voice = rows["espeak:es"][0]
    assert settings.voice == "espeak:es"
    assert bpy.ops.likeness.choose_voice(voice="auto") == {"FINISHED"}
    assert settings.voice == "auto"
    assert "likeness.try_voice" in draw(bpy.types.LIKENESS_PT_voices).operators


def test_a_voice_is_tried_with_the_beginning_of_the_script(scene: bpy.types.Scene, asked: list) -> None:
    scene.likeness.script = "Tom saw Ann. " * 100
    assert bpy.ops.likeness.try_voice() == {"FINISHED"}
    method, params = asked[-1]
    assert method == "speak"
    assert 150 < len(params["script"]) <= 200 and params["script"].endswith(" Tom")
    assert (Path(bpy.app.tempdir) / "voice.speech" / "speech.wav").is_file()
    assert not list_takes(bpy.context.view_layer.objects.active), "nothing is performed"


def test_a_script_in_another_language_is_spoken_by_a_voice_of_it(scene: bpy.types.Scene) -> None:
    settings = scene.likeness
    settings.script, settings.language, settings.voice = SPANISH, "es", "espeak:es"
    assert bpy.ops.likeness.perform_script() == {"FINISHED"}
    assert _record().settings["language"] == "es"
    assert _record().settings["voice"] == "espeak:es"
    settings.voice = "heart"
    assert "speaks English" in why_not(bpy.ops.likeness.perform_script)


def test_names_are_found_and_said_as_told(scene: bpy.types.Scene) -> None:
    settings = scene.likeness
    assert write_pronunciations(settings) is None
    assert bpy.ops.likeness.find_names() == {"FINISHED"}
    names = {row.name: row for row in settings.pronunciations}
    assert "Nguyen" in names and names["Nguyen"].heard
    assert "morning" not in names
    names["Nguyen"].said = "wɪn"
    assert bpy.ops.likeness.find_names() == {"FINISHED"}
    assert len(settings.pronunciations) == len(names), "none is listed twice"
    assert bpy.ops.likeness.perform_script() == {"FINISHED"}
    record = _record()
    word = next(index for index, word in enumerate(record.words) if word.text.startswith("Nguyen"))
    assert "".join(phone.phone for phone in record.phones if phone.word == word) == "wɪn"
    assert bpy.ops.likeness.add_pronunciation() == {"FINISHED"}
    assert bpy.ops.likeness.remove_pronunciation() == {"FINISHED"}
    assert len(settings.pronunciations) == len(names)
    assert "likeness.find_names" in draw(bpy.types.LIKENESS_PT_pronunciations).operators


def test_a_script_is_translated_by_a_table_and_the_take_dubbed(scene: bpy.types.Scene, tmp_path: Path) -> None:
    settings = scene.likeness
    assert "Choose the table" in why_not(bpy.ops.likeness.translate_script)
    assert bpy.ops.likeness.write_table() == {"FINISHED"}
    table = Path(settings.translation_table)
    rows = table.read_text(encoding="utf-8-sig").splitlines()
    filled = [rows[0], f"{rows[1].split(',')[0]},Buenos días.", *rows[2:]]
    assert "es" in filled[0] and "Good morning." in filled[1]
    filled[2] = filled[2].rpartition(",")[0] + ",[nod] Mi nombre es Siobhan Nguyen."
    table.write_text("\n".join(filled) + "\n", encoding="utf-8")
    assert bpy.ops.likeness.translate_script() == {"FINISHED"}
    assert "Buenos días." in settings.dub_block.as_string()
    corrected = settings.dub_block
    corrected.from_string(corrected.as_string().replace("Buenos días", "Buen día"))
    assert bpy.ops.likeness.translate_script() == {"FINISHED"}
    assert "Buen día" in corrected.as_string() and settings.dub_block != corrected, "no correction is lost"

    assert bpy.ops.likeness.perform_script() == {"FINISHED"}
    armature = bpy.context.view_layer.objects.active
    first = shown_take(armature)
    settings.dub_voice = "espeak:es"
    assert bpy.ops.likeness.dub_take() == {"FINISHED"}
    assert len(list_takes(armature)) == 2 and shown_take(armature) != first
    record = _record()
    assert record.settings["language"] == "es" and record.settings["voice"] == "espeak:es"
    assert record.words[0].text == "Buenos"
    assert "likeness.dub_take" in draw(bpy.types.LIKENESS_PT_translate).operators


def test_stressed_words_and_pronunciations_reach_a_dub(
    scene: bpy.types.Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = scene.likeness
    settings.script, settings.dub_language, settings.dub_voice = "This is *not* my plan.", "es", "espeak:es"
    assert bpy.ops.likeness.perform_script() == {"FINISHED"}
    record = _record()
    assert [record.words[index].text for index in record.settings["stressed"]] == ["not"]
    armature = bpy.context.view_layer.objects.active
    written = json.loads((write_speech(armature, scene, record, tmp_path / "a.speech") / "speech.json").read_text())
    assert written["stressed"] == record.settings["stressed"]

    row = settings.pronunciations.add()
    row.name, row.said = "plan", "plam"
    settings.dub_block = bpy.data.texts.new("dub")
    settings.dub_block.from_string("Este *no* es mi plan.")
    sent: list[tuple[str, dict[str, Any]]] = []
    ask = jobs.ask
    monkeypatch.setattr(jobs, "ask", lambda *asked: sent.append(asked[:2]) or ask(*asked))
    assert bpy.ops.likeness.dub_take() == {"FINISHED"}
    (dub,) = (params for method, params in sent if method == "dub")
    assert Path(dub["pronunciations"]).read_text(encoding="utf-8") == "plan = plam\n"
    record = _record()
    assert [record.words[index].text for index in record.settings["stressed"]] == ["no"]


def test_what_a_take_says_is_written_as_captions(scene: bpy.types.Scene) -> None:
    assert "speak first" in why_not(bpy.ops.likeness.write_captions)
    assert bpy.ops.likeness.perform_script() == {"FINISHED"}
    assert bpy.ops.likeness.write_captions() == {"FINISHED"}
    (vtt,) = paths.results_folder().glob("*.vtt")
    (srt,) = paths.results_folder().glob("*.srt")
    assert "Good morning." in vtt.read_text(encoding="utf-8")
    assert "Siobhan Nguyen." in srt.read_text(encoding="utf-8")


def test_models_that_are_fetched_outlive_an_update(
    addon: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPEAKING_LIKENESS_MODELS", raising=False)
    assert "SPEAKING_LIKENESS_MODELS" not in paths.core_environ(), "a checkout has a folder of its own"
    monkeypatch.setattr(paths, "user_folder", lambda: tmp_path)
    assert paths.core_environ()["SPEAKING_LIKENESS_MODELS"] == str(tmp_path / "models")
    monkeypatch.setenv("SPEAKING_LIKENESS_MODELS", "elsewhere")
    assert paths.core_environ()["SPEAKING_LIKENESS_MODELS"] == "elsewhere"


def test_cloning_is_set_up_only_online(addon: None) -> None:
    assert "Online access is off" in why_not(bpy.ops.likeness.set_up_cloning)


def test_the_text_stays_here_unless_online_access_is_allowed(scene: bpy.types.Scene) -> None:
    scene.likeness.translator = "openai"
    assert "Allow Online Access" in why_not(bpy.ops.likeness.translate_script)
    scene.likeness.voice = "edge:en-US-AriaNeural"
    assert "Allow Online Access" in why_not(bpy.ops.likeness.perform_script)


def test_a_voice_of_a_person_needs_consent(scene: bpy.types.Scene, tmp_path: Path) -> None:
    settings = scene.likeness
    assert "Choose a sample" in why_not(bpy.ops.likeness.make_voice)
    (tmp_path / "sample.wav").write_bytes(b"RIFF")
    settings.voice_sample = "//sample.wav"
    settings.voice_consent.basis = "written"
    assert "Say who agreed" in why_not(bpy.ops.likeness.make_voice)
    settings.voice_consent.subject = "Ada"
    assert "consent" in why_not(bpy.ops.likeness.make_voice).lower(), "a spoken sentence is wanted as well"
    assert not list(paths.results_folder().glob("*.voice"))


def test_another_sample_is_of_somebody_else(scene: bpy.types.Scene) -> None:
    settings = scene.likeness
    settings.voice_sample = "//anna.wav"
    settings.voice_consent.basis, settings.voice_consent.subject = "written", "Anna"
    settings.voice_consent.uses = {"public"}
    settings.recording_consent.subject = "Bob"
    settings.voice_sample = "//bob.wav"
    assert settings.voice_consent.basis == "none" and not settings.voice_consent.subject
    assert not settings.voice_consent.uses
    assert settings.recording_consent.subject == "Bob"


def test_what_a_voice_was_made_under_is_asked_with_it(
    scene: bpy.types.Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = scene.likeness
    (tmp_path / "sample.wav").write_bytes(b"RIFF")
    settings.voice_sample, settings.voice_name = "//sample.wav", "Ada's"
    settings.voice_consent.basis, settings.voice_consent.subject = "synthetic", "Nobody"
    asked: list[dict[str, Any]] = []
    made = {
        "voice": f"profile:{tmp_path}/Adas.voice", "likeness": {"default": 0.41, "blend_pitch": 0.74},
        "kept": "blend", "warnings": [],
    }  # fmt: skip

    class Done:
        outcome = None

        def poll(self) -> None: ...

        def cancel(self) -> None: ...

    def ask(method: str, params: dict[str, Any], share: float = 1.0) -> jobs.Step:
        asked.append({"method": method, **params})
        done = Done()
        done.outcome = Finished(made)
        return jobs.Step(lambda on_event: done, share)

    monkeypatch.setattr(voices.jobs, "ask", ask)
    assert bpy.ops.likeness.make_voice() == {"FINISHED"}
    assert asked[0]["method"] == "make_voice"
    assert asked[0]["out"].endswith("Adas.voice")
    assert json.loads(asked[0]["consent"])["speaker"] == "Nobody"
    assert settings.voice == made["voice"]
    assert "likeness.make_voice" in draw(bpy.types.LIKENESS_PT_own_voice).operators
