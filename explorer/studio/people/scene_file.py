"""Scenes in files: saved, and opened from what strangers send."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from explorer.science.contents import read_bytes
from explorer.science.names import name_of, shown
from explorer.science.synthetic.scene import Scene
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import bare_record, read_provenance
from explorer.studio.files import atomic_write

_LARGEST = 1_000_000
_PNG = b"\x89PNG"


def write_scene(path: Path, scene: Scene) -> Path:
    """Write a scene as JSON with its provenance.

    Raises:
        UserError: the file cannot be written.
    """
    record = bare_record(kind="scene of a person", scene=scene.model_dump(mode="json"))
    return atomic_write(path, (json.dumps(record, indent=1) + "\n").encode())


def read_scene(path: Path) -> Scene:
    """The scene of such a file, of the JSON beside a picture of `likeness people draw`, or of an exported picture.

    Raises:
        UserError: the file cannot be read, is too large, or holds no scene.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(_PNG))
        if start == _PNG:
            said: object = read_provenance(path)
        else:
            if path.stat().st_size > _LARGEST:
                raise UserError(f"{name_of(path)} is larger than a scene: at most {_LARGEST // 1_000_000} MB are read")
            said = json.loads(read_bytes(path))
    except OSError as error:
        raise UserError(f"cannot read {shown(path)}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{name_of(path)} is no JSON file of a scene") from error
    if not isinstance(said, dict) or not isinstance(said.get("scene"), dict):
        raise UserError(f"{name_of(path)} holds no scene: give one that the People dock has saved, or a person's JSON")
    try:
        return Scene.model_validate(said["scene"])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{name_of(path)}: the scene is damaged at {where or 'its start'}: {first['msg']}") from error
