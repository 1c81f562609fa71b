# SPDX-License-Identifier: GPL-3.0-or-later
"""Forgetting an avatar finds all that was made from it, whatever it is called by now, and nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from made_files import ID, PHOTO, PROVENANCE, make_avatar, make_file, make_voice, write_json

from core.__main__ import main
from core.errors import LikenessError
from core.film.cache import folder_digest
from core.trust.credentials import sign_file
from core.trust.forget import find_made, forget
from core.trust.sequence import sign_sequence

OTHER = "fedcba9876543210"
WRITTEN = {"subject": "Ada", "basis": "written"}


def tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() or path.is_symlink()}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project as it is: an avatar and another one, what was made from either and from both, links that lead out."""
    home = tmp_path / "project"
    ada, bob = make_avatar(home / "ada.avatar", WRITTEN), make_avatar(home / "bob.avatar", {}, OTHER, "99" * 32, "Bob")
    make_voice(home / "ada.voice")
    (home / ".ada.avatar.claim").touch()
    write_json(home / "ada.refit" / "refit.json", {"photo": {"sha256": PHOTO}})
    write_json(home / "bob.refit" / "refit.json", {"photo": {"sha256": "99" * 32}})
    write_json(home / "ada.pins.json", {"photo_sha256": PHOTO, "pins": []})
    write_json(home / "said.speech" / "speech.json", {"voice": f"profile:{home / 'ada.voice'}"})
    write_json(home / "said.performance" / "performance.json", {"sound": "../said.speech/speech.wav"})
    write_json(home / "other.speech" / "speech.json", {"voice": "hibari"})
    cache = home / "out" / "film.cache"
    for name, avatars in (("a" * 32, [ada]), ("b" * 32, [bob]), ("c" * 32, [ada, bob])):
        performers = [{"avatar": str(one.resolve())} for one in avatars]
        write_json(cache / "plate" / name / "shot.json", {"performers": performers})
        write_json(cache / "plate" / name / "entry.json", {"kind": "plate", "of": {}})
        (cache / "plate" / name / "000001.png").write_bytes(b"picture")
        write_json(cache / "segment" / name[::-1].replace(name[0], name[0] + "0")[:32] / "entry.json",
                   {"kind": "segment", "of": {"plate": name}})  # fmt: skip
    out = home / "out"
    film = sign_file(make_file(out / "film.mp4"), PROVENANCE)
    (out / "film.srt").write_text("1")
    (out / "notes.srt").write_text("1")
    files = {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in ("film.mp4", "film.srt")}
    write_json(cache / "film" / ("f" * 32) / "film.json", {"files": files})
    write_json(cache / "film" / ("f" * 32) / "entry.json", {"of": {"segments": [("a0" * 16)]}})
    bobs = replace(PROVENANCE, ingredients=tuple(replace(one, id=OTHER) for one in PROVENANCE.ingredients if one.id))
    sign_file(make_file(out / "bob.mp4"), bobs)
    altered = bytearray(film.read_bytes())
    altered[-1] ^= 1
    (out / "altered.mp4").write_bytes(altered)
    (out / "frames").mkdir()
    make_file(out / "frames" / "000001.png", 16)
    sign_sequence(out / "frames", PROVENANCE)
    (out / "scene.blend").write_bytes(b"BLENDER" + ID.encode())
    (out / "own.json").write_text(json.dumps({"note": ID}))
    outside = make_avatar(tmp_path / "outside" / "ada.avatar")
    if hasattr(os, "symlink"):
        (home / "link").symlink_to(outside.parent, target_is_directory=True)
        (home / "linked.mp4").symlink_to(film)
    return home


FORGOTTEN = {
    ".ada.avatar.claim", "ada.avatar/avatar.json", "ada.refit/refit.json", "ada.pins.json",
    "out/film.mp4", "out/film.srt",
    *(f"out/film.cache/plate/{name * 32}/{one}" for name in "ac" for one in ("shot.json", "entry.json", "000001.png")),
    *(f"out/film.cache/segment/{name * 16}/entry.json" for name in ("a0", "c0")),
    f"out/film.cache/film/{'f' * 32}/film.json", f"out/film.cache/film/{'f' * 32}/entry.json",
    "out/frames/000001.png", "out/frames/credentials.json", "out/frames/credentials.c2pa",
}  # fmt: skip
SAID = {"ada.voice/voice.json", "said.speech/speech.json", "said.performance/performance.json"}


def test_forgetting_deletes_exactly_what_was_made_from_it(project: Path, capsys) -> None:
    before = tree(project.parent)
    assert main(["forget", str(project / "ada.avatar")]) == 0
    shown = capsys.readouterr().out
    assert "Nothing was deleted yet" in shown and tree(project.parent) == before
    assert main(["forget", str(project / "ada.avatar"), "--yes", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    gone = {path.removeprefix("project/") for path in before - tree(project.parent)}
    assert gone == FORGOTTEN
    assert said["deleted"] and sum(one["files"] for one in said["things"]) == len(FORGOTTEN)
    left = {Path(one["path"]).name for one in said["left"]}
    assert {"scene.blend", "own.json", "altered.mp4"} <= left and "bob.mp4" not in left
    assert (project.parent / "outside" / "ada.avatar" / "avatar.json").is_file()


def test_a_project_that_was_moved_is_forgotten_with_its_pictures(project: Path) -> None:
    """Plates tell of an avatar by its folder's digest, as their paths lead nowhere any more."""
    entry = {"kind": "plate", "of": {"performers": [{"avatar": folder_digest(project / "ada.avatar")}]}}
    write_json(project / "out" / "film.cache" / "plate" / ("a" * 32) / "entry.json", entry)
    moved = project.rename(project.with_name("mövéd it"))
    if hasattr(os, "mkfifo"):
        os.mkfifo(moved / "out" / "endless.mp4")
    before = tree(moved)
    forget(find_made(moved / "ada.avatar"))
    kept = {name for name in FORGOTTEN if "/" + "c" * 32 in name or "c0" * 16 in name}  # its path is all that it tells
    assert before - tree(moved) == FORGOTTEN - kept


def test_forgetting_a_voice_takes_what_it_said(project: Path) -> None:
    found = find_made(project / "ada.avatar", voice=project / "ada.voice")
    before = tree(project)
    forget(found)
    assert before - tree(project) == FORGOTTEN | SAID


def test_forgetting_by_id_and_beside_an_avatar_of_the_same_photo(project: Path, tmp_path: Path) -> None:
    make_avatar(project / "twin.avatar", WRITTEN, "1111111111111111")
    found = find_made(project / "ada.avatar")
    names = {thing.path.name for thing in found.things}
    assert "ada.refit" not in names and "ada.pins.json" not in names and "twin.avatar" not in names
    assert {"ada.refit", "ada.pins.json", "twin.avatar"} <= {thing.path.name for thing in found.left}
    with pytest.raises(LikenessError) as raised:
        find_made(ID)
    assert raised.value.code == "file_missing"
    by_id = {thing.path.name for thing in find_made(ID, [project]).things}
    assert {"ada.avatar", "film.mp4", "frames"} <= by_id
    with pytest.raises(LikenessError) as raised:
        find_made(ID, [Path(tmp_path.anchor)])
    assert raised.value.code == "folder_unsafe"


def test_a_synthetic_person_goes_with_its_cache_entry(tmp_path: Path) -> None:
    cache = tmp_path / "film.cache"
    entry = cache / "person" / ("d" * 32)
    person = make_avatar(entry / "nobody.avatar", {"basis": "synthetic"}, photo="")
    write_json(entry / "entry.json", {"kind": "person", "of": {"seed": 3}})
    write_json(cache / "person" / ("e" * 32) / "entry.json", {"kind": "person", "of": {"seed": 4}})
    plate = write_json(cache / "plate" / ("a" * 32) / "shot.json", {"performers": [{"avatar": str(person.resolve())}]})
    forget(find_made(person))
    assert not entry.exists() and plate.exists() and (cache / "person" / ("e" * 32)).exists()
    make_avatar(person, {"basis": "synthetic"}, photo="")
    forget(find_made(person, [cache]))
    assert not person.exists() and not plate.exists()


def test_an_id_that_could_be_a_word_proves_nothing(project: Path) -> None:
    make_avatar(project / "ada.avatar", WRITTEN, id="Ada")
    write_json(project / "out" / "film.cache" / "act" / ("9" * 32) / "entry.json", {"of": {"performer": "Ada"}})
    names = {thing.path.name for thing in find_made(project / "ada.avatar").things}
    assert "ada.avatar" in names and "a" * 32 in names and "9" * 32 not in names


def test_copies_are_found_whatever_their_suffix(project: Path) -> None:
    """By how they begin, their credentials and their hash; what is only like them stays."""
    out = project / "out"
    copies = {
        "film.mp4": ("film.bak", "clip.mp4.old", "clip.dat", "clip", "clip.json", "clip.srt"),
        "film.srt": ("film.txt", "film.srt.bak"),
        "bob.mp4": ("bob.bak",),
        "notes.srt": ("notes.txt", "clip.txt"),
        "altered.mp4": ("altered.bin",),
        "scene.blend": ("scene.bak",),
        "own.json": ("own.txt",),
    }
    (out / "notes.srt").write_text("1 and more")
    for name, others in copies.items():
        for other in others:
            shutil.copyfile(out / name, out / other)
    shutil.copyfile(out / "film.srt", out / "another.srt")  # another film may have the same captions
    (out / "film.vtt").write_text("2")
    shutil.copyfile(project / "ada.pins.json", project / "pins.txt")
    before = tree(project)
    found = find_made(project / "ada.avatar")
    forget(found)
    renamed = {f"out/{name}" for name in (*copies["film.mp4"], *copies["film.srt"])} | {"pins.txt"}
    assert before - tree(project) == FORGOTTEN | renamed
    assert {"altered.bin", "scene.bak", "own.txt"} <= {thing.path.name for thing in found.left}
