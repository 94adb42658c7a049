"""Inversion: whether a face made of the vector is accepted, for its own photograph and for others of the person."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from explorer.science.evaluation.same_person import Estimate
from explorer.science.iteration import Steps
from explorer.science.recognition.registry import encoder_spec
from explorer.studio import catalogue
from explorer.studio.evaluation.people_inverted import RESULT, MadeFace, embed_people, folder_of, make_face, title_of
from explorer.studio.evaluation.people_judged import EncoderVerdict, PeopleRecord, judge_people
from explorer.studio.inversion.running import FinishedInversion, Inverting
from explorer.studio.leaderboard.plan import JUDGES, Asked, Measured, NotMeasurable, Passing
from explorer.studio.leaderboard.thumbnails import may_be_shown, thumbnail
from explorer.studio.leaderboard.values import Figure, not_measured

_TITLES = {"type_1": "Type I, same image", "type_2": "Type II, another image", "original": "Photograph itself"}
_SHOWN = 10


def measure(asked: Asked) -> Measured:
    """Success at FMR 1e-3 of generated impostors, the lowest share over judges that took no part.

    Raises:
        NotMeasurable: it only judges, or no face could be made.
    """
    refuse_judge(asked)
    chosen, passing = asked.photographs, Passing()
    told = asked.step("embedding photographs")
    people = embed_people(asked.networks, chosen, asked.encoder, asked.each, passing, told, asked.seen)
    rows, made, files = people.rows()[: asked.portraits], dict[int, MadeFace](), list[Path]()
    for number, row in enumerate(rows, 1):
        one = people.photographs[row]
        assert one.target is not None, "rows are of photographs that are to be inverted"
        with passing(title_of(one)):
            folder = folder_of(faces_in(asked), one)
            consume = partial(followed, asked, f"inverting {number} of {len(rows)}")
            made[row] = make_face(asked.networks, one.target, asked.settings, folder, consume)
            files.append(folder / RESULT)
    if not made:
        raise NotMeasurable(f"no face could be made: {passing.reasons[0] if passing.reasons else 'no face is found'}")
    record, _ = judge_people(asked.networks, chosen, people, made, asked.settings, asked.each)
    shown = files[:_SHOWN] if may_be_shown(asked.given) else []
    judging = {one.encoder: catalogue.sha256(encoder_spec(one.encoder).network) for one in record.encoders}
    return Measured(figures_of(record), record.networks | judging, tuple(thumbnail(file) for file in shown))


def refuse_judge(asked: Asked) -> None:
    """Refuse what is never attacked.

    Raises:
        NotMeasurable: it only judges.
    """
    if encoder_spec(asked.encoder).judges_only:
        raise NotMeasurable("it only judges: it is kept out of every loss, and is not attacked")


def faces_in(asked: Asked) -> Path:
    """Where faces lie that are made of an encoder's vectors."""
    return asked.work / "faces"


def followed(asked: Asked, title: str, running: Inverting) -> FinishedInversion:
    """Run an inversion to its end."""
    asked.told(title)
    finished = Steps(running).result
    assert finished is not None, "nobody stops it"
    return finished


def figures_of(record: PeopleRecord) -> tuple[Figure, ...]:
    """The figures of a record: of those who took no part, the one who accepts least."""
    judges = _judges(record)
    found = list[Figure]()
    for name, title in _TITLES.items():
        shares = [(one, share) for one in judges if (share := getattr(one.generated, name)) is not None]
        if not shares:
            reason = "no judge knows its threshold" if not judges else "nobody has another photograph"
            found.append(not_measured(name, title, reason))
            continue
        judge, share = min(shares, key=lambda pair: pair[1].value)
        found.append(_figure(record, name, title, judge, share))
    return tuple(found)


def _judges(record: PeopleRecord) -> list[EncoderVerdict]:
    """Whose role is to judge; where none of these is here, whoever else was not attacked."""
    able = [one for one in record.held_out if one.generated is not None]
    return [one for one in able if one.encoder in JUDGES] or able


def _figure(record: PeopleRecord, name: str, title: str, judge: EncoderVerdict, share: Estimate) -> Figure:
    assert judge.generated is not None, "who has no threshold does not judge"
    strangers = judge.generated.false_matches
    words = f"{record.made} faces, {record.without_face} of them without a face"
    if strangers is not None:
        words += f"; {100 * strangers.value:.2g} % of {record.different_pairs:,} pairs of strangers pass"
    return Figure(
        name=name,
        title=title,
        value=share.value,
        low=share.low,
        high=share.high,
        chance=None if strangers is None else strangers.value,
        people=min(record.made, record.people),
        by=judge.encoder,
        beside=words,
    )
