"""Templates: what several photographs averaged to one vector are worth."""

from __future__ import annotations

from explorer.science.laboratory.degradations import UPRIGHT
from explorer.science.laboratory.template_verification import TemplatePoint, TooFewPhotographs
from explorer.studio.laboratory.templates_judged import TemplatesRecord, judge_templates
from explorer.studio.laboratory.templates_seen import see_set
from explorer.studio.leaderboard.plan import Asked, Measured, NotMeasurable
from explorer.studio.leaderboard.values import Figure


def measure(asked: Asked) -> Measured:
    """The true accept rate of one photograph, and of as many as people have.

    Raises:
        NotMeasurable: too few people have several photographs.
    """
    told, kept = asked.step("embedding photographs"), asked.work / "templates.safetensors"
    seen = see_set(asked.photographs, [asked.encoder], [UPRIGHT], asked.networks, kept, told)
    try:
        record = judge_templates(asked.photographs, seen, [asked.encoder], [UPRIGHT])
    except TooFewPhotographs as error:
        raise NotMeasurable(str(error)) from error
    row = record.of(asked.encoder, UPRIGHT)
    assert row is not None, "it was asked for"
    points = row.curve.points
    first = _figure(record, "tar_1", "TAR, one photograph", points[0])
    return Measured((first, _figure(record, "tar_most", "TAR, averaged", points[-1])))


def _figure(record: TemplatesRecord, name: str, title: str, point: TemplatePoint) -> Figure:
    number = f"{point.photographs} photograph{'s' * (point.photographs > 1)} in a template"
    return Figure(
        name=name,
        title=title,
        value=point.tar.value,
        low=point.tar.low,
        high=point.tar.high,
        chance=record.far,
        people=record.people,
        by="the encoder itself",
        beside=f"{number}; {point.passing} pairs of strangers pass",
    )
