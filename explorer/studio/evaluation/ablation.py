"""The ablation of the thesis (4.2.2, table 4.1): a photograph inverted by the identity alone, with landmarks, and with
the histogram too; each result held against the photograph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, ValidationError

from explorer.science.evaluation.reconstruction import FrameMeasures, measure_frames
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Photograph
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import StartCache
from explorer.science.inversion.terms import TERMS
from explorer.science.leakage.labels import LABEL_SIZE
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.export.lettering import badged, marked
from explorer.studio.export.provenance import png_bytes
from explorer.studio.faces.frame_labels import label_frame
from explorer.studio.files import atomic_write
from explorer.studio.inversion.provenance import provenance
from explorer.studio.inversion.record import InversionRun
from explorer.studio.inversion.running import FinishedInversion, Inverting, run_inversion
from explorer.studio.inversion.targets import OpenedTarget
from explorer.studio.places import private_folder


@dataclass(frozen=True)
class Variant:
    """One row of the table: which terms guide the search besides the identity and the prior."""

    name: str
    title: str
    guides: tuple[str, ...]


VARIANTS: tuple[Variant, ...] = (
    Variant("id", "ID only", ()),
    Variant("landmarks", "ID + landmarks", ("landmarks",)),
    Variant("histogram", "ID + landmarks + histogram", ("landmarks", "histogram")),
)


class Reconstruction(BaseModel):
    """One photograph by one variant. measures: None where no face is found in the result."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    photograph: str
    variant: str
    run: InversionRun
    measures: FrameMeasures | None


@dataclass(frozen=True, eq=False)
class Shown:
    """A reconstruction and its picture as it is saved, marked and badged: (1024, 1024, 3) uint8 RGB."""

    about: Reconstruction
    picture: NDArray[np.uint8]


def settings_of(variant: Variant, base: InversionSettings) -> InversionSettings:
    """The base settings with the terms of a variant alone; those that are left out get the weight 0.

    Terms of a photograph that is inverted itself act in none of them, and stay as they are.
    """
    guiding = {name for name, term in TERMS.items() if term.needs in ("landmarks", "histogram")}
    weights = {**base.weights, **dict.fromkeys(guiding - set(variant.guides), 0.0)}
    targets = base.targets if variant.guides else "none"
    tolerance = base.tolerance if variant.guides else 0.0
    return base.model_copy(update={"weights": weights, "targets": targets, "tolerance": tolerance})


# Runs an inversion to its end.
Consume = Callable[[Inverting], FinishedInversion]


def reconstruct(
    networks: Networks,
    opened: OpenedTarget,
    variant: Variant,
    base: InversionSettings,
    folder: Path,
    consume: Consume,
    mark: bool = True,
    memory: StartCache | None = None,
) -> Shown:
    """Invert a photograph by a variant, or take it from the folder where that was done before by the same settings.

    Args:
        folder: of this photograph; gets VARIANT.png and VARIANT.json.
        mark: whether the picture says that it is a reconstruction.
        memory: of the start, which the variants share: they choose it by the identity.

    Raises:
        UserError: the target is no photograph, or what is to guide the search cannot be had.
    """
    if opened.frame is None:
        raise UserError(f"{opened.target.record.name}: there is no photograph to hold the result against")
    settings = settings_of(variant, base)
    known = _kept(folder, variant, settings, opened)
    if known is not None:
        return known
    finished = consume(run_inversion(networks, opened.target, settings, memory=memory))
    run = finished.run
    measures = _measures(networks, opened.frame, finished.native)
    about = Reconstruction(photograph=run.target.name, variant=variant.name, run=run, measures=measures)
    picture = marked(finished.native) if mark else finished.native
    picture = badged(picture) if run.guided_by_photograph else picture
    private_folder(folder)
    atomic_write(folder / f"{variant.name}.png", png_bytes(picture, provenance(run)))
    atomic_write(folder / f"{variant.name}.json", about.model_dump_json(indent=1).encode())
    return Shown(about, picture)


def result_frame(networks: Networks, native: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """A result's face, found again, in the common frame of (448, 448, 3); None where no face is found."""
    faces = networks.detector().detect(native)
    return crop_frame(Photograph(native, "result", ""), faces[0], LABEL_SIZE).frame if faces else None


def _measures(networks: Networks, frame: NDArray[np.uint8], native: NDArray[np.uint8]) -> FrameMeasures | None:
    result = result_frame(networks, native)
    if result is None:
        return None
    return measure_frames(label_frame(frame), result, networks.landmark_predictor(), networks.lpips("alex"))


def _kept(folder: Path, variant: Variant, settings: InversionSettings, opened: OpenedTarget) -> Shown | None:
    try:
        about = Reconstruction.model_validate_json((folder / f"{variant.name}.json").read_bytes())
        with Image.open(folder / f"{variant.name}.png", formats=["PNG"]) as image:
            picture = np.asarray(image.convert("RGB"), np.uint8)
    except (OSError, ValidationError):
        return None
    same = about.run.settings == settings and about.run.target == opened.target.record
    return Shown(about, picture) if same else None
