"""People as files: a picture each, what is true of it beside it, and all of them on one sheet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from explorer.science.synthetic.population import draw_scene
from explorer.science.synthetic.rendered import Rendered
from explorer.science.synthetic.scene import LARGEST_SEED, Scene
from explorer.science.synthetic.surfaces import SEGMENTS
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import bare_record, png_bytes, write_sidecar
from explorer.studio.files import atomic_write
from explorer.studio.people.drawing import drawn_people, drawn_scene, people_model, person_of_seed
from explorer.studio.people.values import PeopleSettings

FORMAT = "likeness-person/1"
SHEET = "contact-sheet.png"
_PREFIX = "person-"
_ON_SHEET, _COLUMNS = 64, 8
_MAP = 128


def is_ours(name: str) -> bool:
    """Whether a file is of people that were drawn."""
    return name.startswith((_PREFIX, SHEET))


def scenes_of(settings: PeopleSettings) -> Iterator[tuple[str, Scene]]:
    """Every picture's scene with its file's stem, person by person.

    Raises:
        UserError: the people's seeds end before the last of them; the rest as `person_of_seed`.
    """
    last = settings.seed + settings.count - 1
    if last > LARGEST_SEED:
        raise UserError(f"the last person's seed would be {last}: seeds go to {LARGEST_SEED}")
    for seed in range(settings.seed, last + 1):
        person = person_of_seed(seed, settings)
        for number in range(settings.pictures):
            yield f"{_PREFIX}{seed}-{number}", draw_scene(person, number, settings.yaw)


def write_people(
    folder: Path,
    settings: PeopleSettings,
    command: list[str],
    *,
    maps: bool = False,
    sheet: bool = False,
    done: Callable[[float], object] = lambda count: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[Path]:
    """Draw people into a folder.

    Args:
        command: the words that make them again. maps: whether depth, normals, segments and what of the skin's map is
            seen are written, too. sheet: whether the first 64 pictures are laid out on one.
        done: told how many are, and how much of the next. should_stop: asked again and again.

    Raises:
        UserError: seeds end too early, or a file cannot be written; the rest as `drawn_people`.
    """
    named = dict(scenes_of(settings))
    record = partial(bare_record, kind="people", command=command, people=settings.model_dump(mode="json"))
    written: list[Path] = []
    shown: list[NDArray[np.uint8]] = []
    drawn = drawn_people(list(named.values()), settings, people_model(), done, should_stop)
    for count, (stem, one) in enumerate(zip(named, drawn, strict=True), start=1):
        written += _write(folder, stem, one, record(), maps)
        if sheet and len(shown) < _ON_SHEET:
            shown.append(one.pixels)
        done(count)
    if sheet:
        written.append(atomic_write(folder / SHEET, png_bytes(_laid_out(shown), record())))
    return written


def write_scene_picture(
    folder: Path,
    scene: Scene,
    settings: PeopleSettings,
    command: list[str],
    *,
    maps: bool = False,
    done: Callable[[float], object] = lambda count: None,
) -> list[Path]:
    """Draw one scene into a folder, with what is true of it beside the picture.

    Args:
        settings: by what it is drawn; whom they are of is the scene's. command, maps, done: as of `write_people`.

    Raises:
        UserError: a file cannot be written; the rest as `drawn_people`.
    """
    rendered = drawn_scene(scene, settings, people_model(), done)
    record = bare_record(kind="people", command=command, people=settings.model_dump(mode="json"))
    who = "scene" if scene.person.seed is None else scene.person.seed
    return _write(folder, f"{_PREFIX}{who}-{scene.seed or 0}", rendered, record, maps)


def truth(rendered: Rendered) -> dict[str, Any]:
    """What is true of a picture, for JSON: its whole scene, and its landmarks in pixels with whether they are seen."""
    found = rendered.landmarks()
    numbers = {SEGMENTS[number]: share for number, share in _shares(rendered.segments)}
    return {
        "truth": FORMAT,
        "scene": rendered.scene.model_dump(mode="json"),
        "size": len(rendered.pixels),
        "landmarks": found.points.round(3).tolist(),
        "landmark_depths_mm": found.depths.round(2).tolist(),
        "landmarks_seen": found.seen.tolist(),
        "shares": numbers,
    }


def _shares(segments: NDArray[np.uint8]) -> list[tuple[int, float]]:
    numbers, counts = np.unique(segments, return_counts=True)
    return [
        (int(number), round(float(count / segments.size), 6)) for number, count in zip(numbers, counts, strict=True)
    ]


def _write(folder: Path, stem: str, one: Rendered, record: dict[str, Any], maps: bool) -> list[Path]:
    about = truth(one)
    files = [
        atomic_write(folder / f"{stem}.png", png_bytes(one.pixels, record | {"picture": stem}), settled=False),
        atomic_write(folder / f"{stem}.json", json.dumps(record | about).encode(), settled=False),
    ]
    if maps:
        place = folder / f"{stem}.npz"
        files.append(write_maps(place, one, settled=False))
        files.append(write_sidecar(place, record | {"segments": list(SEGMENTS)}))
    return files


def write_maps(place: Path, one: Rendered, *, settled: bool = True) -> Path:
    """Write depth, normals, segments and what of the skin's map is seen.

    Raises:
        UserError: the file cannot be written.
    """
    return atomic_write(place, partial(_save_maps, one), settled=settled)


def _save_maps(one: Rendered, file: BinaryIO) -> None:
    np.savez_compressed(
        file,
        depth=one.depth.astype(np.float16),
        normals=one.normals.astype(np.float16),
        segments=one.segments,
        uv_seen=one.uv_visibility(_MAP),
    )


def _laid_out(pictures: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Pictures of one size in rows; what is left of the last row is white."""
    columns = min(_COLUMNS, len(pictures))
    missing = -len(pictures) % columns
    whole = np.stack([*pictures, *([np.full_like(pictures[0], 255)] * missing)])
    rows = whole.reshape(-1, columns, *whole.shape[1:]).swapaxes(1, 2)
    return rows.reshape(rows.shape[0] * rows.shape[1], -1, 3)
