"""What trainings on the population's pictures come to.

    python -m benchmarks.learning [PART ...] [--work DIR] [--people N]

Parts: stn, debias, wplus, translator, halves. The rest of the results stays as it was measured last. With --people
nothing is written.

`stn` judges the shipped localiser, the thesis's spatial transformer, as `likeness evaluate localiser people`: on 200
drawn people that nothing was learnt from, five pictures each, heads turned by up to 30 degrees. `stn_landmark_before`
and `_after` are eq. 5.14 in percent of the interocular distance at the fixed pose and as found, `stn_pose_before` and
`_after` degrees between rotations. `stn_aism_before` and `_after` are the sharpness of the mean texture before and
behind the first phase, as the training measured it on its own unseen people. The table by range of yaw stands beside
them, and openpeople's portraits where they are in the cache.

`wplus` inverts photographs themselves, as `likeness evaluate wplus generated openpeople`: `wplus_lpips` (AlexNet, 256
px) and `wplus_cosine` (mean of the held-out encoders that compare by cosine) are of the encoder's answers in one
pass to generated faces that nothing was learnt from. What 60 steps of descent come to stands beside them, and
openpeople.

`debias` judges the debiased encoder that belongs to the program, as `likeness evaluate debiased`, on the photoreal
people of the list, ten pictures each: `smile_leak_before` and `_after` are the balanced accuracy of the best probe that
was trained afresh, `tpr_before` and `_after` are TPR at FPR 1e-3; both are of the first 200 people of whom the encoder
has learnt nothing. ORL, as it is, with noise and at 32 px, and openpeople stand beside them.

`translator` judges the program's own translator with handles, as `likeness evaluate translator generated openpeople
edits`: `translator_inverse_error` is the largest relative error of the way to the structured space and back,
`smile_auc` and `gender_auc` are how well the elements tell the classes of generated faces of whom nothing was learnt,
`edit_flip_rate` is the share of faces whose labelled class changes where a handle is set to 4 beyond, `edit_cosine` and
`edit_cosine_linear` are of held-out encoders where the answer changes, by handles and along the corpus's directions of
the same faces; all three are means of smile and gender. Intervals, paired differences and openpeople stand beside them.

`halves` judges halves.safetensors in --work, as `likeness evaluate halves people`: `mix_identity_auc` is how surely a
mixed face is whose identity half it has, the lowest over encoders that neither trained nor chose.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import Part, write_part
from benchmarks.learning_debiased import measure_debias
from benchmarks.learning_halves import measure_halves
from benchmarks.learning_translator import measure_translator
from explorer.science.alignment.faces import Placement
from explorer.science.alignment.record import StageRecord
from explorer.science.alignment.transformer import SpatialTransformer
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.catalogue.localisers import load_localiser
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.photograph_encoders import load_photograph_encoder
from explorer.studio.catalogue.visibility_fields import load_visibility_field
from explorer.studio.commands._evaluate_wplus import STEPS, wplus_table
from explorer.studio.corpus.localiser_table import LocaliserTable, before_and_after, localiser_table
from explorer.studio.corpus.posed_material import UNSEEN_SEED, drawn_people
from explorer.studio.corpus.posed_photographs import PhotographPoser, posed_set
from explorer.studio.evaluation.openpeople import NAME as OPENPEOPLE
from explorer.studio.evaluation.openpeople import portrait_set
from explorer.studio.evaluation.wplus_judged import ALEX, COSINE, GENERATED
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.geometry.landmark_sources import landmark_finder, landmark_source
from explorer.studio.places import cache, private_folder

PEOPLE, PICTURES = 200, 5
WPLUS_FACES, WPLUS_ENCODER = 48, "arcface-mbf"
# In the order in which the results list them.
FIGURES = (
    *("stn_landmark_before", "stn_landmark_after"),
    *("stn_aism_before", "stn_aism_after"),
    *("stn_pose_before", "stn_pose_after"),
    *("smile_leak_before", "smile_leak_after"),
    *("tpr_before", "tpr_after"),
    *("wplus_lpips", "wplus_cosine"),
    *("translator_inverse_error", "smile_auc", "gender_auc"),
    *("edit_flip_rate", "edit_cosine", "edit_cosine_linear"),
    "mix_identity_auc",
)


@dataclass(frozen=True)
class Plan:
    """work: folder of drawn people. people: how many are drawn."""

    work: Path
    people: int = PEOPLE


def measure_stn(plan: Plan) -> Part:
    """The localiser on drawn people and on portraits."""
    localiser, record = load_localiser()
    model, settings, placement = load_morphable_model(), record.settings, Placement(record.place, record.millimetres)
    transformer = SpatialTransformer(
        model, load_visibility_field(), settings.components, settings.texture, settings.visibility
    )
    drawn = drawn_people(model, UNSEEN_SEED, plan.people, PICTURES, settings.side, plan.work, _quiet)
    before, after = before_and_after(localiser, transformer, drawn.faces, placement)
    tables = [localiser_table("people", drawn.faces, before, after)]
    try:
        poser = PhotographPoser(model, landmark_finder(landmark_source("auto")), settings.side, placement)
        faces, fitted = posed_set(poser, Networks("cpu").detector(), portrait_set(), _quiet)
        tables.append(
            localiser_table("openpeople", faces, *before_and_after(localiser, transformer, faces, placement), fitted)
        )
    except MissingNetwork as error:
        print(f"openpeople is left out: {error}")
    stages = {one.stage: one for one in record.stages}
    headline = _headline(tables[0])
    headline |= {
        "stn_aism_before": _sharpness(stages["fixed-pose"]),
        "stn_aism_after": _sharpness(stages["yaw-10"]),
    }
    details = {
        "tables": [table.model_dump(mode="json") for table in tables],
        "stages": [one.model_dump(mode="json") for one in record.stages],
        "recogniser_parameters": record.parameters,
    }
    return Part(headline, {"stn": details})


def _sharpness(stage: StageRecord) -> float:
    assert stage.unseen.sharpness is not None, "a training always has unseen faces"
    return stage.unseen.sharpness


def _headline(table: LocaliserTable) -> dict[str, float]:
    whole = table.rows[0]
    pairs = {"before": whole.before, "after": whole.after}
    return {
        f"stn_{name}_{when}": value
        for when, scores in pairs.items()
        for name, value in (("landmark", scores.landmarks), ("pose", scores.pose))
        if value is not None
    }


def _quiet(done: int, total: int) -> None:
    """Nobody watches."""


def measure_wplus(plan: Plan) -> Part:
    """Photographs themselves, inverted through W+."""
    load_photograph_encoder()  # what is measured is its answers
    networks, count = Networks("cpu"), min(plan.people, WPLUS_FACES)
    tables = [wplus_table(networks, GENERATED, count, STEPS, WPLUS_ENCODER)]
    try:
        tables.append(wplus_table(networks, OPENPEOPLE, count, STEPS, WPLUS_ENCODER))
    except MissingNetwork as error:
        print(f"openpeople is left out: {error}")
    once = tables[0].ways["one pass"]
    headline = {"wplus_lpips": once[ALEX].value, "wplus_cosine": once[COSINE].value}
    return Part(headline, {"wplus": {"tables": [table.model_dump(mode="json") for table in tables]}})


PARTS: dict[str, Callable[[Plan], Part]] = {
    "stn": measure_stn,
    "debias": lambda plan: measure_debias(plan.work, plan.people),
    "wplus": measure_wplus,
    "halves": lambda plan: measure_halves(plan.work, plan.people),
    "translator": lambda plan: measure_translator(plan.people),
}


def main() -> None:
    """Measure the parts that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--work", type=Path, help="where drawn people are kept [default: in the cache]")
    parser.add_argument("--people", type=int, help="how many are drawn; nothing is written")
    given = parser.parse_args()
    chosen = given.parts or list(PARTS)
    if unknown := [name for name in chosen if name not in PARTS]:
        parser.error(f"{', '.join(unknown)}: the parts are {', '.join(PARTS)}")
    work = private_folder(given.work or cache() / "benchmarks" / "learning")
    for name in chosen:
        part = PARTS[name](Plan(work, given.people or PEOPLE))
        if given.people is None:
            write_part("learning", FIGURES, name, part)
        else:
            print(part.headline)


if __name__ == "__main__":
    main()
