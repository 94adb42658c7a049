"""What a training by identity makes its targets of: embeddings of generated faces, and of a folder of photographs.

Both are kept in the work folder, which its owner alone can enter: they take longer to make than to read. People that
judge take no part: whatever passes as one of them is left out of the photographs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.faces.reading import read_file
from explorer.science.faces.walking import PassedOver, photographs_in
from explorer.science.inversion.drawing import Drawing
from explorer.science.names import name_of, shown
from explorer.science.recognition.score_reference import score_matrix
from explorer.science.training.identity_targets import Photographed
from explorer.science.training.regressor_identity import FACES_SEED, generated_embeddings
from explorer.studio.catalogue.networks import Networks
from explorer.studio.corpus.reading import corpus_words, read_dataset
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.errors import UserError
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph
from explorer.studio.evaluation.strangers import embed_set
from explorer.studio.files import atomic_write

# Told how many of how many are done.
Step = Callable[[int, int], None]
# Faces are drawn at this size: a good deal faster than at 512 px, and an encoder sees nearly the same.
MATERIAL_RESOLUTION = 256
_EVERY = 200


@dataclass(frozen=True, eq=False)
class Material:
    """Embeddings (N, D), and in words where they come from."""

    embeddings: Tensor
    words: str


def generated_material(work: Path, drawing: Drawing, encoder: str, faces: int, step: Step) -> Material:
    """Embeddings of generated faces: those of the corpus in a folder that its probes may learn from, or new ones.

    An interrupted call goes on behind the last faces that it kept.

    Args:
        drawing: at `MATERIAL_RESOLUTION`. faces: how many new ones.

    Raises:
        UserError: the corpus has no embeddings of the encoder, or is one of photographs.
    """
    if (work / "recipe.json").exists():
        corpus = CorpusFolder(work)
        data = read_dataset(corpus)
        if encoder not in data.first or data.w is None:
            raise UserError(f"{work} holds no generated faces with embeddings of {encoder}: choose another folder")
        rows = data.rows("train")
        return Material(data.first[encoder][rows], corpus_words(corpus, len(rows), int(data.edited[rows].sum())))
    kept = work / f"faces-{encoder}-{FACES_SEED}-{MATERIAL_RESOLUTION}.safetensors"
    found = _read(kept, torch.empty(0, drawing.recogniser.spec.dimension))[:faces]
    parts, done = [found], len(found)
    for part in generated_embeddings(drawing, faces, done):
        parts.append(part)
        done += len(part)
        step(done, faces)
        if done % _EVERY < len(part) or done == faces:
            _keep(kept, torch.cat(parts))
    words = f"{faces} generated faces drawn at {MATERIAL_RESOLUTION} px, seeds {FACES_SEED:,} on"
    return Material(torch.cat(parts), f"{words}; no photograph of anybody")


def photographed(
    networks: Networks, folder: Path, encoder: str, judges: Tensor, work: Path, step: Step
) -> Photographed:
    """Embeddings of the photographs of a folder, or of a corpus of photographs in it, without people that judge.

    A folder in the folder is a person; a photograph beside them is a person of its own.

    Args:
        judges: (J, D) embeddings of people that judge: whatever passes as one of them at FMR 1e-3 is left out.

    Raises:
        UserError: there is no such folder, or nothing in it can be learnt from.
    """
    if (folder / "recipe.json").exists():
        data = read_dataset(CorpusFolder(folder))
        if encoder not in data.first or data.w is not None:
            raise UserError(f"{folder} holds no photographs with embeddings of {encoder}: choose another folder")
        rows = data.rows("train")
        found = Photographed(data.first[encoder][rows].float(), data.base[rows])
    else:
        found = _embedded(networks, folder, encoder, work, step)
    kept = ~passing_as_judges(networks, encoder, found.embeddings, judges)
    if not kept.any():
        raise UserError(f"{shown(folder)} shows nobody but people that judge: give photographs of others")
    return Photographed(found.embeddings[kept], found.people[kept])


def photographs_of(folder: Path) -> PhotographSet:
    """All photographs of a folder.

    Raises:
        UserError: there is no such folder, or no photograph in it.
    """
    if not folder.is_dir():
        raise UserError(f"there is no folder {shown(folder)}: give a folder of photographs")
    found = []
    for path in photographs_in(folder, PassedOver()):
        person, *inner = path.relative_to(folder).parts
        name = "/".join(inner) or person
        found.append(SetPhotograph(shown(person), shown(name), partial(read_file, path)))
    if not found:
        raise UserError(f"{shown(folder)} holds no photographs: give a folder that does")
    return PhotographSet(name_of(folder.absolute()), tuple(found))


def _embedded(networks: Networks, folder: Path, encoder: str, work: Path, step: Step) -> Photographed:
    """The most prominent face of each photograph of a folder; kept for as long as no file of it changes."""
    photographs = photographs_of(folder)
    kept = work / f"photographs-{encoder}-{_digest(folder)}.safetensors"
    try:
        tensors = load_file(kept)
        return Photographed(tensors["embeddings"], tensors["people"])
    except (OSError, SafetensorError, KeyError):
        seen = embed_set(photographs, [encoder], networks, step)
    atomic_write(kept, encode({"embeddings": seen.embeddings[encoder].contiguous(), "people": seen.people}))
    return Photographed(seen.embeddings[encoder], seen.people)


def _digest(folder: Path) -> str:
    """Of names, sizes and times of the photographs of a folder."""
    files = [(str(path.relative_to(folder)), path.stat()) for path in photographs_in(folder, PassedOver())]
    about = json.dumps([[name, known.st_size, known.st_mtime_ns] for name, known in files])
    return hashlib.sha256(about.encode(errors="surrogateescape")).hexdigest()[:12]


def passing_as_judges(networks: Networks, encoder: str, embeddings: Tensor, judges: Tensor) -> Tensor:
    """(M,) which photographs, by their embeddings (M, D), pass at FMR 1e-3 as a person that judges.

    Args:
        judges: (J, D) embeddings of such people.

    Raises:
        UserError: the encoder has no gallery, by which that is known.
    """
    calibration = networks.calibration(encoder)
    if calibration is None:
        raise UserError(f"{encoder} has no gallery: make it with `likeness train gallery --encoder {encoder}`")
    scores = score_matrix(embeddings.float(), judges.float(), calibration.measure)
    passing = [any(map(calibration.passes, of_one)) for of_one in scores.tolist()]
    return torch.tensor(passing)


def _read(kept: Path, otherwise: Tensor) -> Tensor:
    try:
        return load_file(kept)["embeddings"]
    except (OSError, SafetensorError, KeyError):
        return otherwise


def _keep(kept: Path, embeddings: Tensor) -> None:
    atomic_write(kept, encode({"embeddings": embeddings.contiguous()}))
