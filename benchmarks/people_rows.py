"""What parts of `benchmarks.people` keep of each person, so that a part that was stopped goes on where it stood.

A file has a line for each person; the first says what all of them are of. Where that is something else, as when what
draws people has changed, the file begins anew. The last line may be cut short: that person is measured again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from explorer.science import synthetic
from explorer.studio.places import models, private_folder

Row = dict[str, Any]


class Rows:
    """The rows of people by their seeds.

    Args:
        file: where they lie. of: what all of them are of, for JSON.
    """

    def __init__(self, file: Path, of: Row) -> None:
        private_folder(file.parent)
        self._file, self.rows = file, dict[int, Row]()
        first = json.dumps({**of, "drawn_by": what_draws()}, sort_keys=True)
        lines = file.read_text(encoding="utf-8").split("\n") if file.exists() else []
        if lines[:1] != [first]:
            lines = [first, ""]
        # What follows the last end of a line was not written to its end.
        for line in lines[1:-1]:
            row = json.loads(line)
            self.rows[row["seed"]] = row
        file.write_text("\n".join([*lines[:-1], ""]), encoding="utf-8")

    def missing(self, seeds: Sequence[int]) -> list[int]:
        """Those of whom nothing is known yet."""
        return [seed for seed in seeds if seed not in self.rows]

    def add(self, seed: int, **row: Any) -> None:
        """Keep what was measured of a person."""
        self.rows[seed] = {"seed": seed, **row}
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(self.rows[seed]) + "\n")

    def of(self, seeds: Sequence[int]) -> Iterator[Row]:
        """The rows of people, in their order."""
        return (self.rows[seed] for seed in seeds)


@cache
def what_draws() -> str:
    """A digest of the code and of the model that people are drawn by."""
    digest = hashlib.sha256()
    package = Path(synthetic.__file__).parent
    for file in (*sorted(package.rglob("*.py")), models() / "morphable-model.safetensors"):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
