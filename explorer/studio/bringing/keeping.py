"""Measure a network that was tried under the convention that was chosen, and keep it as an encoder of the user's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.evaluation.score import GENERATED
from explorer.science.evaluation.separation import Separation, separation
from explorer.science.evaluation.strangers import impostor_rates
from explorer.science.faces.detection import Detector
from explorer.science.generation.generator import Generator
from explorer.science.inversion.step import to_uint8
from explorer.science.names import name_of
from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.base import EncoderSpec
from explorer.science.recognition.imported import InputConvention
from explorer.science.recognition.imported.framing import template_of
from explorer.science.recognition.impostors import ImpostorRates
from explorer.science.recognition.score_reference import ScoreReference
from explorer.science.remarks import remark
from explorer.science.training.gallery import GalleryRecipe
from explorer.studio.bringing.card import card_text
from explorer.studio.bringing.faces import CutFace, FacesOfPeople, Stop, Tell, cut, inputs
from explorer.studio.bringing.sealed import SealedNetwork
from explorer.studio.bringing.tried import Naming, TriedNetwork
from explorer.studio.bringing.trying import refuse_if_it_tells_nobody
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.catalogue.brought_encoders import (
    EncoderCard,
    Input,
    Population,
    checked_licence,
    checked_name,
    keep_encoder,
    name_for,
)
from explorer.studio.catalogue.impostors import encode_impostors
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import Cancelled, UserError

# So many generated faces are embedded that FMR 1e-3 among them is told by 30 pairs.
GALLERY_FACES = 260
FMR = 1e-3
# Lengths of photographs that were not looked at may lie so far beyond those that were.
_BEYOND = 1.25
_SETTLED = 8


@dataclass(frozen=True, eq=False)
class Drawing:
    """What draws generated faces and finds them. faces: how many samples are drawn."""

    generator: Generator
    detector: Detector
    faces: int = GALLERY_FACES


def drawing(networks: Networks) -> Drawing | None:
    """What draws the gallery; None, which is remarked on, where the generator is not here."""
    try:
        return Drawing(networks.generator(), networks.detector())
    except MissingNetwork as error:
        remark(f"no generated faces are embedded, and no verdicts given: {error}")
        return None


def checked(naming: Naming, path: Path) -> tuple[str, str]:
    """The name and the licence of a network, before time is spent on it.

    Raises:
        UserError: one of them is none, the name is taken, or the makers' threshold is no number.
    """
    if naming.threshold is not None and not math.isfinite(naming.threshold):
        raise UserError(f"{naming.threshold} is no threshold: give a number, or leave it out")
    name = naming.name if naming.name is not None else name_for(path.name)
    return checked_name(name), checked_licence(naming.licence)


def keep_network(
    tried: TriedNetwork,
    convention: InputConvention,
    naming: Naming,
    sets: Sequence[FacesOfPeople],
    drawn: Drawing | None = None,
    tell: Tell = lambda said, done, total: None,
    should_stop: Stop = lambda: False,
) -> EncoderCard:
    """Measure a network on sets of people and on generated faces, keep it, and register it as an encoder.

    Args:
        convention: how it wants its faces.
        sets: the first decides whether it is an encoder at all.
        drawn: draws the gallery; no verdict at FMR 1e-3 among generated faces is given where None.

    Raises:
        UserError: the name or the licence is none, or it cannot be kept.
        NetworkFileError: under that convention the same person is no nearer than others, or the file has changed.
        Cancelled: `should_stop` became true. OSError: the file cannot be read.
    """
    name, licence = checked(naming, tried.path)
    with _again(tried, should_stop) as network:
        measured = [_on_people(network, convention, one, tell) for one in sets]
        refuse_if_it_tells_nobody(name_of(tried.path), measured[0].separation, sets[0].name)
        gallery = None if drawn is None else _gallery(network, convention, drawn, tell, should_stop)
    tell("keeping it", 0, 0)
    populations, threshold, on = _thresholds(name, convention, measured, gallery)
    about, files = tried.description, [tried.path.parent / file for file in tried.description.files]
    vectors = torch.cat([one.vectors for one in measured] + ([] if gallery is None else [gallery]))
    card = EncoderCard(
        id=name,
        architecture=about.architecture,
        file_format=about.file_format,
        layer=about.layer,
        dimension=about.dimension,
        input=Input(**asdict(convention)),
        proposed=convention == tried.proposed.convention,
        lengths=_lengths(vectors),
        populations=populations,
        threshold=threshold,
        threshold_on=on,
        own_threshold=naming.threshold,
        licence=licence,
        commercial=naming.commercial,
        source=name_of(tried.path),
        files=about.files,
        sha256=about.sha256,
        size=sum(file.stat().st_size for file in files),
    )
    rates = {one.name: {name: one.rates} for one in measured}
    data = {"impostors": encode_impostors(rates, {name: card.computes})}
    if gallery is not None:
        data["gallery"] = encode({name: gallery.half().contiguous()})
    return keep_encoder(card, card_text(card, tried, sets), files, data)


@dataclass(frozen=True, eq=False)
class _Measured:
    """What was measured on the faces of a set."""

    name: str
    vectors: Tensor
    separation: Separation
    rates: ImpostorRates


@contextmanager
def _again(tried: TriedNetwork, should_stop: Stop) -> Iterator[SealedNetwork]:
    """The network once more, which must be what was tried."""
    with SealedNetwork(tried.path, tried.layer, should_stop) as network:
        if network.description.sha256 != tried.description.sha256:
            raise NetworkFileError(f"{name_of(tried.path)} has changed since it was tried: import it again")
        yield network


def _on_people(network: SealedNetwork, convention: InputConvention, faces: FacesOfPeople, tell: Tell) -> _Measured:
    vectors = _embedded(network, convention, faces.faces, f"measuring on {faces.name}", tell)
    return _Measured(
        faces.name,
        vectors,
        separation(vectors, faces.people, convention.measure),
        impostor_rates(vectors, faces.people, convention.measure),
    )


def _embedded(
    network: SealedNetwork, convention: InputConvention, faces: Sequence[CutFace], said: str, tell: Tell
) -> Tensor:
    found = []
    for done in range(0, len(faces), _SETTLED):
        tell(said, done, len(faces))
        found.append(network.embed(inputs(faces[done : done + _SETTLED], convention), convention))
    return torch.cat(found)


@torch.no_grad()
def _gallery(
    network: SealedNetwork, convention: InputConvention, drawn: Drawing, tell: Tell, should_stop: Stop
) -> Tensor:
    """The embeddings (N, D) of generated faces, those of the program's own gallery, as far as they are drawn."""
    found = []
    for done in range(drawn.faces):
        if should_stop():
            raise Cancelled
        tell("measuring on generated faces", done, drawn.faces)
        w = drawn.generator.sample(1, GalleryRecipe.seed + done)[1]
        pixels = to_uint8(drawn.generator.image(drawn.generator.styles(w, "W"))[0])
        faces = drawn.detector.detect(pixels)
        if faces:
            found.append(network.embed(inputs([cut(pixels, faces[0])], convention), convention))
    return torch.cat(found)


def _thresholds(
    name: str, convention: InputConvention, measured: Sequence[_Measured], gallery: Tensor | None
) -> tuple[tuple[Population, ...], float | None, str]:
    """What was measured on each population, and the threshold at FMR 1e-3 with the words that say on whom: on generated
    faces, as the program's own, or else on the first set whose pairs can tell it."""
    populations = [_population(one) for one in measured]
    if gallery is not None and len(gallery) > 1:
        spec = _bare_spec(name, convention, gallery.shape[1])
        reference = ScoreReference(spec, gallery.half())
        populations.append(
            Population(
                name=GENERATED,
                people=len(gallery),
                photographs=len(gallery),
                pairs=reference.pairs,
                auc=None,
                low=None,
                high=None,
                threshold=reference.threshold,
            )
        )
    telling = next((one for one in reversed(populations) if one.threshold is not None), None)
    if telling is None:
        return tuple(populations), None, ""
    on = f"{telling.photographs} pictures of {telling.people} people ({telling.name}), {telling.pairs:,} pairs"
    return tuple(populations), telling.threshold, on


def _population(one: _Measured) -> Population:
    found, rates = one.separation, one.rates
    return Population(
        name=one.name,
        people=rates.people,
        photographs=rates.photographs,
        pairs=rates.pairs,
        auc=found.auc,
        low=found.low,
        high=found.high,
        threshold=rates.threshold(FMR),
    )


def _bare_spec(name: str, convention: InputConvention, dimension: int) -> EncoderSpec:
    template = template_of(convention)
    return EncoderSpec(name, name, name, dimension, template, convention.measure, None, "", False)


def _lengths(vectors: Tensor) -> tuple[float, float]:
    lengths = torch.linalg.vector_norm(vectors, dim=1)
    return round(float(lengths.min()) / _BEYOND, 4), round(float(lengths.max()) * _BEYOND, 4)
