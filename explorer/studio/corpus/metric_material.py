"""What a bijective metric learns from and is measured on: digits, drawn people, or aligned faces of photographs."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.faces.alignment import ARCFACE_112, align
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import FaceError
from explorer.science.training.metric import LabelledPictures
from explorer.studio.catalogue.networks import Networks
from explorer.studio.corpus.digits import NAME as DIGITS
from explorer.studio.corpus.digits import digits_of, holds_mnist
from explorer.studio.corpus.posed_material import TRAINING_SEED, UNSEEN_SEED, Step, drawn_people
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.openpeople import NAME as OPENPEOPLE
from explorer.studio.evaluation.openpeople import portrait_set
from explorer.studio.evaluation.photograph_sets import PhotographSet
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.places import private_folder

DRAWN = "people"
# Red, green and blue as brightness (ITU-R BT.601).
_GREY = (0.299, 0.587, 0.114)
_FEWEST = 2


def metric_material(
    source: str, side: int, channels: int, work: Path, people: int, pictures: int, step: Step, *, unseen: bool
) -> LabelledPictures:
    """The pictures of a source.

    Args:
        source: digits; people, drawn; openpeople; orl; a folder with MNIST's files, or with one for each person.
        side: of the pictures. channels: 1 for grey ones, 3 for colours.
        work: where drawn people are kept. people, pictures: how many are drawn, and of each.
        unseen: whether they are to judge: of digits those kept for tests, of drawn people others.

    Raises:
        UserError: no two classes are left; the digits are of another size.
    """
    if source == DIGITS or holds_mnist(Path(source)):
        digits = digits_of(source)
        found = digits.test if unseen else digits.training
        if found.pictures.shape[1:] != (channels, side, side):
            raise UserError(f"{source}: digits are grey, at {found.pictures.shape[-1]} px: give --side and --channels")
        return found
    if source == DRAWN:
        seed = UNSEEN_SEED if unseen else TRAINING_SEED
        drawn = drawn_people(load_morphable_model(), seed, people, pictures, side, private_folder(work), step)
        return LabelledPictures(
            _coloured(drawn.faces.pictures.permute(0, 3, 1, 2), channels), drawn.faces.people, drawn.words
        )
    chosen = portrait_set() if source == OPENPEOPLE else photograph_set(source)
    return _aligned(chosen, Networks("cpu").detector(), side, channels, step)


@torch.no_grad()
def _aligned(photographs: PhotographSet, detector: Detector, side: int, channels: int, step: Step) -> LabelledPictures:
    """The main face of each photograph as recognisers are shown it, at another size; those without one are left out."""
    pictures, people = list[Tensor](), list[int]()
    for done, one in enumerate(photographs.photographs, 1):
        try:
            photograph = one.read()
            face = choose_face(photograph, detector.detect(photograph.pixels))
            image = torch.from_numpy(photograph.pixels).permute(2, 0, 1)[None].float() / 255
            points = torch.from_numpy(face.points)[None].float()
            aligned = align(image, points, ARCFACE_112)
        except FaceError:
            continue
        finally:
            step(done, len(photographs.photographs))
        sized = F.interpolate(aligned, (side, side), mode="bilinear", antialias=True, align_corners=False)
        pictures.append(_coloured((255 * sized.clamp(0, 1)).round().byte(), channels)[0])
        people.append(photographs.people.index(one.person))
    if len(set(people)) < _FEWEST:
        raise UserError(f"{photographs.name}: no two people with a usable face are found")
    words = f"{len(pictures)} photographs of {len(set(people))} people of {photographs.name}, aligned, at {side} px"
    return LabelledPictures(torch.stack(pictures), torch.tensor(people), words)


def _coloured(pictures: Tensor, channels: int) -> Tensor:
    """Pictures (N, 3, S, S) uint8 in their colours, or grey: (N, 1, S, S)."""
    if channels == pictures.shape[1]:
        return pictures.contiguous()
    grey = torch.einsum("nchw,c->nhw", pictures.float(), torch.tensor(_GREY))
    return grey.round().clamp(0, 255).byte()[:, None]
