"""`likeness train debiased`: an encoder trained on so that an attribute cannot be read off it (thesis, section 3.3)."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from torch import Tensor

from explorer.science.debiasing.faces import LabelledFaces
from explorer.science.debiasing.record import Attribute, DebiasedRecord, Verified, as_kept
from explorer.science.debiasing.settings import ATTRIBUTES, PRESETS, DebiasingSettings, Preset
from explorer.science.evaluation.accepting import PairsError
from explorer.science.networks.fine_tuning import changed, changes_of, graph_of, weights_of
from explorer.science.recognition.base import Encoder
from explorer.science.training.debiasing import DebiasingNetworks, steps_of, train_debiased
from explorer.science.training.loop import Compute
from explorer.studio.catalogue.debiased_encoders import debiased_file, save_debiased
from explorer.studio.catalogue.networks import Networks, known_encoder, network_sha256
from explorer.studio.catalogue.store import MissingNetwork
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._train_decoder import bar
from explorer.studio.errors import UserError
from explorer.studio.laboratory.debiased_card import debiased_card
from explorer.studio.laboratory.debiased_judged import (
    AFTER,
    BEFORE,
    leak_lines,
    leaks_of,
    see_people,
    verified_among,
    verified_line,
    verified_on,
)
from explorer.studio.places import private_folder
from explorer.studio.populations.debiasing_material import (
    PeopleMaterial,
    checked_attributes,
    labelled,
    medians_of,
    people_material,
    without_rare,
)
from explorer.studio.reproducing.kinds import command_record

SETS = ("orl", "orl+noise", "orl+32px", "openpeople")
ENCODER, MINUTES = "arcface-mbf", 100.0

PeopleOption = Annotated[
    list[Path],
    typer.Option(
        "--people",
        metavar="DIR",
        help="A data set of `likeness people set`, or a folder of CASIA-WebFace, VGGFace2, MS1MV3 (train.rec) or one "
        "that holds a folder for each person; may be repeated.",
    ),
]
AttributeOption = Annotated[
    list[str] | None,
    typer.Option("--attribute", help="What is to be hidden; may be repeated. [default: smiling, or the preset's]"),
]
PresetOption = Annotated[
    Preset,
    typer.Option(help="default: trains on two cores; thesis: its rates and seven expressions; printed: its eqs."),
]


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("debiased")(debiased)


@with_settings(DebiasingSettings, panel="Recipe")
def debiased(
    people: PeopleOption,
    work: Annotated[Path, typer.Option(help="Folder for aligned pictures and checkpoints.")],
    settings: dict[str, Any],
    preset: PresetOption = "default",
    attribute: AttributeOption = None,
    encoder: Annotated[str, typer.Option(help="Which one is trained on; of an ONNX file.")] = ENCODER,
    judged: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Verify people of this set: orl, openpeople, or a folder, with a pairs.txt as LFW has one or without; "
            f"may be repeated. [default: {', '.join(SETS)}]",
        ),
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.1, help="When training ends at the latest.")] = MINUTES,
    out: Annotated[
        Path | None,
        typer.Option(help="The file. [default: the program's own for the default recipe, else one in --work]"),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train an encoder on against what tells an attribute, and say what fresh probes still tell and who is verified.

    Can be interrupted; the same command goes on from its last checkpoint. It is written when all steps are made. Nobody
    judges who is learnt from.
    """
    if out is not None and out.suffix != ".safetensors":
        raise UserError(f"{out.name}: a debiased encoder is written as .safetensors; choose that ending")
    chosen, attributes = chosen_settings(preset, settings), checked_attributes(attribute or [ATTRIBUTES[preset]])
    task = begun(people, work, attributes, encoder, device)
    trained = task.trained(chosen, minutes)
    if trained is None:
        return
    words = _options(preset, settings, people, attribute, encoder)
    own = not settings and preset == "default" and not attribute and encoder == ENCODER
    file = out or (debiased_file() if own else work / f"debiased-{task.encoder.spec.id}-{task.key(chosen)}.safetensors")
    written = task.written(chosen, trained, judged or SETS, words, file)
    more = f"likeness networks export --file {written.name} --out FILE.onnx"
    typer.echo(f"{written}\n  as a file of its own: `{more}`")


def chosen_settings(preset: Preset, given: dict[str, Any]) -> DebiasingSettings:
    """The settings of a preset with what was given.

    Raises:
        UserError: a value is out of range.
    """
    try:
        return DebiasingSettings.model_validate(PRESETS[preset].model_dump() | given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).replace("_", "-") if first["loc"] else "seed"
        raise UserError(f"--{name}: {first['msg']}") from error


@dataclass(frozen=True, eq=False)
class Task:
    """What is debiased with what. faces: that are learnt from, numbered. medians: as of `medians_of`."""

    work: Path
    encoder: Encoder
    material: PeopleMaterial
    faces: LabelledFaces
    medians: dict[str, float]
    device: str

    def key(self, settings: DebiasingSettings) -> str:
        """Of all that a training follows from."""
        text = f"{settings.model_dump_json()} {network_sha256(self.encoder.spec.network)} {self.faces.digest()}"
        return hashlib.sha256(f"{text} {self.faces.attributes}".encode()).hexdigest()[:12]

    def trained(self, settings: DebiasingSettings, minutes: float) -> DebiasingNetworks | None:
        """Train; None where the time is over before all steps are made."""
        folder = private_folder(self.work / f"debiased-{self.key(settings)}")
        over, state = clock(minutes), None
        total = sum(steps_of(self.faces, settings))
        with bar("steps") as step:
            behind = 0
            for state in train_debiased(
                self.encoder.body, self.faces, settings, folder, Compute.on(self.device), over, self.work
            ):
                step(behind + state.made, total)
                behind += state.steps if state.finished else 0
        if behind < total:
            typer.echo(
                f"{behind + (state.made if state and not state.finished else 0)} of {total} steps are made: "
                "the same command goes on"
            )
            return None
        assert state is not None, "a training has a step"
        return state.networks

    def changes(self, trained: DebiasingNetworks) -> dict[str, Tensor]:
        """By how much the encoder's weights have changed, as a file has them."""
        return as_kept(changes_of(trained.backbone.cpu(), self.encoder.body.cpu()))

    def written(
        self, settings: DebiasingSettings, trained: DebiasingNetworks, sets: Sequence[str], options: str, file: Path
    ) -> Path:
        """Judge what was trained, as its file will have it, and write it."""
        changes = self.changes(trained)
        record = self.judged(changes, self.record(settings), sets)
        return save_debiased(changes, record, debiased_card(record, self.material.words, options), file)

    def record(self, settings: DebiasingSettings) -> DebiasedRecord:
        """What is known before anything is judged."""
        attributes = [
            Attribute(name=name, classes=names, median=self.medians.get(name))
            for name, names in self.faces.names.items()
        ]
        return DebiasedRecord(
            settings=settings,
            encoder=self.encoder.spec.id,
            sha256=network_sha256(self.encoder.spec.network),
            attributes=tuple(attributes),
            people=self.faces.count,
            pictures=len(self.faces),
            steps=steps_of(self.faces, settings)[1],
        )

    def judged(self, changes: Mapping[str, Tensor], record: DebiasedRecord, sets: Sequence[str]) -> DebiasedRecord:
        """A record with what fresh probes tell, and who is verified."""
        body = changed(self.encoder.body, changes).to(self.device)
        encoders = {BEFORE: self.encoder.to(self.device), AFTER: Encoder(self.encoder.spec, body)}
        bodies = {when: one.body for when, one in encoders.items()}
        seen = see_people(bodies, self.material, record)
        leaks = leaks_of(seen, record, _left_out)
        for line in leak_lines(leaks):
            typer.echo(line)
        verified = list[Verified]()
        with suppress(PairsError):  # too few people: nobody is verified among them
            verified.append(verified_among(seen, self.encoder.spec.measure))
            typer.echo(verified_line(verified[0]))
        for name in sets:
            try:
                with bar(name) as step:
                    verified.append(verified_on(name, encoders, Networks(self.device), step))
            except MissingNetwork as error:
                typer.echo(f"{name} is left out: {error}", err=True)
                continue
            typer.echo(verified_line(verified[-1]))
        return record.model_copy(update={"leaks": leaks, "verified": tuple(verified)})


def begun(people: Sequence[Path], work: Path, attributes: Sequence[str], encoder: str, device: str) -> Task:
    """Load the encoder and see the people.

    Raises:
        UserError: the encoder cannot be trained on, or there is nobody to learn from.
    """
    spec = known_encoder(encoder)
    loaded = Networks(device).recogniser(spec.id)
    weights_of(graph_of(loaded.body))
    private_folder(work)
    with bar("pictures") as step:
        material = people_material(people, attributes, spec.id, work, step, device)
    rows = material.only("train")
    medians = medians_of(material, rows, attributes) if len(rows) else {}
    faces = without_rare(labelled(material, rows, attributes, medians)).numbered()
    left = f"; {material.left_out} show no usable face" if material.left_out else ""
    typer.echo(f"{material.words}{left}; learnt from: {len(faces):,} of {faces.count:,}", err=True)
    return Task(work, loaded, material, faces, medians, device)


def _left_out(said: str) -> None:
    typer.echo(f"left out: {said}", err=True)


def clock(minutes: float) -> Callable[[], bool]:
    """Tells whether the time that was given is over."""
    began = time.monotonic()
    return lambda: time.monotonic() - began > 60 * minutes


def _options(
    preset: Preset, given: dict[str, Any], people: Sequence[Path], attributes: Sequence[str] | None, encoder: str
) -> str:
    """What was given besides the work folder, as options."""
    said: dict[str, Any] = {"people": ["DIR"] * len(people), "preset": None if preset == "default" else preset}
    said |= {"attribute": attributes, "encoder": None if encoder == ENCODER else encoder, **given}
    return "".join(f" {word}" for word in command_record("", [], said))
