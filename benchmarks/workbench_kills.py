"""Kills the program while it works and saves: does every session open, and how much of the last work is lost?

    python -m benchmarks.workbench_kills [--kills 100]

A forked program without a window, on the suite's canned handlers in place of networks, opens synthetic photographs,
changes settings, inverts, branches, undoes and forgets, keeps itself as the window does and saves to a file now and
then. Beside it, in a pipe, it says what it has done and when. At a random moment it is killed (SIGKILL). What it left
behind is then read: the session file, if there is one, and the autosave must open, and the autosave must hold
everything that was done until some seconds before the end.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import random
import signal
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import NoReturn

import numpy as np
from PIL import Image

from benchmarks.common import RESULTS, write_results
from explorer.science.inversion.terms import default_weights
from explorer.science.iteration import Steps
from explorer.studio.app.features import codecs, new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.engine import Engine
from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Event, Report
from explorer.studio.errors import UserError
from explorer.studio.faces.state import FACES
from explorer.studio.inversion.requests import Invert
from explorer.studio.inversion.state import SETTINGS
from explorer.studio.session.saving.archive import read_session
from explorer.studio.session.saving.generations import abandoned
from tests.ui.canned import HANDLERS

NAMES = ("session.likeness", "autosave")
# The window's own interval.
TICK = 2.0
# A kill falls anywhere from the first change to this many seconds after it: twice what may be lost, so that a program
# that never kept itself would be found out.
LONGEST = 20.0
# So many programs work at once.
TOGETHER = 2
STEP = 0.03


def paced(request: Invert, control: Control) -> Generator[Report, None, object]:
    """The canned inversion at a pace that a real one may reach on a GPU; at its own it would do nothing but hold the
    interpreter."""
    running = Steps(HANDLERS[Invert](request, control))
    for report in running:
        time.sleep(STEP)
        yield report
    return running.result


def work(folder: Path, pictures: Sequence[Path], seed: int) -> NoReturn:
    """Be the program that is killed: work until then, and say each piece of work before it can be lost."""
    chance = random.Random(seed)
    session, engine = new_session(), Engine({**HANDLERS, Invert: paced})
    bench = Workbench(engine, session, default_weights())
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    engine.connect(events.put)
    bench.files.persist_in(folder / NAMES[1])

    def open_photograph() -> None:
        bench.faces.open_paths([chance.choice(pictures)])

    def set_seed() -> None:
        bench.settings.change("truncation", round(chance.random(), 6))

    def forget() -> None:
        if len(session[FACES]) > 3:
            bench.faces.remove_face(next(iter(session[FACES])))

    acts = [open_photograph, set_seed, bench.inversion.start, bench.runs.branch, bench.undo, forget]
    shares = [3, 6, 2, 2, 1, 1]
    ticked, done = 0.0, 0
    while True:
        now = time.monotonic()
        if now - ticked > TICK:
            ticked = now
            bench.files.tick()
        try:
            bench.handle(events.get(timeout=0.02))
            continue
        except queue.Empty:
            pass
        chance.choices(acts, shares)[0]()
        # The mark by which the work is found again: the number of the last piece of it.
        done += 1
        bench.settings.change("seed", done)
        if chance.random() < 0.05:
            bench.files.save(folder / NAMES[0])
        print(json.dumps([done, time.monotonic()]), flush=True)  # a pipe to the one that kills


def kill_one(folder: Path, pictures: Sequence[Path], seed: int) -> tuple[bool, float, bool]:
    """Let a program work and kill it.

    Returns:
        Whether all that it left opens, the seconds of work that are lost, and whether a session file was there.
    """
    chance = random.Random(1000 + seed)
    told, tells = os.pipe()
    program = os.fork()
    if program == 0:
        try:
            os.close(told)
            os.dup2(tells, sys.stdout.fileno())
            work(folder, pictures, seed)
        finally:
            os._exit(1)
    os.close(tells)
    with os.fdopen(told) as pipe:
        lines = [pipe.readline()]
        time.sleep(chance.uniform(0.0, LONGEST))
        killed = time.monotonic()
        os.kill(program, signal.SIGKILL)
        lines += pipe.readlines()
    _, status = os.waitpid(program, 0)
    if os.WTERMSIG(status) != signal.SIGKILL:
        raise RuntimeError("the program ended by itself: there was nothing to kill")
    # The last line may be cut short.
    said = [json.loads(line) for line in lines if line.endswith("]\n")]
    return (*left_behind(folder, said, killed), (folder / NAMES[0]).exists())


def left_behind(folder: Path, said: list[tuple[int, float]], killed: float) -> tuple[bool, float]:
    """Open what a killed program left; whether all of it opens, and the seconds of work that the autosave lacks."""
    opens, kept = True, 0
    try:
        if (folder / NAMES[0]).exists():
            read_session(folder / NAMES[0], codecs())
        for one in abandoned(folder / NAMES[1]):
            kept = max(kept, one.read(codecs())[SETTINGS].seed)
            one.discard()
    except UserError as error:
        print(error)
        opens = False
    lost = [when for number, when in said if number > kept]
    return opens, killed - min(lost) if lost else 0.0


def draw(path: Path, seed: int) -> Path:
    """Write a picture of noise, which nothing compresses."""
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (450, 600, 3), dtype=np.uint8)).save(path)
    return path


def kill_in_a_folder(task: tuple[Sequence[Path], int]) -> tuple[bool, float, bool]:
    """Kill one program in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return kill_one(Path(folder), *task)


def measure(kills: int) -> tuple[dict[str, float], dict[str, object]]:
    """Kill so many programs; the headlines and what is behind them."""
    opened, lost, files = [], [], 0
    with tempfile.TemporaryDirectory() as shared, get_context("fork").Pool(TOGETHER) as pool:
        pictures = [draw(Path(shared) / f"{number}.png", number) for number in range(4)]
        tasks = ((pictures, number) for number in range(kills))
        for number, (opens, seconds, saved) in enumerate(pool.imap_unordered(kill_in_a_folder, tasks)):
            opened.append(opens)
            lost.append(round(seconds, 2))
            files += saved
            says = "opens" if opens else "LOST"
            print(f"kill {number + 1} of {kills}: {says}, {seconds:.1f} s of work lost", flush=True)
    headline = {"kills": kills, "sessions_lost": opened.count(False), "seconds_lost_max": max(lost)}
    return headline, {"seconds_lost": sorted(lost), "with_session_file": files}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    options = parser.parse_args()
    headline, details = measure(options.kills)
    # Other benchmarks of the workbench have figures of their own in the same file.
    path = RESULTS / "workbench.json"
    before = json.loads(path.read_text()) if path.exists() else {}
    others = {
        name: value for name, value in before.items() if name not in {"machine", "versions", "commit", "headline"}
    }
    write_results("workbench", {**before.get("headline", {}), **headline}, **{**others, "killed_at_random": details})


if __name__ == "__main__":
    main()
