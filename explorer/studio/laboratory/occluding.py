"""What encoders, probes and decoders make of a face of which parts are hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from torch import Tensor

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Face, Photograph
from explorer.science.laboratory.geometry import nearest_face
from explorer.science.laboratory.occlusion import Cover, Occluded, Occlusion, occluded
from explorer.science.leakage.labels import MEASURE_SIZE
from explorer.science.leakage.readout import picture_origin
from explorer.studio.arrays import Frame
from explorer.studio.catalogue.networks import Networks
from explorer.studio.faces.edits import READ_FRAME
from explorer.studio.faces.frame_labels import frame_landmarks
from explorer.studio.laboratory.seeing import SeenFace, see


@dataclass(frozen=True, eq=False)
class HiddenFace:
    """A face of which parts are hidden.

    frame: (512, 512, 3), the common frame. share: of its area that is hidden.
    seen: by encoder; empty where the face is not found again.
    """

    occlusion: Occlusion
    frame: Frame
    share: float
    seen: Mapping[str, SeenFace]


@dataclass(frozen=True, eq=False)
class StudiedFace:
    """A face, as it is and with parts hidden."""

    photograph: Photograph
    face: Face
    frame: Frame
    before: Mapping[str, SeenFace]
    hidden: tuple[HiddenFace, ...]


def hide_parts(
    networks: Networks,
    photograph: Photograph,
    face: Face,
    occlusions: Sequence[Occlusion],
    cover: Cover,
    encoders: Sequence[str],
    *,
    realign: bool = False,
    known: Mapping[str, Tensor] | None = None,
) -> StudiedFace:
    """Hide parts of a face, each in a picture of its own, and see what becomes of the embeddings.

    Args:
        realign: whether the face is looked for again and aligned anew, as systems do; else it keeps its points.
        known: the embeddings of the face as it is, from `before` of an earlier time; made where None.

    Raises:
        MissingNetwork: a network is not in the cache.
        FaceError: the face's points coincide.
        UserError: there is no encoder of a name, or its probes are damaged.
    """
    whole = occluded(photograph, face, (), cover)
    frame = crop_frame(whole.photograph, whole.face, READ_FRAME).frame
    needed = any(one.regions for one in occlusions)
    landmarks = frame_landmarks(networks, frame) / MEASURE_SIZE if needed else None
    before = _seen(networks, encoders, whole.photograph, whole.face, known=known or {})
    hidden = []
    for one in occlusions:
        picture = occluded(photograph, face, one.patches_of(landmarks), cover)
        found = _found(networks, picture) if realign else picture.face
        seen = {} if found is None else _seen(networks, encoders, picture.photograph, found, before)
        shown = crop_frame(picture.photograph, picture.face, READ_FRAME).frame
        hidden.append(HiddenFace(one, shown, picture.share, seen))
    return StudiedFace(photograph, face, frame, before, tuple(hidden))


def _found(networks: Networks, picture: Occluded) -> Face | None:
    """The face as it is found again; None where it is not."""
    return nearest_face(picture.face, networks.detector().detect(picture.photograph.pixels))


def _seen(
    networks: Networks,
    encoders: Sequence[str],
    photograph: Photograph,
    face: Face,
    before: Mapping[str, SeenFace] | None = None,
    known: Mapping[str, Tensor] = MappingProxyType({}),
) -> dict[str, SeenFace]:
    origin, found = picture_origin(photograph), dict[str, SeenFace]()
    for encoder in encoders:
        embedding = known.get(encoder)
        if embedding is None:
            embedding = embed_face(networks.recogniser(encoder), photograph, face)
        found[encoder] = see(networks, encoder, embedding, origin, None if before is None else before[encoder])
    return found
