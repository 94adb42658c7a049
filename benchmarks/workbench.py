"""The workbench as a tool for all day: its benchmarks, one after the other, in one file of results.

    python -m benchmarks.workbench [kills gallery ...]

Parts that are not named keep the figures they had.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from benchmarks.common import RESULTS, write_results

Measured = tuple[dict[str, float], dict[str, Any]]
WRITTEN_ANEW = {"machine", "versions", "commit", "headline"}


def kills() -> Measured:
    """Programs killed while they work and save: `kills`, `sessions_lost`, `seconds_lost_max`."""
    from benchmarks.workbench_kills import measure

    headline, details = measure(100)
    return headline, {"killed_at_random": details}


def gallery() -> Measured:
    """Ten thousand faces: `gallery_fps`, `gallery_memory_mb`, `search_ms`."""
    from benchmarks.gallery import measure

    headline, details = measure()
    return headline, {"gallery": details}


PARTS: dict[str, Callable[[], Measured]] = {"kills": kills, "gallery": gallery}


def merge(headline: dict[str, float], **details: Any) -> None:
    """Write figures into the workbench's results beside those of its other parts."""
    path = RESULTS / "workbench.json"
    before = json.loads(path.read_text()) if path.exists() else {}
    others = {name: value for name, value in before.items() if name not in WRITTEN_ANEW}
    write_results("workbench", {**before.get("headline", {}), **headline}, **{**others, **details})


def main() -> None:
    """Run the parts that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all by default")
    chosen = parser.parse_args().parts or list(PARTS)
    unknown = [name for name in chosen if name not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]}; there are {', '.join(PARTS)}")
    for name in chosen:
        print(f"{name}…", flush=True)
        headline, details = PARTS[name]()
        merge(headline, **details)


if __name__ == "__main__":
    main()
