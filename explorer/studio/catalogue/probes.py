"""The probes that ship with the program, and reading an embedding by them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from explorer.science.contents import stand_in_at
from explorer.science.leakage.fitted import FittedProbe, ProbeFileError, decode_probes, encode_probes
from explorer.science.leakage.photograph_calibration import (
    PhotographCalibrationError,
    PhotographCalibrations,
    decode_photograph_calibrations,
    encode_photograph_calibrations,
)
from explorer.science.leakage.read import ProbeSet
from explorer.science.leakage.readout import MetricValue, Origin, Readout
from explorer.studio import places
from explorer.studio.catalogue.networks import known_encoder
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write


def probes_file(encoder: str) -> Path:
    """Where the probes of an encoder lie."""
    return places.models() / f"probes-{encoder}.safetensors"


def with_probes(encoders: Iterable[str]) -> tuple[str, ...]:
    """Those encoders that there are probes of."""
    return tuple(encoder for encoder in encoders if probes_file(encoder).exists())


def load_probes(encoder: str) -> ProbeSet:
    """The probes of an encoder with their calibrations on photographs; a file is read once.

    Raises:
        UserError: there is no such encoder, its probes are missing, or a file is damaged.
    """
    return _load(encoder, *_photographs_at(encoder))


def load_bare_probes(encoder: str) -> ProbeSet:
    """The probes of an encoder, whatever lies there of calibrations on photographs; otherwise as `load_probes`."""
    return _load(encoder, None, 0)


def _load(encoder: str, photographs: Path | None, modified_ns: int) -> ProbeSet:
    known_encoder(encoder)
    file = probes_file(encoder)
    try:
        return _loaded(file, file.stat().st_mtime_ns, encoder, photographs, modified_ns)
    except FileNotFoundError as error:
        raise UserError(
            f"there are no probes for {encoder}: {file.name} is missing; install Likeness again, or make them with "
            f"`likeness train probes --work DIR --encoder {encoder}`"
        ) from error
    except PhotographCalibrationError as error:
        calibrations = photograph_calibrations_file(encoder)
        what = stand_in_at(calibrations)
        why = f"is {what}" if what else f"cannot be used: {error}"
        mended = f"install Likeness again, or make it with `likeness train calibrations --encoder {encoder}`"
        raise UserError(f"{calibrations.name} {why}; {mended}") from error
    except ProbeFileError as error:
        what = stand_in_at(file)
        why = f"{file.name} is {what}" if what else f"{file.name}: {error}"
        raise UserError(f"the probes for {encoder} cannot be used: {why}") from error


def photograph_calibrations_file(encoder: str) -> Path:
    """Where the calibrations of an encoder's probes on photographs lie."""
    return places.models() / f"calibration-photographs-{encoder}.json"


def _photographs_at(encoder: str) -> tuple[Path | None, int]:
    """The file of calibrations on photographs and its time; None where there is none."""
    file = photograph_calibrations_file(encoder)
    try:
        return file, file.stat().st_mtime_ns
    except FileNotFoundError:
        return None, 0


@lru_cache(maxsize=16)
def _loaded(
    file: Path, modified_ns: int, encoder: str, photographs: Path | None, photographs_modified_ns: int
) -> ProbeSet:
    """The times of the files are there to key the memory."""
    data = file.read_bytes()
    probes = decode_probes(data, encoder)
    calibrations: PhotographCalibrations = {}
    if photographs is not None:
        weights = hashlib.sha256(data).hexdigest()
        calibrations = decode_photograph_calibrations(photographs.read_bytes(), encoder, weights)
    return ProbeSet(encoder, known_encoder(encoder).dimension, probes, calibrations)


def save_photograph_calibrations(encoder: str, calibrations: PhotographCalibrations) -> Path:
    """Write calibrations of the probes that an encoder has now to where the program looks for them."""
    weights = hashlib.sha256(probes_file(encoder).read_bytes()).hexdigest()
    data = encode_photograph_calibrations(encoder, weights, calibrations)
    return atomic_write(photograph_calibrations_file(encoder), data, mode=0o644)


def weights_of(encoder: str, *, photographs: bool) -> dict[str, str]:
    """sha256 of the project's own files that a reading by an encoder's probes follows from, by their names.

    Args:
        photographs: whether calibrations on photographs took part.
    """
    files = [probes_file(encoder), *([photograph_calibrations_file(encoder)] if photographs else [])]
    return {file.stem: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def save_probes(encoder: str, probes: Mapping[str, FittedProbe]) -> Path:
    """Write the probes of an encoder to where the program looks for them."""
    data = encode_probes(encoder, known_encoder(encoder).dimension, probes)
    return atomic_write(probes_file(encoder), data, mode=0o644)


def read_embedding(embedding: Tensor, encoder: str, origin: Origin = "photograph") -> list[Readout]:
    """Everything that an embedding (D,) of an encoder gives away.

    Args:
        origin: what the embedding is of.

    Raises:
        UserError: as `load_probes`. EmbeddingError: the embedding has another size or is damaged.
    """
    return load_probes(encoder).read(embedding, origin)


def readout_record(readout: Readout) -> dict[str, Any]:
    """A readout as JSON takes it; whatever has no meaning for its kind is null.

    tells: whether the answer is worth more than the base rate, as `Readout.tells`; null where it was not measured.
    calibrated_for: the kind of picture that its calibration is meant for; null where there is only one.
    """
    value = readout.value.tolist() if isinstance(readout.value, np.ndarray) else readout.value
    return {
        "probe": readout.probe,
        "answer": readout.text,
        "value": value,
        "unit": readout.unit or None,
        "probability": readout.probability,
        "probabilities": dict(readout.probabilities) or None,
        "usual": readout.usual,
        "chance": readout.chance,
        "tells": readout.tells,
        "margin": readout.margin,
        "test": _quality_record(readout.test),
        "portraits": _quality_record(readout.portraits),
        "labeller": readout.labeller,
        "calibrated_on": readout.calibrated_on,
        "calibrated_for": readout.origin,
        "skill": _quality_record(readout.skill),
        "calibration_error": _quality_record(readout.error),
    }


def _quality_record(quality: MetricValue | None) -> dict[str, Any] | None:
    return None if quality is None else quality.model_dump(mode="json")
