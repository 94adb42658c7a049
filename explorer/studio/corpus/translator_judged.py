"""What a translator's handles are worth: whether elements tell classes, whether edits do what they say, and to whom.

Labellers and encoders judge that took no part in the training. Edits by handles stand beside the linear directions of
the corpus: both at the place where the labeller changes its answer, face by face.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from explorer.science.evaluation.people import interval_of_people
from explorer.science.evaluation.same_person import Estimate
from explorer.science.evaluation.scoring import embed_face
from explorer.science.evaluation.sorted_ranking import auc_of_people
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Photograph
from explorer.science.generation.mixed_precision import drawing
from explorer.science.inversion.step import to_uint8
from explorer.science.leakage.labels import LABEL_SIZE
from explorer.science.leakage.labels.chosen import ChosenLabellers, networks_for
from explorer.science.leakage.probes import PROBES
from explorer.science.training.corpus import RESOLUTION
from explorer.science.training.edits import Direction
from explorer.science.training.translator import elements_of, inverse_error
from explorer.science.translation.attributes import LabelledStyles
from explorer.studio import catalogue
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.handles.editing import HandleEditor

Step = Callable[[int, int], None]
# Where a handle is set in turn, away from what a face shows, and how far w is moved along a direction, in spreads.
HANDLES, DISTANCES = (1.0, 2.0, 3.0, 4.0), (1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
WAY_BACK = "way there and back, largest relative error"


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ElementsTable(_Table):
    """Area under the ROC curve of elements by attribute, with intervals by person. labelled_by: whose word counts."""

    set: str
    faces: int
    labelled_by: str
    aucs: dict[str, Estimate]
    credit: str = ""


class EditRow(_Table):
    """What edits of one attribute come to.

    faces: that the labeller knows. flips: the share whose answer changes at 4 beyond. paired: faces whose answer
    changes by the handle and along the direction; cosine, cosine_linear: of held-out encoders to the unedited face
    there, and gained: the first less the second. never, never_linear: faces whose answer did not change at all.
    """

    attribute: str
    faces: int
    flips: Estimate
    paired: int
    cosine: Estimate | None = None
    cosine_linear: Estimate | None = None
    gained: Estimate | None = None
    never: int
    never_linear: int


def unseen_scores(editor: HandleEditor, unseen: LabelledStyles) -> dict[str, Estimate]:
    """How well elements tell the corpus's classes of faces that nothing was learnt from, and how exact the way is."""
    if not len(unseen):
        return {}
    found = {
        f"element of {name}, AUC, {len(unseen)} unseen faces": area
        for name, area in generated_elements(editor, unseen).items()
    }
    some = unseen.styles(torch.arange(min(len(unseen), 64)))
    return found | {WAY_BACK: Estimate(value=inverse_error(editor.translator, some))}


def generated_elements(editor: HandleEditor, unseen: LabelledStyles) -> dict[str, Estimate]:
    """Areas by attribute, of those that have both classes."""
    elements = editor.record.elements
    found = dict[str, Estimate]()
    for name, values in elements_of(editor.translator, unseen, list(elements), elements).items():
        area = auc_of_people(values.double().numpy(), (unseen.classes[name] > 0).long().numpy())
        if area is not None:
            found[name] = area
    return found


@dataclass(frozen=True, eq=False)
class Judges:
    """Labellers of some attributes, and encoders that took no part in the training."""

    networks: Networks
    editor: HandleEditor
    labellers: ChosenLabellers
    encoders: tuple[str, ...]

    def see(self, styles: Tensor) -> _Seen | None:
        """What is seen of one face's styles (1, L, K) drawn at 512 px; None where no face is found."""
        generator = self.networks.generator(self.editor.record.generator)
        with torch.no_grad():
            drawn = drawing(generator, mixed=True)(styles.to(generator.mean_w), RESOLUTION)
        pixels = to_uint8(drawn[0])
        face = self.networks.detector().detect_in_frame(pixels)
        if face is None:
            return None
        photograph = Photograph(pixels, "drawn", "0" * 64, generated=True)
        said = self.labellers(crop_frame(photograph, face, LABEL_SIZE).frame)
        labels = {name: torch.from_numpy(values).float()[None] for name, values in said.items()}
        embeddings = [embed_face(self.networks.recogniser(name), photograph, face) for name in self.encoders]
        return _Seen(labels, embeddings)

    def side_of(self, seen: _Seen, name: str) -> float:
        """How far beyond the labeller's threshold a face is: above 0 where it says the second class."""
        spec = PROBES[name]
        values = seen.labels[spec.label]
        if spec.evidence is not None:
            return float(spec.evidence(values))
        return float(spec.target(values)) - self.editor.record.medians[name]


@dataclass(frozen=True, eq=False)
class _Seen:
    """Labels (1, ...) by name, and embeddings (D,) by encoder."""

    labels: Mapping[str, Tensor]
    embeddings: Sequence[Tensor]

    def cosine(self, other: _Seen) -> float:
        pairs = zip(self.embeddings, other.embeddings, strict=True)
        return float(torch.stack([torch.cosine_similarity(one, two, dim=0) for one, two in pairs]).mean())


def judges_of(networks: Networks, editor: HandleEditor, taught_by: str) -> Judges:
    """Whoever can judge edits.

    Args:
        taught_by: the encoder that the translator learnt by; it says nothing.

    Raises:
        MissingNetwork: a labeller is not in the cache.
        UserError: no encoder is left.
    """
    labels = tuple(dict.fromkeys(PROBES[name].label for name in editor.record.elements))
    files = {network: catalogue.path(network) for network in networks_for(labels)}
    present = [name for name in present_encoders() if name != taught_by]
    # An encoder whose embeddings all lie to one side calls everybody alike.
    judging = tuple(name for name in present if networks.recogniser(name).spec.measure == "cosine")
    if not judging:
        raise UserError(f"edits are judged by other encoders than {taught_by}, and there are none: fetch them")
    return Judges(networks, editor, ChosenLabellers(labels, files, networks.device), judging)


@dataclass(frozen=True)
class _Edit:
    """One face's edits of one attribute: whether its answer changes at 4, and the cosines where it does, if it does."""

    flipped: bool
    cosine: float | None
    cosine_linear: float | None


def judge_edits(
    judges: Judges, faces: LabelledStyles, directions: Mapping[str, Direction], step: Step
) -> list[EditRow]:
    """Judge edits of each attribute, face by face.

    Args:
        directions: of the corpus, by label; attributes without one have no linear edits.
    """
    names = list(judges.editor.record.elements)
    found: dict[str, list[_Edit]] = {name: [] for name in names}
    for row in range(len(faces)):
        styles = faces.styles(torch.tensor([row]))
        before = judges.see(styles)
        for place, name in enumerate(names):
            step(row * len(names) + place, len(faces) * len(names))
            if before is not None:
                found[name].append(_judged(judges, styles, before, name, directions.get(PROBES[name].label)))
    return [_row(name, edits) for name, edits in found.items() if edits]


def _judged(judges: Judges, styles: Tensor, before: _Seen, name: str, direction: Direction | None) -> _Edit:
    side = judges.side_of(before, name)
    away = -1.0 if side > 0 else 1.0

    def handle(far: float) -> Tensor:
        return judges.editor.moved(styles, {name: away * far})

    def linear(far: float) -> Tensor:
        assert direction is not None
        return styles + away * far * direction.spread * direction.normal.to(styles)

    see = partial(_seen_along, judges, before, name)
    flipped, cosine = see(handle, HANDLES, to_the_end=True)
    cosine_linear = None if direction is None else see(linear, DISTANCES, to_the_end=False)[1]
    return _Edit(flipped, cosine, cosine_linear)


def _seen_along(
    judges: Judges,
    before: _Seen,
    name: str,
    at: Callable[[float], Tensor],
    places: Sequence[float],
    *,
    to_the_end: bool,
) -> tuple[bool, float | None]:
    """Whether the answer differs at the last place, and the cosine where it first changes, between two places."""
    side = judges.side_of(before, name)
    last, cosine, crossed, flipped = side, 1.0, None, False
    for far in places:
        seen = judges.see(at(far))
        if seen is None:  # nobody is there any more: that is no change of an attribute
            flipped = False
            if to_the_end:
                continue
            break
        now, now_cosine = judges.side_of(seen, name), before.cosine(seen)
        flipped = (now > 0) != (side > 0)
        if flipped and crossed is None:
            share = last / (last - now) if last != now else 1.0
            crossed = cosine + share * (now_cosine - cosine)
            if not to_the_end:
                break
        last, cosine = now, now_cosine
    return flipped, crossed


def _row(name: str, edits: Sequence[_Edit]) -> EditRow:
    pairs = [
        (one.cosine, one.cosine_linear) for one in edits if one.cosine is not None and one.cosine_linear is not None
    ]
    cosines = {}
    if pairs:
        both = torch.tensor(pairs, dtype=torch.float64)
        named = zip(
            ("cosine", "cosine_linear", "gained"), (both[:, 0], both[:, 1], both[:, 0] - both[:, 1]), strict=True
        )
        cosines = {key: mean_of(values) for key, values in named}
    return EditRow(
        attribute=name,
        faces=len(edits),
        flips=mean_of(torch.tensor([float(one.flipped) for one in edits], dtype=torch.float64)),
        paired=len(pairs),
        never=sum(one.cosine is None for one in edits),
        never_linear=sum(one.cosine_linear is None for one in edits),
        **cosines,
    )


def mean_of(values: Tensor) -> Estimate:
    """The mean of faces (N,), each a person of its own, with its interval."""
    ends = interval_of_people(torch.arange(len(values)), lambda rows: float(values[rows].mean()))
    value = float(values.mean())
    return Estimate(value=value) if ends is None else Estimate(value=value, low=ends[0], high=ends[1])
