"""Print the headline figures of every committed benchmark result."""

from __future__ import annotations

import json
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[1] / "benchmarks" / "results"


def main() -> None:
    """Print one line a figure: benchmark, figure, number."""
    for file in sorted(RESULTS.glob("*.json")):
        result = json.loads(file.read_text(encoding="utf-8"))
        for figure, number in result.get("headline", {}).items():
            print(f"{file.stem:<16} {figure:<32} {number:g}")


if __name__ == "__main__":
    main()
