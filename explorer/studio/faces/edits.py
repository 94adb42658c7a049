"""What a photograph or an embedding is altered by before it is read or inverted."""

from __future__ import annotations

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Face, Photograph
from explorer.science.leakage.edits import PictureEdit, VectorEdit
from explorer.science.leakage.perturb import perturbed
from explorer.science.leakage.retouch import retouched
from explorer.studio.arrays import Frame, Vector
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError

# Of frames that change under the user's hand: enough for labellers, and made ten times as fast as those of 1024 px.
READ_FRAME = 512


def altered_vector(vector: Vector, edit: VectorEdit) -> Vector:
    """An embedding (D,) as the edit leaves it.

    Raises:
        UserError: nothing is left of it.
    """
    try:
        return perturbed(vector, edit)
    except ValueError as error:
        raise UserError(str(error)) from error


def altered_photograph(
    networks: Networks, encoder: str, photograph: Photograph, face: Face, edit: PictureEdit
) -> tuple[Vector, Frame]:
    """The embedding (D,) of a face whose photograph was edited, and that in the common frame, (512, 512, 3)."""
    edited, place = retouched(photograph, face, edit)
    embedding: Vector = embed_face(networks.recogniser(encoder), edited, place).numpy()
    return embedding, crop_frame(edited, place, READ_FRAME).frame
