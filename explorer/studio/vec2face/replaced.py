"""Replaced-pair verification (Vec2Face-v2, tables II and III), and how varied results are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from explorer.science.evaluation.accepting import Pairs
from explorer.science.evaluation.class_diversity import class_diversity
from explorer.science.evaluation.feature_networks import ClassScores
from explorer.science.evaluation.pictures import MULTI_SCALE_SIDE, multi_scale_similarity
from explorer.science.evaluation.replaced_pairs import replaced_first, verification_accuracy
from explorer.science.evaluation.same_person import Estimate
from explorer.science.inversion.objective import usual_points
from explorer.science.recognition.base import similarity_or_distance
from explorer.science.recognition.impostors import sign_of
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.vec2face.material import Step, VectorMaterial

REAL, DECODER = "real", "decoder"
_FOLDS, _AT_ONCE = 10, 16
SIMILAR_PAIRS = 2000
"""Random pairs of results between which MS-SSIM is taken."""
# Vectors (B, D) to pictures (B, 3, S, S) in [0, 1].
Draw = Callable[[Tensor], Tensor]


class ReplacedRow(BaseModel):
    """What one way back comes to.

    accuracy: by matcher. without_face: of the `drawn` results in which none is found, and which so pass nowhere.
    similarity: MS-SSIM between random pairs of results, the less the more varied; diversity: of classes, by network.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    accuracy: dict[str, Estimate]
    drawn: int = 0
    without_face: int = 0
    similarity: float | None = None
    diversity: dict[str, float] = {}


class ReplacedTable(BaseModel):
    """A set's rows, "real" first. encoder: whose vectors were drawn; `genuine` pairs and `others` by `protocol`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    set: str
    encoder: str
    protocol: str
    faces: int
    people: int
    genuine: int
    others: int
    rows: list[ReplacedRow]
    credit: str = ""


@dataclass(frozen=True, eq=False)
class PairedFaces:
    """Faces with vectors, and which are compared. names: of people, by their numbers. listed: whether in an order of
    the set's own, by which folds go; else they go by person."""

    name: str
    material: VectorMaterial
    pairs: Pairs
    protocol: str
    listed: bool
    credit: str = ""

    @property
    def folds(self) -> Tensor:
        """(K,), ten where there are as many people."""
        count = len(self.pairs.first)
        if self.listed:
            return torch.arange(count) * _FOLDS // count
        return self.material.people[self.pairs.first] % _FOLDS


def replaced_table(
    faces: PairedFaces,
    encoder: str,
    matchers: Sequence[str],
    ways: Mapping[str, Draw],
    networks: Networks,
    classes: Mapping[str, ClassScores],
    step: Step,
    similar: int = SIMILAR_PAIRS,
) -> ReplacedTable:
    """Verify with one picture of each genuine pair replaced by what its vector is drawn as, for each way back.

    Args:
        encoder: whose vectors are drawn. matchers: encoders that verify. classes: networks by name, for diversity.
        similar: between how many random pairs of results MS-SSIM is taken.
    """
    pairs, material = faces.pairs, faces.material
    first = torch.zeros(len(pairs.first), dtype=torch.bool)
    first[pairs.same] = replaced_first(pairs.genuine)
    rows = torch.where(first, pairs.first, pairs.second)[pairs.same].unique()
    found = [
        ReplacedRow(
            name=REAL,
            accuracy=_accuracies(faces, matchers, None, first),
            **varied(_real(material, rows), classes, similar),
        )
    ]
    for number, (name, draw) in enumerate(ways.items()):
        results = _results(draw, material, encoder, matchers, rows, networks)
        found.append(
            ReplacedRow(
                name=name,
                accuracy=_accuracies(faces, matchers, results, first),
                drawn=len(rows),
                without_face=len(rows) - int(results.found.sum()),
                **varied(results.pictures, classes, similar),
            )
        )
        step(number + 1, len(ways))
    return ReplacedTable(
        set=faces.name,
        encoder=encoder,
        protocol=faces.protocol,
        faces=len(material),
        people=len(material.people.unique()),
        genuine=pairs.genuine,
        others=pairs.impostors,
        rows=found,
        credit=faces.credit,
    )


@dataclass(frozen=True, eq=False)
class _Results:
    """What was drawn of some rows: pictures (M, 3, S, S), whether a face is found in each, and vectors (N, D) by
    matcher, of all rows, nan where there is none."""

    pictures: Tensor
    found: Tensor
    vectors: Mapping[str, Tensor]


@torch.no_grad()
def _results(
    draw: Draw, material: VectorMaterial, encoder: str, matchers: Sequence[str], rows: Tensor, networks: Networks
) -> _Results:
    pictures, there = list[Tensor](), list[Tensor]()
    vectors = {name: torch.full_like(material.vectors[name], torch.nan) for name in matchers}
    for some in rows.split(_AT_ONCE):
        # As a picture is saved, and found again.
        drawn = draw(material.vectors[encoder][some]).cpu().mul(255).round().div(255)
        points, found = networks.detector().points_in_frame(drawn.to(networks.device))
        usual = usual_points(drawn.shape[-1]).to(points)
        points = torch.where(found[:, None, None], points, usual)
        for name in matchers:
            said = networks.recogniser(name).embed(drawn.to(points), points).cpu().float()
            vectors[name][some] = torch.where(found.cpu()[:, None], said, torch.nan)
        pictures.append(drawn)
        there.append(found.cpu())
    return _Results(torch.cat(pictures), torch.cat(there), vectors)


def _accuracies(
    faces: PairedFaces, matchers: Sequence[str], results: _Results | None, first: Tensor
) -> dict[str, Estimate]:
    pairs, people = faces.pairs, faces.material.people[faces.pairs.first]
    found = dict[str, Estimate]()
    for name in matchers:
        measure, own = known_encoder(name).measure, faces.material.vectors[name]
        scores = pairs.scores(own, own, measure)
        if results is not None:
            same, drawn = pairs.same, results.vectors[name]
            replaced = torch.where(first, pairs.first, pairs.second)[same]
            kept = torch.where(first, pairs.second, pairs.first)[same]
            scores[same] = similarity_or_distance(drawn[replaced], own[kept], measure)
        closeness = torch.where(scores.isfinite(), sign_of(measure) * scores, -torch.inf)
        found[name] = verification_accuracy(closeness, pairs.same, people, faces.folds)
    return found


def _real(material: VectorMaterial, rows: Tensor) -> Tensor:
    return material.pictures[rows].permute(0, 3, 1, 2).float() / 255


@torch.no_grad()
def varied(pictures: Tensor, classes: Mapping[str, ClassScores], pairs: int) -> dict[str, object]:
    """How alike results (M, 3, S, S) are: fields of a row.

    MS-SSIM is taken at 176 px, which smaller pictures are enlarged to: five scales do not fit them.
    """
    if len(pictures) < 2:
        return {}
    random = torch.Generator().manual_seed(0)
    one = torch.randint(len(pictures), (pairs,), generator=random)
    other = (one + torch.randint(1, len(pictures), (pairs,), generator=random)) % len(pictures)
    found = [
        multi_scale_similarity(_sized(pictures[a]), _sized(pictures[b]))
        for a, b in zip(one.split(_AT_ONCE), other.split(_AT_ONCE), strict=True)
    ]
    diversity = {
        name: class_diversity(torch.cat([network(some) for some in pictures.split(_AT_ONCE)]))
        for name, network in classes.items()
    }
    return {"similarity": float(torch.cat(found).mean()), "diversity": diversity}


def _sized(pictures: Tensor) -> Tensor:
    side = MULTI_SCALE_SIDE
    return F.interpolate(pictures, (side, side), mode="bilinear", antialias=True, align_corners=False)


def table_text(table: ReplacedTable) -> str:
    """A table in aligned columns."""
    matchers = list(table.rows[0].accuracy)
    width = max(len(row.name) for row in table.rows) + 2
    lines = [
        f"{table.set}: {table.faces} faces of {table.people} people, vectors of {table.encoder}; {table.protocol}: "
        f"{table.genuine:,} of one person, {table.others:,} others",
        f"  {'accuracy':<{width}}" + "".join(f"{name:>26}" for name in matchers) + f"{'MS-SSIM':>9}",
    ]
    for row in table.rows:
        told = "".join(f"{_words(row.accuracy[name]):>26}" for name in matchers)
        similar = "–" if row.similarity is None else f"{row.similarity:.3f}"
        varied_by = "".join(f"  {network} {value:.2f}" for network, value in row.diversity.items())
        unseen = f"  no face in {row.without_face} of {row.drawn}" if row.without_face else ""
        lines.append(f"  {row.name:<{width}}{told}{similar:>9}{varied_by}{unseen}")
    lines.append("  of each pair of one person one picture is replaced; in brackets 95 % by person; chance is 0.5")
    return "\n".join([*lines, *([f"  {table.credit}."] if table.credit else [])])


def _words(estimate: Estimate) -> str:
    interval = "" if estimate.low is None else f" [{100 * estimate.low:.1f}, {100 * (estimate.high or 0):.1f}]"
    return f"{100 * estimate.value:.1f} %{interval}"
