"""Train the probes of an encoder on a corpus, keeping each as it is finished, and judge them on photographs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from torch import Tensor

from explorer.science.evaluation.leakage import JudgedSet, measure
from explorer.science.leakage.fitted import FittedProbe, ProbeFileError, decode_probes, encode_probes
from explorer.science.leakage.probes import PROBES, ProbeSpec
from explorer.science.training.dataset import Dataset
from explorer.science.training.loop import CPU, Compute
from explorer.science.training.probes import ProbeRecipe, train_probe
from explorer.studio.catalogue.networks import known_encoder
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.files import atomic_write
from explorer.studio.places import private_folder


def work_folder(
    corpus: CorpusFolder, data: Dataset, recipe: ProbeRecipe, differing: Mapping[str, Tensor] | None = None
) -> Path:
    """Where the finished probes of a recipe are kept: beside the corpus, apart for each size of it.

    Args:
        differing: by encoder, as `train_encoder` takes it of one.
    """
    settings = {kind: recipe.candidates(kind) for kind in {spec.kind for spec in PROBES.values()}}
    about = {kind: {name: asdict(one) for name, one in candidates.items()} for kind, candidates in settings.items()}
    key = json.dumps([corpus.recipe, len(data), recipe.seed, about], sort_keys=True)
    digest = hashlib.sha256(key.encode() + _digest(differing or {})).hexdigest()[:12]
    return private_folder(corpus.folder / "probes" / f"{recipe.preset}-{digest}")


def _digest(differing: Mapping[str, Tensor]) -> bytes:
    return b"".join(name.encode() + differing[name].numpy().tobytes() for name in sorted(differing))


def train_encoder(
    work: Path,
    data: Dataset,
    encoder: str,
    recipe: ProbeRecipe,
    compute: Compute = CPU,
    differing: Tensor | None = None,
    wanted: Collection[str] = PROBES,
) -> Iterator[FittedProbe]:
    """Train every probe whose labels the corpus has; those that are already there are read.

    Args:
        differing: as `train_probe`.
        wanted: only these probes.

    Raises:
        ValueError: as `train_probe`.
    """
    for name, spec in PROBES.items():
        if name in wanted and spec.label in data.labels:
            file = work / f"{encoder}-{name}.safetensors"
            fitted = _kept(file, encoder, spec)
            if fitted is None:
                made = train_probe(data, encoder, spec, recipe, compute, differing)
                atomic_write(file, encode_probes(encoder, known_encoder(encoder).dimension, {name: made}))
                # As it comes back from its file, so that a resumed training hands out the same.
                fitted = decode_probes(file.read_bytes(), encoder)[name]
            yield fitted


def _kept(file: Path, encoder: str, spec: ProbeSpec) -> FittedProbe | None:
    try:
        return decode_probes(file.read_bytes(), encoder)[spec.name]
    except (FileNotFoundError, ProbeFileError, KeyError):
        return None


def judged_on(judged: JudgedSet, encoder: str, probes: Mapping[str, FittedProbe]) -> dict[str, FittedProbe]:
    """The probes with what they reach on photographs in their records."""
    found = {}
    for name, fitted in probes.items():
        truth = judged.truths.get(name)
        portraits = () if truth is None else measure(fitted, judged.embeddings[encoder], truth, judged.people)
        found[name] = FittedProbe(fitted.probe, fitted.record.model_copy(update={"portraits": portraits}))
    return found
