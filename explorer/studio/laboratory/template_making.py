"""One vector of several photographs or embeddings of a person, and the record of which these were."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.face import Photograph
from explorer.science.laboratory.quality import qualities_of
from explorer.science.laboratory.templates import (
    Averaging,
    QualityRule,
    Signal,
    averaging_of,
    relative,
    template_of,
)
from explorer.science.recognition.neighbours import Neighbours
from explorer.science.recognition.registry import encoder_spec
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.errors import UserError
from explorer.studio.faces.template_record import MOST_FACES, TemplateMember, TemplateRecord
from explorer.studio.faces.vector_encoder import open_vector
from explorer.studio.faces.vector_export import export_template
from explorer.studio.faces.vectors import Vector, is_vector_file
from explorer.studio.inversion.targets import open_photograph

DEFAULT_ENCODER = "arcface-mbf"
QUALITY = QualityRule(signal="score", power=4)
"""By which photographs are weighed where quality is asked for: the detector's score, which is chosen most often where
openpeople's photographs are of mixed quality. Equal weights verify as well within the intervals by person."""

Weighing = Literal["equal", "quality"] | tuple[float, ...]
_WORDS: dict[str, Weighing] = {"equal": "equal", "quality": "quality"}
Others = Callable[[Photograph, int, int], object]


@dataclass(frozen=True, eq=False)
class Member:
    """A face or an embedding of which a template is made.

    member: what is recorded of it, its weight being open. qualities: of a photograph; None of a bare embedding.
    """

    member: TemplateMember
    vector: Vector
    qualities: Mapping[Signal, float] | None = None

    @property
    def name(self) -> str:
        """Of its file."""
        return self.member.name


@dataclass(frozen=True, eq=False)
class MadeTemplate:
    """A template of an encoder. scores: (N,) of each of its faces against it, in the encoder's measure."""

    encoder: str
    vector: Vector
    record: TemplateRecord
    scores: NDArray[np.float32]

    @property
    def averaging(self) -> Averaging:
        """How vectors were averaged."""
        return self.record.averaging

    @property
    def weighting(self) -> str:
        """How they were weighed, in words."""
        return self.record.weighting

    @property
    def shares(self) -> tuple[float, ...]:
        """The weight of each, summing to 1."""
        return tuple(member.weight for member in self.record.members)

    @property
    def score_word(self) -> str:
        """What the scores are."""
        return "cosine" if encoder_spec(self.encoder).measure == "cosine" else "distance"


def given_weights(given: str, count: int) -> Weighing:
    """What --weights says: "equal", "quality", or a number for each of so many sources.

    Raises:
        UserError: it is none of these.
    """
    if given in _WORDS:
        return _WORDS[given]
    try:
        numbers = tuple(float(part) for part in given.split(","))
        relative(np.array(numbers))
    except ValueError as error:
        raise UserError(f"--weights {given}: say equal, quality, or numbers of at least 0 such as 2,1,1") from error
    if len(numbers) != count:
        raise UserError(f"--weights {given}: {len(numbers)} weights for {count} sources: give one for each")
    return numbers


def template_encoder(sources: Sequence[Path], given: str | None) -> str:
    """Whose embeddings are averaged: as it is given, as the embeddings among the sources have it, else the default.

    Raises:
        UserError: there is no such encoder, or embeddings are of several.
    """
    if len(sources) > MOST_FACES:
        raise UserError(f"{len(sources)} sources are more than a template is made of: give {MOST_FACES} at most")
    if given is not None:
        return known_encoder(given).id
    named = {open_vector(path, None).encoder: path for path in sources if is_vector_file(path)}
    if len(named) > 1:
        first, second, *_ = named.items()
        raise UserError(
            f"{first[1].name} is of {first[0]}, and {second[1].name} of {second[0]}: a template is of one encoder"
        )
    return next(iter(named), DEFAULT_ENCODER)


def open_member(networks: Networks, path: Path, encoder: str, others: Others) -> Member:
    """Read a photograph or an embedding.

    Args:
        others: told where a photograph shows several faces, as in `open_photograph`.

    Raises:
        UserError, FaceError: the file cannot be used.
        MissingNetwork: a network is not in the cache.
    """
    if is_vector_file(path):
        opened = open_vector(path, encoder)
        return Member(TemplateMember(name=opened.name, sha256=opened.sha256, weight=0), opened.vector)
    photograph, face = open_photograph(networks, path, others=others)
    vector: Vector = embed_face(networks.recogniser(encoder), photograph, face).numpy()
    member = TemplateMember(
        name=photograph.name,
        sha256=photograph.sha256,
        points=tuple((float(x), float(y)) for x, y in face.points),
        points_by_hand=face.by_hand,
        weight=0,
    )
    return Member(member, vector, qualities_of(photograph, face, vector))


def make_template(
    members: Sequence[Member], encoder: str, averaging: Averaging | None = None, weighing: Weighing = "equal"
) -> MadeTemplate:
    """Average faces of one encoder.

    Args:
        averaging: as the encoder's measure has it where None.

    Raises:
        UserError: quality is asked for, and one of them is a bare embedding.
        TemplateError: the vectors cannot be averaged.
    """
    measure = encoder_spec(encoder).measure
    how = averaging or averaging_of(measure)
    vectors = np.stack([one.vector for one in members])
    shares, words = _shares(members, weighing)
    vector = template_of(vectors, how, shares)
    kept = tuple(
        one.member.model_copy(update={"weight": float(share)}) for one, share in zip(members, shares, strict=True)
    )
    record = TemplateRecord(averaging=how, weighting=words, members=kept)
    return MadeTemplate(encoder, vector, record, Neighbours(vectors, measure).scores(vector))


def write_template(path: Path, made: MadeTemplate) -> tuple[Path, Path]:
    """Write a template and the record beside it, for their owner only.

    Raises:
        UserError: another suffix, or a file cannot be written.
    """
    return export_template(path, made.vector, made.encoder, made.record)


def _shares(members: Sequence[Member], weighing: Weighing) -> tuple[NDArray[np.float64], str]:
    if weighing == "equal":
        return relative(np.ones(len(members))), "equal"
    if weighing != "quality":
        return relative(np.array(weighing)), "given"
    bare = next((one.name for one in members if one.qualities is None), None)
    if bare is not None:
        raise UserError(f"{bare} is a bare embedding, whose photograph's quality is not known: give --weights yourself")
    values = [one.qualities[QUALITY.signal] for one in members if one.qualities is not None]
    return QUALITY.weights(values), QUALITY.words()
