"""A run in a file: its figure, one of its pictures or its film, as a `Drawing` says; window, command line and
`likeness reproduce` all write through here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.export.drawings import FigureSpec, FilmSpec, ImageSpec
from explorer.studio.export.film import FilmFrame, FilmOptions, film_frame, write_film
from explorer.studio.export.lettering import badged, marked
from explorer.studio.export.page import save
from explorer.studio.export.provenance import png_bytes, write_sidecar
from explorer.studio.files import atomic_write
from explorer.studio.inversion.figure import FigureOptions, draw_inversion
from explorer.studio.inversion.picture_cache import Pictures
from explorer.studio.inversion.pictures import run_images, shown_steps, step_picture
from explorer.studio.inversion.provenance import provenance
from explorer.studio.inversion.record import InversionRun

Image = NDArray[np.uint8]
FILMS = (".mp4", ".gif")

# Told how many pictures of how many are drawn; it raises to cancel.
ProgressCallback = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class DrawnRun:
    """A run with what a drawing may show of it.

    latents: every step's. native: (1024, 1024, 3) uint8. frame: (R, R, 3) uint8, the photograph's face in the common
    frame, or None. vector: (D,) the bare embedding where there was no photograph. latent: the result's, where the user
    asked for it to be in the file. pictures: steps that were drawn already, as the run showed them. drawn: those that
    were drawn for it, so that its figures and its film draw none twice.
    """

    run: InversionRun
    latents: Sequence[Tensor]
    native: Image
    frame: Image | None = None
    vector: NDArray[np.float32] | None = None
    latent: Tensor | None = None
    pictures: Mapping[int, Image] = field(default_factory=dict)
    drawn: Pictures = field(default_factory=Pictures)

    def picture(self, networks: Networks, index: int) -> Image:
        """A step as the run showed it."""
        known = self.pictures.get(index)
        known = self.drawn.get(index) if known is None else known
        if known is None:
            known = step_picture(networks, self.run, self.latents, index)
            self.drawn.put(index, known)
        return known


def write_run(
    path: Path,
    drawing: FigureSpec | ImageSpec | FilmSpec,
    networks: Networks,
    drawn: DrawnRun,
    told: ProgressCallback = lambda done, total: None,
) -> tuple[Path, ...]:
    """Write a figure (PNG, SVG, PDF), a picture (PNG) or a film (MP4, GIF) with its provenance in it and beside it.

    Raises:
        UserError: another suffix, or the file cannot be written.
    """
    numbers = None if drawn.latent is None else drawn.latent.flatten().tolist()
    record = provenance(drawn.run, drawing=drawing, latent=numbers)
    if isinstance(drawing, FigureSpec):
        written = save(figure_of(drawing, networks, drawn, told), path, record, drawing.lettering)
    elif isinstance(drawing, FilmSpec):
        written = _film(path, drawing, networks, drawn, told)
    else:
        if path.suffix.lower() != ".png":
            raise UserError(f"{path.name}: a picture of a run is written as .png; choose this ending")
        written = atomic_write(path, png_bytes(picture_of(drawing, networks, drawn), record))
    return written, write_sidecar(path, record)


def figure_of(drawing: FigureSpec, networks: Networks, drawn: DrawnRun, told: ProgressCallback) -> Figure:
    """Draw the milestones and compose the figure."""
    shown = shown_steps(drawn.run)
    pictures = {}
    for done, index in enumerate(shown):
        told(done, len(shown))
        pictures[index] = drawn.picture(networks, index)
    images = run_images(pictures, drawn.native, target=drawn.frame, vector=drawn.vector)
    options = FigureOptions(drawing.width, drawing.dpi, drawing.source, drawing.mark)
    return draw_inversion(drawn.run, images, options)


def picture_of(drawing: ImageSpec, networks: Networks, drawn: DrawnRun) -> Image:
    """The result, or a step as the run showed it, with mark and badge.

    Raises:
        UserError: the run has no such step.
    """
    if drawing.step is None:
        picture = drawn.native
    elif drawing.step < len(drawn.latents):
        picture = drawn.picture(networks, drawing.step)
    else:
        raise UserError(f"the run has no step {drawing.step}: it ends at step {len(drawn.latents) - 1}")
    picture = marked(picture) if drawing.mark else picture
    return badged(picture) if drawn.run.guided_by_photograph else picture


def film_frame_of(drawing: FilmSpec, networks: Networks, drawn: DrawnRun) -> Image:
    """The last picture of a film, (H, W, 3)."""
    last = drawn.run.steps[-1]
    frame = FilmFrame(drawn.picture(networks, last.index), last.index, last.cosine)
    return film_frame(frame, _film_options(drawing, drawn))


def _film(path: Path, drawing: FilmSpec, networks: Networks, drawn: DrawnRun, told: ProgressCallback) -> Path:
    run = drawn.run
    last = run.steps[-1].index
    steps = [step for step in run.steps if step.index % drawing.every == 0 or step.index == last]

    def frames() -> Iterator[FilmFrame]:
        for done, step in enumerate(steps):
            told(done, len(steps))
            yield FilmFrame(drawn.picture(networks, step.index), step.index, step.cosine)

    return write_film(path, frames(), _film_options(drawing, drawn))


def _film_options(drawing: FilmSpec, drawn: DrawnRun) -> FilmOptions:
    return FilmOptions(
        steps=drawn.run.steps[-1].index,
        target=drawn.frame if drawing.source else None,
        side=drawing.side,
        rate=drawing.rate,
        hold=drawing.hold,
        mark=drawing.mark,
        guided=drawn.run.guided_by_photograph,
        palette=drawing.palette,
    )
