"""`likeness train localiser`: pose and shape of faces, learnt from who is seen (thesis, chapter 5)."""

from __future__ import annotations

import hashlib
import json
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from explorer.science.alignment.faces import Placement
from explorer.science.alignment.localiser import Localiser
from explorer.science.alignment.record import LocaliserRecord, StageRecord, encode_localiser
from explorer.science.alignment.scoring import aligned
from explorer.science.alignment.settings import PRESETS, LocaliserSettings, Preset
from explorer.science.alignment.transformer import SpatialTransformer
from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.training.localiser import LocaliserState, stages_of, train_localiser
from explorer.science.training.loop import Compute
from explorer.studio.catalogue.localisers import localiser_card, localiser_file, number_text, save_localiser
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.visibility_fields import load_visibility_field
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._train_decoder import bar
from explorer.studio.corpus.localiser_course import CourseRecorder
from explorer.studio.corpus.posed_material import (
    TRAINING_SEED,
    UNSEEN_SEED,
    PosedMaterial,
    drawn_people,
    kept_people,
)
from explorer.studio.corpus.posed_photographs import PhotographPoser, folder_people
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.geometry.landmark_sources import landmark_finder, landmark_source
from explorer.studio.places import private_folder

PEOPLE, PICTURES, UNSEEN, UNSEEN_PICTURES, MINUTES = 200, 40, 100, 5, 120.0
# A stage's loss is the mean of so many of its last rounds.
_LAST = 10
# The program's own file is at most so large.
_LARGEST = 4 * 2**20


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("localiser")(localiser)


@with_settings(LocaliserSettings, panel="Recipe")
def localiser(
    work: Annotated[Path, typer.Option(help="Folder for drawn people and checkpoints.")],
    settings: dict[str, Any],
    preset: Annotated[
        Preset, typer.Option(help="default: trains on two cores; thesis: its network and sizes, for a GPU.")
    ] = "default",
    people: Annotated[int, typer.Option(min=2, help="How many people to learn from.")] = PEOPLE,
    pictures: Annotated[int, typer.Option(min=1, max=1000, help="Of each drawn person.")] = PICTURES,
    photographs: Annotated[
        Path | None, typer.Option(help="Learn from this folder's people instead, as CASIA-WebFace is laid out.")
    ] = None,
    unseen: Annotated[int, typer.Option(min=1, help="How many other drawn people to measure on.")] = UNSEEN,
    minutes: Annotated[float, typer.Option(min=0.1, help="When it ends at the latest.")] = MINUTES,
    out: Annotated[
        Path | None,
        typer.Option(help="The file to write. [default: the program's own for the default recipe, else one in --work]"),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train a network from pictures to pose and shape by who is seen, and write it and its card.

    Can be interrupted; the same command goes on from its last checkpoint. It is written when all stages are made. With
    --schedule direct the first stages are shared with the phased training in the same folder.
    """
    chosen = _chosen(preset, settings)
    over = clock(minutes)
    model, field = load_morphable_model(), load_visibility_field()
    transformer = SpatialTransformer(model, field, chosen.components, chosen.texture, chosen.visibility)
    private_folder(work)
    learnt = _learnt_from(model, chosen, work, people, pictures, photographs)
    judging = _judges(model, chosen, work, unseen)
    known = _Known(work / f"stages-{_key(chosen, learnt)}.json")
    course = CourseRecorder(
        work / f"course-{_key(chosen, learnt)}.json",
        chosen,
        learnt.faces,
        lambda state: aligned(state.networks.localiser, transformer, judging.faces).scores(),
    )
    state = None
    folder = private_folder(work / f"localiser-{_key(chosen, learnt)}")
    total = sum(stage.steps for stage in stages_of(chosen))
    with bar("steps") as step:
        behind, last = 0, deque[dict[str, float]](maxlen=_LAST)
        for state in train_localiser(
            learnt.faces, chosen, transformer, learnt.placement, folder, Compute.on(device), over
        ):
            step(behind + state.made, total)
            if state.losses:
                last.append(dict(state.losses))
            course.note(state)
            if state.finished:
                behind += state.stage.steps
                known.note(state, last, transformer, judging)
                last.clear()
    if state is None or behind < total:
        typer.echo(f"{behind} of {total} steps are made: the same command goes on")
        return
    record = LocaliserRecord(
        settings=chosen,
        model=model.name,
        field="visibility field of the default preset",
        place=learnt.placement.place,
        millimetres=learnt.placement.millimetres,
        people=learnt.faces.count,
        pictures=len(learnt.faces),
        parameters=state.networks.recogniser.parameter_count,
        stages=tuple(one.model_copy(update={"course": course.of(one.stage)}) for one in known.of(chosen)),
    )
    options = _options(preset, settings, people, pictures, photographs)
    _written(state.networks.localiser.cpu(), record, learnt, judging, options, out or _own_file(record, work, preset))


def _chosen(preset: Preset, given: dict[str, Any]) -> LocaliserSettings:
    """The settings of a preset with what was given.

    Raises:
        UserError: a value is out of range, or two do not fit each other.
    """
    try:
        return LocaliserSettings.model_validate(PRESETS[preset].model_dump() | given)
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"--{'-'.join(map(str, first['loc'])) or 'seen'}: {first['msg']}") from error


def clock(minutes: float) -> Callable[[], bool]:
    """Tells whether the time that was given is over."""
    began = time.monotonic()
    return lambda: time.monotonic() - began > 60 * minutes


def _learnt_from(
    model: MorphableModel, settings: LocaliserSettings, work: Path, people: int, pictures: int, folder: Path | None
) -> PosedMaterial:
    if folder is None:
        with bar("people") as step:
            return drawn_people(model, TRAINING_SEED, people, pictures, settings.side, work, step)
    source = landmark_source("auto")

    def made() -> PosedMaterial:
        with bar("photographs") as step:
            poser = PhotographPoser(model, landmark_finder(source), settings.side, Placement())
            return folder_people(poser, Networks("cpu").detector(), folder, people, step)

    key = str(folder.resolve()), people, settings.side, source, model.name
    return kept_people(work / "posed-photographs.safetensors", key, made)


def _judges(model: MorphableModel, settings: LocaliserSettings, work: Path, people: int) -> PosedMaterial:
    with bar("unseen people") as step:
        return drawn_people(model, UNSEEN_SEED, people, UNSEEN_PICTURES, settings.side, work, step)


def _key(settings: LocaliserSettings, learnt: PosedMaterial) -> str:
    """Of all that the stages follow from; schedules share their first ones."""
    text = settings.model_dump_json(exclude={"schedule"}) + learnt.faces.digest()
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class _Known:
    """What each stage came to, kept in a file: a training that goes on does not measure again."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            kept = json.loads(file.read_bytes())
            self._stages = {name: StageRecord.model_validate(one) for name, one in kept.items()}
        except (OSError, ValueError, AttributeError):
            self._stages = {}

    def note(
        self,
        state: LocaliserState,
        last: deque[dict[str, float]],
        transformer: SpatialTransformer,
        judging: PosedMaterial,
    ) -> None:
        """Measure a finished stage on unseen people, unless that was done."""
        name = state.stage.name
        if name in self._stages and not last:
            return
        scores = aligned(state.networks.localiser, transformer, judging.faces).scores()
        means = {key: sum(one[key] for one in last) / len(last) for key in (last[-1] if last else {})}
        record = StageRecord(
            stage=name,
            steps=state.stage.steps,
            loss=means.get("loss"),
            accuracy=means.get("accuracy"),
            unseen=scores,
        )
        self._stages[name] = record
        whole = {key: one.model_dump(mode="json") for key, one in self._stages.items()}
        atomic_write(self._file, json.dumps(whole, indent=2).encode(), mode=0o600)
        typer.echo(_stage_words(record))

    def of(self, settings: LocaliserSettings) -> tuple[StageRecord, ...]:
        """The stages of a schedule, in their order."""
        return tuple(self._stages[stage.name] for stage in stages_of(settings))


def _stage_words(one: StageRecord) -> str:
    unseen = one.unseen
    return (
        f"{one.stage}: loss {number_text(one.loss, 3)}, landmarks {number_text(unseen.landmarks, 2)} %, "
        f"AISM {number_text(unseen.sharpness, 4)}, pose {number_text(unseen.pose, 2)} degrees"
    )


def _own_file(record: LocaliserRecord, work: Path, preset: Preset) -> Path:
    """The program's own file for what the program fits by; one in the work folder for every other recipe."""
    settings = record.settings
    if preset == "default" and settings.schedule == "phased" and settings.network == "small":
        return localiser_file()
    return work / f"localiser-{settings.network}-{settings.schedule}.safetensors"


def _written(
    trained: Localiser, record: LocaliserRecord, learnt: PosedMaterial, judging: PosedMaterial, options: str, file: Path
) -> None:
    card = localiser_card(record, learnt.words, judging.words, options)
    if file == localiser_file() and len(encode_localiser(trained, record)) > _LARGEST:
        raise UserError(f"the localiser is larger than {_LARGEST >> 20} MB: name another file by --out")
    written = save_localiser(trained, record, card, file)
    typer.echo(f"{written}: {record.pictures} pictures of {record.people} people")


def _options(preset: Preset, given: dict[str, Any], people: int, pictures: int, photographs: Path | None) -> str:
    said = [] if preset == "default" else [f" --preset {preset}"]
    said += [f" --{name.replace('_', '-')} {value}" for name, value in given.items()]
    said += [f" --people {people}"] if people != PEOPLE else []
    said += [f" --pictures {pictures}"] if pictures != PICTURES else []
    said += [" --photographs FOLDER"] if photographs is not None else []
    return "".join(said)
