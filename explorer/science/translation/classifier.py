"""The classifier H: from a picture of a face to a number for each attribute (DIFFUSE 5.3.2).

A ResNet-18 whose answers are drawn to -1 and 1 by squared errors. It learns from the corpus's classes or CelebA's, and
teaches the translator; labellers only judge.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from pydantic import BaseModel, ConfigDict, Field
from safetensors.torch import load
from torch import Tensor, nn

from explorer.science.errors import LikenessError
from explorer.science.inversion.sizing import sized
from explorer.science.networks.compact import dequantise, quantise_int8
from explorer.science.networks.described import described_bytes, read_header, refusing
from explorer.science.networks.residual import resnet18
from explorer.science.translation.settings import ClassifierSettings

_FORMAT = "likeness-attribute-classifier/1"


class ClassifierFileError(LikenessError, ValueError):
    """A classifier's file that cannot be used; the message says why."""


class EpochRecord(BaseModel):
    """Accuracy on held-out pictures behind an epoch, by attribute, both classes counting alike (figure 8)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epoch: int
    accuracy: dict[str, float]


class ClassifierRecord(BaseModel):
    """What is known of a classifier besides its weights.

    trained_on: pictures; held_out: those behind the accuracies. data: what they are, in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: ClassifierSettings
    attributes: tuple[str, ...] = Field(min_length=1, max_length=16)
    trained_on: int = 0
    held_out: int = 0
    data: str = ""
    epochs: tuple[EpochRecord, ...] = ()


class AttributeClassifier(nn.Module):
    """H: pictures (B, 3, S, S) in [0, 1], of any side, to (B, A).

    Args:
        attributes: how many. seen: side of what the network sees, in pixels.

    Example:
        >>> import torch
        >>> from explorer.science.translation.classifier import AttributeClassifier
        >>> AttributeClassifier(2, seen=32).eval()(torch.rand(3, 3, 64, 64)).shape
        torch.Size([3, 2])
    """

    def __init__(self, attributes: int, seen: int) -> None:
        super().__init__()
        self.seen = seen
        self.layers = resnet18(attributes)

    def forward(self, pictures: Tensor) -> Tensor:
        """What it says: about -1 to 1 for each attribute."""
        answers: Tensor = self.layers(4 * sized(pictures, self.seen) - 2)
        return answers


def balanced_accuracy(answers: Tensor, signs: Tensor, names: Sequence[str]) -> dict[str, float]:
    """The share of right answers (N, A), the mean of an attribute's classes; without attributes of one class."""
    found = {}
    for place, name in enumerate(names):
        right = (answers[:, place] > 0) == (signs[:, place] > 0)
        classes = [right[signs[:, place] == sign].double() for sign in (-1, 1)]
        if all(map(len, classes)):
            found[name] = float(torch.stack([one.mean() for one in classes]).mean())
    return found


def encode_classifier(classifier: AttributeClassifier, record: ClassifierRecord) -> bytes:
    """A classifier as the bytes of a safetensors file, matrices and kernels as signed bytes."""
    weights = {name: values for name, values in classifier.state_dict().items() if values.is_floating_point()}
    return described_bytes(_FORMAT, record, quantise_int8(weights))


def decode_classifier(data: bytes) -> tuple[AttributeClassifier, ClassifierRecord]:
    """The classifier of a file, ready to be used.

    Raises:
        ClassifierFileError: it is no such file, damaged, or of another version.
    """
    with refusing(ClassifierFileError, "the attribute classifier is damaged, or none: train it again"):
        header = read_header(data)
        if header.format != _FORMAT:
            raise ClassifierFileError(f"the file holds {header.format!r}: train the classifier again")
        record = header.record_as(ClassifierRecord)
        classifier = AttributeClassifier(len(record.attributes), record.settings.seen)
        weights = dequantise(load(data))
        expected = {name for name, values in classifier.state_dict().items() if values.is_floating_point()}
        if set(weights) != expected:
            raise KeyError("weights")
        classifier.load_state_dict(weights, strict=False)  # batches that were counted are of no use
    return classifier.eval().requires_grad_(False), record
