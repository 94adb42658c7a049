"""Write docs/scale.md: what many faces cost on one machine, on ten and on a hundred, from rates that were measured.

    python -m scripts.scale_page

Every rate is read from benchmarks/results; everything else on the page is arithmetic on them. A job whose rate was not
measured says so, and gets its numbers when its benchmark has run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).resolve().parents[1]
RESULTS, PAGE = ROOT / "benchmarks" / "results", ROOT / "docs" / "scale.md"
FACES = 10_000_000
MACHINES = (1, 10, 100)
# A search was measured among so many.
SEARCHED = 10_000
NUMBERS = {"arcface-mbf": 512, "dlib-resnet": 128}
_MINUTE, _HOUR, _DAY, _YEAR = 60.0, 3600.0, 86400.0, 365.25 * 86400.0

_PAGE = """# Past one machine, on paper

What {faces} faces cost, computed by `python -m scripts.scale_page` from the rates in `benchmarks/results`. Nothing
on this page was run on more than one machine: the rates are measured on one machine of two cores without a GPU, the
rest is arithmetic. A GPU, or more cores, changes the rates and not the reasoning.

## Jobs of independent pieces

Each face is a piece of its own: nothing is shared, and nobody waits for anybody. Time is therefore the number of
faces times seconds a face, divided by machines. This is the least that it can take: reading photographs from one
disk, or doing again what a lost machine had, comes on top. Workers of several machines
share a folder by `likeness batch embed FOLDER --out DIR --cluster FILE` ([how](cluster.md)), and the same command goes
on where it was left.

| job | measured | {machines} |
|---|---|{rulers}|
{independent}

`benchmarks/results` says on which machine each was measured: {measured_on}.

The order is the plan. Read every vector, which costs milliseconds. Draw every vector by the decoder, if a picture
of everybody is wanted. Search for the few for whom it matters: a search of the latent costs {search_over_decode}
times a decode, and for {faces} faces {search_years} on one machine.

## Jobs that are not

| job | comparisons | one machine | 100 machines |
|---|---:|---:|---:|
| find the nearest of {faces} to one vector, exactly | {faces} | {one_search} | {one_search_100} |
| find the nearest to each of them, exactly | {pairs} | {all_searches} | {all_searches_100} |

An exact search among {searched} vectors takes {search_ms} ms (the 95th percentile), and the time grows with their
number. One search is bearable; one for each face is not, and grows with the square. Grouping, duplicates and the
map of neighbours all ask for the second. They need an index that looks at a part of the vectors, and a recall that
is stated with it.

## Room

| what | one face | {faces} faces |
|---|---:|---:|
{room}

The vectors of one encoder with 512 numbers nearly fill the {memory} GB of the machine that was measured on. At this
size they have to lie in a file that is mapped and read in pieces.

## Where the limits lie

- **Inversion.** It is bound by arithmetic, and so by the number of machines; no index helps.
- **Search by all of all.** It is bound by comparisons. Machines divide it, the square outgrows them.
- **The map.** Neighbours of all faces are a search by all of all; fit it to a sample.
- **Thresholds.** At FMR 1e-3 a search among {faces} faces returns {strangers} strangers for every query. A
  threshold that was measured on a small gallery says nothing about a large one: it takes a million pairs of
  strangers to state an FMR of 1e-5.
"""


@dataclass(frozen=True)
class Job:
    """A job of which each face is an independent piece.

    source: "FILE:PATH/TO/NUMBER" in benchmarks/results. unit: of that number.
    """

    title: str
    source: str
    unit: Literal["ms", "seconds", "per second"]

    def seconds(self) -> float | None:
        """Seconds a face on the machine that was measured; None where nothing was."""
        found = number(self.source)
        if found is None:
            return None
        return {"ms": found / 1e3, "seconds": found, "per second": 1 / found}[self.unit]

    def rate(self) -> str:
        """What was measured, in words."""
        found = number(self.source)
        if found is None:
            return "not measured yet"
        said = {"ms": "ms a face", "seconds": "s a face", "per second": "faces a second"}[self.unit]
        return f"{found:.3g} {said} (`{self.source.partition(':')[0]}.json`)"


DECODE = Job("draw what a vector shows, by a decoder", "laboratory:headline/decode_ms", "ms")
INVERT = Job("invert a vector, 72 steps, with scores", "speed:headline/seconds_whole_run_median", "seconds")
JOBS = (
    Job("find, align and embed a face", "scale:headline/embedded_per_second", "per second"),
    Job("read a vector by all probes", "leakage:headline/probe_ms", "ms"),
    DECODE,
    Job("fit the 3D model by landmarks", "geometry:headline/fit_ms", "ms"),
    Job("draw a person who never was, 128 px", "people:headline/whole_per_second_128", "per second"),
    INVERT,
)


def number(source: str) -> float | None:
    """A number of benchmarks/results; None where it was not measured."""
    name, _, path = source.partition(":")
    file = RESULTS / f"{name}.json"
    if not file.exists():
        return None
    value: Any = json.loads(file.read_text(encoding="utf-8"))
    for part in path.split("/"):
        if part not in value:
            return None
        value = value[part]
    return float(value)


def measured(source: str) -> float:
    """A number that has to be there.

    Raises:
        KeyError: it was not measured.
    """
    found = number(source)
    if found is None:
        raise KeyError(f"{source} is not in benchmarks/results")
    return found


def duration(seconds: float) -> str:
    """A time as one says it, to two digits."""
    for limit, unit, name in (
        (2 * _MINUTE, 1.0, "seconds"),
        (2 * _HOUR, _MINUTE, "minutes"),
        (2 * _DAY, _HOUR, "hours"),
        (2 * _YEAR, _DAY, "days"),
    ):
        if seconds < limit:
            return f"{_two_digits(seconds / unit)} {name}"
    return f"{_two_digits(seconds / _YEAR)} years"


def _two_digits(value: float) -> str:
    return f"{float(f'{value:.2g}'):,.10g}"


def page() -> str:
    """The page, from what is measured now."""
    search = measured("workbench:headline/search_ms") / 1e3 / SEARCHED
    invert, decode = INVERT.seconds(), DECODE.seconds()
    assert invert is not None, "speed.json lacks it"
    assert decode is not None, "laboratory.json lacks it"
    return _PAGE.format(
        faces=f"{FACES:,}",
        searched=f"{SEARCHED:,}",
        machines=" | ".join(f"{count} machine{'s' if count > 1 else ''}" for count in MACHINES),
        rulers="|".join("---:" for _ in MACHINES),
        independent="\n".join(_row(job) for job in JOBS),
        measured_on=_machines(),
        search_over_decode=f"{float(f'{invert / decode:.2g}'):,.0f}",
        search_years=duration(FACES * invert),
        pairs=f"{FACES**2:.0e}".replace("e+", "e"),
        one_search=duration(FACES * search),
        one_search_100=duration(FACES * search / 100),
        all_searches=duration(FACES**2 * search),
        all_searches_100=duration(FACES**2 * search / 100),
        search_ms=f"{1e3 * SEARCHED * search:.3g}",
        room="\n".join(_room()),
        memory=f"{measured('workbench:machine/memory_gb'):.0f}",
        strangers=f"{FACES // 1000:,}",
    )


def _row(job: Job) -> str:
    seconds = job.seconds()
    times = [duration(FACES * seconds / count) if seconds is not None else "" for count in MACHINES]
    return f"| {' | '.join((job.title, job.rate(), *times))} |"


def _machines() -> str:
    named = {job.source.partition(":")[0] for job in JOBS if job.seconds() is not None}
    read = [json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))["machine"] for name in sorted(named)]
    found = dict.fromkeys(f"{one['cores']} cores of an {one['cpu'].replace('(R)', '')}" for one in read)
    return "; ".join(found)


def _room() -> list[str]:
    rows = []
    for encoder, count in NUMBERS.items():
        title = f"vector of {encoder}, {count} numbers in single precision"
        rows.append(f"| {title} | {4 * count:,} bytes | {4 * count * FACES / 1e9:.3g} GB |")
    title = "inverted: latent in W+, 23 layers of 512 numbers"
    return [*rows, f"| {title} | {4 * 23 * 512:,} bytes | {4 * 23 * 512 * FACES / 1e9:.3g} GB |"]


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
