"""What workers bring: how much faster two are than one, what a killed one changes, and two hosts with strangers near.

Parts of `python -m benchmarks.scale`; each embeds the sample faces over and over, as `likeness batch embed` does.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from benchmarks.common import Part

FACES, KILLS = 5_000, 10
# Seconds in which a worker has started.
_STARTED = 12.0
_PROGRAM = Path(__file__).resolve().parents[1] / "run_explorer.py"
# Of the second host and the first; a network for documentation, on which nothing else lies.
_SCHEDULER, _WORKER, _PORT = "192.0.2.1", "192.0.2.2", 8786


def measure_workers(faces: int = FACES) -> Part:
    """Embed so many photographs without Dask, with all of torch's threads, then by one and by two workers of one."""
    seconds: dict[str, float] = {}
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = _photographs(Path(place, "faces"), faces)
        for name, options in {
            "without_dask": [],
            "one_worker": ["--cluster", "local:1"],
            "two_workers": ["--cluster", "local:2"],
        }.items():
            out, begun = Path(place, name), time.perf_counter()
            _embed(folder, out, options)
            seconds[name] = time.perf_counter() - begun
            found[name] = _digest(out, faces)
    headline = {
        "speedup_two_workers": seconds["one_worker"] / seconds["two_workers"],
        "speedup_over_no_dask": seconds["without_dask"] / seconds["two_workers"],
    }
    # With other numbers of threads, sums are taken in another order: those by workers are what has to be the same.
    same = found["one_worker"] == found["two_workers"]
    return Part(headline, {"workers": {"faces": faces, "seconds": seconds, "same_bytes": same}})


def measure_kills(faces: int = 600, kills: int = KILLS) -> Part:
    """Embed photographs by two workers of which one is killed, at random moments, so many times; and undisturbed."""
    from explorer.studio.batch.folder import ItemDone, items_in
    from explorer.studio.batch.job import Job
    from explorer.studio.batch.spreading import run_batch_on
    from explorer.studio.cluster.asked import Local

    job, chance = Job(kind="embed"), random.Random(0)
    killed = 0
    with tempfile.TemporaryDirectory() as place:
        items = items_in(_photographs(Path(place, "faces"), faces), "embed")
        moments = sorted(chance.sample(range(faces), kills))
        done = 0
        for event in run_batch_on(items, job, Path(place, "killed"), Local(2), "cpu"):
            done += isinstance(event, ItemDone)
            # The next moment waits for the next face, where nobody is there to be killed.
            if moments and done > moments[0] and (there := _workers()):
                os.kill(chance.choice(there), signal.SIGKILL)
                moments.pop(0)
                killed += 1
        for _ in run_batch_on(items, job, Path(place, "whole"), Local(2), "cpu"):
            pass
        same = _digest(Path(place, "killed"), faces) == _digest(Path(place, "whole"), faces)
    headline = {"kills_survived": float(killed), "identical_results": float(same)}
    return Part(headline, {"kills": {"faces": faces, "kills": kills}})


def measure_hosts(faces: int = 40) -> Part:
    """Embed photographs from one host by a worker of another, with TLS; a stranger asks, and offers to work, in vain.

    Raises:
        SystemExit: network namespaces need root and iproute2.
    """
    if os.geteuid() != 0 or shutil.which("ip") is None:
        sys.exit("benchmarks.scale hosts: two hosts are two network namespaces, which need root and iproute2's `ip`")
    with tempfile.TemporaryDirectory() as place, _two_hosts() as (near, far):
        folder = _photographs(Path(place, "faces"), faces)
        peers, strangers = (_certificates(Path(place, name)) for name in ("peers", "strangers"))
        with ExitStack() as serving:
            serving.enter_context(_serving([*near, "cluster", "scheduler", peers]))
            serving.enter_context(_serving([*far, "cluster", "worker", peers]))
            # The client's host has no worker: whatever is done was done on the other.
            _embed(folder, Path(place, "out"), ["--cluster", peers], near)
            made = _digest(Path(place, "out"), faces)
            words = ["batch", "embed", str(folder), "--out", str(Path(place, "strange")), "--cluster", strangers]
            refused = sum(_is_refused(line) for line in ([*far, *words], [*far, "cluster", "worker", strangers]))
        _embed(folder, Path(place, "here"), ["--cluster", "local:1"])
        same = made == _digest(Path(place, "here"), faces)
    headline = {"hosts_identical_results": float(same), "strangers_refused": float(refused)}
    return Part(headline, {"hosts": {"faces": faces, "hosts": 2, "strangers": 2}})


def _photographs(folder: Path, count: int) -> Path:
    """A folder with so many photographs, which are the samples over and over."""
    from explorer.studio.faces.samples import SAMPLES

    folder.mkdir()
    for number, sample in enumerate(islice(cycle(SAMPLES), count)):
        (folder / f"{number:06d}{sample.path.suffix}").symlink_to(sample.path)
    return folder


def _embed(folder: Path, out: Path, options: list[str], program: list[str] | None = None) -> None:
    line = [*(program or _program()), "batch", "embed", str(folder), "--out", str(out), "--device", "cpu", *options]
    subprocess.run(line, check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _program() -> list[str]:
    return [sys.executable, str(_PROGRAM)]


def _workers() -> list[int]:
    """The workers' processes that are alive, and have been for long enough to have started.

    Dask does not start a worker again that dies while it starts. Whoever asks multiprocessing, or waits for one, takes
    the news of its death from Dask, which then waits for ever.
    """
    alive = (child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE)
    started = (child for child in alive if time.time() - child.create_time() > _STARTED)
    return [child.pid for child in started if "resource_tracker" not in " ".join(child.cmdline())]


def _digest(out: Path, faces: int) -> str:
    """Of the bytes of all embeddings.

    Raises:
        RuntimeError: some are not there.
    """
    files = sorted((out / "files").rglob("embedding.npy"))
    if len(files) != faces:
        raise RuntimeError(f"{len(files)} of {faces} faces are embedded")
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.parent.name.encode() + file.read_bytes())
    return whole.hexdigest()


def _certificates(folder: Path) -> str:
    from explorer.studio.cluster.certificates import make_certificates

    return str(make_certificates(folder, f"{_SCHEDULER}:{_PORT}"))


@contextmanager
def _two_hosts() -> Iterator[tuple[list[str], list[str]]]:
    """Two network namespaces that see each other and nothing else; how the program is begun on each of them."""
    near, far = (f"likeness-{os.getpid()}-{side}" for side in "ab")
    inside = {near: ("lka", _SCHEDULER), far: ("lkb", _WORKER)}

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True, text=True)

    with ExitStack() as stack:
        for name in inside:
            ip("netns", "add", name)
            stack.callback(ip, "netns", "del", name)
        ip("-n", near, "link", "add", "lka", "type", "veth", "peer", "name", "lkb", "netns", far)
        for name, (device, address) in inside.items():
            ip("-n", name, "addr", "add", f"{address}/24", "dev", device)
            ip("-n", name, "link", "set", device, "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield (
            ["ip", "netns", "exec", near, *_program()],
            ["ip", "netns", "exec", far, *_program()],
        )


@contextmanager
def _serving(line: list[str]) -> Iterator[None]:
    """A process that has said that it is ready; ended afterwards."""
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            if not process.stderr.readline():
                raise RuntimeError(f"{' '.join(line[-3:])} ended at once")
            yield
        finally:
            process.terminate()


def _is_refused(line: list[str]) -> bool:
    """Whether a line of the command line ends as a mistake that is said in one line."""
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    return done.returncode == 2 and done.stderr.count("\n") == 1 and "takes this certificate" in done.stderr
