"""What holds on photographs, judged by person.

    python -m benchmarks.photographs [PART ...] [--work DIR] [--people N] [--steps N]

Parts: type_2, type_2_orl, regressor; all if none is named. The rest of the results stays as it was measured last. Faces
that were made lie in --work and are not made again, so that a part that was stopped goes on. With --people or --steps
nothing is written.

`type_2` inverts the 20 openpeople portraits with the default settings and holds every result against all twenty
photographs of its person: `type_1_success` for the portrait that it was made from, `type_2_success` for the nineteen
others, `type_2_original` what the portrait itself reaches there; shares at each encoder's threshold at FMR 1e-3 of
generated impostors, each the lowest over held-out encoders. `type_2_orl` does so with the first photograph of each of
ORL's 40 people, ten photographs each; its shares are among the results, and no headline. `regressor` is told in
`benchmarks.regressed`: `regressor_cosine_portraits` is the attacked encoder's mean cosine of the regressor with which a
search begins.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import Part, write_part
from benchmarks.regressed import measure_regressor
from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.studio.catalogue.networks import Networks
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.people_inverted import embed_people, first_people, folder_of, make_face, title_of
from explorer.studio.evaluation.people_judged import PeopleRecord, judge_people
from explorer.studio.evaluation.people_text import as_text
from explorer.studio.inversion.running import FinishedInversion, Inverting
from explorer.studio.places import cache, private_folder

# In the order in which the results list them.
FIGURES = ("type_1_success", "type_2_success", "type_2_original", "regressor_cosine_portraits")
_SHARES = {"type_1": "type_1_success", "type_2": "type_2_success", "original": "type_2_original"}


@dataclass(frozen=True)
class Plan:
    """How much is measured. people: the first so many; all where None. work: where faces are kept."""

    settings: InversionSettings
    people: int | None
    work: Path


def measure_type_2(plan: Plan) -> Part:
    """Faces made from openpeople's portraits, each person's first two photographs."""
    record = people_of("openpeople", 2, plan)
    lowest = record.lowest()
    return Part({figure: lowest[name][0] for name, figure in _SHARES.items()}, {"type_2": details(record)})


def measure_type_2_orl(plan: Plan) -> Part:
    """Faces made from the first photograph of each of ORL's people."""
    return Part({}, {"type_2_orl": details(people_of("orl", 1, plan))})


def people_of(name: str, each: int, plan: Plan) -> PeopleRecord:
    """Invert so many photographs of each person of a set, and judge the faces."""
    networks, chosen = Networks("cpu"), first_people(photograph_set(name), plan.people)
    # What fails ends the benchmark.
    people = embed_people(
        networks, chosen, plan.settings.encoder, each, nullcontext, kept=plan.work / "photographs.safetensors"
    )
    made = {}
    for row in people.rows():
        one = people.photographs[row]
        assert one.target is not None, "rows are of photographs that are to be inverted"
        made[row] = make_face(networks, one.target, plan.settings, folder_of(plan.work, one), _finished)
        print(title_of(one), "made before" if made[row].before else f"{made[row].run.seconds:.0f} s", flush=True)
    record, _ = judge_people(networks, chosen, people, made, plan.settings, each)
    print(as_text(record), flush=True)
    return record


def details(record: PeopleRecord) -> dict[str, Any]:
    """All shares of a record with their intervals, and of which people; no photograph is named."""
    about = {"people", "photographs", "made", "without_face", "different_pairs", "each", "settings", "encoders"}
    lowest = {name: {"share": share, "encoder": encoder} for name, (share, encoder) in record.lowest().items()}
    return record.model_dump(mode="json", include=about | {"set", "credit"}) | {"lowest_held_out": lowest}


def _finished(running: Inverting) -> FinishedInversion:
    finished = Steps(running).result
    assert finished is not None, "nobody stops it"
    return finished


PARTS: dict[str, Callable[[Plan], Part]] = {
    "type_2": measure_type_2,
    "type_2_orl": measure_type_2_orl,
    "regressor": lambda plan: measure_regressor(plan.settings.encoder, plan.people),
}


def main() -> None:
    """Measure the parts that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--work", type=Path, help="where faces are kept [default: in the cache]")
    parser.add_argument("--people", type=int, help="only the first so many; nothing is written")
    parser.add_argument("--steps", type=int, help="of each inversion; nothing is written")
    given = parser.parse_args()
    chosen = given.parts or list(PARTS)
    if unknown := [name for name in chosen if name not in PARTS]:
        parser.error(f"{', '.join(unknown)}: the parts are {', '.join(PARTS)}")
    settings = InversionSettings() if given.steps is None else InversionSettings(steps=given.steps)
    work = private_folder(given.work or cache() / "benchmarks" / "photographs")
    for name in chosen:
        part = PARTS[name](Plan(settings, given.people, private_folder(work / name)))
        if given.people is None and given.steps is None:
            write_part("photographs", FIGURES, name, part)


if __name__ == "__main__":
    main()
