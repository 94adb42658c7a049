"""The same inversion on a machine that has nothing else to do, and beside one busy process.

`python -m benchmarks.speed busy` runs it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.common import Part
from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.studio.catalogue.networks import Networks
from explorer.studio.inversion.running import run_inversion
from explorer.studio.inversion.targets import open_target

# One thread that always has something to do, as another program on the machine has.
_WORK = """
import numpy as np
one = np.random.default_rng(0).random((600, 600), np.float32)
one @ one
print("busy", flush=True)
while True:
    one @ one
"""
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@contextmanager
def busy_process() -> Iterator[subprocess.Popen[str]]:
    """Another process that multiplies matrices in one thread, from the first line here to the last."""
    environment = os.environ | dict.fromkeys(_THREADS, "1")
    with subprocess.Popen([sys.executable, "-c", _WORK], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "busy\n"
            yield process
        finally:
            process.kill()


def slowdown(networks: Networks, photograph: Path, settings: InversionSettings, rounds: int) -> Part:
    """Run so many times each way, by turns, and compare the medians."""
    target = open_target(networks, photograph, settings.encoder).target

    def run() -> float:
        begun = time.perf_counter()
        for _ in Steps(run_inversion(networks, target, settings)):
            pass
        return time.perf_counter() - begun

    run()  # loads what is not there yet
    idle: list[float] = []
    busy: list[float] = []
    for _ in range(rounds):
        idle.append(run())
        with busy_process():
            busy.append(run())
        print(f"idle {idle[-1]:.1f} s, beside a busy process {busy[-1]:.1f} s", flush=True)
    return Part(
        {"busy_slowdown": float(np.median(busy) / np.median(idle))},
        {"seconds_idle": idle, "seconds_beside_a_busy_process": busy},
    )
