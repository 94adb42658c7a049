"""The part `realism` of `benchmarks.people`: how near drawn people lie to generated faces and to photographs.

So many pictures of either renderer, in visible light at 256 px, against as many of the generator and against
openpeople, by the features of both networks, as `likeness evaluate realism` says it. The headlines are of Inception-v3
up to mixed5, against generated faces: `kernel_*` are unbiased, and thousandfold; `frechet_*` are on 64 principal
components. What is drawn is kept, so that a part that was stopped goes on.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from benchmarks.common import Part
from benchmarks.laboratory_kit import Words, command_words, recorded, run, shortened
from explorer.studio.evaluation.pictures_compared import PEOPLE_SEED
from explorer.studio.places import private_folder

PICTURES, SIDE, SAMPLES = 2000, 256, 64
RENDERERS = ("path", "raster")
FEATURES = ("inception-mixed5", "efficientnet-lite0")
FIGURES = (
    *("kernel_path", "kernel_raster", "kernel_halves"),
    *("frechet_path", "frechet_raster", "frechet_halves"),
)
_AT_ONCE = 20


def measure_realism(
    work: Path,
    pictures: int = PICTURES,
    renderers: tuple[str, ...] = RENDERERS,
    features: tuple[str, ...] = FEATURES,
    references: tuple[str, ...] = ("generated", "openpeople"),
    samples: int = SAMPLES,
) -> Part:
    """Draw what is not drawn yet, and compare; the first of the features and references are the headlines'."""
    folders = [drawn(work / name, name, pictures, samples) for name in renderers]
    found: dict[str, Any] = {}
    for reference in references:
        name = f"{reference}:{pictures}" if reference == "generated" else reference
        chosen: Words = [word for one in features for word in ("--features", one)]
        record = work / f"beside-{reference}.json"
        words: Words = ["evaluate", "realism", *folders, "--reference", name, *chosen, "--out", record]
        found[reference] = {"command": command_words(words), "records": json.loads(recorded(words, record))}
    first = found[references[0]]["records"][0]
    about = {"pictures": pictures, "side": SIDE, "samples": samples, "seed": PEOPLE_SEED}
    return Part(headlines(first), {"realism": shortened({**about, "beside": found})})


def headlines(record: dict[str, Any]) -> dict[str, float]:
    """The figures of one comparison."""
    rows = {one["name"]: one for one in record["sets"]} | {"halves": record["halves"]}
    figures = {f"kernel_{name}": 1000 * row["kernel"]["value"] for name, row in rows.items()}
    return figures | {f"frechet_{name}": row["frechet"]["value"] for name, row in rows.items()}


def drawn(folder: Path, renderer: str, pictures: int, samples: int) -> Path:
    """A folder with a picture of each of so many people; those that are there stay."""
    private_folder(folder)
    seeds = range(PEOPLE_SEED, PEOPLE_SEED + pictures)
    missing = [seed for seed in seeds if not (folder / f"{seed}.png").exists()]
    while missing:
        some = [seed for seed in missing[:_AT_ONCE] if seed < missing[0] + _AT_ONCE]
        begun = folder.with_name(f"{folder.name}-begun")
        shutil.rmtree(begun, ignore_errors=True)
        words: Words = ["people", "draw", "--seed", str(some[0]), "--count", str(some[-1] - some[0] + 1)]
        words += ["--size", str(SIDE), "--out", begun]
        run([*words, *(["--renderer", "path", "--samples", str(samples)] if renderer == "path" else [])])
        for seed in some:
            (begun / f"person-{seed}-0.png").replace(folder / f"{seed}.png")
        shutil.rmtree(begun)
        missing = missing[len(some) :]
    for path in folder.glob("*.png"):
        if int(path.stem) not in seeds:
            path.unlink()
    return folder
