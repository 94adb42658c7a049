"""What the figure composer asks for, drawn: a preview or a file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure
from PIL import Image as Pictures

from explorer.studio.arrays import Image
from explorer.studio.catalogue.networks import Networks
from explorer.studio.composer.composition import Composition, sheet
from explorer.studio.composer.laboratory_drawing import LaboratoryMade
from explorer.studio.composer.requests import Compose, Composed, FigureInputs
from explorer.studio.export.drawings import FigureSpec, ReadoutsSpec, VariationSpec
from explorer.studio.export.page import encoded, save
from explorer.studio.export.picture_grid import GridOptions
from explorer.studio.export.provenance import Provenance, write_sidecar
from explorer.studio.inversion.export import DrawnRun, ProgressCallback, figure_of, film_frame_of, write_run
from explorer.studio.inversion.sheet import draw_sheet, sheet_provenance
from explorer.studio.inversion.state import RunState

# Enough for a preview that fills a window, whatever the figure is for.
_PREVIEW_PIXELS = 1100
_MM = 25.4


def composed(request: Compose) -> Composed:
    """Draw a layout that needs no network."""
    figure, record = _COMPOSED[request.composition.layout](_at(request), request.material)
    return _finished(figure, record, request)


def composed_run(
    request: Compose, networks: Networks, pictures: Mapping[int, Image], told: ProgressCallback
) -> Composed:
    """Draw the figure or film of one run.

    Args:
        pictures: of the steps that it shows.
    """
    composition = _at(request)
    drawn = drawn_run(request.material.runs[0], composition, pictures)
    if composition.layout == "film":
        film = composition.film.model_copy(update={"source": composition.source, "mark": composition.mark})
        if request.path is not None:
            return Composed(paths=write_run(request.path, film, networks, drawn, told))
        picture = film_frame_of(film, networks, drawn)
        return Composed(picture)
    drawing = _figure_drawing(composition)
    if request.path is not None:
        return Composed(paths=write_run(request.path, drawing, networks, drawn))
    return _finished(figure_of(drawing, networks, drawn, lambda done, total: None), {}, request)


def composed_laboratory(request: Compose, made: LaboratoryMade) -> Composed:
    """Draw or write a figure of Deep Face Decoder; its record is that of `likeness lab`."""
    composition = _at(request)
    drawing = GridOptions(composition.width, composition.dpi, composition.mark, lettering=composition.lettering)
    if request.path is not None:
        return Composed(paths=made.write(request.path, drawing), made=made)
    preview = _finished(made.draw(drawing), {}, request)
    return replace(preview, made=made)


def drawn_run(run: RunState, composition: Composition, pictures: Mapping[int, Image] | None = None) -> DrawnRun:
    """A finished run of the session as drawings take it."""
    assert run.result is not None
    assert run.native is not None
    vector = run.target.vector if run.target_frame is None else None
    latent = run.latents[run.result.best_index] if composition.latent else None
    return DrawnRun(run.result, run.latents, run.native, run.target_frame, vector, latent, pictures or {})


def _at(request: Compose) -> Composition:
    """The composition as it is drawn now: a preview at as many pixels as it can show."""
    composition = request.composition.fitted()
    if request.path is not None:
        return composition
    return composition.model_copy(update={"dpi": max(36, round(_PREVIEW_PIXELS / composition.width * _MM))})


def _figure_drawing(composition: Composition) -> FigureSpec:
    return FigureSpec(
        width=max(composition.width, 60),
        dpi=composition.dpi,
        source=composition.source,
        mark=composition.mark,
        lettering=composition.lettering,
    )


def _finished(figure: Figure, record: Provenance, request: Compose) -> Composed:
    """Write a figure, or turn it into a preview."""
    width, height = (float(side) * _MM for side in figure.get_size_inches())
    if request.path is None:
        png = encoded(figure, "png", {})
        with Pictures.open(io.BytesIO(png)) as image:
            return Composed(np.asarray(image.convert("RGB"), np.uint8), (width, height))
    path = save(figure, request.path, record, request.composition.lettering)
    return Composed(size=(width, height), paths=(path, write_sidecar(path, record)))


def _sheet(composition: Composition, material: FigureInputs) -> tuple[Figure, Provenance]:
    drawing = sheet(composition, material.runs)
    drawn = [drawn_run(run, composition) for run in material.runs]
    return draw_sheet(drawing, drawn), sheet_provenance(drawing, drawn)


def _fits(composition: Composition, material: FigureInputs) -> tuple[Figure, Provenance]:
    from explorer.studio.geometry.export import fits_figure
    from explorer.studio.geometry.view.describing import FitsSpec
    from explorer.studio.geometry.view.portraits import open_viewer

    drawing = FitsSpec(
        width=composition.width,
        dpi=composition.dpi,
        mark=composition.mark,
        largest=composition.width,
        source=composition.source,
        lettering=composition.lettering,
        arrangement="page",
    )
    return fits_figure(open_viewer(), material.portraits, drawing)


def _leakage(composition: Composition, material: FigureInputs) -> tuple[Figure, Provenance]:
    from explorer.studio.inversion.provenance import step_record
    from explorer.studio.leakage.export import readings_record
    from explorer.studio.leakage.figure import draw_readings

    read, of = material.read, material.of
    assert read is not None
    drawing = ReadoutsSpec(
        width=composition.width, dpi=composition.dpi, source=composition.source, lettering=composition.lettering
    )
    figure = draw_readings(
        read,
        material.result,
        sha256=of.sha256,
        guided=of.guided,
        with_source=drawing.source,
        width=drawing.width,
        dpi=drawing.dpi,
    )
    about = readings_record(
        read,
        material.result,
        name=of.name,
        sha256=of.sha256,
        face=of.face,
        inversion=None if of.run is None else step_record(of.run, of.step),
        guided=of.guided,
        drawing=drawing,
    )
    return figure, about


def _variation(composition: Composition, material: FigureInputs) -> tuple[Figure, Provenance]:
    from explorer.studio.variation.figure import VariationImages, VariationOptions, draw_variation, variation_provenance

    assert material.varied is not None
    finished = material.varied.finished
    source = material.source if composition.source and isinstance(material.source, np.ndarray) else None
    images = VariationImages([one.native for one in finished.results], finished.mean, finished.spread, source)
    options = VariationOptions(composition.width, composition.dpi, composition.mark)
    drawing = VariationSpec(
        width=composition.width,
        dpi=composition.dpi,
        source=composition.source,
        mark=composition.mark,
        lettering=composition.lettering,
    )
    return draw_variation(finished.record, images, options), variation_provenance(finished.record, drawing)


_COMPOSED = {
    "ablation": _sheet,
    "rows": _sheet,
    "fits": _fits,
    "leakage": _leakage,
    "variation": _variation,
}
