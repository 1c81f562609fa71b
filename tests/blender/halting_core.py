# SPDX-License-Identifier: GPL-3.0-or-later
"""The core's worker as it is, but that every method says it has begun and then goes on for ever.

Run instead of ``-m core`` while a file named by LIKENESS_TEST_HALT is there; so a test can do something to the core
in the midst of any method, one that is new too.
"""

from __future__ import annotations

import os
import runpy
import sys
import time
from dataclasses import replace
from typing import Any

sys.path.insert(0, os.getcwd())  # the core's home, where -m would look


def go_on(progress: Any, **_: Any) -> dict[str, Any]:
    while True:
        progress(0.5, "Going on")
        time.sleep(0.05)


if os.path.exists(os.environ["LIKENESS_TEST_HALT"]):
    from core.jobs import table

    table.JOBS.update({name: replace(job, run=go_on) for name, job in table.JOBS.items()})
sys.argv = ["core", *sys.argv[3:]]  # of this file, -m, core, worker, ...
runpy.run_module("core", run_name="__main__", alter_sys=True)
