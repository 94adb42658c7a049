"""Attacks: how often one signed step makes a photograph pass for somebody else."""

from __future__ import annotations

from functools import partial

from explorer.science.iteration import Steps
from explorer.science.laboratory.attack_settings import AttackSettings
from explorer.studio.evaluation.people_inverted import embed_people, title_of
from explorer.studio.laboratory.attack_running import AttackedFace, Attacking
from explorer.studio.laboratory.attack_sets import NONE, AttackedRow, attack_row, planned_attacks
from explorer.studio.laboratory.attack_sets_judged import AttackSetRecord, judge_attacks
from explorer.studio.leaderboard.leak_inversion import refuse_judge
from explorer.studio.leaderboard.plan import Asked, Measured, NotMeasurable, Passing
from explorer.studio.leaderboard.values import Figure, not_measured

_TITLE, _OTHERS = "FGSM, same image", "FGSM, other images"


def measure(asked: Asked) -> Measured:
    """FGSM at 8/255 on so many photographs, towards another person of the set.

    Raises:
        NotMeasurable: it only judges, there is one person alone, or no photograph can be attacked.
    """
    refuse_judge(asked)
    chosen, passing = asked.photographs, Passing()
    if len(chosen.people) < 2:
        raise NotMeasurable("attacks go towards another person, and the set has one alone")
    settings = AttackSettings(encoder=asked.encoder)
    told = asked.step("embedding photographs")
    people = embed_people(asked.networks, chosen, asked.encoder, asked.each, passing, told, asked.seen)
    photographs = {(one.person, one.name): one for one in chosen.photographs}
    rows, planned = list[AttackedRow](), planned_attacks(people, False, settings.seed)[: asked.portraits]
    for number, one in enumerate(planned, 1):
        source = people.photographs[one.row]
        with passing(title_of(source)):
            consume = partial(_followed, asked, f"attacking {number} of {len(planned)}")
            photograph = photographs[source.person, source.name]
            command = ["evaluate", "leaderboard"]
            place = asked.work / "attacks"
            rows.append(attack_row(asked.networks, people, one, photograph, settings, place, consume, command))
    if not rows:
        raise NotMeasurable(f"no photograph could be attacked: {(passing.reasons or ['no face is found'])[0]}")
    record = judge_attacks(asked.networks, chosen, people, rows, settings, asked.each)
    return Measured(_figures(record), record.networks)


def _followed(asked: Asked, title: str, running: Attacking) -> AttackedFace:
    asked.told(title)
    return Steps(running).result


def _figures(record: AttackSetRecord) -> tuple[Figure, ...]:
    own = next(one for one in record.encoders if one.attacked)
    view = next(one for one in own.views if one.defence == NONE)
    if view.generated is None:
        reason = f"{own.encoder} has no threshold: likeness train gallery --encoder {own.encoder}"
        return (not_measured("success", _TITLE, reason),)
    found, judged = list[Figure](), view.generated
    for name, title in (("aimed", _TITLE), ("others", _OTHERS)):
        share, clean = getattr(judged.attacked, name), getattr(judged.clean, name)
        identity = "success" if name == "aimed" else "success_others"
        if share is None:
            found.append(not_measured(identity, title, "nobody has another photograph"))
            continue
        found.append(
            Figure(
                name=identity,
                title=title,
                value=share.value,
                low=share.low,
                high=share.high,
                chance=None if clean is None else clean.value,
                people=min(record.attacked, record.people),
                by=own.encoder,
                beside=f"{record.attacked} photographs, threshold at FMR 0.001",
            )
        )
    return tuple(found)
