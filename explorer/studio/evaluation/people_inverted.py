"""Photographs of known people, embedded by every encoder, and faces made from some of them.

What was made of a photograph lies in a folder of its own: the picture, the run's record, and its latent with what every
encoder sees of it. A call that finds them there makes nothing again; an encoder that came later sees the picture drawn
anew.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import Photograph
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.catalogue.networks import Networks
from explorer.studio.evaluation.people_seen import Seen, SeenBefore, encoder_key
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph
from explorer.studio.export.drawings import ImageSpec
from explorer.studio.files import atomic_write, fitting_name
from explorer.studio.inversion.export import DrawnRun, write_run
from explorer.studio.inversion.record import InversionRun, TargetRecord
from explorer.studio.inversion.running import FinishedInversion, InversionTarget, Inverting, draw, run_inversion
from explorer.studio.inversion.targets import photograph_target
from explorer.studio.outputs import whole_folder

RESULT, RUN, NUMBERS = "result.png", "run.json", "result.safetensors"
_LATENT = "latent"

# Within it the work on one photograph may fail; it names that one, and the others are done.
Guard = Callable[[str], AbstractContextManager[object]]
# Runs an inversion to its end.
Consume = Callable[[Inverting], FinishedInversion]


def title_of(one: SetPhotograph | EmbeddedPhotograph) -> str:
    """A photograph as it is called among all of its set."""
    return f"{one.person}/{one.name}"


def first_people(chosen: PhotographSet, count: int | None) -> PhotographSet:
    """The first people of a set with all their photographs; the whole of it where None."""
    wanted = set(chosen.people[:count])
    return replace(chosen, photographs=tuple(one for one in chosen.photographs if one.person in wanted))


@dataclass(frozen=True, eq=False)
class EmbeddedPhotograph:
    """A photograph as encoders see it: (D,) embeddings by encoder.

    target: what is inverted; None of a photograph that is only compared with.
    """

    person: str
    name: str
    embeddings: Mapping[str, Tensor]
    target: InversionTarget | None


@dataclass(frozen=True, eq=False)
class EmbeddedPeople:
    """The photographs of a set in which a face was found, in its order.

    several: how many of them show several faces.
    repeated: titles of those that show the very face of another one of the same person, left out.
    shared: titles of two that show the very same face, and are said to be of different people.
    """

    photographs: tuple[EmbeddedPhotograph, ...]
    several: int = 0
    repeated: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    def rows(self) -> list[int]:
        """Which photographs are to be inverted."""
        return [row for row, one in enumerate(self.photographs) if one.target is not None]


def embed_people(
    networks: Networks,
    chosen: PhotographSet,
    encoder: str,
    each: int,
    guard: Guard,
    step: Callable[[int, int], object] = lambda done, total: None,
    kept: Path | None = None,
) -> EmbeddedPeople:
    """Embed the most prominent face of every photograph of a set.

    Args:
        encoder: that is attacked. each: how many photographs of a person are to be inverted, the first ones that can.
        step: told how many photographs of how many are done.
        kept: a file of embeddings, for the next time: what is only compared with is not embedded again.

    Raises:
        MissingNetwork: a network is not in the cache.
    """
    found, several, repeated, shared = list[EmbeddedPhotograph](), 0, list[str](), list[str]()
    begun: Counter[str] = Counter()
    whose: dict[bytes, SetPhotograph] = {}
    before = SeenBefore(kept, encoder)
    for number, one in enumerate(chosen.photographs):
        step(number, len(chosen.photographs))
        with guard(title_of(one)):
            inverted = begun[one.person] < each
            seen, target = _look(networks, one, encoder, before, inverted)
            first = whose.setdefault(seen.embeddings[encoder].numpy().tobytes(), one)
            if first is not one and first.person == one.person:
                repeated.append(title_of(one))
                continue
            if first is not one:
                shared.append(f"{title_of(first)} and {title_of(one)}")
            several += seen.faces > 1
            begun[one.person] += 1
            found.append(EmbeddedPhotograph(one.person, one.name, seen.embeddings, target if inverted else None))
    before.save()
    step(len(chosen.photographs), len(chosen.photographs))
    return EmbeddedPeople(tuple(found), several, tuple(repeated), tuple(shared))


def _look(
    networks: Networks, one: SetPhotograph, encoder: str, before: SeenBefore, inverted: bool
) -> tuple[Seen, InversionTarget | None]:
    """What encoders see of a photograph; and the target, where it is to be inverted or was not seen before."""
    photograph = one.read()
    known = None if inverted else before.get(title_of(one), photograph)
    if known is not None:
        return known, None
    faces = networks.detector().detect(photograph.pixels)
    target = photograph_target(networks, photograph, choose_face(photograph, faces), encoder).target
    seen = Seen({encoder: target.embedding, **target.held_out}, len(faces))
    before.put(title_of(one), photograph, seen)
    return seen, target


@dataclass(frozen=True, eq=False)
class MadeFace:
    """A run and what every encoder sees of its result, (D,) each; empty where no face is found in it.

    before: whether it had been made before.
    """

    run: InversionRun
    embeddings: Mapping[str, Tensor]
    before: bool = False


def folder_of(out: Path, one: EmbeddedPhotograph) -> Path:
    """Where the face lies that is made from a photograph."""
    assert one.target is not None, f"{one.name} is not to be inverted"
    return (
        out / "people" / fitting_name(one.person) / fitting_name(_within(one.name), f"-{one.target.record.sha256[:8]}")
    )


def _within(name: str) -> str:
    """A photograph's name as one of a folder."""
    return name.replace("/", "%2F").replace("\\", "%5C")


def make_face(
    networks: Networks,
    target: InversionTarget,
    settings: InversionSettings,
    folder: Path,
    consume: Consume,
    mark: bool = True,
) -> MadeFace:
    """Invert a photograph, or take from its folder what was made of it before by the same settings.

    Args:
        folder: of this photograph; gets `result.png`, `run.json` and `result.safetensors`.
        mark: whether the picture says that it is a reconstruction.

    Raises:
        UserError: what is to guide the search cannot be had, or the folder cannot be written to.
    """
    known = _kept(networks, target, settings, folder)
    if known is not None:
        return known
    finished = consume(run_inversion(networks, target, settings))
    embeddings = seen_by(networks, finished.native, _encoders(target, settings))
    with whole_folder(folder):
        # Last comes what says that the rest is there, and whose it is.
        (folder / RUN).unlink(missing_ok=True)
        drawn = DrawnRun(finished.run, finished.latents, finished.native, target.frame)
        write_run(folder / RESULT, ImageSpec(mark=mark), networks, drawn)
        _keep_numbers(folder, finished.latent, embeddings)
        atomic_write(folder / RUN, finished.run.model_dump_json(indent=1).encode())
    return MadeFace(finished.run, embeddings)


def settings_of_faces(out: Path) -> Iterator[InversionSettings]:
    """By which settings the faces were made that lie in a folder of results; damaged records say nothing."""
    for path in sorted(out.glob(f"people/*/*/{RUN}")):
        with suppress(OSError, ValidationError):
            yield InversionRun.model_validate_json(path.read_bytes()).settings


def seen_by(networks: Networks, native: NDArray[np.uint8], encoders: Iterable[str]) -> dict[str, Tensor]:
    """What encoders see of a result, found again in its picture, (1024, 1024, 3) uint8: (D,) each, or nothing where it
    shows no face."""
    faces = networks.detector().detect(native)
    if not faces:
        return {}
    picture = Photograph(native, "result", "")
    return {encoder: embed_face(networks.recogniser(encoder), picture, faces[0]) for encoder in encoders}


def _encoders(target: InversionTarget, settings: InversionSettings) -> tuple[str, ...]:
    return (settings.encoder, *target.held_out)


def _kept(networks: Networks, target: InversionTarget, settings: InversionSettings, folder: Path) -> MadeFace | None:
    try:
        run = InversionRun.model_validate_json((folder / RUN).read_bytes())
        tensors = load_file(folder / NUMBERS)
    except (OSError, ValidationError, SafetensorError):
        return None
    if run.settings != settings or not is_of(run.target, target.record) or _LATENT not in tensors:
        return None
    if not run.result_face_found:
        return MadeFace(run, {}, before=True)
    encoders = _encoders(target, settings)
    embeddings = {encoder: tensors[encoder_key(encoder)] for encoder in encoders if encoder_key(encoder) in tensors}
    if len(embeddings) < len(encoders):
        embeddings = seen_by(networks, draw(networks, tensors[_LATENT], settings), encoders)
        _keep_numbers(folder, tensors[_LATENT], embeddings)
    return MadeFace(run, embeddings, before=True)


def is_of(kept: TargetRecord, wanted: TargetRecord) -> bool:
    """Whether a run was of this very face; its length tells pictures of one sheet apart."""
    same = (kept.name, kept.sha256, kept.encoder) == (wanted.name, wanted.sha256, wanted.encoder)
    return same and math.isclose(kept.norm, wanted.norm, rel_tol=1e-4)


def _keep_numbers(folder: Path, latent: Tensor, embeddings: Mapping[str, Tensor]) -> None:
    named = {encoder_key(encoder): embedding for encoder, embedding in embeddings.items()} | {_LATENT: latent}
    tensors = {name: tensor.detach().cpu().to(torch.float32).contiguous() for name, tensor in named.items()}
    atomic_write(folder / NUMBERS, encode(tensors))
