"""Who teaches a generator: the encoder itself, or a student of it as of a black box, and a bijective metric."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor, nn

from explorer.science.contents import read_bytes
from explorer.science.faces.alignment import ARCFACE_112
from explorer.science.names import shown
from explorer.science.networks.onnx_graph import OnnxGraph
from explorer.science.recognition.base import Encoder
from explorer.science.recognition.tapping import BlockFeatures
from explorer.science.training.vec2face import Teaching
from explorer.science.vec2face.settings import Vec2FaceSettings
from explorer.studio.catalogue.metrics import load_metric
from explorer.studio.catalogue.networks import Networks, attacked_encoder, which_encoder
from explorer.studio.catalogue.students import record_of
from explorer.studio.errors import UserError
from explorer.studio.students.teachers import EncoderTeacher


@dataclass(frozen=True, eq=False)
class Taught:
    """The networks, and what a record says of them: by whom, in words, and the digest of what the metric learnt."""

    teaching: Teaching
    taught_by: str | None
    metric: str | None


def teaching_of(
    networks: Networks, encoder: str, settings: Vec2FaceSettings, student: Path | None, metric: Path
) -> Taught:
    """The networks that the settings call for.

    Args:
        student: a file by which eq. 15 compares in place of the encoder, whose slopes then nothing uses.
        metric: the bijective metric's file, read where it counts.

    Raises:
        UserError: a file is missing or damaged, the student is another encoder's, or the metric sees no colours.
        MissingNetwork: the encoder's file is not in the cache. LayerError: it has no feature maps.
    """
    blocks, taught_by, keys = None, None, list[str]()
    if settings.distill:
        if student is None:
            blocks, taught_by = BlockFeatures(networks.recogniser(encoder)), f"{encoder} itself"
            keys.append(f"{encoder} {which_encoder(encoder)}")
        else:
            blocks, taught_by = (
                BlockFeatures(student_encoder(networks, encoder, student)),
                f"its student {shown(student.name)}",
            )
            keys.append(hashlib.sha256(read_bytes(student)).hexdigest())
    bijection, digest = None, None
    if settings.biject:
        bijection, known = load_metric(metric)
        if known.settings.channels != 3:
            raise UserError(f"{shown(metric)}: the metric learnt grey pictures: train one of faces in colours")
        bijection, digest = bijection.to(networks.device), known.digest
        keys.append(f"{known.digest} {known.settings.model_dump_json()}")
    return Taught(Teaching(blocks, bijection, "; ".join(keys)), taught_by, digest)


def student_encoder(networks: Networks, encoder: str, file: Path) -> Encoder:
    """A student's file as an encoder whose features can be seen.

    Raises:
        UserError: it is missing, none, or has learnt from another encoder.
    """
    record = record_of(file)
    if record.teacher_key != EncoderTeacher(networks, encoder).key:
        raise UserError(
            f"{shown(file)} learnt from {record.teacher}, which is another than {encoder}: train one with "
            f"`likeness train student --teacher {encoder}`"
        )
    spec = replace(attacked_encoder(encoder), id=f"student-{encoder}", template=ARCFACE_112, own_threshold=None)
    return Encoder(spec, _Signed(OnnxGraph(read_bytes(file)))).to(networks.device)


class _Signed(nn.Module):
    """A student's graph on pictures (B, 3, 112, 112) in [0, 1]."""

    def __init__(self, graph: OnnxGraph) -> None:
        super().__init__()
        self.graph = graph

    def forward(self, faces: Tensor) -> Tensor:
        answer: Tensor = self.graph(2 * faces - 1)[0]
        return answer
