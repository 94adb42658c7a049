"""What researchers bring: networks, generators, morphable models, black boxes.

    python -m benchmarks.own [PART ...]

Parts: models; all if none is named. The rest of the results stays as it was measured last.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from benchmarks.common import Part, write_part
from benchmarks.own_models import measure_models

# In the order in which the results list them.
FIGURES = ("models_fitted", "model_landmark_error_max")
PARTS: dict[str, Callable[[], Part]] = {"models": measure_models}


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    asked = parser.parse_args().parts or list(PARTS)
    unknown = set(asked) - PARTS.keys()
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}: there are {', '.join(PARTS)}")
    for name in asked:
        write_part("own", FIGURES, name, PARTS[name]())


if __name__ == "__main__":
    main()
