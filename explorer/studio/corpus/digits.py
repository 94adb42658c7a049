"""Handwritten digits: scikit-learn's own 1,797, or MNIST's four files in a folder of the user's (LeCun et al. 1998)."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from explorer.science.contents import open_file
from explorer.science.names import shown
from explorer.science.training.metric import LabelledPictures
from explorer.studio.errors import UserError

NAME, SIDE = "digits", 32
_PARTS = {"training": "train", "test": "t10k"}
_IMAGES, _LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"
_MNIST_SIDE, _MOST = 28, 70_000
# One in so many of scikit-learn's digits is kept for tests.
_HELD_OUT = 5


@dataclass(frozen=True, eq=False)
class Digits:
    """Pictures (N, 1, 32, 32) of ten digits, to learn from and to test with."""

    training: LabelledPictures
    test: LabelledPictures


def digits_of(source: str) -> Digits:
    """The digits of a source: the word `digits`, or a folder with MNIST's files, compressed or not.

    Raises:
        UserError: the folder lacks one of them, or one is none of MNIST's.
    """
    if source == NAME:
        return _of_scikit_learn()
    folder = Path(source)
    return Digits(*(_of_mnist(folder, part) for part in _PARTS))


def holds_mnist(folder: Path) -> bool:
    """Whether a folder has MNIST's training pictures."""
    return _file(folder, "training", _IMAGES) is not None


def _of_scikit_learn() -> Digits:
    from sklearn.datasets import load_digits

    read = load_digits()
    small = torch.from_numpy(read.images).float()[:, None] / 16
    large = F.interpolate(small, (SIDE, SIDE), mode="bilinear", align_corners=False)
    pictures, classes = (255 * large).round().byte(), torch.from_numpy(read.target).long()
    apart = torch.arange(len(classes)) % _HELD_OUT == _HELD_OUT - 1
    words = "scikit-learn's handwritten digits"
    return Digits(
        LabelledPictures(pictures[~apart], classes[~apart], f"{words}, four fifths"),
        LabelledPictures(pictures[apart], classes[apart], f"{words}, one fifth"),
    )


def _of_mnist(folder: Path, part: str) -> LabelledPictures:
    images, labels = _idx(folder, part, _IMAGES, 3), _idx(folder, part, _LABELS, 1)
    if images.shape[1:] != (_MNIST_SIDE, _MNIST_SIDE) or len(images) != len(labels) or labels.max(initial=0) > 9:
        raise UserError(f"{shown(folder)}: its {part} files do not fit each other, or are none of MNIST's")
    edge = (SIDE - _MNIST_SIDE) // 2
    framed = F.pad(torch.from_numpy(images)[:, None], (edge, edge, edge, edge))
    return LabelledPictures(framed, torch.from_numpy(labels).long(), f"MNIST's {part} digits")


def _file(folder: Path, part: str, kind: str) -> Path | None:
    names = (f"{_PARTS[part]}-{kind}", f"{_PARTS[part]}-{kind.replace('-idx', '.idx')}")
    files = (folder / f"{name}{end}" for name in names for end in ("", ".gz"))
    return next((file for file in files if file.is_file()), None)


def _idx(folder: Path, part: str, kind: str, axes: int) -> NDArray[np.uint8]:
    """An array of one of MNIST's files; no more is unpacked than its largest may hold."""
    file = _file(folder, part, kind)
    if file is None:
        raise UserError(f"{shown(folder)} holds no {_PARTS[part]}-{kind}: give a folder with MNIST's four files")
    most = 4 + 4 * axes + _MOST * (_MNIST_SIDE**2 if axes == 3 else 1)
    try:
        with open_file(file) as stream:
            data = (gzip.GzipFile(fileobj=stream) if file.suffix == ".gz" else stream).read(most + 1)
    except (OSError, EOFError) as error:
        raise UserError(f"{shown(file)} cannot be read, or is damaged") from error
    head = 4 + 4 * axes
    shape = tuple(int.from_bytes(data[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(axes))
    if data[:4] != bytes((0, 0, 8, axes)) or len(data) > most or len(data) - head != int(np.prod(shape)):
        raise UserError(f"{shown(file)} is none of MNIST's files: they hold bytes in the idx format")
    return np.frombuffer(data, np.uint8, offset=head).reshape(shape).copy()
