"""Several inversions that were made again, in a figure like the one they come from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.iteration import Steps
from explorer.studio import places
from explorer.studio.catalogue.labellers import load_labellers
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.export.colour_map import coloured
from explorer.studio.export.drawings import VariationSpec
from explorer.studio.export.lettering import badged, marked
from explorer.studio.export.page import save
from explorer.studio.export.provenance import png_bytes, write_sidecar
from explorer.studio.files import atomic_write
from explorer.studio.inversion.running import FinishedInversion
from explorer.studio.variation.figure import VariationImages, VariationOptions, draw_variation, variation_provenance
from explorer.studio.variation.running import compare_runs


def write_variation_again(
    path: Path,
    drawing: VariationSpec,
    networks: Networks,
    finished: Sequence[FinishedInversion],
    embedding: torch.Tensor,
    source: NDArray[np.uint8] | NDArray[np.float32] | None,
) -> tuple[Path, ...]:
    """Compare the runs and write the figure, the mean face or the map.

    Args:
        embedding: (D,) that was inverted. source: the photograph's face, or the bare vector.

    Raises:
        UserError: fewer than two results show a face, or the file cannot be written.
    """
    labellers, cache = load_labellers(str(networks.device)), places.private_folder(places.cache())
    made = Steps(compare_runs(networks, labellers, embedding, finished, cache)).result
    record = variation_provenance(made.record, drawing)
    if drawing.part == "figure":
        images = VariationImages(
            [one.native for one in made.results], made.mean, made.spread, source if drawing.source else None
        )
        options = VariationOptions(drawing.width, drawing.dpi, drawing.mark)
        written = save(draw_variation(made.record, images, options), path, record, drawing.lettering)
    elif path.suffix.lower() == ".png":
        picture = coloured(made.spread)[0]
        if drawing.part == "mean":
            picture = marked(made.mean) if drawing.mark else made.mean
            picture = badged(picture) if made.record.guided_by_photograph else picture
        written = atomic_write(path, png_bytes(picture, record))
    else:
        raise UserError(f"{path.name}: a picture of several inversions is written as .png; choose this ending")
    return written, write_sidecar(path, record)
