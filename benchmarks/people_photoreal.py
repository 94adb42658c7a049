"""The part `photoreal` of `benchmarks.people`: whether encoders that chose nothing see the same person, and how fast.

Every picture is drawn of the list, its face found and embedded by two judges that chose nothing: `mobilefacenet-192`,
which only ever judges, and `sface`, in place of an encoder of an npm package that is not everybody's to fetch.
`cosine_gap_photoreal` is SFace's mean cosine within people above the one between them. `same_person_photoreal` is the
smaller, over the judges, of the shares of pictures that pass for the person's first picture; a judge's threshold is the
cosine that a thousandth of pairs of different people pass here, each by the first picture, and with fewer than 50
people there is none worth having. A picture without a face passes for nobody. Intervals are by person. Speed is in
processor time of one thread, given for two cores.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image

from benchmarks.common import Part
from benchmarks.people_cosine import cosine_gap
from explorer.science.evaluation.same_person import share_of_people
from explorer.science.faces.face import Photograph
from explorer.science.training.corpus import embed_together
from explorer.science.training.photoreal_people import PhotorealModels, threshold_of_strangers
from explorer.studio.catalogue.networks import Networks
from explorer.studio.populations.photoreal import PhotorealSource, opened_list
from explorer.studio.populations.values import PhotorealSettings

FIGURES = ("photoreal_per_second_256", "same_person_photoreal", "cosine_gap_photoreal")
JUDGES, GAP, CORES = ("mobilefacenet-192", "sface"), "sface", 2
_COLUMNS = 10


@torch.no_grad()
def measure(
    list_file: Path, people: int | None, size: int, sheet: Path | None = None, judges: tuple[str, ...] = JUDGES
) -> Part:
    """Draw the first people of a list, all of them where None, and have them judged."""
    torch.set_num_threads(1)
    networks = Networks("cpu")
    found, _ = opened_list(list_file, PhotorealSettings(pictures=1))
    settings = PhotorealSettings.model_validate(
        {"count": people or len(found), "pictures": found.codes.shape[1], "size": size}
    )
    found, digest = opened_list(list_file, settings)
    source = PhotorealSource(found, settings, PhotorealModels(networks.generator(), networks.detector(), {}))
    encoders = {name: networks.recogniser(name) for name in judges}
    rows: dict[str, list[torch.Tensor]] = {name: [] for name in judges}
    shown: list[NDArray[np.uint8]] = []
    whose, first, drawing = [], [], 0.0
    for place in range(settings.count):
        begun = time.process_time()
        made = list(source.pictures(place))
        drawing += time.process_time() - begun
        faces = source.models.detector.detect_in_frames([one.pixels for one in made])
        for number, (one, face) in enumerate(zip(made, faces, strict=True)):
            whose.append(place)
            first.append(number == 0)
            told = {} if face is None else embed_together(encoders, [(Photograph(one.pixels, "", ""), face)])[0]
            for name, encoder in encoders.items():
                nobody = torch.full((encoder.spec.dimension,), float("nan"))
                rows[name].append(F.normalize(told[name].float(), dim=0) if name in told else nobody)
        if sheet is not None and len(shown) < 8:
            blank = [np.full((size, size, 3), 255, np.uint8)] * _COLUMNS
            shown.append(np.concatenate([*(one.pixels for one in made), *blank][:_COLUMNS], 1))
    if sheet is not None:
        Image.fromarray(np.concatenate(shown)).save(sheet)
    owner, firsts = torch.tensor(whose), torch.tensor(first)
    judged = {name: judge(torch.stack(of_judge), owner, firsts) for name, of_judge in rows.items()}
    headline = {f"photoreal_per_second_{size}": CORES * len(whose) / drawing}
    headline["same_person_photoreal"] = min(one["passed"]["value"] for one in judged.values())
    if GAP in judged:
        headline["cosine_gap_photoreal"] = judged[GAP]["gap"]["value"]
    details = {"people": settings.count, "pictures": len(whose), "size": size, "list_sha256": digest, "judges": judged}
    return Part(headline, {"photoreal": details})


def judge(rows: torch.Tensor, owner: torch.Tensor, first: torch.Tensor) -> dict[str, Any]:
    """What one judge says: mean cosines within people and between, threshold, and the share of pictures that pass.

    All but the threshold have intervals by person.

    Args:
        rows: (N, D) of length 1, nan without a face. owner: (N,) whose each is. first: (N,) whether it is the first.
    """
    known = ~rows.isnan().any(1)
    cosines = cosine_gap(rows[known].double().numpy(), owner[known].numpy())
    threshold = threshold_of_strangers(rows[first])
    own_first = first.nonzero()[:, 0][torch.searchsorted(owner[first], owner)]
    passed = ((rows * rows[own_first]).sum(1)[~first] >= threshold).double()
    share = share_of_people(owner[~first].numpy(), passed.numpy())
    assert share is not None, "somebody has a second picture"
    told = {name: one.model_dump() for name, one in cosines.items()}
    return {**told, "threshold": threshold, "passed": share.model_dump()}
