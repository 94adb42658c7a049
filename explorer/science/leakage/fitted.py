"""A fitted probe: its network, how its answers are calibrated, and what is known of it; and files of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from pydantic import BaseModel, ConfigDict
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from explorer.science.errors import LikenessError
from explorer.science.leakage.calibration import ProbabilityCalibrator
from explorer.science.leakage.probes import PROBES, Architecture, Probe, ProbeSpec
from explorer.science.leakage.readout import MetricValue
from explorer.science.networks.compact import dequantise, quantise_int8

_FORMAT = "likeness-probes/1"
# A class that fewer of the calibration faces have is never named: some 16 of 1600.
_KNOWN_SHARE = 0.01


class ProbeFileError(LikenessError, ValueError):
    """A file of probes that cannot be used; the message says why."""


class EmbeddingError(LikenessError, ValueError):
    """An embedding that the probes cannot read; the message says why and what to do."""


class ProbeRecord(BaseModel):
    """What is known of a fitted probe besides its weights.

    preset, candidate: by which settings it was trained.
    calibrator: of its logits; None where the answer is no class.
    baseline: the mean answer over the calibration faces: the share with the attribute, of each class, or the mean
        value, landmarks or histograms, flat.
    margin: nine of ten calibration faces lie within so much of their answer; None where the answer is a class.
    test, portraits: the measures on the corpus's test split and on openpeople, the main one first; empty where not
        measured.
    trained_on: how many faces. calibrated_on: what the probabilities or the margin hold for, in words.
    people: whose photographs those faces are, counted; None where they were generated.
    judged_on: the name of the set behind `portraits`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: str
    candidate: str
    hidden: tuple[int, ...]
    normalised: bool
    calibrator: ProbabilityCalibrator | None
    baseline: tuple[float, ...]
    margin: float | None
    test: tuple[MetricValue, ...] = ()
    portraits: tuple[MetricValue, ...] = ()
    trained_on: int
    calibrated_on: str
    people: int | None = None
    judged_on: str = "openpeople"

    @property
    def fitted_on(self) -> str:
        """On how much it was fitted and judged: "fitted on 5,000 photographs of 812 people; judged on 102 others"."""
        people = self.portraits[0].people if self.portraits else None
        if self.people is not None:
            fitted = f"fitted on {self.trained_on:,} photographs of {self.people:,} people"
            return fitted if people is None else f"{fitted}; judged on {people:,} others"
        fitted = f"fitted on {self.trained_on:,} faces"
        return fitted if people is None else f"{fitted}; judged on {people:,} people"

    @property
    def architecture(self) -> Architecture:
        """The shape of the network, ready to be used."""
        return Architecture(self.hidden, self.normalised)


@dataclass(frozen=True, eq=False)
class FittedProbe:
    """A probe and what is known of it."""

    probe: Probe
    record: ProbeRecord

    @property
    def spec(self) -> ProbeSpec:
        """What it reads."""
        return self.probe.spec

    @torch.no_grad()
    def outputs(self, embeddings: Tensor) -> Tensor:
        """What `Probe` gives for embeddings (B, D), before any calibration."""
        outputs: Tensor = self.probe(embeddings)
        return outputs

    @torch.no_grad()
    def answers(self, embeddings: Tensor) -> Tensor:
        """Read embeddings (B, D): calibrated probabilities (B,) or (B, C) for classes; otherwise what `Probe` gives."""
        outputs: Tensor = self.probe(embeddings)
        calibrator = self.record.calibrator
        return outputs if calibrator is None else calibrator.probabilities(outputs)

    def decide(self, answers: Tensor) -> Tensor:
        """Class numbers (B,) from calibrated probabilities, each weighed against chance.

        A class is named where it is likelier than its share of the calibration faces by the largest factor, which is
        what balanced accuracy asks for: a hat at 10 % is news where one face in fifty has one. Of several classes one
        that hardly any calibration face has is never named: how rare it is is not known, and any chance would be news.
        """
        if self.spec.kind == "binary":
            return (answers >= self.record.baseline[0]).long()
        shares = answers.new_tensor(self.record.baseline)
        known = shares >= min(_KNOWN_SHARE, float(shares.max()))
        return torch.where(known, answers / shares.clamp_min(1e-6), 0.0).argmax(-1)


def encode_probes(encoder: str, dimension: int, probes: Mapping[str, FittedProbe]) -> bytes:
    """All probes of an encoder as the bytes of one safetensors file."""
    tensors = {
        f"{name}/{key}": tensor
        for name, fitted in probes.items()
        for key, tensor in quantise_int8(fitted.probe.state_dict()).items()
    }
    records = {name: fitted.record.model_dump(mode="json") for name, fitted in probes.items()}
    about = {"format": _FORMAT, "encoder": encoder, "dimension": dimension, "probes": records}
    data: bytes = save(tensors, {"about": json.dumps(about, sort_keys=True)})
    return data


def decode_probes(data: bytes, encoder: str) -> dict[str, FittedProbe]:
    """The probes of a file, in the order of `PROBES`.

    Raises:
        ProbeFileError: it is damaged, of another version, or of another encoder.
    """
    try:
        about = json.loads(_metadata(data)["about"])
        found = str(about["format"]), str(about["encoder"])
        weights = dequantise(load(data))
        records = {name: ProbeRecord.model_validate(record) for name, record in about["probes"].items()}
        probes = {
            name: FittedProbe(_rebuilt(name, about["dimension"], records[name], weights), records[name])
            for name in PROBES
            if name in records
        }
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ProbeFileError(f"the file of probes for {encoder} is damaged: train them again") from error
    if found != (_FORMAT, encoder):
        raise ProbeFileError(f"the file holds {found[0]} for {found[1]}, not {_FORMAT} for {encoder}: train them again")
    return probes


def encoder_of_probes(data: bytes) -> str:
    """The encoder whose probes a file holds.

    Raises:
        ProbeFileError: it holds none.
    """
    try:
        about = json.loads(_metadata(data)["about"])
        form, encoder = str(about["format"]), str(about["encoder"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProbeFileError("it is no file of probes, or it is damaged: train them again") from error
    if form != _FORMAT:
        raise ProbeFileError(f"it holds {form}, not {_FORMAT}: train them again")
    return encoder


def _metadata(data: bytes) -> dict[str, str]:
    # A safetensors file begins with the length of a JSON header.
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    metadata: dict[str, str] = header["__metadata__"]
    return metadata


def _rebuilt(name: str, dimension: int, record: ProbeRecord, weights: Mapping[str, Tensor]) -> Probe:
    probe = Probe(PROBES[name], dimension, record.architecture)
    probe.load_state_dict(
        {key.removeprefix(f"{name}/"): tensor for key, tensor in weights.items() if key.startswith(f"{name}/")}
    )
    return probe.eval().requires_grad_(False)
