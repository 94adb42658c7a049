"""Reconstruction learnt from a black box (Vec2Face-v2): students, attacks through them, and generators.

    python -m benchmarks.vec2face [PART ...] [--work DIR] [--people N] [--steps N] [--training N] [--queries N]

Parts: students, generators; all if none is named. The rest of the results stays as it was measured last. What was made
lies in --work and is not made again, so that a part that was stopped goes on. With --people, --steps or --training
nothing is written.

`students` has a student learn dlib's ResNet, which answers over HTTP and gives nothing but vectors, from the faces that
an attack of as many queries asks about. Its answers are held against the teacher's on 500 generated faces that nobody
learnt from and on the openpeople portraits, as cosines less the teacher's mean; what the teacher is asked for that is
not part of the budget. Then the portraits are attacked by translation and through the student, at the same queries:
SFace takes no part in either, and the headlines are its mean cosine between results and portraits, a result without a
face counting as 0, beside the nearest of the same faces.

`generators` trains configurations (A), (E) and (F) of table II against arcface-mbf, and (F) once more as a black box,
through a student that begins from nothing, on photoreal people; of people who were not learnt from it verifies pairs of
which one picture is replaced by its reconstruction, beside real pairs and the decoder's. The headlines are accuracies
by MobileFaceNet (192), which judges only, and the milliseconds of one vector's pass through (F).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks import vec2face_generators
from benchmarks.common import Part, write_part
from benchmarks.vec2face_students import Plan, measure_students
from explorer.studio.places import cache, private_folder

# In the order in which the results list them.
FIGURES = (
    "student_cosine_generated",
    "student_cosine_photographs",
    "student_sface",
    "translation_sface",
    "nearest_sface",
    *vec2face_generators.FIGURES,
)
PARTS: dict[str, Callable[[Plan], Part]] = {
    "students": measure_students,
    "generators": vec2face_generators.measure_generators,
}


def main() -> None:
    """Measure the parts that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--work", type=Path, help="where results are kept [default: in the cache]")
    parser.add_argument("--people", type=int, help="only the first so many; nothing is written")
    parser.add_argument("--steps", type=int, help="of each search; nothing is written")
    parser.add_argument("--training", type=int, help="steps of each training; nothing is written")
    parser.add_argument("--queries", type=int, help="budget of the black box", default=Plan.queries)
    given = parser.parse_args()
    chosen = given.parts or list(PARTS)
    if unknown := [name for name in chosen if name not in PARTS]:
        parser.error(f"{', '.join(unknown)}: the parts are {', '.join(PARTS)}")
    work = private_folder(given.work or cache() / "benchmarks" / "vec2face")
    for name in chosen:
        plan = Plan(private_folder(work / name), given.queries, given.people, given.steps, given.training)
        part = PARTS[name](plan)
        if plan.whole:
            write_part("vec2face", FIGURES, name, part)


if __name__ == "__main__":
    main()
