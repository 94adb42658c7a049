"""The probes that ship with the program or that the user chose in their place, and reading an embedding by them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from explorer.science.contents import NotAFileError, read_bytes, stand_in_at
from explorer.science.leakage.fitted import (
    FittedProbe,
    ProbeFileError,
    decode_probes,
    encode_probes,
    encoder_of_probes,
)
from explorer.science.leakage.photograph_calibration import (
    PhotographCalibrationError,
    PhotographCalibrations,
    decode_photograph_calibrations,
    encode_photograph_calibrations,
)
from explorer.science.leakage.read import ProbeSet
from explorer.science.leakage.readout import MetricValue, Origin, Readout
from explorer.science.names import shown
from explorer.studio import places
from explorer.studio.catalogue.brought_encoders import brought_encoder
from explorer.studio.catalogue.networks import known_encoder
from explorer.studio.catalogue.own_probes import own_probes_file, own_probes_folder
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write


def probes_file(encoder: str) -> Path:
    """Where the probes of an encoder lie that ship, or those of a brought one that were trained here."""
    card = brought_encoder(encoder)
    return places.models() / f"probes-{encoder}.safetensors" if card is None else card.probes


def probes_in_use(encoder: str) -> Path:
    """The file by which embeddings of an encoder are read where none is named: the user's own, else the shipped."""
    return own_probes_file(encoder) or probes_file(encoder)


def file_then(encoder: str, sha256: str | None) -> Path | None:
    """The file of that hash among those that an encoder's embeddings may be read by; None where it is none of them."""
    known = [probes_file(encoder), own_probes_file(encoder)]
    there = [file for file in known if file is not None and file.exists()]
    return next((file for file in there if hashlib.sha256(file.read_bytes()).hexdigest() == sha256), None)


def use_probes(file: Path) -> str:
    """Have embeddings read by the probes of a file from now on, in place of those that ship; it is copied.

    Returns:
        The encoder whose probes they are.

    Raises:
        UserError: it is no file of probes, or the copy cannot be written.
    """
    encoder, data = _encoder_of(file)
    atomic_write(places.private_folder(own_probes_folder()) / f"probes-{encoder}.safetensors", data)
    return encoder


def use_shipped_probes(encoder: str) -> bool:
    """Remove the probes that the user chose for an encoder; False where there were none.

    Raises:
        UserError: the file cannot be removed.
    """
    own = own_probes_file(encoder)
    if own is None:
        return False
    try:
        own.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"{own} cannot be removed: {error.strerror}; remove it by hand") from error
    return True


def probes_encoder(file: Path) -> str:
    """The encoder whose probes a file holds.

    Raises:
        UserError: it cannot be read, or holds none.
    """
    return _encoder_of(file)[0]


def _encoder_of(file: Path) -> tuple[str, bytes]:
    """The encoder that a file of probes is of, and its bytes; raises UserError where it is none."""
    try:
        data = read_bytes(file)
        encoder = encoder_of_probes(data)
        decode_probes(data, known_encoder(encoder).id)
    except NotAFileError as error:
        raise UserError(str(error)) from error
    except OSError as error:
        raise UserError(f"{shown(file)} cannot be read: {error.strerror or error}") from error
    except ProbeFileError as error:
        what = stand_in_at(file)
        why = f"it is {what}" if what else f"{error}"
        raise UserError(f"{shown(file)} cannot be used as probes: {why}") from error
    return encoder, data


def with_probes(encoders: Iterable[str]) -> tuple[str, ...]:
    """Those encoders that there are probes of."""
    return tuple(encoder for encoder in encoders if probes_in_use(encoder).exists())


def load_probes(encoder: str, file: Path | None = None) -> ProbeSet:
    """The probes of an encoder, those that ship with their calibrations on photographs; a file is read once.

    Args:
        file: of probes; those in use where None.

    Raises:
        UserError: there is no such encoder, its probes are missing or of another encoder, or a file is damaged.
    """
    known_encoder(encoder)
    if file is not None and (found := _encoder_of(file)[0]) != encoder:
        raise UserError(f"{shown(file)} holds probes of {found}, not of {encoder}: choose that encoder")
    chosen = file or probes_in_use(encoder)
    # Other probes are calibrated on the photographs that they come with.
    return _load(encoder, chosen, *(_photographs_at(encoder) if chosen == probes_file(encoder) else (None, 0)))


def load_bare_probes(encoder: str) -> ProbeSet:
    """The probes of an encoder that ship, without calibrations on photographs; raises as `load_probes`."""
    known_encoder(encoder)
    return _load(encoder, probes_file(encoder), None, 0)


def _load(encoder: str, file: Path, photographs: Path | None, modified_ns: int) -> ProbeSet:
    try:
        return _loaded(file, file.stat().st_mtime_ns, encoder, photographs, modified_ns)
    except FileNotFoundError as error:
        again = "install Likeness again, or " if brought_encoder(encoder) is None else ""
        raise UserError(
            f"there are no probes for {encoder}: {file.name} is missing; {again}make them with `likeness train probes "
            f"--work DIR --encoder {encoder}`"
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
    card = brought_encoder(encoder)
    return places.models() / f"calibration-photographs-{encoder}.json" if card is None else card.calibrations


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
    probes, weights = decode_probes(data, encoder), hashlib.sha256(data).hexdigest()
    calibrations: PhotographCalibrations = {}
    if photographs is not None:
        calibrations = decode_photograph_calibrations(photographs.read_bytes(), encoder, weights)
    return ProbeSet(encoder, known_encoder(encoder).dimension, probes, calibrations, weights)


def fitted_on(probes: ProbeSet) -> str:
    """On how many faces or photographs of how many people probes were fitted and judged, each sentence once."""
    return "; ".join(dict.fromkeys(one.record.fitted_on for one in probes.probes.values()))


def save_photograph_calibrations(encoder: str, calibrations: PhotographCalibrations) -> Path:
    """Write calibrations of the probes that an encoder has now to where the program looks for them."""
    weights = hashlib.sha256(probes_file(encoder).read_bytes()).hexdigest()
    data = encode_photograph_calibrations(encoder, weights, calibrations)
    return atomic_write(photograph_calibrations_file(encoder), data, mode=mode_of(encoder))


def weights_of(encoder: str, *, photographs: bool, probes: str = "") -> dict[str, str]:
    """sha256 of the project's own files that a reading by an encoder's probes follows from, by their names.

    Args:
        photographs: whether calibrations on photographs took part.
        probes: sha256 of the file of the probes where it is known; that of the file in use otherwise.
    """
    own = {probes_file(encoder).stem: probes or hashlib.sha256(probes_in_use(encoder).read_bytes()).hexdigest()}
    file = photograph_calibrations_file(encoder)
    return own | ({file.stem: hashlib.sha256(file.read_bytes()).hexdigest()} if photographs else {})


def save_probes(encoder: str, probes: Mapping[str, FittedProbe]) -> Path:
    """Write the probes of an encoder to where the program looks for them."""
    data = encode_probes(encoder, known_encoder(encoder).dimension, probes)
    return atomic_write(probes_file(encoder), data, mode=mode_of(encoder))


def mode_of(encoder: str) -> int:
    """The permissions of what is made of an encoder: of a brought one its owner alone may read it."""
    return 0o644 if brought_encoder(encoder) is None else 0o600


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
        "fitted_on": readout.fitted_on,
        "calibrated_for": readout.origin,
        "skill": _quality_record(readout.skill),
        "calibration_error": _quality_record(readout.error),
    }


def _quality_record(quality: MetricValue | None) -> dict[str, Any] | None:
    return None if quality is None else quality.model_dump(mode="json")
