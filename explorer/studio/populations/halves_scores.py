"""What identity halves are worth: who is told by which half, and whose face a mixed one is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from explorer.science.evaluation.people import interval_of_people
from explorer.science.evaluation.separation import SeparationError, separation
from explorer.science.inversion.step import to_uint8
from explorer.science.training.halves import IdentifiedStyles
from explorer.science.training.photoreal_people import PhotorealModels, check
from explorer.science.translation.halves import flat, identity_half, mixed, other_half
from explorer.science.translation.network import Translator
from explorer.studio.corpus.metric_scores import Told
from explorer.studio.errors import UserError

SIDE = 256
PAIRS = 100
_CHUNK = 8
# Directions in which a half is looked at once it is learnt from, and how far what differs within people is levelled.
_LOOKED, _LEVEL = 64, 0.01


class MixedIdentity(BaseModel):
    """auc: the share of comparisons in which a mixed face is nearer to whom its identity half is of than to whom the
    rest is of, over all pairs; low, high: 95 % by person."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    auc: float
    low: float
    high: float


class HalvesScores(BaseModel):
    """How people are told apart, as of `Separation`.

    styles: by W+ as it is. identity, other: by the halves. other_learnt: by the other half, once it was learnt on half
    of the people what differs within them, asked of the others. encoders: by embeddings of the drawn faces. mixed: by
    encoder, of `pairs` mixed faces that show one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    words: str
    pictures: int
    people: int
    styles: Told
    identity: Told
    other: Told
    other_learnt: Told
    encoders: dict[str, Told]
    pairs: int
    mixed: dict[str, MixedIdentity]


def halves_scores(
    name: str, translator: Translator, judged: IdentifiedStyles, models: PhotorealModels, pairs: int = PAIRS
) -> HalvesScores:
    """Judge halves on people whom nothing was learnt from.

    Args:
        models: draw faces, find and embed them; no encoder took part in the training.

    Raises:
        UserError: there are too few people, or hardly a drawn face is found.
    """
    if judged.count < 2:
        raise UserError(f"{name}: all pictures show one person: give those of several")
    with torch.no_grad():
        structured = torch.cat([translator(some) for some in judged.styles.split(64)])
    vectors = {
        "styles": flat(judged.styles - judged.styles.mean(0)),
        "identity": flat(identity_half(structured)),
        "other": flat(other_half(structured)),
    }
    seen = embedded(models, judged.styles)
    identity, rest = pairs_of(judged.people, pairs)
    made = embedded(models, mixed(translator, judged.styles[identity], judged.styles[rest]))
    try:
        told = {which: _told(rows, judged.people) for which, rows in vectors.items()}
        learnt = told_once_learnt(vectors["other"], judged.people)
        by_encoder = {encoder: _told(*_there(rows, judged.people)) for encoder, rows in seen.items()}
    except SeparationError as error:
        raise UserError(f"{name}: {error}") from error
    mixes = {
        encoder: nearer(made[encoder], rows[identity], rows[rest], judged.people[identity])
        for encoder, rows in seen.items()
    }
    return HalvesScores(
        name=name,
        words=judged.words,
        pictures=len(judged.people),
        people=judged.count,
        other_learnt=learnt,
        encoders=by_encoder,
        pairs=int(next(iter(made.values())).isfinite().all(1).sum()) if made else 0,
        mixed={encoder: one for encoder, one in mixes.items() if one is not None},
        **told,
    )


@torch.no_grad()
def embedded(models: PhotorealModels, styles: Tensor) -> Mapping[str, Tensor]:
    """The faces of styles (N, L, K) by every encoder of the models, (N, D) of length 1; nan where no face is found."""
    found: dict[str, list[Tensor | None]] = {encoder: [] for encoder in models.checkers}
    for some in styles.split(_CHUNK):
        pictures = [to_uint8(one) for one in models.draw(some, SIDE)]
        for face in check(models, pictures):
            for encoder, rows in found.items():
                rows.append(None if face is None else face.embeddings[encoder])
    return {encoder: _stacked(rows, len(styles)) for encoder, rows in found.items()}


def pairs_of(people: Tensor, count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Rows of pictures of two people each, (P,) and (P,): whose identity, and whose rest."""
    random = torch.Generator().manual_seed(seed)
    one, other = (torch.randint(len(people), (4 * count,), generator=random) for _ in range(2))
    apart = people[one] != people[other]
    return one[apart][:count], other[apart][:count]


def nearer(made: Tensor, identity: Tensor, rest: Tensor, whose: Tensor) -> MixedIdentity | None:
    """Whose faces mixed ones are, by embeddings (P, D) of length 1; None where there is none.

    Args:
        whose: (P,) the person of the identity's half: by whom the interval is.
    """
    there = (made + identity + rest).isfinite().all(1)
    if not bool(there.any()):
        return None
    to_identity, to_rest = ((made * one).sum(1)[there] for one in (identity, rest))

    def area(rows: Tensor) -> float:
        one, other = to_identity[rows][:, None], to_rest[rows][None]
        return float(((one > other).double() + 0.5 * (one == other).double()).mean())

    value = area(torch.arange(len(to_identity)))
    low, high = interval_of_people(whose[there], area) or (0.0, 1.0)
    return MixedIdentity(auc=value, low=min(low, value), high=max(high, value))


def told_once_learnt(vectors: Tensor, people: Tensor) -> Told:
    """What tells people apart once what differs within others is levelled: learnt on half of the people, asked of the
    other half, then the other way round; the mean of both, as are the interval's ends."""
    sides = [people % 2 == side for side in (0, 1)]
    told = [
        _told(levelled(vectors[known], people[known], vectors[asked]), people[asked])
        for known, asked in (sides, sides[::-1])
    ]
    return Told(**{name: sum(getattr(one, name) for one in told) / len(told) for name in Told.model_fields})


def levelled(known: Tensor, people: Tensor, asked: Tensor) -> Tensor:
    """Vectors (M, D) in the directions in which known ones (N, D) vary, each divided by its spread within people."""
    centre = known.mean(0)
    directions = torch.linalg.svd(known - centre, full_matrices=False).Vh[:_LOOKED]
    rows = (known - centre) @ directions.T
    whose = people.unique(return_inverse=True)[1]
    means = torch.zeros(int(whose.max()) + 1, rows.shape[1]).index_add(0, whose, rows)
    means = means / torch.bincount(whose)[:, None]
    apart = rows - means[whose]
    within = apart.T @ apart / max(1, len(rows) - len(means))
    values, axes = torch.linalg.eigh(within.double())
    values = values.clamp_min(0) + _LEVEL * values.mean().clamp_min(1e-12)
    return F.normalize((((asked - centre) @ directions.T).double() @ axes) / values.sqrt(), dim=1).float()


def scores_text(scores: HalvesScores) -> str:
    """The scores as lines."""
    rows = {
        "W+ as it is": scores.styles,
        "identity half": scores.identity,
        "other half": scores.other,
        "other half, learnt": scores.other_learnt,
        **scores.encoders,
    }
    lines = [f"{scores.name}: {scores.words}", f"  {'who is told by':<22} {'AUC':>22}  {'apart':>6}"]
    lines += [
        f"  {name:<22} {one.auc:.3f} [{one.low:.3f}, {one.high:.3f}]  {one.apart:6.2f}" for name, one in rows.items()
    ]
    lines.append(f"  {scores.pairs} mixed faces: nearer to whom the identity half is of than to whom the rest is of")
    lines += [f"  {name:<22} {one.auc:.3f} [{one.low:.3f}, {one.high:.3f}]" for name, one in scores.mixed.items()]
    return "\n".join(lines)


def _told(vectors: Tensor, people: Tensor) -> Told:
    found = separation(vectors, people, "cosine")
    return Told(auc=found.auc, low=found.low, high=found.high, apart=found.apart)


def _there(rows: Tensor, people: Tensor) -> tuple[Tensor, Tensor]:
    there = rows.isfinite().all(1)
    return rows[there], people[there]


def _stacked(rows: Sequence[Tensor | None], count: int) -> Tensor:
    size = next((len(one) for one in rows if one is not None), 1)
    none = torch.full((size,), float("nan"))
    return torch.stack([none if one is None else one for one in rows]).reshape(count, size)
