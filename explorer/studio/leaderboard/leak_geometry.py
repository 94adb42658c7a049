"""Geometry: what a turned face's embedding still says, as it is and mapped back."""

from __future__ import annotations

from explorer.science.evaluation.accepting import FAR, PairsError
from explorer.science.evaluation.same_person import Estimate
from explorer.science.laboratory.geometry import UPRIGHT, alteration_of
from explorer.studio.laboratory.altered_faces import Wanted, see_altered
from explorer.studio.laboratory.geometry_judged import Fitting, judge_encoder
from explorer.studio.laboratory.paired_sets import PairedSet
from explorer.studio.leaderboard.plan import Asked, Measured, NotMeasurable
from explorer.studio.leaderboard.values import Figure, not_measured
from explorer.studio.places import private_folder

TURNED = "rotated-30"


def measure(asked: Asked) -> Measured:
    """The true accept rate upright, turned, and turned with a map of other people's photographs.

    Raises:
        NotMeasurable: the set has no pairs.
    """
    wanted = Wanted((asked.encoder,), (("template", UPRIGHT), ("template", alteration_of(TURNED))))
    paired, folder = PairedSet(asked.photographs), private_folder(asked.work / "geometry")
    told = asked.step("turning photographs")
    seen = see_altered(asked.networks, asked.photographs.photographs, wanted, folder, step=told)
    try:
        pairs, _ = paired.pairs(seen.photographs)
        table = judge_encoder(asked.encoder, wanted, seen, pairs, asked.chosen.name, Fitting()).table
    except PairsError as error:
        raise NotMeasurable(str(error)) from error
    people, row = len(set(seen.people)), table.rows[0]
    mapped = row.photographs
    beside = f"{pairs.genuine:,} pairs of one person, {pairs.impostors:,} of strangers"

    def tar(name: str, title: str, share: Estimate) -> Figure:
        return Figure(
            name=name,
            title=title,
            value=share.value,
            low=share.low,
            high=share.high,
            chance=FAR,
            people=people,
            by="the encoder itself",
            beside=beside,
        )

    figures = [tar("tar_upright", "TAR, upright", table.upright.tar), tar("tar_turned", "TAR, turned", row.without.tar)]
    if mapped is None:
        figures.append(not_measured("tar_mapped", "TAR, mapped back", "too few other people to fit a map on"))
        return Measured(tuple(figures))
    figures.append(tar("tar_mapped", "TAR, mapped back", mapped.tar))
    if mapped.cosine is not None:
        turned = None if row.without.cosine is None else row.without.cosine.value
        figures.append(
            Figure(
                name="cosine_mapped",
                title="Cosine, mapped to upright",
                unit="cosine",
                value=mapped.cosine.value,
                low=mapped.cosine.low,
                high=mapped.cosine.high,
                chance=turned,
                people=people,
                by="the encoder itself",
                beside="of people the map was not fitted on; chance is the cosine without a map",
            )
        )
    return Measured(tuple(figures))
