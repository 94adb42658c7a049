"""A debiased encoder beside what it was made of, and as files that other programs read: ONNX or safetensors."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import save as encode

from explorer.science.debiasing.record import DebiasedRecord
from explorer.science.networks.fine_tuning import graph_of, weights_of
from explorer.science.networks.onnx_weights import with_weights
from explorer.science.recognition.base import Encoder
from explorer.studio.catalogue.debiased_encoders import debiased_body, load_changes
from explorer.studio.catalogue.networks import Networks, network_sha256
from explorer.studio.catalogue.store import read
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write

ENDINGS = (".onnx", ".safetensors")


def before_and_after(file: Path | None = None, device: str = "cpu") -> tuple[Encoder, Encoder, DebiasedRecord]:
    """The encoder as it was, the debiased one, and what is known of that.

    Raises:
        UserError: a file is missing or damaged. MissingNetwork: the encoder's own is not in the cache.
    """
    _, record = load_changes(file)
    before = Networks(device).recogniser(record.encoder)
    return before, Encoder(before.spec, debiased_body(before.body, file)).to(device), record


def export_debiased(file: Path | None, out: Path) -> Path:
    """Write a debiased encoder, whole and in float32, as it is used here.

    ONNX has the graph of the encoder that it was made of, with other weights: it is fed as that one. Safetensors has
    all its tensors by the graph's names.

    Args:
        file: of the user's own; the program's if None. out: its ending says which.

    Raises:
        UserError: a file is missing or damaged, or the ending is another.
    """
    if out.suffix.lower() not in ENDINGS:
        raise UserError(f"{out.name}: an encoder is written as {' or '.join(ENDINGS)}; choose one of these endings")
    before, after, record = before_and_after(file)
    if network_sha256(before.spec.network) != record.sha256:
        raise UserError(f"{before.spec.id} is not the file any more that was trained on: train again")
    graph = graph_of(after.body)
    words = {"likeness": json.dumps(record.model_dump(mode="json"), sort_keys=True)}
    if out.suffix.lower() == ".onnx":
        return atomic_write(out, with_weights(read(before.spec.network), weights_of(graph), words))
    tensors = {name: values.detach().contiguous().clone() for name, values in graph.constants.items()}
    return atomic_write(out, encode(tensors, words))
