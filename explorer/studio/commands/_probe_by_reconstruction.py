"""`likeness probe --by reconstruction`: a vector read off the faces made from it, beside its probes and photograph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.science.leakage.picture_readout import NOT_CALIBRATED, PictureReadout
from explorer.science.leakage.readout import CANNOT_TELL, CHANCE_IS, MetricValue, Readout, calibration_sentences
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._running import progress_bar, show_event
from explorer.studio.export.drawings import ReadoutsSpec
from explorer.studio.inversion.several import MemberEvent
from explorer.studio.leakage.readings import Reading
from explorer.studio.leakage.reconstructing import Subject, read_three_ways, settings_of_runs
from explorer.studio.leakage.reconstructions import AttributeReadings, Reconstruction, ThreeReadings
from explorer.studio.leakage.three_ways_export import export_three_ways, picture_record

if TYPE_CHECKING:
    from explorer.science.leakage.read import ProbeSet

HEADINGS = ("", "vector probe", "reconstruction", "photograph")


@dataclass(frozen=True)
class ByReconstruction:
    """How faces are made and read. runs: how many of one vector, each from starts of its own."""

    settings: InversionSettings
    runs: int

    def read(self, networks: Networks, probes: ProbeSet, subject: Subject) -> ThreeReadings:
        """Read a vector three ways under a progress bar.

        Raises:
            UserError, MissingNetwork: as `read_three_ways`.
        """
        settings = self.settings.model_copy(update={"encoder": subject.record.encoder})
        chosen = settings_of_runs(settings, self.runs)
        with progress_bar() as progress:
            task = progress.add_task(f"{subject.record.name}: starts", total=1.0, note="")
            steps = Steps(read_three_ways(networks, probes, subject, settings, self.runs))
            for event in steps:
                if isinstance(event, MemberEvent):
                    run = f", run {event.number + 1} of {self.runs}" if self.runs > 1 else ""
                    show_event(event.event, f"{subject.record.name}{run}", chosen[event.number], progress, task)
        three = steps.result
        assert three is not None, "only runs that may be stopped can end without a reading"
        return three

    def write(self, path: Path, three: ThreeReadings, subject: Subject, source_shown: bool) -> tuple[Path, ...]:
        """Write the table or figure."""
        return export_three_ways(path, three, subject, ReadoutsSpec(source=source_shown))


def three_ways_json(three: ThreeReadings) -> dict[str, Any]:
    """What `--json` says besides the readouts of the probes."""
    made = three.reconstruction
    return {
        "by": "reconstruction",
        "runs": [{"seed": run.settings.seed, "latent_sha256": run.latent_sha256} for run in made.runs],
        "without_face": made.without_face,
        "landmark_error": made.landmark_error,
        "histogram_error": made.histogram_error,
        "reconstruction": [picture_record(one) for one in made.readouts],
        "photograph": [picture_record(one) for one in three.photograph] or None,
    }


def say_three_ways(three: ThreeReadings) -> None:
    """Print a row an attribute; those that nothing tells come last, under a line that says why."""
    rows = three.attributes()
    told = [row for row in rows if not row.at_chance]
    columns = 4 if three.photograph else 3
    table = [HEADINGS[:columns], *(_cells(row, three)[:columns] for row in told)]
    vague = [_cells(row, three)[:columns] for row in rows if row.at_chance]
    widths = [max(len(cells[place]) for cells in (*table, *vague)) for place in range(columns)]
    typer.echo(f"  {three.reconstruction.words()}")
    _lines(table, widths)
    if vague:
        typer.echo("  At chance on photographs, whichever way it is read:")
        _lines(vague, widths)
    for row in rows:
        for where, quality in _qualities(row):
            typer.echo(f"  {row.title}, {where}, on photographs: {quality.words()}")
    typer.echo(f"  {CHANCE_IS}")
    typer.echo(
        "  Reconstruction: the mean over the runs of what image labellers give each face, with its 95 % interval."
    )
    for sentence in calibration_sentences(three.vector.readouts):
        typer.echo(f"  Vector probe: {sentence}.")
    calibrated = list(dict.fromkeys(one.calibrated_on for one in three.reconstruction.readouts if one.calibrated_on))
    typer.echo(f"  Reconstruction {'calibrated on ' + ', '.join(calibrated) if calibrated else NOT_CALIBRATED}.")


def _lines(table: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
    for cells in table:
        typer.echo("  " + "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


def _cells(row: AttributeReadings, three: ThreeReadings) -> tuple[str, ...]:
    if row.probe in _OFF:
        return row.title, *(_off(row.probe, reading) for reading in (three.vector, three.reconstruction)), ""
    probe = "" if row.vector is None else _of_probe(row.vector)
    made = "" if row.reconstruction is None else _of_pictures(row.reconstruction)
    seen = "" if row.photograph is None else _answer(row.photograph)
    return row.title, probe, made, seen


# Landmarks and colours are no words; how far they lie from the photograph's own is.
_OFF = {"landmarks": "{:.1f} % off", "histogram": "{:.2f} bins off"}


def _off(probe: str, reading: Reading | Reconstruction) -> str:
    error = reading.landmark_error if probe == "landmarks" else reading.histogram_error
    return "see --json" if error is None else _OFF[probe].format(error)


def _of_probe(one: Readout) -> str:
    if one.hidden:
        return CANNOT_TELL
    if one.usual is not None:
        name, probability, _ = one.presence()
        said = f"{name} {100 * probability:.0f} %"
    else:
        said = one.text
    return f"{CANNOT_TELL} ({said})" if one.tells is False else said


def _of_pictures(one: PictureReadout) -> str:
    said = f"{_answer(one)} ({one.interval_words()})"
    return f"{CANNOT_TELL} ({said})" if one.tells is False else said


def _answer(one: PictureReadout) -> str:
    if one.probabilities:
        name, probability, _ = one.presence()
        return f"{name} {100 * probability:.0f} %"
    return one.text


def _qualities(row: AttributeReadings) -> list[tuple[str, MetricValue]]:
    probe = None if row.vector is None else row.vector.on_photographs
    made = None if row.reconstruction is None else row.reconstruction.portraits
    return [(where, one) for where, one in (("vector probe", probe), ("reconstruction", made)) if one is not None]
