"""How readings of reconstructions are calibrated on photographs: files of the program's own, beside the probes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from explorer.science.contents import stand_in_at
from explorer.science.leakage.picture_calibration import (
    PictureCalibration,
    PictureCalibrationError,
    PictureCalibrations,
    decode_calibrations,
    encode_calibrations,
)
from explorer.studio import places
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write


def picture_calibrations_file(encoder: str) -> Path:
    """Where the calibrations lie of readings by inversions of an encoder's vectors."""
    return places.models() / f"reconstruction-{encoder}.json"


def load_picture_calibrations(encoder: str) -> PictureCalibrations:
    """The calibrations for an encoder, by probe; none where there is no file. A file is read once.

    Raises:
        UserError: the file is damaged.
    """
    file = picture_calibrations_file(encoder)
    try:
        return _loaded(file, file.stat().st_mtime_ns, encoder)
    except FileNotFoundError:
        return {}
    except PictureCalibrationError as error:
        what = stand_in_at(file)
        why = f"is {what}" if what else f"cannot be used: {error}"
        raise UserError(f"{file.name} {why}; install Likeness again, or remove the file") from error


@lru_cache(maxsize=16)
def _loaded(file: Path, modified_ns: int, encoder: str) -> dict[str, PictureCalibration]:
    """The time of the file is there to key the memory."""
    return decode_calibrations(file.read_bytes(), encoder)


def save_picture_calibrations(encoder: str, calibrations: PictureCalibrations) -> Path:
    """Write the calibrations for an encoder to where the program looks for them."""
    return atomic_write(picture_calibrations_file(encoder), encode_calibrations(encoder, calibrations), mode=0o644)
