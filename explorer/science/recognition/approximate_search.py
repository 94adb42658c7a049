"""Nearest neighbours among very many embeddings, by an inverted file (faiss, IVF): a few of its lists are looked into.

Each embedding lies, as a byte a number, in the list of the centre it is nearest to (Sivic and Zisserman 2003; Johnson,
Douze and Jegou 2017). A search looks into the lists of the centres next to what is sought, and scores what it finds
there by the embeddings themselves. What lies elsewhere is missed: how often is measured against exact search when the
index is made, and as many lists are looked into as it takes to find nearly all.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.recognition.base import Metric
from explorer.science.recognition.block_search import BLOCK_ROWS, BlockSearch
from explorer.science.recognition.neighbours import Matrix, unit

# With fewer rows, exact search is quick enough.
FEWEST = 100_000
WANTED_RECALL = 0.97
NEIGHBOURS = 10
# Faces whose neighbours are sought both ways.
SAMPLE = 200
_PER_CENTRE = 32
_STEPS = 10
_ASKED_AT_ONCE = 20
_GROWTH = 1.3
_FEW_LISTS = 16
# Of faiss: threads share the queries, or the lists that one query looks into.
_BY_QUERIES, _BY_LISTS = 0, 1
# Candidates that are scored by their embeddings, for each that is asked for: bytes put near ones out of order.
_CANDIDATES = 6


@dataclass(frozen=True)
class IndexFacts:
    """What is known of an index.

    rows: that it holds. lists: it has. probes: of these, looked into. recall: share of the ten nearest that it finds,
    against exact search. sample: of so many faces.
    """

    rows: int
    lists: int
    probes: int
    recall: float
    sample: int

    @property
    def says(self) -> str:
        """In words."""
        share = f"recall@{NEIGHBOURS} {self.recall:.3f} against exact search, on {self.sample} of its faces"
        return f"approximate search: {self.probes} of {self.lists} lists, {share}"


def lists_for(rows: int) -> int:
    """How many lists an index of so many rows has: the power of two next to four times their root."""
    return int(2 ** round(np.log2(max(4 * np.sqrt(rows), 2))))


def make_index(
    vectors: NDArray[np.floating],
    measure: Metric,
    path: Path,
    present: NDArray[np.bool_] | None = None,
    seed: int = 0,
    wanted: float = WANTED_RECALL,
) -> Generator[tuple[str, int, int], None, IndexFacts]:
    """Make an index and measure it.

    Args:
        vectors: (N, D) raw embeddings, float16 or float32, memory-mapped or not.
        path: the file that is written. present: (N,) rows that count; all for None.
        wanted: recall at which no more lists are looked into.

    Yields:
        What is done, how far, of how much.

    Raises:
        ModuleNotFoundError: faiss is not installed.
        ValueError: there are no rows.
    """
    import faiss

    rows = np.arange(len(vectors)) if present is None else np.flatnonzero(present)
    if not len(rows):
        raise ValueError("there are no embeddings to make an index of")
    lists = min(lists_for(len(rows)), len(rows))
    yield "finding centres", 0, _STEPS
    random = np.random.default_rng(seed)
    chosen = np.sort(random.choice(rows, min(len(rows), lists * _PER_CENTRE), replace=False))
    sample = _compared(vectors[chosen], measure)
    centres = None
    for step in range(_STEPS):
        means = faiss.Kmeans(
            vectors.shape[1],
            lists,
            niter=1,
            seed=seed + 1,
            spherical=measure == "cosine",
            min_points_per_centroid=1,
            max_points_per_centroid=_PER_CENTRE,
        )
        means.train(sample, init_centroids=centres)
        centres = means.centroids
        yield "finding centres", step + 1, _STEPS
    index = _empty(faiss, vectors.shape[1], lists, measure)
    index.quantizer.add(centres)
    index.train(sample)
    for start in range(0, len(rows), BLOCK_ROWS):
        some = rows[start : start + BLOCK_ROWS]
        index.add_with_ids(_compared(vectors[some], measure), some.astype(np.int64))
        yield "filing embeddings", start + len(some), len(rows)
    faiss.write_index(index, str(path))
    asked = np.sort(random.choice(rows, min(SAMPLE, len(rows)), replace=False))
    queries = np.asarray(vectors[asked], np.float32)
    comparing, exact = BlockSearch(vectors, measure, present), []
    for start in range(0, len(asked), _ASKED_AT_ONCE):
        yield "measuring recall", start, len(asked)
        exact += list(comparing.nearest(queries[start : start + _ASKED_AT_ONCE], NEIGHBOURS + 1)[0])
    probes, recall = 1, 0.0
    while True:
        search = ApproximateSearch(vectors, measure, index, probes)
        hits = [
            _found(search.nearest(query, NEIGHBOURS + 1)[0], best, itself)
            for query, best, itself in zip(queries, exact, asked.tolist(), strict=True)
        ]
        recall = float(np.mean(hits))
        if recall >= wanted or probes >= lists:
            return IndexFacts(len(rows), lists, probes, recall, len(asked))
        probes = min(max(probes + 1, round(_GROWTH * probes)), lists)
        yield "measuring recall", len(asked), len(asked)


def open_index(path: Path) -> Any:
    """Open an index that `make_index` wrote; its lists stay in the file, and are mapped.

    Raises:
        ModuleNotFoundError: faiss is not installed. ValueError: it is no such index.
    """
    import faiss

    try:
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
    except RuntimeError as error:
        raise ValueError(f"{path.name} is no index that faiss reads") from error
    if not isinstance(index, faiss.IndexIVF):
        raise ValueError(f"{path.name} is an index of another kind")
    return index


def remove_from_index(path: Path, written: Path, rows: NDArray[np.int64]) -> None:
    """Write an index anew without some rows, so that nothing of them stays in the file."""
    import faiss

    index = faiss.read_index(str(path))
    index.remove_ids(faiss.IDSelectorBatch(np.asarray(rows, np.int64)))
    faiss.write_index(index, str(written))


class ApproximateSearch:
    """Embeddings with an index over them.

    Args:
        vectors: (N, D) raw embeddings, by which candidates are scored.
        index: as `open_index` gives it. probes: lists that are looked into.
    """

    def __init__(self, vectors: NDArray[np.floating], measure: Metric, index: Any, probes: int) -> None:
        self._index, self._probes, self._measure = index, probes, measure
        self._exact = BlockSearch(vectors, measure)

    def nearest(self, query: NDArray[np.float32], count: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows of the nearest embeddings to one (D,), the nearest first, and their exact scores; `count` at most."""
        self._index.nprobe, self._index.parallel_mode = self._probes, _BY_LISTS
        compared = _compared(np.asarray(query, np.float32)[None], self._measure)
        _, found = self._index.search(compared, count * _CANDIDATES if count < 1000 else count)
        rows, scores = self._exact.rescored(query, found[0][found[0] >= 0])
        return rows[:count], scores[:count]

    def neighbours(self, queries: Matrix, count: int) -> NDArray[np.int64]:
        """Rows of the nearest to each of some embeddings (Q, D), by their bytes alone; -1 for none.

        A few of the lists are looked into: those who are one person's lie near each other, strangers do not count.
        """
        few = min(self._probes, max(_FEW_LISTS, self._index.nlist // 128))
        self._index.nprobe, self._index.parallel_mode = few, _BY_QUERIES
        found: NDArray[np.int64] = self._index.search(_compared(queries, self._measure), count)[1]
        return found


def _empty(faiss: Any, dimension: int, lists: int, measure: Metric) -> Any:
    cosine = measure == "cosine"
    centres = faiss.IndexFlatIP(dimension) if cosine else faiss.IndexFlatL2(dimension)
    metric = faiss.METRIC_INNER_PRODUCT if cosine else faiss.METRIC_L2
    return faiss.IndexIVFScalarQuantizer(
        centres,
        dimension,
        lists,
        faiss.ScalarQuantizer.QT_8bit,
        metric,
        False,  # the bytes are of the embeddings
    )


def _found(found: NDArray[np.int64], best: NDArray[np.int64], itself: int) -> float:
    """The share of the ten nearest to a face that were found; it is not its own neighbour."""
    wanted = best[best != itself][:NEIGHBOURS]
    return float(np.isin(wanted, found[found != itself][:NEIGHBOURS]).mean()) if len(wanted) else 1.0


def _compared(vectors: NDArray[np.floating], measure: Metric) -> Matrix:
    some = np.ascontiguousarray(vectors, np.float32)
    return unit(some) if measure == "cosine" else some
