"""How fast and how large a default inversion is.

    python -m benchmarks.speed [PART ...] [--before NAME=VALUE ...] [--after NAME=VALUE ...] [--journal F] [--limit N]
    python -m benchmarks.speed whole --results BEFORE AFTER

Parts: steps, whole, busy, preview; all if none is named. The rest of the results stays as it was measured last.

`steps`:
- Steps per second at 256 px, and of the same loop through the node-by-node graph at 1024 px, in one run and by turns,
  so that a machine that is busy for a while is so for both. Held-out scoring is outside the rate, the detections of
  the loop are inside. The plain loop has a process of its own with the C library's allocator as it comes, for that
  setting is part of the speed-up; its time with the setting is noted too.
- Peak memory of a whole default run on the command line, and seconds from starting the program to its window's first
  paint, each in a process of its own.

`whole`: the 20 openpeople portraits inverted by turns with the settings of before and with today's default. Median
seconds of a whole run, from Start with networks loaded to the scored result, and what changes, paired, by person: each
encoder's score, seconds to 0.85 (`benchmarks.inversion`), seconds of the run. --before and --after name settings that
differ from these. Runs that are in --journal are not made again. With --limit nothing is written. With --results two
files that `benchmarks.inversion` wrote take the place of the runs; each names the machine whose seconds it holds.

`busy`: how many times as long the same run takes beside another process that keeps one thread busy.

`preview`: the 128 px head by the measures of `benchmarks.preview`.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from benchmarks import window_start
from benchmarks.busy import slowdown
from benchmarks.common import Part, write_part
from benchmarks.node_graph import NodeGraph
from benchmarks.paired_runs import BEFORE, pairs, pairs_of_results, summary
from benchmarks.portraits import portraits
from benchmarks.preview import measure as measure_preview
from explorer.science.generation.generator import Generator
from explorer.science.generation.spec import Space
from explorer.science.inversion.invert import invert
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep
from explorer.science.networks.openvino_ir import IrNetwork
from explorer.science.training.preview_head import PreviewRecipe
from explorer.studio import catalogue, places
from explorer.studio.catalogue.networks import Networks
from explorer.studio.inversion.targets import open_target

ROUNDS, FAST_STEPS, SLOW_STEPS = 4, 20, 4
BUSY_ROUNDS = 3
# In the order in which the results list them.
FIGURES = (
    "steps_per_second_256",
    "ratio_to_node_graph_1024",
    "peak_memory_gb",
    "window_seconds",
    "seconds_whole_run_median",
    "busy_slowdown",
    "preview_128_db",
    "preview_128_cosine",
)
SAMPLE = places.resources() / "faces" / "astronaut.png"


class NodeByNode:
    """The generator with its synthesis replaced by the plain graph."""

    def __init__(self, generator: Generator) -> None:
        xml, weights = (catalogue.path(f"mobilestylegan-synthesis-{kind}").read_bytes() for kind in ("xml", "bin"))
        self._graph = NodeGraph(IrNetwork(xml, weights))
        self.mean_w, self.spread_w = generator.mean_w, generator.spread_w
        self.sample, self.styles = generator.sample, generator.styles

    def image(self, styles: Tensor, resolution: int) -> Tensor:
        """(1, 23, 512) of one w to (1, 3, 1024, 1024) in [0, 1], whatever the resolution."""
        images = [self._graph(one[:, 0]) for one in styles.split(1)]
        return (torch.cat(images) * 0.5 + 0.5).clamp(0, 1)


def seconds_per_step(networks: Networks, generator: Generator | NodeByNode, steps: int, space: Space) -> list[float]:
    """Seconds of each step of an inversion behind its first, which warms up; no held-out encoder takes part."""
    settings = InversionSettings(steps=steps, starts=1, coarse=0, finish=0, space=space)
    target = open_target(networks, SAMPLE, settings.encoder).target.embedding
    running = invert(
        target,
        settings,
        generator=generator,  # type: ignore[arg-type]
        recogniser=networks.recogniser(settings.encoder),
        detector=networks.detector(),
    )
    times = [event.seconds for event in running if isinstance(event, InversionStep)]
    return np.diff(times[1:]).tolist()


class PlainLoop:
    """The loop through the plain graph in a process of its own, with or without the program's allocator setting."""

    _SCRIPT = """
import json, sys, explorer.studio.catalogue.networks as networks
from benchmarks import speed
if sys.argv[1] == "plain":
    networks.keep_freed_memory = lambda: False
loaded = networks.Networks("cpu")
graph = speed.NodeByNode(loaded.generator())
for steps in sys.stdin:
    print(json.dumps(speed.seconds_per_step(loaded, graph, int(steps), "W")), flush=True)
"""

    def __init__(self, allocator: Literal["plain", "kept"]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", self._SCRIPT, allocator], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def seconds(self, steps: int) -> list[float]:
        """Seconds of each step of a run."""
        given, told = self._process.stdin, self._process.stdout
        assert given is not None
        assert told is not None
        given.write(f"{steps}\n")
        given.flush()
        seconds: list[float] = json.loads(told.readline())
        return seconds

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def by_turns(networks: Networks) -> tuple[list[float], list[float], list[float]]:
    """Seconds per step of our loop, of the plain loop, and of the plain loop with the allocator setting."""
    loops = PlainLoop("plain"), PlainLoop("kept")
    fast: list[float] = []
    slow: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        fast += seconds_per_step(networks, networks.generator(), FAST_STEPS, "W")
        for loop, times in zip(loops, slow, strict=True):
            times.extend(loop.seconds(SLOW_STEPS))
    for loop in loops:
        loop.close()
    return fast, *slow


def peak_memory_gb() -> float:
    """Peak resident memory of `likeness invert` with default settings, figure included."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "run_explorer.py", "invert", str(SAMPLE), "--out", folder, "--device", "cpu"]
        subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[1])
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9


@dataclass(frozen=True)
class Plan:
    """What is compared with what, and of how much.

    journal: where whole runs are kept. limit: the first portraits. results: what `benchmarks.inversion` wrote before
    and after, in place of runs.
    """

    before: InversionSettings
    after: InversionSettings
    journal: Path | None = None
    limit: int | None = None
    results: tuple[Path, Path] | None = None


def measure_steps(plan: Plan) -> Part:
    """Steps a second by turns with the plain graph, memory and the window's first paint."""
    memory = peak_memory_gb()  # first: the largest of all child processes so far is what the system reports
    fast, slow, slow_kept = by_turns(Networks("cpu"))
    windows = window_start.measure()
    rate = 1 / float(np.mean(fast))
    headline = {
        "steps_per_second_256": rate,
        "ratio_to_node_graph_1024": rate * float(np.mean(slow)),
        "peak_memory_gb": memory,
        "window_seconds": float(np.median(windows)),
    }
    details = {
        "threads": torch.get_num_threads(),
        "seconds_per_step_256": fast,
        "seconds_per_step_node_graph_1024": slow,
        "seconds_per_step_node_graph_1024_with_the_allocator_set": slow_kept,
        "window_seconds_each": windows,
    }
    return Part(headline, details)


def measure_whole(plan: Plan) -> Part:
    """The portraits, with the settings of before and today's."""
    if plan.results is not None:
        return _compared(*(json.loads(file.read_text()) for file in plan.results))
    made = []
    for pair in pairs(Networks("cpu"), list(portraits())[: plan.limit], plan.before, plan.after, plan.journal):
        made.append(pair)
        print(json.dumps(pair._asdict()), flush=True)
    return summary(made, plan.before, plan.after)


def _compared(before: dict[str, Any], after: dict[str, Any]) -> Part:
    ways = [InversionSettings.model_validate(results["settings"]) for results in (before, after)]
    part = summary(pairs_of_results(before, after), *ways)
    part.details["paired"]["machines"] = {"before": before["machine"], "after": after["machine"]}
    return part


def measure_busy(plan: Plan) -> Part:
    """A default run of one face beside another process."""
    return slowdown(Networks("cpu"), SAMPLE, plan.after, BUSY_ROUNDS)


def measure_head(plan: Plan) -> Part:
    """The 128 px head on unseen samples."""
    found = measure_preview(Networks("cpu"), 128, PreviewRecipe())
    return Part(
        {"preview_128_db": float(found["psnr"].mean()), "preview_128_cosine": float(found["arcface-mbf"].mean())},
        {"preview_128_samples": len(found["psnr"])},
    )


PARTS: dict[str, Callable[[Plan], Part]] = {
    "steps": measure_steps,
    "whole": measure_whole,
    "busy": measure_busy,
    "preview": measure_head,
}


def chosen(base: InversionSettings, given: Sequence[str]) -> InversionSettings:
    """Settings with some of them named otherwise, such as "coarse=20"."""
    changes: dict[str, Any] = {}
    for one in given:
        name, _, value = one.partition("=")
        changes[name] = json.loads(value)
    return InversionSettings.model_validate(base.model_dump() | changes)


def main() -> None:
    """Measure the parts that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--before", nargs="*", default=[], metavar="NAME=VALUE", help="settings of the runs of before")
    parser.add_argument("--after", nargs="*", default=[], metavar="NAME=VALUE", help="settings of today's runs")
    parser.add_argument("--journal", type=Path, help="where whole runs are kept")
    parser.add_argument("--limit", type=int, help="only the first so many portraits; nothing is written")
    parser.add_argument(
        "--results", nargs=2, type=Path, metavar=("BEFORE", "AFTER"), help="of benchmarks.inversion, in place of runs"
    )
    given = parser.parse_args()
    if unknown := [name for name in given.parts if name not in PARTS]:
        parser.error(f"{', '.join(unknown)}: the parts are {', '.join(PARTS)}")
    plan = Plan(
        chosen(BEFORE, given.before),
        chosen(InversionSettings(), given.after),
        given.journal,
        given.limit,
        None if given.results is None else (given.results[0], given.results[1]),
    )
    for name in given.parts or list(PARTS):
        part = PARTS[name](plan)
        if given.limit is None:
            write_part("speed", FIGURES, name, part)
        else:
            print(json.dumps({**part.headline, **part.details}, indent=1))


if __name__ == "__main__":
    main()
