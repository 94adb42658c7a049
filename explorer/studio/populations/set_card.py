"""What stands beside a data set: its record, its card, and a contact sheet."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.science.training.corpus import SPLITS
from explorer.studio.export.provenance import bare_record, png_bytes
from explorer.studio.files import atomic_write
from explorer.studio.populations.set_making import SetMade
from explorer.studio.populations.set_shards import read_shard
from explorer.studio.populations.values import SetSettings

RECORD, CARD, SHEET = "set.json", "card.md", "contact-sheet.png"
_ON_SHEET, _COLUMNS = 64, 8
# What each label is; those of networks are readings, all others are what the picture was drawn from.
_WHAT = {
    "accessories": "glasses, hat and beard",
    "camera": "what happened to the picture behind the generator (`explorer/science/training/camera.py`)",
    "edits": "how far w was moved along each axis, in spreads, and how far the attribute changes by that in the mean",
    "expression": "strengths of the morphable model's units, 0 to 1",
    "group": "which of MakeHuman's sliders african, asian and caucasian stands highest; no group of anybody",
    "identity": "the person: seven digits",
    "lamp": "which side of the picture was made brighter, in degrees from the right, and by how many stops",
    "landmarks": "68 points in pixels, x right and y down, centres at +0.5",
    "landmarks_seen": "whether each faces the viewer with nothing before it",
    "light": "nine harmonics with a colour each, linear (`geometry.lighting`)",
    "number": "which of the person's pictures it is, in the list",
    "pose": "yaw, pitch and roll in degrees",
    "pose_change": "degrees away from the person's own w, in the mean over people",
    "psi": "truncation of w",
    "scene": "everything that the picture was drawn from (`explorer/science/synthetic/scene.py`)",
    "seed": "from which the person follows",
    "segments": "share of the picture by what is seen there",
    "source": "3d: rendered of the morphable model; photoreal: drawn by the generator",
    "split": "train, calibration or test, by a hash of the person",
}
_READ = {
    "age": "years, as dlib's network reads the person's first picture",
    "gender": "as dlib's network reads the person's first picture: an appearance, and nobody's gender",
}
_SET = {
    "age": "years, as MakeHuman counts them where its slider of age stood of which the head was made: from 25 to 90",
    "gender": "which end MakeHuman's slider of gender stood nearer to, of which the head was made; nobody's gender",
}
_BY_SOURCE = {"3d": _WHAT | _SET, "photoreal": _WHAT | _READ}
_FAIRFACE = "in the tables, groups stand under the nearest of FairFace's names: Black, East Asian and White"
_TERMS = {
    "3d": "pictures of this program's own drawing; of the morphable model see `models/morphable-model.md`",
    "photoreal": "of faces drawn by MobileStyleGAN, by the networks of models/README.md: non-commercial research",
}


def write_beside(folder: Path, settings: SetSettings, made: SetMade, command: list[str], digest: str) -> list[Path]:
    """Write record, card and contact sheet of a set that is whole.

    Args:
        command: the words that make it again. digest: of the list of photoreal people; empty without.
    """
    about = {"settings": settings.model_dump(mode="json"), "people": made.people, "pictures": made.pictures}
    record = bare_record(kind="people", command=command, set=about, list_sha256=digest)
    sheet = png_bytes(_sheet(folder, settings, made), record)
    return [
        atomic_write(folder / SHEET, sheet),
        atomic_write(folder / CARD, set_card(settings, made, command, digest).encode()),
        atomic_write(folder / RECORD, json.dumps(record, indent=2).encode()),
    ]


def set_words(settings: SetSettings) -> list[str]:
    """The words of the command that makes a set, of the list that ships, without "likeness"."""
    people = settings.people
    said: dict[str, object] = {"source": settings.source, "layout": settings.layout}
    said |= {name: getattr(people, name, None) for name in ("seed", "count", "pictures", "size", "yaw")}
    said |= {"per-shard": settings.per_shard, "out": "DIR"}
    words = ["people", "set", *(["--maps"] if settings.maps else [])]
    for name, value in said.items():
        words += [] if value is None else [f"--{name}", f"{value:g}" if isinstance(value, float) else str(value)]
    return words


def set_card(settings: SetSettings, made: SetMade, command: list[str], digest: str) -> str:
    """The card as Markdown."""
    people, what = settings.people, _BY_SOURCE[settings.source]
    lines = [
        "# A data set of people who never were",
        "",
        f"![the first pictures]({SHEET})",
        "",
        "| | |",
        "|---|---|",
        f"| source | {what['source']}; these are {settings.source} |",
        f"| layout | {settings.layout} |",
        f"| size | {people.size} px |",
        *(f"| {split} | {made.people[split]} people, {made.pictures[split]} pictures |" for split in SPLITS),
        "| splits | by person, by a hash of the name: nobody is in two |",
        f"| command | `likeness {' '.join(command)}` |",
        *([f"| list of people | sha256 {digest} |"] if digest else []),
        f"| bytes | pictures and labels are the same whatever the number of processes; {SHEET} and {RECORD} say when |",
        f"| terms | {_TERMS[settings.source]} |",
        "",
        "## Labels",
        "",
        f"What a source does not know is null{_in_tables(settings, made)}.",
        "",
        "| label | |",
        "|---|---|",
        *(f"| {name} | {what.get(name, name)} |" for name in made.labels),
    ]
    if settings.maps and settings.source == "3d":
        lines += [
            "| depth | millimetres toward the viewer from the head's origin, nan where nothing is; float16 |",
            "| normals | unit, in the camera's axes, 0 where nothing is; float16 |",
            "| segments (map) | what each pixel shows, by its place in `surfaces.SEGMENTS` |",
            "| uv_seen | 1 where the picture shows the texel of the skin's map |",
        ]
    return "\n".join([*lines, ""])


def _in_tables(settings: SetSettings, made: SetMade) -> str:
    return f"; {_FAIRFACE}" if settings.layout == "fairface" and "group" in made.labels else ""


def _sheet(folder: Path, settings: SetSettings, made: SetMade) -> NDArray[np.uint8]:
    """The first pictures in rows; what is left of the last row is white."""
    first = made.first[:_ON_SHEET]
    if settings.layout == "webdataset":
        wanted = {str(one["key"]) for one in first}
        found = {}
        for part in sorted({str(one["part"]) for one in first}):
            for sample in read_shard(folder / f"{part}.tar"):
                if sample.key in wanted:
                    found[sample.key] = sample.pixels
                if len(found) == len(wanted):
                    break
        pictures = [found[str(one["key"])] for one in first]
    else:
        pictures = [_read(folder / str(one["file"])) for one in first]
    blank = np.full((settings.people.size, settings.people.size, 3), 255, np.uint8)
    columns = max(1, min(_COLUMNS, len(pictures)))
    pictures += [blank] * (-len(pictures) % columns) if pictures else [blank]
    rows = [np.concatenate(pictures[at : at + columns], 1) for at in range(0, len(pictures), columns)]
    return np.concatenate(rows)


def _read(file: Path) -> NDArray[np.uint8]:
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))
