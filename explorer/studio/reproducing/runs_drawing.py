"""The drawing part of a reproduction: runs that were made again, in a file like the one they come from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from explorer.science.generation.registry import GENERATORS, absence
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.export.drawings import FigureSpec, FilmSpec, ImageSpec, SheetSpec, VariationSpec
from explorer.studio.inversion.export import DrawnRun, write_run
from explorer.studio.reproducing.runs import Recorded, RunReproduction


def check_drawable(recorded: Recorded) -> None:
    """Refuse what cannot be drawn again before hours are spent on its runs.

    Raises:
        UserError: the number of runs does not suit the drawing, or their generator is not on this machine.
    """
    absent = next((one.settings.generator for one in recorded.runs if one.settings.generator not in GENERATORS), None)
    if absent is not None:
        raise UserError(f"{recorded.name} was drawn by a generator that is not on this machine: {absence(absent)}")
    drawing, count = recorded.drawing, len(recorded.runs)
    if isinstance(drawing, FigureSpec | ImageSpec | FilmSpec) and count != 1:
        raise UserError(f"{recorded.name} shows one run, and its record lists {count}: it is damaged")
    if isinstance(drawing, SheetSpec) and drawing.runs > count:
        raise UserError(f"{recorded.name} shows {drawing.runs} runs, and its record lists {count}: it is damaged")


def suffix_of(figure: Path, recorded: Recorded) -> str:
    """The ending of the new file: that of the old one, where its drawing can be written so."""
    suffix = figure.suffix.lower()
    if isinstance(recorded.drawing, FilmSpec):
        return suffix if suffix in (".mp4", ".gif") else ".mp4"
    if isinstance(recorded.drawing, ImageSpec):
        return ".png"
    return suffix if suffix in (".png", ".svg", ".pdf") else ".png"


def write_again(
    path: Path, recorded: Recorded, networks: Networks, repeated: Sequence[RunReproduction], *, latent: bool = False
) -> tuple[Path, ...]:
    """Write the figure of runs that were made again, with a provenance of its own.

    Args:
        latent: whether the results' latents go into it.

    Raises:
        UserError: it cannot be written, or shows something that one run does not give.
    """
    drawing, drawn = recorded.drawing, [drawn_run(one, latent=latent) for one in repeated]
    if isinstance(drawing, SheetSpec):
        from explorer.studio.inversion.sheet import write_sheet

        return write_sheet(path, drawing, drawn)
    if isinstance(drawing, VariationSpec):
        from explorer.studio.reproducing.variations import write_variation_again

        embedding = repeated[0].opened.target.embedding
        source = drawn[0].vector if drawn[0].frame is None else drawn[0].frame
        return write_variation_again(path, drawing, networks, [one.finished for one in repeated], embedding, source)
    return write_run(path, drawing, networks, drawn[0])


def drawn_run(repeated: RunReproduction, *, latent: bool) -> DrawnRun:
    """A run that was made again, as drawings take it."""
    finished, opened = repeated.finished, repeated.opened
    vector = opened.target.embedding.numpy() if opened.frame is None else None
    return DrawnRun(
        finished.run, finished.latents, finished.native, opened.frame, vector, finished.latent if latent else None
    )
