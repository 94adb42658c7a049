"""Styles of W+ with whose they are: of listed people, whose styles are known, or told of photographs by an encoder."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import FaceError
from explorer.science.generation.generator import Generator
from explorer.science.training.halves import IdentifiedStyles
from explorer.science.training.photoreal_edits import STEP, moved
from explorer.science.training.photoreal_people import styles_of_person
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.photograph_encoders import load_photograph_encoder
from explorer.studio.errors import UserError
from explorer.studio.evaluation.photograph_sets import PhotographSet
from explorer.studio.inversion.photograph_start import frame_image
from explorer.studio.populations.list_file import PeopleList

Step = Callable[[int, int], None]
_FRAME = 512
UNSEEN = 5
"""Every fifth person of a list judges, and is learnt from by nobody."""


@torch.no_grad()
def listed_styles(
    listed: PeopleList, generator: Generator, *, unseen: bool, people: int | None = None, pictures: int | None = None
) -> IdentifiedStyles:
    """The styles of listed people's pictures, without lamp and camera, which are nothing of W+.

    Args:
        unseen: those who judge, or those who are learnt from. people, pictures: at most so many, and of each.

    Raises:
        UserError: fewer than two of them have two pictures.
    """
    places = [place for place in range(len(listed)) if (place % UNSEEN == UNSEEN - 1) == unseen]
    styles, whose = list[torch.Tensor](), list[int]()
    count = 0
    for place in places:
        numbers = listed.numbers(place, pictures or listed.codes.shape[1])
        if len(numbers) < 2:
            continue
        own = styles_of_person(generator, int(listed.seeds[place]), listed.psi)
        for number in numbers:
            strengths = (listed.codes[place, number].astype(np.float64) * STEP).tolist()
            styles.append(moved(own, listed.edits, strengths).cpu())
        whose += [count] * len(numbers)
        count += 1
        if count == people:
            break
    if count < 2:
        raise UserError("the list has fewer than two such people with two pictures each: make a longer one")
    words = f"{len(whose)} pictures of {count} listed people, " + (
        "who are not learnt from" if unseen else "learnt from"
    )
    return IdentifiedStyles(torch.cat(styles), torch.tensor(whose), words)


@torch.no_grad()
def photographed_styles(photographs: PhotographSet, networks: Networks, step: Step) -> IdentifiedStyles:
    """What the encoder into W+ answers to each photograph's main face; photographs without one are left out.

    Raises:
        UserError: no such encoder was trained, or fewer than two people have two photographs with a face.
    """
    encoder, _ = load_photograph_encoder()
    detector = networks.detector()
    found = dict[str, list[torch.Tensor]]()
    for done, one in enumerate(photographs.photographs, 1):
        try:
            photograph = one.read()
            face = choose_face(photograph, detector.detect(photograph.pixels))
            picture = frame_image(crop_frame(photograph, face, _FRAME).frame)[0]
            found.setdefault(one.person, []).append(encoder.answer(picture)[None])
        except FaceError:
            continue
        finally:
            step(done, len(photographs.photographs))
    several = [answers for answers in found.values() if len(answers) > 1]
    if len(several) < 2:
        raise UserError(f"{photographs.name}: fewer than two people have two photographs with a usable face")
    whose = [number for number, answers in enumerate(several) for _ in answers]
    words = f"{len(whose)} photographs of {len(several)} people of {photographs.name}, as the encoder into W+ sees them"
    return IdentifiedStyles(torch.cat([one for answers in several for one in answers]), torch.tensor(whose), words)
