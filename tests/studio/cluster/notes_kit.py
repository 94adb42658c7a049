"""Work that costs next to nothing, and does to some jobs what their name says."""

from __future__ import annotations

import os
import random
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

from explorer.studio.errors import UserError


@dataclass(frozen=True)
class Notes:
    """Writes what follows from each job's name, and notes that it was begun."""

    folder: Path

    def load(self) -> str:
        return f"threads: {os.environ.get('OMP_NUM_THREADS')}"

    def run(self, loaded, job, tell):
        with (self.folder / "begun").open("a") as file:
            file.write(f"{job}\n")
        tell()
        if job == "mistake":
            raise UserError("the user's mistake")
        if job == "failure":
            raise ZeroDivisionError("ours")
        if job == "death":
            os.kill(os.getpid(), signal.SIGKILL)
        if job == "victim" and not (self.folder / "victim").exists():
            (self.folder / "victim").write_text(str(os.getpid()))
            tell()
            threading.Event().wait()  # until it is killed
        tell()
        (self.folder / f"{job}.made").write_bytes(random.Random(job).randbytes(100))
        return f"{job}, {loaded}"
