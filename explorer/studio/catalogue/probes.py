"""The probes that ship with the program, and reading an embedding by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from explorer.science.contents import stand_in_at
from explorer.science.leakage.fitted import FittedProbe, ProbeFileError, decode_probes, encode_probes
from explorer.science.leakage.read import ProbeSet
from explorer.science.leakage.readout import MetricValue, Readout
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
    """The probes of an encoder; a file is read once.

    Raises:
        UserError: there is no such encoder, or its probes are missing or damaged.
    """
    known_encoder(encoder)
    file = probes_file(encoder)
    try:
        return _loaded(file, file.stat().st_mtime_ns, encoder)
    except FileNotFoundError as error:
        raise UserError(
            f"there are no probes for {encoder}: {file.name} is missing; install Likeness again, or make them with "
            f"`likeness train probes --work DIR --encoder {encoder}`"
        ) from error
    except ProbeFileError as error:
        what = stand_in_at(file)
        why = f"{file.name} is {what}" if what else f"{file.name}: {error}"
        raise UserError(f"the probes for {encoder} cannot be used: {why}") from error


@lru_cache(maxsize=16)
def _loaded(file: Path, modified_ns: int, encoder: str) -> ProbeSet:
    """The time of the file is there to key the memory."""
    probes = decode_probes(file.read_bytes(), encoder)
    return ProbeSet(encoder, known_encoder(encoder).dimension, probes)


def save_probes(encoder: str, probes: Mapping[str, FittedProbe]) -> Path:
    """Write the probes of an encoder to where the program looks for them."""
    data = encode_probes(encoder, known_encoder(encoder).dimension, probes)
    return atomic_write(probes_file(encoder), data, mode=0o644)


def read_embedding(embedding: Tensor, encoder: str) -> list[Readout]:
    """Everything that an embedding (D,) of an encoder gives away.

    Raises:
        UserError: as `load_probes`. EmbeddingError: the embedding has another size or is damaged.
    """
    return load_probes(encoder).read(embedding)


def readout_record(readout: Readout) -> dict[str, Any]:
    """A readout as JSON takes it; whatever has no meaning for its kind is null.

    tells: whether the probe is clearly better than chance on photographs; null where it was not measured there.
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
    }


def _quality_record(quality: MetricValue | None) -> dict[str, Any] | None:
    return None if quality is None else quality.model_dump(mode="json")
