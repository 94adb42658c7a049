"""Embeddings without an attribute: a network that takes them apart into who it is and what is to be hidden.

As PFRNet does (Bortolato et al., Learning privacy-enhancing face representations through feature disentanglement, IEEE
FG 2020; Deep Face Decoder, section 4.5), an autoencoder has two latent parts: the dependent part is to tell the
attribute, and the independent part not to. The parts are swapped with means over the classes: what is handed out has
the mean of all classes in its dependent part. Here both ways are residual: a new network hands embeddings through, so
that a training on generated faces leaves photographs who they are as far as hiding the attribute lets it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.errors import LikenessError

Part = Literal["independent", "dependent"]
OVERALL = "overall"


class ModificationError(LikenessError, ValueError):
    """A modification that is not possible; the message says why."""


class Parts(NamedTuple):
    """independent: (B, D) who it is. dependent: (B, A) the attribute."""

    independent: Tensor
    dependent: Tensor


class Disentangler(nn.Module):
    """Takes embeddings apart and puts them together again.

    Args:
        dimension: D of the embeddings. classes: C of the attribute. dependent: A, numbers of its part.
        hidden: width of the hidden layers.

    Attributes:
        independent_means, dependent_means: (C + 1, D), (C + 1, A) of the parts over the classes of the training faces,
            and over all classes last.
        length: of what is handed out; embeddings of one length do not tell by it.
    """

    independent_means: Tensor
    dependent_means: Tensor
    length: Tensor

    def __init__(self, dimension: int, classes: int, dependent: int = 16, hidden: int = 512) -> None:
        super().__init__()
        self.classes = classes
        self.independent = _layers(dimension, hidden, dimension)
        self.dependent = _layers(dimension, hidden, dependent)
        self.decoder = _layers(dimension + dependent, hidden, dimension)
        self.told = nn.Linear(dependent, classes)
        for layers in (self.independent, self.decoder):
            for values in layers[-1].parameters():
                nn.init.zeros_(values)
        self.register_buffer("independent_means", torch.zeros(classes + 1, dimension))
        self.register_buffer("dependent_means", torch.zeros(classes + 1, dependent))
        self.register_buffer("length", torch.ones(()))

    def parts(self, embeddings: Tensor) -> Parts:
        """Take embeddings (B, D), of any length, apart."""
        directions = F.normalize(embeddings, dim=-1)
        return Parts(directions + self.independent(directions), self.dependent(directions))

    def joined(self, parts: Parts) -> Tensor:
        """Put parts together: (B, D) of length 1."""
        independent, dependent = parts
        return F.normalize(independent + self.decoder(torch.cat([independent, dependent], -1)), dim=-1)

    def forward(self, embeddings: Tensor) -> Tensor:
        """What is handed out of embeddings (B, D): with the dependent part and the length of everybody."""
        return self.swapped(embeddings, "dependent") * self.length

    def swapped(self, embeddings: Tensor, part: Part, number: int | None = None) -> Tensor:
        """Embeddings (B, D) with the mean of a class in the place of a part (figure 17): (B, D) of length 1.

        Args:
            number: of the class; over all classes where None.

        Raises:
            ModificationError: there is no such class.
        """
        if number is not None and not 0 <= number < self.classes:
            raise ModificationError(f"the attribute has {self.classes} classes, counted from 0: there is no {number}")
        place = self.classes if number is None else number
        independent, dependent = self.parts(embeddings)
        if part == "independent":
            independent = self.independent_means[place].expand_as(independent)
        else:
            dependent = self.dependent_means[place].expand_as(dependent)
        return self.joined(Parts(independent, dependent))

    @torch.no_grad()
    def take_means(self, embeddings: Tensor, classes: Tensor) -> None:
        """Take the means of both parts, and the length, from training faces (N, D) of classes (N,).

        All classes weigh the same in the mean over all.
        """
        independent, dependent = self.parts(embeddings)
        for means, values in ((self.independent_means, independent), (self.dependent_means, dependent)):
            each = torch.stack([values[classes == number].mean(0) for number in range(self.classes)])
            means.copy_(torch.cat([each, each.mean(0, keepdim=True)]))
        self.length.copy_(embeddings.norm(dim=-1).mean())


def variants(model: Disentangler, embeddings: Tensor, names: tuple[str, ...]) -> dict[str, Tensor]:
    """The rows of figure 17 (b to h), by what they are: (B, D) each, of length 1.

    Args:
        names: of the classes.
    """
    with torch.no_grad():
        made = {"as taken apart": model.joined(model.parts(embeddings))}
        parts: tuple[Part, ...] = ("dependent", "independent")
        for part in parts:
            for number, name in (*enumerate(names), (None, OVERALL)):
                made[f"{part} part: {name}"] = model.swapped(embeddings, part, number)
        return made


def _layers(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, hidden),
        nn.LeakyReLU(0.1),
        nn.Linear(hidden, hidden),
        nn.LeakyReLU(0.1),
        nn.Linear(hidden, outputs),
    )
