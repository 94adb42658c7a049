"""The index of a collection, kept in the cache: made when it is asked for, and anew when it is of another state.

It lies in the user's own cache and not beside the collection, which may come from a stranger: faiss believes what an
index's file says.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.recognition.approximate_search import (
    ApproximateSearch,
    IndexFacts,
    make_index,
    open_index,
    remove_from_index,
)
from explorer.science.recognition.base import Metric
from explorer.studio import places
from explorer.studio.collection.layout import Header
from explorer.studio.collection.reading import Collection
from explorer.studio.files import atomic_write, replacing

FOLDER = "indexes"


def make_cached_index(one: Collection, measure: Metric) -> Generator[tuple[str, int, int], None, IndexFacts]:
    """Make a collection's index and keep it in the cache.

    Raises:
        ModuleNotFoundError: faiss is not installed.
    """
    file, record = _places(one.header)
    places.private_folder(file.parent)
    with replacing(file) as temporary:
        facts = yield from make_index(one.vectors, measure, temporary, one.present)
    _record(record, one.header, facts)
    return facts


def index_facts(header: Header) -> IndexFacts | None:
    """What is known of a collection's index; None where there is none of this state of it."""
    file, record = _places(header)
    try:
        said = json.loads(record.read_bytes()) if file.is_file() else {}
        if said.pop("generation", None) != header.generation:
            return None
        return IndexFacts(**said)
    except (OSError, ValueError, TypeError):
        return None


def cached_search(one: Collection, measure: Metric) -> tuple[ApproximateSearch, IndexFacts] | None:
    """A search by a collection's index, and what is known of that; None where there is no index, or no faiss."""
    facts = index_facts(one.header)
    if facts is None:
        return None
    try:
        index = open_index(_places(one.header)[0])
    except (ModuleNotFoundError, ValueError):
        return None
    if (index.d, index.ntotal) != (one.header.dimension, facts.rows):
        return None
    return ApproximateSearch(one.vectors, measure, index, facts.probes), facts


def remove_from_cached_index(header: Header, rows: NDArray[np.int64]) -> None:
    """Leave nothing of some rows in the index; one that cannot be changed goes as a whole.

    Raises:
        UserError: it cannot be written.
    """
    file, record = _places(header)
    facts = index_facts(header)
    if facts is not None:
        try:
            with replacing(file) as temporary:
                remove_from_index(file, temporary, rows)
            newer = header.model_copy(update={"generation": header.generation + 1})
            left: Any = {**asdict(facts), "rows": facts.rows - len(rows)}
            _record(record, newer, IndexFacts(**left))
            return
        except (ModuleNotFoundError, RuntimeError):
            pass
    for path in (file, record):
        with suppress(FileNotFoundError):
            path.unlink()


def _record(path: Path, header: Header, facts: IndexFacts) -> None:
    atomic_write(path, json.dumps({"generation": header.generation, **asdict(facts)}).encode())


def _places(header: Header) -> tuple[Path, Path]:
    folder = places.cache() / FOLDER
    return folder / f"{header.id}.faiss", folder / f"{header.id}.json"
