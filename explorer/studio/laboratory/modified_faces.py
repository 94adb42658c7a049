"""One face's embedding without an attribute, as its encoder's probes and decoder see it before and after."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.science.faces.face import Photograph
from explorer.science.laboratory.modifier import Method, Modifier
from explorer.science.leakage.readout import picture_origin
from explorer.studio.catalogue.networks import Networks
from explorer.studio.laboratory.modifying import How, Protected, protected
from explorer.studio.laboratory.seeing import SeenFace, see


@dataclass(frozen=True, eq=False)
class ModifiedFace:
    """An embedding that an attribute was taken out of.

    made: of this face alone, as it is written into files. modifier, how: by which it was made.
    """

    photograph: Photograph
    before: SeenFace
    after: SeenFace
    made: Protected
    modifier: Modifier
    how: How


def modify_face(
    networks: Networks, photograph: Photograph, embedding: Tensor, modifier: Modifier, method: Method
) -> ModifiedFace:
    """Take the modifier's attribute out of an embedding (D,) of its encoder.

    Raises:
        ModificationError: the embedding is of another encoder.
    """
    encoder, origin = modifier.record.encoder, picture_origin(photograph)
    how = How(method)
    made = protected(modifier, [photograph.name], [photograph.sha256], embedding[None].float().cpu().numpy(), how)
    before = see(networks, encoder, embedding, origin)
    after = see(networks, encoder, torch.from_numpy(made.after[0]), origin, before)
    return ModifiedFace(photograph, before, after, made, modifier, how)
