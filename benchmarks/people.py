"""Synthetic people: how fast they are drawn, whether the detector takes them for faces, and what they are good for.

    python -m benchmarks.people [PART ...] [--people N] [--sheet FILE.png] [--work DIR]
    python -m benchmarks.people gender [--people 20000] [--photographs openpeople]
    python -m benchmarks.people photoreal [--people N] [--list FILE] [--size 256] [--sheet FILE.png]

Parts, of which each puts its figures among the results that there are; raster if none is named:

raster            this: how fast pictures are drawn, one of each person, at 128 px
path              `benchmarks.people_traced`: the same by the path tracer, at 256 px
detected          `benchmarks.people_detected`: how often the detector finds 500 people of either renderer
cosine            `benchmarks.people_cosine`: how much nearer an encoder sees one person's pictures than two people's
labels            `benchmarks.people_labels`: whether landmarks lie where dlib's predictor finds them
gender            `benchmarks.people_vectors`: how well vectors of gender tell two labels apart; no picture is drawn
realism           `benchmarks.people_realism`: how near drawn people lie to generated faces and to photographs
authentication    `benchmarks.people_authentication`: whether drawn people make an encoder better
photoreal         `benchmarks.people_photoreal`: whether judges that chose nothing see the same person

--people is by default each part's own number; `realism` and `authentication` take none.

Of `raster`, speed is taken in processor time of one thread, and given for two cores: people are drawn one by one and
share nothing, so that two processes draw twice as many. `raster` is drawing alone, of scenes that are ready; `whole`
counts the making of heads and hair, each person's for one picture.

`detected`, `cosine` and `labels` keep what they found of each person, and go on where they were stopped; --renderer
takes one renderer alone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from benchmarks import (
    people_authentication,
    people_cosine,
    people_detected,
    people_labels,
    people_photoreal,
    people_realism,
)
from benchmarks.common import Part, write_part
from benchmarks.people_traced import measure_traced, save_sheet
from benchmarks.people_vectors import measure_gender
from explorer.science.synthetic.drawing import draw
from explorer.science.synthetic.population import draw_person, draw_scene
from explorer.science.synthetic.portrait import portrait
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.people.values import RENDERERS, Renderer
from explorer.studio.places import cache
from explorer.studio.populations.list_file import people_list_file

FIGURES = (
    *("raster_per_second_128", "whole_per_second_128"),
    "path_seconds_256",
    *people_detected.FIGURES,
    *people_cosine.FIGURES,
    *people_labels.FIGURES,
    *("gender_auc_own", "gender_auc_svm"),
    *people_realism.FIGURES,
    *people_authentication.FIGURES,
    *people_photoreal.FIGURES,
)
PEOPLE, SIZE, YAW, CORES, BATCH = 100, 128, 45.0, 2, 4


@torch.no_grad()
def measure(people: int = PEOPLE, sheet: Path | None = None) -> tuple[dict[str, float], dict[str, Any]]:
    """Draw so many people, one picture each; the headlines and what is behind them."""
    torch.set_num_threads(1)
    model = load_morphable_model()
    scenes = [draw_scene(draw_person(seed), 0, yaw=YAW) for seed in range(people)]
    portrait(scenes[0], model, SIZE)  # what is done once for all people
    making = drawing = 0.0
    pictures = []
    for first in range(0, people, BATCH):
        begun = time.process_time()
        some = [portrait(scene, model, SIZE) for scene in scenes[first : first + BATCH]]
        made = time.process_time()
        light, background = (torch.stack([getattr(one, name) for one in some]) for name in ("light", "background"))
        drawn = draw([one.surface for one in some], [one.view for one in some], light, background)
        drawing, making = drawing + time.process_time() - made, making + made - begun
        pictures += [(255 * one).round().byte().permute(1, 2, 0).numpy() for one in drawn.pictures]
    if sheet is not None:
        save_sheet(pictures, sheet)
    headline = {
        "raster_per_second_128": CORES * people / drawing,
        "whole_per_second_128": CORES * people / (drawing + making),
    }
    return headline, {"people": people, "yaw": YAW}


def main() -> None:
    """Measure and write `benchmarks/results/people.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="raster, path, gender, realism and so on")
    parser.add_argument("--people", type=int, help="how many are drawn; by default the part's own number")
    parser.add_argument("--sheet", type=Path, help="pictures on one sheet (raster, path, photoreal)")
    parser.add_argument("--work", type=Path, help="what the longer parts keep [default: in the cache]")
    parser.add_argument("--renderer", choices=RENDERERS, help="one alone (detected, cosine)")
    parser.add_argument("--photographs", metavar="SET", help="judged beside the drawn people (gender)")
    parser.add_argument("--list", type=Path, default=people_list_file(), help="of people (photoreal)")
    parser.add_argument("--size", type=int, default=256, help="pixels a side (photoreal)")
    options = parser.parse_args()
    parts = parts_of(options)
    names = options.parts or ["raster"]
    for name in names:
        if name not in parts:
            parser.error(f"there is no part {name}: the parts are {', '.join(parts)}")
    for name in names:
        part = parts[name]()
        # What has a size in its name is a headline, too, where the size is another one.
        write_part("people", tuple(dict.fromkeys((*FIGURES, *part.headline))), name, part)


def parts_of(options: argparse.Namespace) -> dict[str, Callable[[], Part]]:
    """What measures each part, as the options say."""
    given = {} if options.people is None else {"people": options.people}
    work = options.work or cache() / "benchmarks" / "people"
    renderers: tuple[Renderer, ...] = RENDERERS if options.renderer is None else (options.renderer,)
    return {
        "raster": lambda: Part(*measure(**given, sheet=options.sheet)),
        "path": lambda: measure_traced(options.people or PEOPLE, options.sheet),
        "detected": lambda: people_detected.measure_detected(work / "detected", renderers=renderers, **given),
        "cosine": lambda: people_cosine.measure_cosine(work / "cosine", renderers=renderers, **given),
        "labels": lambda: people_labels.measure_labels(work / "labels", **given),
        "gender": lambda: measure_gender(**given, photographs=options.photographs),
        "realism": lambda: people_realism.measure_realism(work / "realism"),
        "authentication": lambda: people_authentication.measure_authentication(work / "authentication"),
        "photoreal": lambda: people_photoreal.measure(options.list, options.people, options.size, options.sheet),
    }


if __name__ == "__main__":
    main()
