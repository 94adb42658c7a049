"""How near the inversion of photographs themselves comes: of unseen generated faces and of photographs by person.

LPIPS over AlexNet and VGG16 is taken at 256 px between the photograph's face in the common frame and the result as it
is saved; cosines by encoders that took no part, of the saved result, detected and aligned again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from explorer.science.evaluation.people import interval_of_people
from explorer.science.evaluation.same_person import Estimate
from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import Face, FaceError, Photograph
from explorer.science.generation.registry import DEFAULT_GENERATOR
from explorer.science.inversion.photograph_encoder import PhotographEncoder
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.sizing import sized
from explorer.science.inversion.step import to_uint8
from explorer.science.training.style_faces import UNSEEN_SEED
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.evaluation.photograph_sets import PhotographSet
from explorer.studio.inversion.photograph_start import frame_image
from explorer.studio.inversion.running import FinishedInversion, Inverting, draw, run_inversion
from explorer.studio.inversion.targets import OpenedTarget, photograph_target

Step = Callable[[int, int], None]
Consume = Callable[[Inverting], FinishedInversion]
GENERATED = "generated"
ALEX, VGG, COSINE, FACES_FOUND, SECONDS = "LPIPS (AlexNet)", "LPIPS (VGG16)", "held-out cosine", "face found", "seconds"
_SIDE = 256


@dataclass(frozen=True, eq=False)
class JudgedFace:
    """A face with its person's number; the values of each way by measure, those of encoders under their names."""

    person: int
    ways: Mapping[str, Mapping[str, float]]


class WplusTable(BaseModel):
    """What a set came to: by way, one pass and after the steps, and by measure, every person counting alike.

    begun_from: "photograph" where the encoder answered, "mean" where there is none. steps: of descent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    set: str
    faces: int
    people: int
    begun_from: str
    steps: int
    ways: dict[str, dict[str, Estimate]]
    credit: str = ""


def generated_faces(networks: Networks, count: int) -> Iterator[tuple[int, Photograph, Face]]:
    """Unseen faces of the generator as photographs, by number; such as show no face are left out."""
    generator, detector = networks.generator(DEFAULT_GENERATOR), networks.detector()
    for number in range(count):
        _, w = generator.sample(1, UNSEEN_SEED + number)
        with torch.no_grad():
            pixels = to_uint8(generator.image(generator.styles(w, "W"))[0])
        found = detector.detect(pixels)
        if found:
            yield number, Photograph(pixels, f"face {number}", "0" * 64, generated=True), found[0]


def faces_of(networks: Networks, photographs: PhotographSet, most: int) -> Iterator[tuple[int, Photograph, Face]]:
    """The most prominent face of photographs of a set, spread over it; those without a usable one are left out."""
    numbers = {person: number for number, person in enumerate(photographs.people)}
    every = photographs.photographs
    chosen = every if len(every) <= most else [every[place * len(every) // most] for place in range(most)]
    for one in chosen:
        try:
            photograph = one.read()
            face = choose_face(photograph, networks.detector().detect(photograph.pixels))
        except FaceError:
            continue
        yield numbers[one.person], photograph, face


def judge_by_descent(
    networks: Networks,
    faces: Iterator[tuple[int, Photograph, Face]],
    settings: InversionSettings,
    consume: Consume,
    file: Path | None = None,
) -> Iterator[tuple[JudgedFace, str]]:
    """Invert each face and judge its answer in one pass, and the result; with where each began.

    Args:
        file: of the encoder into W+; the program's if None.
    """
    for person, photograph, face in faces:
        opened = photograph_target(networks, photograph, face, settings.encoder)
        finished = consume(run_inversion(networks, opened.target, settings, wplus_encoder=file))
        began = time.perf_counter()
        first = draw(networks, finished.latents[0], settings)
        drawing = time.perf_counter() - began
        ways = {
            "one pass": judged(networks, opened, first, settings.encoder),
            f"{settings.steps} steps": judged(networks, opened, finished.native, settings.encoder),
        }
        ways["one pass"][SECONDS] = finished.run.steps[0].seconds + drawing
        ways[f"{settings.steps} steps"][SECONDS] = finished.run.seconds + drawing
        yield JudgedFace(person, ways), finished.run.begun_from


@torch.no_grad()
def judged(networks: Networks, opened: OpenedTarget, native: NDArray[np.uint8], encoder: str) -> dict[str, float]:
    """What one result comes to. encoder: that took part, and therefore says nothing."""
    if opened.frame is None:
        raise UserError("a bare embedding has no picture to compare with")
    wanted, made = (sized(frame_image(one), _SIDE).to(networks.device) for one in (opened.frame, native))
    values = {
        ALEX: float(networks.lpips("alex")(made, wanted)),
        VGG: float(networks.lpips("vgg")(made, wanted)),
    }
    found = networks.detector().detect(native)
    values[FACES_FOUND] = float(bool(found))
    if not found:
        return values
    result = Photograph(native, "result", "")
    cosines = {
        name: float(torch.cosine_similarity(embed_face(networks.recogniser(name), result, found[0]), known, dim=0))
        for name, known in opened.target.held_out.items()
        if name != encoder
    }
    # An encoder whose embeddings all lie to one side calls everybody alike.
    telling = [value for name, value in cosines.items() if networks.recogniser(name).spec.measure == "cosine"]
    return values | cosines | ({COSINE: sum(telling) / len(telling)} if telling else {})


def table_of(name: str, faces: Sequence[JudgedFace], begun: str, steps: int, credit: str = "") -> WplusTable:
    """The means of a set with intervals by person.

    Raises:
        UserError: there are no faces.
    """
    if not faces:
        raise UserError(f"no usable face is found in {name}: give other photographs")
    people = torch.tensor([one.person for one in faces])
    ways: dict[str, dict[str, Estimate]] = {}
    for way in faces[0].ways:
        measures = dict.fromkeys(measure for one in faces for measure in one.ways[way])
        ways[way] = {
            measure: _estimate(torch.tensor([one.ways[way].get(measure, np.nan) for one in faces]), people)
            for measure in measures
        }
    count = len(people.unique())
    return WplusTable(set=name, faces=len(faces), people=count, begun_from=begun, steps=steps, ways=ways, credit=credit)


def _estimate(values: Tensor, people: Tensor) -> Estimate:
    """The mean over people of what is known of each."""
    known = values.isfinite()
    values, people = values[known].double(), people[known]
    # Each photograph weighs the less the more there are of its person; a person drawn twice counts twice.
    weights = 1 / (people[:, None] == people).sum(1).double()

    def mean_of(rows: Tensor) -> float:
        return float((values[rows] * weights[rows]).sum() / weights[rows].sum())

    value = mean_of(torch.arange(len(values)))
    ends = interval_of_people(people, mean_of)
    return Estimate(value=value) if ends is None else Estimate(value=value, low=ends[0], high=ends[1])


def unseen_scores(networks: Networks, encoder: PhotographEncoder, count: int, step: Step) -> dict[str, Estimate]:
    """What an encoder's answers come to in one pass on unseen generated faces, by measure."""
    generator, taken = networks.generator(DEFAULT_GENERATOR), "arcface-mbf"
    faces = list[JudgedFace]()
    for number, photograph, face in generated_faces(networks, count):
        step(number, count)
        opened = photograph_target(networks, photograph, face, taken)
        if opened.frame is None:
            continue
        latent = encoder.answer(frame_image(opened.frame)[0]).to(networks.device)
        with torch.no_grad():
            native = to_uint8(generator.image(generator.styles(latent[None], "W+"))[0])
        faces.append(JudgedFace(number, {"one pass": judged(networks, opened, native, taken)}))
    ways = table_of(GENERATED, faces, "photograph", 0).ways["one pass"]
    return {f"{name}, one pass, {len(faces)} unseen faces": value for name, value in ways.items()}
