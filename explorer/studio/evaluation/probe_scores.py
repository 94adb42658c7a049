"""How probes rank photographs of people whose attributes are known by hand: ORL and openpeople, each within itself.

Which set an attribute is ranked on follows from the labels: one that nobody of a set has is not ranked there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from explorer.science.evaluation.leakage import JudgedSet
from explorer.science.evaluation.ranking import Ranked, mean_auc
from explorer.science.leakage.fitted import FittedProbe
from explorer.science.leakage.labels import Labellers
from explorer.science.leakage.readout import MetricValue
from explorer.studio import places
from explorer.studio.catalogue.labellers import load_labellers
from explorer.studio.catalogue.networks import Networks
from explorer.studio.evaluation import openpeople, orl
from explorer.studio.evaluation.judged_photographs import Step, nobody

RANKED = ("gender", "eyeglasses", "smiling")
SETS = {openpeople.NAME: openpeople.read_openpeople, orl.NAME: orl.read_orl}


def labelled_sets(networks: Networks, step: Step = nobody, work: Path | None = None) -> list[JudgedSet]:
    """Both sets, as probes are judged on them.

    Args:
        work: where what is seen of them is kept; in the cache where None.

    Raises:
        MissingNetwork: a set or a network is not in the cache.
    """
    kept = places.private_folder(work or places.cache())
    labellers: Labellers = load_labellers(str(networks.device))
    return [read(networks, labellers, kept, step) for read in SETS.values()]


@torch.no_grad()
def ranked(judged: JudgedSet, encoder: str, fitted: FittedProbe) -> Ranked:
    """What an attribute's probe says of every photograph of a set whose label is known.

    The scores are logits before any calibration.
    """
    truth = judged.truths[fitted.spec.name]
    assert judged.people is not None, "sets of photographs say whose they are"
    scores = fitted.probe(judged.embeddings[encoder][truth.rows].float())
    return Ranked(scores, truth.values, judged.people[truth.rows])


def ranking(
    sets: Sequence[JudgedSet], encoder: str, probes: Mapping[str, FittedProbe], names: Sequence[str] = RANKED
) -> dict[str, MetricValue]:
    """The area under the ROC curve of each attribute, within each set where it is labelled by hand, averaged over them.

    The interval is that of the people. What no set can rank, or no probe reads, is left out.
    """
    areas = {
        name: mean_auc([ranked(one, encoder, probes[name]) for one in sets if name in one.by_hand])
        for name in names
        if name in probes
    }
    return {name: area for name, area in areas.items() if area is not None}
