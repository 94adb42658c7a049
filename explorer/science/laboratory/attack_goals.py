"""What an attack wants of an embedding: a person's vector or away from it, or a label of a softmax over people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from explorer.science.laboratory.attack_settings import AttackError
from explorer.science.recognition.base import Metric, similarity_or_distance
from explorer.science.recognition.impostors import sign_of

# So near to its largest value a similarity has hardly a gradient.
_FLAT = 1e-3


class Goal(Protocol):
    """What an attack wants of embeddings (B, D); every answer is of shape (B,)."""

    def score(self, embedding: Tensor) -> Tensor:
        """What is shown: a similarity, a distance or a probability."""

    def loss(self, embedding: Tensor) -> Tensor:
        """What FGSM and BIM lower."""

    def margin(self, embedding: Tensor) -> Tensor:
        """How much is missing to the goal, at most 0 where nothing is: f of Carlini and Wagner 2017, eq. 6, unclamped.

        Raises:
            AttackError: the goal has no threshold.
        """

    def reached(self, embedding: Tensor) -> Tensor:
        """(B,) bool: whether the goal is reached."""

    def flat(self, embedding: Tensor) -> Tensor:
        """(B,) bool: whether the loss has hardly a gradient there, so that an attack has to begin elsewhere."""


@dataclass(frozen=True, eq=False)
class SimilarityGoal:
    """Towards a vector until it passes the threshold, or away from a vector until it passes no longer.

    Args:
        reference: (D,) or (B, D) in the encoder's own space.
        measure: of the encoder.
        away: from the reference.
        threshold: in the encoder's measure; None where it is not known: then nothing is reached, and CW, whose
            objective it is in, cannot be used.

    Example:
        >>> import torch
        >>> from explorer.science.laboratory.attack_goals import SimilarityGoal
        >>> goal = SimilarityGoal(torch.tensor([1.0, 0.0]), "cosine", threshold=0.5)
        >>> seen = torch.tensor([[3.0, 4.0], [0.0, 1.0]])
        >>> goal.score(seen).tolist(), goal.reached(seen).tolist()
        ([0.6000000238418579, 0.0], [True, False])
    """

    reference: Tensor
    measure: Metric
    away: bool = False
    threshold: float | None = None

    def score(self, embedding: Tensor) -> Tensor:
        """The similarity or distance to the reference."""
        return similarity_or_distance(embedding, self.reference.to(embedding), self.measure)

    def loss(self, embedding: Tensor) -> Tensor:
        """The closeness to the reference, turned so that lower is better for the attack."""
        closeness = sign_of(self.measure) * self.score(embedding)
        return closeness if self.away else -closeness

    def margin(self, embedding: Tensor) -> Tensor:
        """How far the score is on the wrong side of the threshold, in the encoder's measure."""
        if self.threshold is None:
            raise AttackError(
                "CW attacks a similarity by its threshold, and this encoder has none: give a threshold, or attack by "
                "FGSM or BIM"
            )
        return self.loss(embedding) + sign_of(self.measure) * self.threshold * (-1 if self.away else 1)

    def reached(self, embedding: Tensor) -> Tensor:
        """Whether the score passes the threshold; away from a vector, whether it does not."""
        if self.threshold is None:
            return torch.zeros(len(embedding), dtype=torch.bool, device=embedding.device)
        score = self.score(embedding)
        passes = score >= self.threshold if self.measure == "cosine" else score <= self.threshold
        return ~passes if self.away else passes

    def flat(self, embedding: Tensor) -> Tensor:
        """Whether the attack is to leave the very vector that it stands on."""
        if not self.away:
            return torch.zeros(len(embedding), dtype=torch.bool, device=embedding.device)
        cosine = torch.cosine_similarity(embedding, self.reference.to(embedding), dim=-1)
        return cosine > 1 - _FLAT


@dataclass(frozen=True, eq=False)
class PeopleHead:
    """A softmax over people on top of an encoder: logits are cosines to the people's vectors over a temperature.

    Args:
        people: (P, D), a vector of each of at least two people.
        temperature: cosines are divided by it.

    Raises:
        AttackError: there are fewer than two people, or a vector has no direction.
    """

    people: Tensor
    temperature: float

    def __post_init__(self) -> None:
        if self.people.ndim != 2 or len(self.people) < 2:
            raise AttackError("a softmax needs two people at least: load another person, or attack the similarity")
        lengths = torch.linalg.vector_norm(self.people.float(), dim=1)
        if not bool(((lengths > 0) & lengths.isfinite()).all()):
            raise AttackError("a person's vector has no direction: leave that person out")

    def logits(self, embedding: Tensor) -> Tensor:
        """(B, D) to (B, P)."""
        directions = functional.normalize(self.people.to(embedding), dim=-1)
        return functional.normalize(embedding, dim=-1) @ directions.T / self.temperature

    def probabilities(self, embedding: Tensor) -> Tensor:
        """(B, D) to (B, P), each row adding up to 1: what stands above the pictures of figure 12."""
        return self.logits(embedding).softmax(-1)


@dataclass(frozen=True, eq=False)
class LabelGoal:
    """A label of a softmax over people: to be given it, or another one.

    Args:
        head: of the people. label: (B,) int64, or () for all alike.
        away: from the label.
    """

    head: PeopleHead
    label: Tensor
    away: bool = False

    def score(self, embedding: Tensor) -> Tensor:
        """The label's probability."""
        return self.head.probabilities(embedding).gather(1, self._labels(embedding)[:, None])[:, 0]

    def loss(self, embedding: Tensor) -> Tensor:
        """The cross-entropy of the label, turned where the attack goes away from it."""
        loss = functional.cross_entropy(self.head.logits(embedding), self._labels(embedding), reduction="none")
        return -loss if self.away else loss

    def margin(self, embedding: Tensor) -> Tensor:
        """The largest logit of another person less that of the label, or the reverse where it goes away."""
        logits, labels = self.head.logits(embedding), self._labels(embedding)[:, None]
        own = logits.gather(1, labels)[:, 0]
        other = logits.scatter(1, labels, -torch.inf).amax(1)
        return own - other if self.away else other - own

    def reached(self, embedding: Tensor) -> Tensor:
        """Whether the likeliest person is the label; away from it, whether somebody else is."""
        named = self.head.logits(embedding).argmax(1) == self._labels(embedding)
        return ~named if self.away else named

    def flat(self, embedding: Tensor) -> Tensor:
        """Nowhere: a softmax always prefers one person to another."""
        return torch.zeros(len(embedding), dtype=torch.bool, device=embedding.device)

    def _labels(self, embedding: Tensor) -> Tensor:
        return self.label.to(embedding.device).expand(len(embedding))
