"""Are runs made again from their exported figures the same? Largest difference of a latent.

    python -m benchmarks.reproduce

Short inversions of a synthetic face are exported with their latents and made again from the files alone: one with
sliders moved while it ran and stopped by hand, one that goes on from a step of it, one of an altered embedding.
Beside these, the readouts of an altered embedding and a refined fit are made again, and their numbers compared.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.geometry.refinement import RefinementSettings
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep
from explorer.science.iteration import Steps
from explorer.science.leakage.edits import VectorEdit
from explorer.studio import places
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.probes import load_probes
from explorer.studio.export.drawings import FigureSpec, ImageSpec
from explorer.studio.export.provenance import read_provenance
from explorer.studio.faces.edits import altered_vector
from explorer.studio.faces.values import Edits
from explorer.studio.geometry.fit_export import NUMBERS, FitFiles
from explorer.studio.geometry.fit_numbers import fit_record
from explorer.studio.geometry.fitting import fit_face, load_morphable_model
from explorer.studio.geometry.landmark_sources import landmark_source
from explorer.studio.inversion.export import DrawnRun, write_run
from explorer.studio.inversion.record import Branch, BranchingPoint, WeightChange
from explorer.studio.inversion.running import FinishedInversion, InversionTarget, run_inversion
from explorer.studio.inversion.targets import OpenedTarget, altered_target, open_photograph, open_target
from explorer.studio.leakage.export import export_readings
from explorer.studio.leakage.reading import read_vector
from explorer.studio.leakage.readings import FaceRead
from explorer.studio.reproducing.kinds import again_of
from explorer.studio.reproducing.making import ReproductionContext
from explorer.studio.reproducing.runs import (
    Recipe,
    RunReproduction,
    Sliders,
    compared,
    read_recorded,
    run_again,
    source_of,
)
from explorer.studio.reproducing.runs import target_again as opened_again
from explorer.studio.reproducing.sources import sources_by_digest

FACE = places.resources() / "faces" / "synthetic-p002.jpg"
SHORT = InversionSettings(steps=8, starts=2, contest=1, finish=2, resolution=128, space="W+")
MOVES = [WeightChange(step=0, term="prior", weight=0.2), WeightChange(step=3, term="identity", weight=2.0)]


def reproduced_latent_error_max(networks: Networks | None = None) -> float:
    """Largest absolute difference between a coordinate of an exported run's latent and of the same run made again."""
    used = networks or Networks("cpu")
    opened = open_target(used, FACE, SHORT.encoder)
    moved = made(used, opened.target, SHORT, MOVES, stopped_after=5)
    record = Branch(run="moved", step=3, settings=SHORT, weight_changes=MOVES)
    branched = made(used, opened.target, SHORT, MOVES[1:], BranchingPoint(record, moved.latents[3]))
    edited = altered_target(opened, VectorEdit(noise=0.3, bits=6))
    altered = made(used, edited.target, SHORT.model_copy(update={"regressor": False, "optimiser": "sgd"}), [])
    errors = []
    with tempfile.TemporaryDirectory() as folder:
        for name, finished in (("moved.png", moved), ("branched.pdf", branched), ("altered.svg", altered)):
            path = export(used, opened, finished, Path(folder) / name)
            errors.append(error_of(used, path))
    return max(errors)


def made(
    networks: Networks,
    target: InversionTarget,
    settings: InversionSettings,
    moves: list[WeightChange],
    branch: BranchingPoint | None = None,
    stopped_after: int | None = None,
) -> FinishedInversion:
    """A run as a user makes it, whose hand is on the sliders."""
    sliders = Sliders(settings, moves)

    def weights() -> Mapping[str, float]:
        return sliders.weights()

    def stops() -> bool:
        return stopped_after is not None and sliders.step > stopped_after

    running = Steps(run_inversion(networks, target, settings, branch=branch, weights=weights, should_stop=stops))
    for event in running:
        if isinstance(event, InversionStep):
            sliders.step = event.index + 1
    finished = running.result
    assert finished is not None
    return finished


def export(networks: Networks, opened: OpenedTarget, finished: FinishedInversion, path: Path) -> Path:
    """Write a figure, or a picture as PNG, that holds the latent."""
    drawn = DrawnRun(finished.run, finished.latents, finished.native, opened.frame, latent=finished.latent)
    drawing = ImageSpec() if path.suffix == ".png" else FigureSpec(dpi=72)
    return write_run(path, drawing, networks, drawn)[0]


def error_of(networks: Networks, path: Path) -> float:
    """Make an exported run again and compare its latent with that in the file."""
    recorded = read_recorded(path)
    (recipe,) = recorded.runs
    opened = opened_again(networks, recipe, source_of(recipe, sources_by_digest([FACE]), path.name))
    repeated = compared(recipe, opened, Steps(run_again(networks, recipe, opened.target)).result)
    if repeated.differences:
        print(f"{path.name}: {'; '.join(repeated.differences)}")
    return math.inf if repeated.latent_error is None else repeated.latent_error


def reproduced_readout_error_max(networks: Networks | None = None) -> float:
    """Largest absolute difference between a number in a table of readouts and in the same table made again.

    Numbers are probabilities, shares, pixels of the 224 px frame, years and degrees, to six digits.
    """
    used, edit = networks or Networks("cpu"), VectorEdit(noise=0.3, bits=6)
    photograph, face = open_photograph(used, FACE)
    vector = embed_face(used.recogniser(SHORT.encoder), photograph, face).numpy()
    frame, probes = crop_frame(photograph, face).frame, load_probes(SHORT.encoder)
    before = read_vector(used, probes, SHORT.encoder, vector, frame)
    now = read_vector(used, probes, SHORT.encoder, altered_vector(vector, edit), frame)
    read = FaceRead("", SHORT.encoder, Edits(vector=edit), before, now)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "readouts.csv"
        export_readings(path, read, name=photograph.name, sha256=photograph.sha256, face=face)
        return largest_difference(used, path)


def reproduced_fit_error_max(networks: Networks | None = None) -> float:
    """Largest absolute difference between a parameter of an exported fit and of the same fit made again."""
    used, source = networks or Networks("cpu"), landmark_source("auto")
    photograph, face = open_photograph(used, FACE)
    fitted = fit_face(photograph, face, load_morphable_model(), source, RefinementSettings())
    with tempfile.TemporaryDirectory() as folder:
        files = FitFiles(fitted, fit_record(photograph, face, fitted, source, None), level=0, size=64)
        (path,) = files.write(NUMBERS, Path(folder) / "face-fit.json")
        return largest_difference(used, path)


def largest_difference(networks: Networks, path: Path) -> float:
    """Make an export that is no inversion again, and compare its numbers with those in the file."""
    again = again_of(read_provenance(path), path.name)
    assert again is not None
    made = again.make(ReproductionContext(path, again.place(path), networks, sources_by_digest([FACE]), no_run))
    for line in (*made.deviation.changed, *made.differences):
        print(f"{path.name}: {line}")
    return math.inf if made.deviation.largest is None else made.deviation.largest


def no_run(recipe: Recipe, source: Path) -> RunReproduction:
    """Stands for making a run again, which these need not."""
    raise AssertionError(f"{source.name}: no inversion was exported")


def main() -> None:
    """Print them."""
    torch.manual_seed(0)
    networks = Networks("cpu")
    print(f"reproduced_latent_error_max  {reproduced_latent_error_max(networks):.3g}")
    print(f"reproduced_readout_error_max  {reproduced_readout_error_max(networks):.3g}")
    print(f"reproduced_fit_error_max  {reproduced_fit_error_max(networks):.3g}")


if __name__ == "__main__":
    main()
