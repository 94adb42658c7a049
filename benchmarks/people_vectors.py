"""The part `gender` of `benchmarks.people`: how well two vectors of gender tell the labels apart.

One is the model's own, the other the normal of a classifier. People are drawn by MakeHuman's sliders, so that their
labels are true; the words are those sliders' names. The areas under ROC curves are of each group (`gender`, with
intervals by person); the headlines are their means over the groups. The classifier is found in each group, in five
folds, without those who are judged. No picture is drawn.
"""

from __future__ import annotations

from typing import Any

from benchmarks.common import Part
from explorer.science.synthetic.gender_vectors import ALL
from explorer.studio.catalogue.networks import Networks
from explorer.studio.evaluation.labelled_shapes import fit_photographs, labelled_photographs
from explorer.studio.people.macro_file import load_macro_model
from explorer.studio.people.vectors import Judged, VectorSettings, find_vectors

PEOPLE = VectorSettings().count


def measure_gender(people: int = PEOPLE, photographs: str | None = None) -> Part:
    """Find and judge the vectors; photographs are judged beside the drawn people where a set is named."""
    settings = VectorSettings(count=people, photographs=photographs)
    fitted = None
    if photographs is not None:
        known = labelled_photographs(photographs, settings.most)
        fitted = fit_photographs(photographs, known, Networks("cpu"), lambda done, total: None)
    found = find_vectors(load_macro_model(), settings, fitted)
    details = {"settings": settings.model_dump(), "sets": {one.name: _by_group(one) for one in found.judged}}
    return Part(_headline(found.judged[0]), {"gender": details})


def _headline(judged: Judged) -> dict[str, float]:
    assert judged.gender is not None, "drawn people are enough"
    groups = [one for one in judged.gender.separations if one.group != ALL]
    return {
        "gender_auc_own": sum(one.own.value for one in groups) / len(groups),
        "gender_auc_svm": sum(one.svm.value for one in groups) / len(groups),
    }


def _by_group(judged: Judged) -> dict[str, Any]:
    """A set's record, its areas by vector and group, so that a paper's page can name one of them."""
    record, parts = judged.record(), () if judged.gender is None else judged.gender.separations
    record["gender_auc"] = {
        which: {one.group: getattr(one, which).model_dump() for one in parts} for which in ("own", "svm")
    }
    if judged.vectors is not None and judged.shares is not None:
        record["classified_rightly"] = dict(
            zip(judged.vectors.names, judged.shares.diagonal().round(4).tolist(), strict=True)
        )
    return record
