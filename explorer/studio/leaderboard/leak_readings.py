"""Readings: what image labellers see in faces that were made of the vector alone."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file

from explorer.studio.catalogue.probes import load_bare_probes, with_probes
from explorer.studio.evaluation.people_inverted import NUMBERS, RUN
from explorer.studio.evaluation.photograph_sets import SetPhotograph
from explorer.studio.evaluation.reading_sets import KnownPhotograph, ReadingSet, reading_set
from explorer.studio.evaluation.readings_judged import AttributeQuality, judged_readings
from explorer.studio.evaluation.readings_made import ReadPhotograph, folder_of_photograph, read_photograph
from explorer.studio.inversion.record import InversionRun
from explorer.studio.inversion.running import FinishedInversion, Inverting, draw
from explorer.studio.leaderboard.leak_inversion import faces_in, followed, refuse_judge
from explorer.studio.leaderboard.plan import Asked, Measured, NotMeasurable, Passing
from explorer.studio.leaderboard.values import Figure, not_measured

_READ = ("gender", "age", "eyeglasses", "smiling")


def measure(asked: Asked) -> Measured:
    """Read so many photographs' vectors off one face each.

    Raises:
        NotMeasurable: it only judges, or no face could be made.
    """
    refuse_judge(asked)
    asked.networks.labellers()
    chosen = _first(reading_set(asked.given, each=1).first(asked.people), asked.portraits)
    passing, networks = Passing(), dict[str, str]()
    read = list[tuple[KnownPhotograph, ReadPhotograph]]()
    for number, known in enumerate(chosen.photographs, 1):
        one = known.photograph
        with passing(f"{one.person}/{one.name}"):
            consume = partial(_made, asked, one, f"reading {number} of {len(chosen.photographs)}")
            found = read_photograph(asked.networks, one, [asked.settings], asked.work / "readings", consume)
            read.append((known, found))
            networks |= {name: digest for run in found.runs for name, digest in run.networks.items()}
    if not read:
        raise NotMeasurable(f"nothing could be read: {passing.reasons[0] if passing.reasons else 'no face is found'}")
    probes = load_bare_probes(asked.encoder).probes if with_probes([asked.encoder]) else {}
    judged, _ = judged_readings(chosen, read, probes, 1)
    by_name = {one.probe: one for one in judged.attributes}
    return Measured(tuple(_figure(name, by_name.get(name)) for name in _READ), networks)


def _first(chosen: ReadingSet, count: int) -> ReadingSet:
    """So many photographs: the first of each person, then the second of each."""
    turns, numbered = dict[str, int](), list[tuple[int, KnownPhotograph]]()
    for one in chosen.photographs:
        turn = turns[one.photograph.person] = turns.get(one.photograph.person, -1) + 1
        numbered.append((turn, one))
    return replace(chosen, photographs=tuple(one for _, one in sorted(numbered, key=lambda pair: pair[0])[:count]))


def _made(asked: Asked, one: SetPhotograph, title: str, running: Inverting) -> FinishedInversion:
    """The face that stands for inversion already, by the same settings, or else one made now."""
    folder = folder_of_photograph(faces_in(asked), one, one.read().sha256)
    try:
        run = InversionRun.model_validate_json((folder / RUN).read_bytes())
        latent = load_file(folder / NUMBERS)["latent"]
    except (OSError, ValidationError, SafetensorError, KeyError):
        return followed(asked, title, running)
    if run.settings != asked.settings:
        return followed(asked, title, running)
    running.close()
    return FinishedInversion(run, draw(asked.networks, latent, run.settings), latent, ())


def _figure(name: str, one: AttributeQuality | None) -> Figure:
    title = (one.title if one is not None else name.capitalize()) + (", error" if name == "age" else "")
    if one is None or one.reconstruction is None:
        return not_measured(name, title, "no label, or no face is found in a result")
    quality = one.reconstruction
    return Figure(
        name=name,
        title=title,
        unit=quality.unit,
        value=quality.value,
        low=quality.low,
        high=quality.high,
        chance=quality.chance,
        people=quality.people or quality.faces,
        by="hand labels" if one.truth_by == "hand" else one.truth_by,
        beside=f"{quality.measure}, {quality.faces} photographs",
    )
