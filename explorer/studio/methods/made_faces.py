"""Every way from a vector back to a face that this program has, made to give one answer each: `WAYS`.

What stands for nothing but itself is here as well: the nearest face of the gallery, which any way has to beat.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.generation.registry import DEFAULT_GENERATOR
from explorer.science.generation.spec import Space
from explorer.science.inversion.refiner import Proposer
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import to_uint8
from explorer.science.registry import Registry
from explorer.science.training.gallery import GalleryRecipe
from explorer.studio.catalogue.decoders import decoder_file, load_decoder
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.refiners import find_proposer, refining
from explorer.studio.catalogue.regressors import find_regressor, proposing
from explorer.studio.catalogue.vec2face import load_vec2face, vec2face_file
from explorer.studio.inversion.running import InversionTarget, draw, run_inversion

# What lets a search begin with the regressor's answer, and with nothing else.
_ALONE: Mapping[str, object] = {"starts": 1, "contest": 0, "retry": 0.0, "regressor": True}
# At what side answers are drawn that the refiner is told of, as of a search's starts.
_TOLD = 256


@dataclass(frozen=True, eq=False)
class MadeFace:
    """A way's answer.

    picture: (R, R, 3) uint8 RGB. seconds: that it took, without loading and judging. queries: to an encoder that gives
    nothing but embeddings; 0 where the encoder was looked into, or asked nothing. steps: of a search.
    latent: (K,) or (L, K), from which a search can go on; None of a picture that has none.
    """

    picture: NDArray[np.uint8]
    seconds: float
    queries: int = 0
    steps: int = 0
    latent: Tensor | None = None


Making = Generator[object, None, MadeFace | None]


class Make(Protocol):
    """Begins to make a face of a target; the generator's events are those of the way, its result the face."""

    def __call__(
        self, networks: Networks, target: InversionTarget, settings: InversionSettings, should_stop: Callable[[], bool]
    ) -> Making:
        """None where it was stopped before there was a face."""
        ...


@dataclass(frozen=True)
class SearchStart:
    """How a search begins with a way's answer. changes: of its settings. decoded: whether starts are proposed that look
    most like the decoder's picture."""

    changes: Mapping[str, object] = field(default_factory=dict)
    decoded: bool = False


@dataclass(frozen=True)
class Way:
    """One way. source: the section or paper that it follows. lacks: what is missing for the encoder and the space of
    settings, as one line with what to do; empty where nothing is. search: how a search begins with its answer; None
    where none can."""

    name: str
    title: str
    source: str
    make: Make
    lacks: Callable[[Networks, InversionSettings], str]
    search: SearchStart | None = None


def _nearest(
    networks: Networks, target: InversionTarget, settings: InversionSettings, should_stop: Callable[[], bool]
) -> Making:
    known = networks.calibration(settings.encoder)
    assert known is not None, "`_lacks_gallery` was asked"
    begun = time.perf_counter()
    vectors = F.normalize(known.gallery.float(), dim=1)
    row = int((vectors @ F.normalize(target.embedding.cpu().float(), dim=0)).argmax())
    w = networks.generator(DEFAULT_GENERATOR).sample(1, GalleryRecipe().seed + row)[1][0].cpu()
    picture = _drawn_from_w(networks, w, settings)
    yield from ()
    return MadeFace(picture, time.perf_counter() - begun, latent=w)


def _decoded(
    networks: Networks, target: InversionTarget, settings: InversionSettings, should_stop: Callable[[], bool]
) -> Making:
    decoder, _ = load_decoder(settings.encoder)
    begun = time.perf_counter()
    with torch.no_grad():
        picture = to_uint8(decoder.picture(target.embedding.cpu()))
    yield from ()
    return MadeFace(picture, time.perf_counter() - begun)


def _generated(
    networks: Networks, target: InversionTarget, settings: InversionSettings, should_stop: Callable[[], bool]
) -> Making:
    generator, _ = load_vec2face(settings.encoder)
    begun = time.perf_counter()
    with torch.no_grad():
        picture = to_uint8(generator.picture(target.embedding.cpu()))
    yield from ()
    return MadeFace(picture, time.perf_counter() - begun)


def _regressed(
    networks: Networks, target: InversionTarget, settings: InversionSettings, should_stop: Callable[[], bool]
) -> Making:
    proposer = find_regressor(settings.encoder, "W")
    assert proposer is not None, "`_lacks_regressor` was asked"
    yield from ()
    return _answered(networks, target, settings, proposer)


def _refined(
    networks: Networks, target: InversionTarget, settings: InversionSettings, should_stop: Callable[[], bool]
) -> Making:
    proposer = find_proposer(networks, settings.encoder, "W", _TOLD)
    assert proposer is not None, "`_lacks_refiner` was asked"
    yield from ()
    return _answered(networks, target, settings, proposer)


def _searched(
    networks: Networks, target: InversionTarget, settings: InversionSettings, should_stop: Callable[[], bool]
) -> Making:
    finished = yield from run_inversion(networks, target, settings, should_stop=should_stop)
    if finished is None:
        return None
    run = finished.run
    return MadeFace(finished.native, run.seconds, steps=len(run.steps), latent=finished.latent)


def _searched_from_answer(
    networks: Networks, target: InversionTarget, settings: InversionSettings, should_stop: Callable[[], bool]
) -> Making:
    return (yield from _searched(networks, target, settings.model_copy(update=dict(_ALONE)), should_stop))


def _answered(networks: Networks, target: InversionTarget, settings: InversionSettings, proposer: Proposer) -> MadeFace:
    begun = time.perf_counter()
    w = proposer.propose(target.embedding, 1, settings.seed)[0].cpu()
    picture = _drawn_from_w(networks, w, settings)
    return MadeFace(picture, time.perf_counter() - begun, latent=w)


def _drawn_from_w(networks: Networks, w: Tensor, settings: InversionSettings) -> NDArray[np.uint8]:
    space: Space = "W+" if w.ndim == 2 else "W"
    return draw(networks, w, settings.model_copy(update={"space": space, "generator": DEFAULT_GENERATOR}))


def _lacks_nothing(networks: Networks, settings: InversionSettings) -> str:
    return ""


def _lacks_gallery(networks: Networks, settings: InversionSettings) -> str:
    known = networks.calibration(settings.encoder)
    if known is not None and len(known.gallery) == GalleryRecipe().faces:
        return ""
    return f"the gallery has no faces of {settings.encoder}: `likeness train gallery --encoder {settings.encoder}`"


def _lacks_decoder(networks: Networks, settings: InversionSettings) -> str:
    if decoder_file(settings.encoder).exists():
        return ""
    return f"no decoder for {settings.encoder}: `likeness train decoder --encoder {settings.encoder}`"


def _lacks_generator(networks: Networks, settings: InversionSettings) -> str:
    if vec2face_file(settings.encoder).exists():
        return ""
    return f"no generator from vectors of {settings.encoder}: `likeness train vec2face --encoder {settings.encoder}`"


def _lacks_regressor(networks: Networks, settings: InversionSettings) -> str:
    if proposing(settings.encoder, "W") is not None:
        return ""
    return f"no regressor for {settings.encoder}: `likeness train regressor --encoder {settings.encoder}`"


def _lacks_refiner(networks: Networks, settings: InversionSettings) -> str:
    if proposing(settings.encoder, "W") is not None and refining(settings.encoder, "W") is not None:
        return ""
    return f"no refiner for {settings.encoder}: `likeness train refiner --encoder {settings.encoder}`"


_FROM_ANSWER = SearchStart(_ALONE)

WAYS: Registry[Way] = Registry(
    "inversion way",
    (
        Way("nearest", "Nearest known", "looked up, nothing is made", _nearest, _lacks_gallery),
        Way("decode", "Decoder", "Deep Face Decoder section 3", _decoded, _lacks_decoder, SearchStart(decoded=True)),
        Way("vec2face", "Vec2Face", "Vec2Face-v2 section III-B", _generated, _lacks_generator),
        Way("regress", "Regressor", "thesis section 4.2.1", _regressed, _lacks_regressor, _FROM_ANSWER),
        Way("refine", "Refiner", "thesis section 4.2.1, in passes", _refined, _lacks_refiner, _FROM_ANSWER),
        Way("answer", "From the answer", "thesis section 4.2.1", _searched_from_answer, _lacks_regressor, _FROM_ANSWER),
        Way("optimise", "Search", "thesis section 4.2, ID2image section 4", _searched, _lacks_nothing, SearchStart()),
    ),
    attrgetter("name"),
)
