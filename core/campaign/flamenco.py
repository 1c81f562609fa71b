# SPDX-License-Identifier: GPL-3.0-or-later
"""A campaign as a job of Blender's render farm, Flamenco: a job type, and what is sent to its manager.

The job type is a JavaScript file for the manager's folder ``scripts``. Its tasks run ``python -m core campaign`` with
some rows each; what was finished is known by the campaign's own journal, so that Flamenco may run a task again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.storage import write_file

SCRIPT = "speaking_likeness_campaign.js"
CHUNK = 5  # rows that one task makes

_TEMPLATE = """\
// SPDX-License-Identifier: GPL-3.0-or-later
// A campaign of Speaking Likeness: a film for each row of a table. Put this file into the folder `scripts` beside
// flamenco-manager. All workers need the same version of the core, and see all paths, which may hold Flamenco's
// variables. A film that fails does not keep the others back; the last task, check, fails then.

const JOB_TYPE = {
    label: "Speaking Likeness Campaign",
    description: "Make a film for each row of a table",
    settings: [
        { key: "python", type: "string", required: true, default: @python@, visible: "submission",
          description: "Python of the core, on the workers" },
        { key: "root", type: "string", subtype: "dir_path", required: true, default: @root@, visible: "submission",
          description: "Folder in which the package core lies, on the workers" },
        { key: "table", type: "string", subtype: "file_path", required: true, default: @table@,
          description: "CSV or JSON file, a row for each film" },
        { key: "storyboard", type: "string", subtype: "file_path", required: true, default: @storyboard@,
          description: "Storyboard whose fields the rows fill" },
        { key: "out", type: "string", subtype: "dir_path", required: true, default: @out@,
          description: "Shared folder in which the films will be" },
        { key: "rows", type: "string", required: true, default: @rows@,
          description: "Numbers of the rows, as the table's errors count them. Examples: '2', '2-51'" },
        { key: "chunk_size", type: "int32", default: @chunk@, visible: "submission",
          description: "Number of films that one task makes" },
        { key: "options", type: "string", default: @options@, visible: "submission",
          description: "More options of the command campaign; what holds a space stands in double quotes" },
    ]
};

function compileJob(job) {
    const settings = job.settings;
    const films = [];
    let first = null;
    for (const chunk of frameChunker(settings.rows, settings.chunk_size)) {
        const task = campaignTask(settings, `films-${chunk}`, ["--rows", chunk, "--workers", "1"]);
        // The first task makes what all films have in common.
        if (first === null) {
            first = task;
        } else {
            task.addDependency(first);
        }
        job.addTask(task);
        films.push(task);
    }
    const check = campaignTask(settings, "check", ["--check", "--strict", "--workers", "1"]);
    for (const task of films) {
        check.addDependency(task);
    }
    job.addTask(check);
}

function campaignTask(settings, name, more) {
    const parts = (settings.options || "").match(/"[^"]*"|[^ "]+/g) || [];
    const options = parts.map((part) => part.replace(/"/g, ""));
    const task = author.Task(name, "blender");
    task.addCommand(author.Command("exec", {
        exe: settings.python,
        args: ["-c", "import sys; sys.path.insert(0, sys.argv.pop(1)); from core.__main__ import main; "
            + "sys.exit(main(sys.argv[1:]))", settings.root, "campaign", settings.table, settings.storyboard,
            "--out", settings.out].concat(more, options),
    }));
    return task;
}
"""


@dataclass(frozen=True)
class FarmJob:
    """What a job type is filled with. rows: numbers of the table's rows. options: more of the command's."""

    table: Path
    storyboard: Path
    out: Path
    python: Path
    root: Path
    rows: Sequence[int]
    options: str = ""


def write_job_type(path: Path, job: FarmJob) -> str:
    """Write the job type; what tells how the job is submitted. Raises LikenessError ``output_unwritable``."""
    text = _TEMPLATE
    for name, value in _settings(job).items():
        text = text.replace(f"@{name}@", json.dumps(value, ensure_ascii=False))
    write_file(path, text.encode())
    return submit_text(path, job)


def submit_text(path: Path, job: FarmJob) -> str:
    """How a job is submitted without Blender's add-on, whose panel offers the job type too."""
    settings = _settings(job)
    settings["chunk_size"] = settings.pop("chunk")
    body = {
        "name": job.out.name,
        "type": path.stem.replace("_", "-"),
        "submitter_platform": "linux",
        "priority": 50,
        "settings": settings,
        "metadata": {},
    }
    sent = json.dumps(body, ensure_ascii=False, indent=1)
    return (
        f"Put {path.name} into the folder “scripts” beside flamenco-manager and restart it. Then choose “Speaking "
        "Likeness Campaign” in Flamenco's panel in Blender, or send this job to the manager:\n"
        f"curl -X POST http://MANAGER:8080/api/v3/jobs -H 'Content-Type: application/json' -d @- <<'END'\n{sent}\nEND"
    )


def _settings(job: FarmJob) -> dict[str, object]:
    return {
        "python": str(job.python),
        "root": str(job.root),
        "table": str(job.table),
        "storyboard": str(job.storyboard),
        "out": str(job.out),
        "rows": tell_ranges(job.rows),
        "chunk": CHUNK,
        "options": job.options,
    }


def tell_ranges(numbers: Sequence[int]) -> str:
    """``2-5, 8``."""
    parts: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if parts and number == parts[-1][1] + 1:
            parts[-1] = (parts[-1][0], number)
        else:
            parts.append((number, number))
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)
