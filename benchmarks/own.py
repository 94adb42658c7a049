"""What researchers bring: networks, generators, morphable models, black boxes.

    python -m benchmarks.own [PART ...] [--work DIR] [--people N] [--steps N] [--queries N ...]

Parts: hostile, formats, encoders, models, blackbox, choice, facenet-irv1, hse-mobilenet; all if none is named. The rest
of the results stays as it was measured last. What was made lies in --work and is not made again, so that a part that
was stopped goes on. With --people or --steps nothing is written.

`hostile` opens 1,436 hostile files of all kinds in child processes: none may run anything, end the process, take
more than 2 GB or a minute, or be refused in anything but one line that names it.

`formats` writes encoders in each format and layout that is read, reads them, and measures how far they lie from an
independent computation, as it does of the optional encoders' own files. `encoders` measures how well the optional
encoders tell people apart, as the area under the ROC curve of all pairs of photographs of openpeople and ORL. Neither
downloads anything: what is not here is left out, which is said, and `likeness models fetch --group encoders` fetches
it.

`models` fits the portraits with heads in the layouts of the makers of morphable models, and measures how far the
landmarks that were found lie from the true vertices.

`blackbox` attacks dlib's ResNet, which answers over HTTP and gives nothing but vectors, with the 20 openpeople
portraits and each of several budgets; arcface-mbf and edgeface-s stand in for it, so that SFace takes no part: the
headlines are its mean cosine between results and portraits, a result without a face counting as 0.

`choice` inverts photographs of ten of ORL's people from the vectors of these two encoders in several ways, by which
settings are chosen: none of the 20 portraits takes part in that.

`facenet-irv1` and `hse-mobilenet` invert the 20 portraits from the vectors of that encoder, whose own judgement does
not count; each result is held against its photograph, and against another person's for comparison.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.common import Part, write_part
from benchmarks.own_attacks import ATTACKED, measure_attack
from benchmarks.own_blackbox import BUDGETS, Plan, measure_blackbox
from benchmarks.own_choice import measure_choice
from benchmarks.own_encoders import measure_encoders, measure_loaders
from benchmarks.own_hostile import measure_hostile
from benchmarks.own_models import measure_models
from explorer.studio.places import cache, private_folder

# In the order in which the results list them.
FIGURES = (
    "formats_read",
    "loader_error_max",
    "hostile_files",
    "hostile_executed",
    "hostile_crashes",
    "models_fitted",
    "model_landmark_error_max",
    "blackbox_sface_1000",
    "blackbox_sface_10000",
    "facenet_attack_same_person",
    "hse_attack_same_person",
    "facenet_auc_openpeople",
    "facenet_auc_orl",
    "hse_auc_openpeople",
    "hse_auc_orl",
)
PARTS: dict[str, Callable[[Plan], Part]] = {
    "hostile": lambda _plan: measure_hostile(),
    "formats": lambda _plan: measure_loaders(),
    "encoders": lambda _plan: measure_encoders(),
    "models": lambda plan: measure_models(plan.work),
    "blackbox": measure_blackbox,
    "choice": measure_choice,
    **{encoder: partial(measure_attack, encoder=encoder) for encoder in ATTACKED},
}


def main() -> None:
    """Measure the parts that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--work", type=Path, help="where results are kept [default: in the cache]")
    parser.add_argument("--people", type=int, help="only the first so many; nothing is written")
    parser.add_argument("--steps", type=int, help="of each search; nothing is written")
    parser.add_argument("--queries", type=int, nargs="+", help="budgets of the black box", default=list(BUDGETS))
    given = parser.parse_args()
    chosen = given.parts or list(PARTS)
    if unknown := [name for name in chosen if name not in PARTS]:
        parser.error(f"{', '.join(unknown)}: the parts are {', '.join(PARTS)}")
    work = private_folder(given.work or cache() / "benchmarks" / "own")
    for name in chosen:
        part = PARTS[name](Plan(private_folder(work / name), tuple(given.queries), given.people, given.steps))
        if given.people is None and given.steps is None:
            write_part("own", FIGURES, name, part)


if __name__ == "__main__":
    main()
