"""The part `regressor` of `benchmarks.photographs`: faces made from openpeople's portraits at one stroke.

Every regressor of the attacked encoder answers each of the twenty portraits once; the face is drawn at 512 px, found
again and held against the portrait under every encoder. Beside them stands the face of the gallery that is nearest
under the attacked encoder: what looking up does. Means with 95 % intervals of the people, drawn again with both their
portraits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, get_args

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.common import Part
from explorer.science.evaluation.people import interval_of_people
from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.face import Photograph
from explorer.science.inversion.regressor import LatentRegressor, Objective, RegressedSpace
from explorer.science.inversion.step import to_uint8
from explorer.science.recognition.base import similarity_or_distance
from explorer.science.recognition.registry import encoder_spec
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.regressors import load_regressor, proposing, regressor_file
from explorer.studio.errors import UserError
from explorer.studio.evaluation.openpeople import portrait_set
from explorer.studio.evaluation.people_inverted import first_people
from explorer.studio.evaluation.strangers import EmbeddedSet, embed_set

DRAWN = 512
GALLERY = "nearest of the gallery"

# (D,) by encoder; None where the drawn picture shows no face.
Found = Mapping[str, Tensor] | None


def measure_regressor(attacked: str, people: int | None) -> Part:
    """Judge all regressors of an encoder on portraits.

    Args:
        people: only the first so many; all where None.

    Raises:
        UserError: there is no regressor for the encoder.
    """
    networks, encoders = Networks("cpu"), present_encoders()
    portraits = embed_set(first_people(portrait_set(), people), encoders, networks)
    found, chosen = dict[str, Any](), proposing(attacked, "W+")
    if chosen is None:
        raise UserError(f"{attacked} has no regressor: make one with `likeness train regressor --encoder {attacked}`")
    for name, space, regressor in regressors(attacked):
        made = [answered(networks, regressor, space, one, encoders) for one in portraits.embeddings[attacked]]
        found[name] = summary(portraits, made, encoders)
        print(name, found[name][attacked], flush=True)
    found[GALLERY] = summary(portraits, nearest(networks, portraits.embeddings[attacked], attacked, encoders), encoders)
    print(GALLERY, found[GALLERY][attacked], flush=True)
    headline = {"regressor_cosine_portraits": found[chosen.stem][attacked]["mean"]}
    about = {"attacked": attacked, "people": len(portraits.people.unique()), "portraits": len(portraits.people)}
    return Part(headline, {"regressor": about | {"drawn_px": DRAWN, "proposing": chosen.stem, "faces": found}})


def regressors(attacked: str) -> Iterator[tuple[str, RegressedSpace, LatentRegressor]]:
    """Every regressor of an encoder that there is, by the name of its file."""
    spaces: tuple[RegressedSpace, ...] = get_args(RegressedSpace)
    objectives: tuple[Objective, ...] = get_args(Objective)
    for space in spaces:
        for objective in objectives:
            file = regressor_file(attacked, space, objective)
            if file.exists():
                yield file.stem, space, load_regressor(attacked, space, objective)[0]


@torch.no_grad()
def answered(
    networks: Networks, regressor: LatentRegressor, space: RegressedSpace, target: Tensor, encoders: Sequence[str]
) -> Found:
    """What every encoder sees of the face that a regressor's answer to an embedding (D,) draws."""
    generator = networks.generator()
    pixels = to_uint8(generator.image(generator.styles(regressor(target[None].float()), space), DRAWN)[0])
    face = networks.detector().detect_in_frame(pixels)
    if face is None:
        return None
    drawn = Photograph(pixels, "answer", "")
    return {encoder: embed_face(networks.recogniser(encoder), drawn, face) for encoder in encoders}


def nearest(networks: Networks, targets: Tensor, attacked: str, encoders: Sequence[str]) -> list[Found]:
    """What every encoder sees of the gallery's face that is nearest to each target (N, D) under the attacked one.

    An encoder whose gallery is of other faces sees nothing.
    """
    galleries = {name: known.gallery for name in encoders if (known := networks.calibration(name)) is not None}
    mine = galleries[attacked]
    rows = (F.normalize(targets.float(), dim=-1) @ F.normalize(mine, dim=-1).T).argmax(1).tolist()
    same = {name: gallery for name, gallery in galleries.items() if len(gallery) == len(mine)}
    return [{name: gallery[row] for name, gallery in same.items()} for row in rows]


def _mean_of(values: Tensor, rows: Tensor) -> float:
    return float(values[rows].nanmean())


def summary(portraits: EmbeddedSet, made: Sequence[Found], encoders: Sequence[str]) -> dict[str, Any]:
    """By encoder the mean of its measure with the interval of the people; a face that failed has cosine 0, and no
    distance."""
    summed: dict[str, Any] = {"without_face": sum(one is None for one in made)}
    for encoder in encoders:
        measure = encoder_spec(encoder).measure
        values = torch.full((len(made),), 0.0 if measure == "cosine" else float("nan"))
        for row, one in enumerate(made):
            if one is not None and encoder in one:
                values[row] = similarity_or_distance(one[encoder], portraits.embeddings[encoder][row], measure)
        if bool(values.isnan().all()) or any(one is not None and encoder not in one for one in made):
            continue  # it has no number to show
        interval = interval_of_people(portraits.people, partial(_mean_of, values))
        summed[encoder] = {
            "measure": measure,
            "mean": round(float(values.nanmean()), 4),
            "interval": None if interval is None else [round(end, 4) for end in interval],
        }
    return summed
