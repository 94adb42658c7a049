"""Vector probes: how they rank photographs whose labels are known by hand."""

from __future__ import annotations

from explorer.science.leakage.probes import PROBES
from explorer.studio import places
from explorer.studio.catalogue.labellers import load_labellers
from explorer.studio.catalogue.probes import load_bare_probes, with_probes
from explorer.studio.evaluation.named_sets import is_named
from explorer.studio.evaluation.probe_scores import RANKED, SETS, ranking
from explorer.studio.leaderboard.plan import Asked, Measured, NotMeasurable
from explorer.studio.leaderboard.values import Figure, not_measured


def measure(asked: Asked) -> Measured:
    """The area under the ROC curve of each attribute.

    Raises:
        NotMeasurable: nobody labelled the set, or the encoder has no probes.
    """
    if not is_named(asked.given):
        raise NotMeasurable("nobody labelled this set by hand")
    if asked.encoder not in with_probes([asked.encoder]):
        raise NotMeasurable("no probes were trained on it: likeness train probes")
    labellers = load_labellers(str(asked.networks.device))
    told = asked.step("looking at photographs")
    # What any command saw of the set is kept there, under a name that says by which networks.
    kept = places.private_folder(places.cache())
    judged = SETS[asked.given](asked.networks, labellers, kept, told)
    if asked.encoder not in judged.embeddings:
        raise NotMeasurable("it is switched off")
    loaded = load_bare_probes(asked.encoder)
    found = ranking([judged], asked.encoder, loaded.probes)
    figures = list[Figure]()
    for name in RANKED:
        title = f"{PROBES[name].title}, AUC"
        one = found.get(name)
        if one is None:
            reason = "no probe reads it" if name not in loaded.probes else "nobody of the set, or everybody, has it"
            figures.append(not_measured(name, title, reason))
            continue
        figures.append(
            Figure(
                name=name,
                title=title,
                value=one.value,
                low=one.low,
                high=one.high,
                chance=0.5,
                people=one.people,
                by="hand labels",
            )
        )
    return Measured(tuple(figures), {f"probes of {asked.encoder}": loaded.sha256})
