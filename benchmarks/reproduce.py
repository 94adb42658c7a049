"""Are runs made again from their exported figures the same? Largest difference of a latent.

    python -m benchmarks.reproduce

Short inversions of a synthetic face are exported with their latents and made again from the files alone: one with
sliders moved while it ran and stopped by hand, one that goes on from a step of it, one of an altered embedding.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch

from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep
from explorer.science.leakage.edits import VectorEdit
from explorer.studio import places
from explorer.studio.figures.drawings import FigureDrawing, ImageDrawing
from explorer.studio.inverting import FinishedInversion, InversionTarget, run_inversion
from explorer.studio.networks import Networks
from explorer.studio.reproduce import Sliders, compared, read_recorded, run_again, source_of
from explorer.studio.reproduce import target_again as opened_again
from explorer.studio.reproducing.originals import sources_by_digest
from explorer.studio.run_drawing import DrawnRun, write_run
from explorer.studio.session.run import Branch, BranchingPoint, WeightChange
from explorer.studio.targets import OpenedTarget, altered_target, open_target

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

    running = run_inversion(networks, target, settings, branch=branch, weights=weights, should_stop=stops)
    while True:
        try:
            event = next(running)
        except StopIteration as end:
            finished: FinishedInversion = end.value
            return finished
        if isinstance(event, InversionStep):
            sliders.step = event.index + 1


def export(networks: Networks, opened: OpenedTarget, finished: FinishedInversion, path: Path) -> Path:
    """Write a figure, or a picture as PNG, that holds the latent."""
    drawn = DrawnRun(finished.run, finished.latents, finished.native, opened.frame, latent=finished.latent)
    drawing = ImageDrawing() if path.suffix == ".png" else FigureDrawing(dpi=72)
    return write_run(path, drawing, networks, drawn)[0]


def error_of(networks: Networks, path: Path) -> float:
    """Make an exported run again and compare its latent with that in the file."""
    recorded = read_recorded(path)
    (recipe,) = recorded.runs
    opened = opened_again(networks, recipe, source_of(recipe, sources_by_digest([FACE]), path.name))
    running = run_again(networks, recipe, opened.target)
    while True:
        try:
            next(running)
        except StopIteration as end:
            repeated = compared(recipe, opened, end.value)
            break
    if repeated.differences:
        print(f"{path.name}: {'; '.join(repeated.differences)}")
    return math.inf if repeated.latent_error is None else repeated.latent_error


def main() -> None:
    """Print it."""
    torch.manual_seed(0)
    print(f"reproduced_latent_error_max  {reproduced_latent_error_max():.3g}")


if __name__ == "__main__":
    main()
