"""What holds on photographs, judged by person.

    python -m benchmarks.photographs [PART ...] [--work DIR] [--people N] [--steps N]

Parts: type_2, type_2_orl, regressor, probes, readings; all if none is named. The rest of the results stays as it was
measured last. Faces that were made lie in --work and are not made again, so that a part that was stopped goes on. With
--people or --steps nothing is written.

`type_2` inverts the 20 openpeople portraits with the default settings and holds every result against all twenty
photographs of its person: `type_1_success` for the portrait that it was made from, `type_2_success` for the nineteen
others, `type_2_original` what the portrait itself reaches there; shares at each encoder's threshold at FMR 1e-3 of
generated impostors, each the lowest over held-out encoders. `type_2_orl` does so with the first photograph of each of
ORL's 40 people, ten photographs each; its shares are among the results, and no headline. `regressor` is told in
`benchmarks.regressed`: `regressor_cosine_portraits` is the attacked encoder's mean cosine of the regressor with which a
search begins.

`probes` ranks openpeople's and ORL's photographs by the vector probes of every encoder: the area under the ROC curve
within each set, averaged over the sets; of arcface-mbf `gender_probe_auc`, `eyeglasses_probe_auc`, `smile_probe_auc`.
`calibration_excess` is the largest calibration error, beyond what exact probabilities would show with the same people,
of whatever is shown as a probability, over all encoders.

`readings` reads vectors off the faces made of them alone, as `likeness evaluate readings`: of openpeople's portraits
and postures by three runs `gender_reconstruction` and `age_error_reconstruction` (years), of ORL's photographs 1 and 6
by one `eyeglasses_reconstruction` and `smile_reconstruction`; balanced accuracies. It takes hours; what `type_2_orl`
made before it is not made again.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file

from benchmarks.common import Part, write_part
from benchmarks.regressed import measure_regressor
from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.probes import load_bare_probes, with_probes
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.people_inverted import (
    NUMBERS,
    RUN,
    embed_people,
    first_people,
    folder_of,
    make_face,
    title_of,
)
from explorer.studio.evaluation.people_judged import PeopleRecord, judge_people
from explorer.studio.evaluation.people_text import as_text
from explorer.studio.evaluation.photograph_calibrations import calibrations_of
from explorer.studio.evaluation.photograph_sets import SetPhotograph
from explorer.studio.evaluation.probe_scores import labelled_sets, ranking
from explorer.studio.evaluation.reading_sets import reading_set
from explorer.studio.evaluation.readings_judged import judged_readings
from explorer.studio.evaluation.readings_made import folder_of_photograph, read_photograph
from explorer.studio.inversion.record import InversionRun
from explorer.studio.inversion.running import FinishedInversion, Inverting, draw
from explorer.studio.leakage.reconstructing import settings_of_runs
from explorer.studio.places import cache, private_folder

# In the order in which the results list them.
FIGURES = (
    *("type_1_success", "type_2_success", "type_2_original"),
    *("gender_reconstruction", "eyeglasses_reconstruction", "smile_reconstruction", "age_error_reconstruction"),
    *("gender_probe_auc", "eyeglasses_probe_auc", "smile_probe_auc", "calibration_excess"),
    "regressor_cosine_portraits",
)
_RANKED = {"gender": "gender_probe_auc", "eyeglasses": "eyeglasses_probe_auc", "smiling": "smile_probe_auc"}
# By set and attribute; each vector of a set is read off so many runs.
_READ = {
    ("openpeople", "gender"): "gender_reconstruction",
    ("openpeople", "age"): "age_error_reconstruction",
    ("orl", "eyeglasses"): "eyeglasses_reconstruction",
    ("orl", "smiling"): "smile_reconstruction",
}
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


def measure_probes(plan: Plan) -> Part:
    """How vector probes rank photographs, and how far what is shown as a probability can be believed."""
    sets = labelled_sets(Networks("cpu"))
    ranked, excess = dict[str, Any](), dict[str, Any]()
    for encoder in with_probes(sets[0].embeddings):
        probes = load_bare_probes(encoder).probes
        ranked[encoder] = {name: one.model_dump(mode="json") for name, one in ranking(sets, encoder, probes).items()}
        shown = {name: one for name, one in calibrations_of(sets, encoder, probes).items() if one.tells}
        excess[encoder] = {name: one.excess for name, one in shown.items() if one.excess is not None}
        print(encoder, {name: round(one["value"], 3) for name, one in ranked[encoder].items()}, excess[encoder])
    headline = {figure: ranked["arcface-mbf"][name]["value"] for name, figure in _RANKED.items()}
    headline["calibration_excess"] = max(value for shown in excess.values() for value in shown.values())
    return Part(headline, {"probes": {"auc": ranked, "calibration_excess": excess}})


def measure_readings(plan: Plan) -> Part:
    """What is read off faces made of vectors alone."""
    networks, encoder = Networks("cpu"), plan.settings.encoder
    probes, headline, found = load_bare_probes(encoder).probes, dict[str, float](), dict[str, Any]()
    for name in dict.fromkeys(name for name, _ in _READ):
        chosen = reading_set(name, each=1).first(plan.people)
        settings, read = settings_of_runs(plan.settings, chosen.runs), []
        for known in chosen.photographs:
            made = partial(made_for_type_2, networks, plan, name, known.photograph)
            one = read_photograph(networks, known.photograph, settings, plan.work / name, made)
            read.append((known, one))
            seconds = f"{sum(run.seconds for run in one.runs):.0f} s"
            print(title_of(known.photograph), "made before" if one.before else seconds, flush=True)
        judged, _ = judged_readings(chosen, read, probes, chosen.runs)
        for attribute in judged.attributes:
            figure = _READ.get((name, attribute.probe))
            if figure is not None and attribute.reconstruction is not None:
                headline[figure] = attribute.reconstruction.value
        found[name] = judged.model_dump(mode="json")
    return Part(headline, {"readings": {"settings": plan.settings.model_dump(mode="json"), "sets": found}})


def made_for_type_2(
    networks: Networks, plan: Plan, name: str, one: SetPhotograph, running: Inverting
) -> FinishedInversion:
    """The face that type II has of a photograph by the same settings, or else one made now."""
    folder = folder_of_photograph(plan.work.parent / f"type_2_{name}", one, one.read().sha256)
    try:
        run = InversionRun.model_validate_json((folder / RUN).read_bytes())
        latent = load_file(folder / NUMBERS)["latent"]
    except (OSError, ValidationError, SafetensorError, KeyError):
        return _finished(running)
    if run.settings != plan.settings:
        return _finished(running)
    running.close()
    return FinishedInversion(run, draw(networks, latent, run.settings), latent, ())


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
    "probes": measure_probes,
    "readings": measure_readings,
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
