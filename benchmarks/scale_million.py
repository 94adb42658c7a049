"""The part `million` of `benchmarks.scale`: a million faces in the gallery of the window.

    python -m benchmarks.scale_million spread      # once: how far a person's photographs lie apart, from ORL
    python -m benchmarks.scale million [--people 200000]
    python -m benchmarks.scale_million dry --people 4000   # prints the figures and keeps none

A collection is made of 200,000 people with five vectors each, of 512 numbers, and a thumbnail a face. No photograph is
behind them: centres and deviations are drawn with the covariance that the generated faces of
`models/gallery.safetensors` have under arcface-mbf, in such shares that two vectors of a person have the mean cosine
of two photographs of a person of ORL, which stands in `million_spread.json`. In processes of their own the collection
is made, its index is made, and the real window opens it, on the display there is or a virtual one: it is scrolled as
`benchmarks.gallery` does, sorted by similarity to faces in turn, and laid out on the map. The recall is that of the ten
nearest that the window shows, the face itself apart, against exact search. Memory is what the process holds that is
mapped from no file; no network is loaded.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Part, commit
from benchmarks.gallery import SIZE, _display, _wait, scroll

PEOPLE, EACH, DIMENSION, ENCODER = 200_000, 5, 512, "arcface-mbf"
FIGURES = (
    "gallery_million_open_seconds",
    "gallery_million_fps",
    "search_million_ms",
    "search_million_recall",
    "memory_million_gb",
)
SPREAD = Path(__file__).parent / "million_spread.json"
SEARCHES, NEAREST = 50, 10
PICTURES = 4096
_AT_ONCE = 2000


def measure_million(people: int = PEOPLE, work: Path | None = None) -> Part:
    """Make the collection and its index, open it, and measure.

    Raises:
        subprocess.CalledProcessError: a part failed.
    """
    with tempfile.TemporaryDirectory(dir=work) as folder, _display():
        found = {}
        for part in ("make", "index", "look"):
            begun = time.perf_counter()
            output = _child(part, Path(folder), people)
            found[f"{part}_seconds"] = round(time.perf_counter() - begun, 1)
        details = {**json.loads(output.splitlines()[-1]), **found}
    headline = {figure: float(details.pop(figure)) for figure in FIGURES}
    return Part(headline, {"million": details})


def make(folder: Path, people: int) -> None:
    """Write the collection."""
    from explorer.studio.collection.writing import CollectionWriter, Row

    pictures = thumbnails(PICTURES)
    place = folder / "million.faces"
    number = 0
    with CollectionWriter(place, ENCODER, DIMENSION) as writer:
        for block in made_up_vectors(people, mean_cosine()):
            for vector in block:
                person = number // EACH + 1
                writer.add(
                    Row(
                        vector,
                        hashlib.sha256(b"face %d" % number).hexdigest(),
                        name=f"person {person} face {number % EACH + 1}.jpg",
                        person=f"Person {person}",
                        thumbnail=pictures[number * 7919 % len(pictures)],
                    )
                )
                number += 1


def made_up_vectors(people: int, cosine: float, seed: int = 0) -> Any:
    """Vectors of people one after another, EACH of each, in blocks (n, 512) float32.

    Args:
        cosine: the mean one of two vectors of a person.
    """
    random, factor = np.random.default_rng(seed), covariance_factor()
    for start in range(0, people, _AT_ONCE):
        count = min(_AT_ONCE, people - start)
        centres = random.standard_normal((count, 1, len(factor)), np.float32)
        own = random.standard_normal((count, EACH, len(factor)), np.float32)
        yield ((np.sqrt(cosine) * centres + np.sqrt(1 - cosine) * own) @ factor).reshape(-1, DIMENSION)


def covariance_factor() -> NDArray[np.float32]:
    """(499, 512): what turns white noise into vectors that vary as those of generated faces do, of mean square 1."""
    from safetensors.numpy import load_file

    from explorer.studio import places

    faces = load_file(places.models() / "gallery.safetensors")[ENCODER].astype(np.float64)
    faces /= np.linalg.norm(faces, axis=1, keepdims=True)
    _, sizes, axes = np.linalg.svd(faces - faces.mean(0), full_matrices=False)
    factor = (sizes[:, None] * axes)[:-1]
    return np.asarray(factor / np.sqrt((sizes[:-1] ** 2).sum()), np.float32)


def thumbnails(count: int) -> list[bytes]:
    """Small JPEGs, each of its own colours."""
    import cv2

    from explorer.studio.gallery.pictures import jpeg

    random = np.random.default_rng(0)
    few = random.integers(0, 255, (count, 5, 5, 3), np.uint8)
    return [jpeg(cv2.resize(one, (128, 128), interpolation=cv2.INTER_CUBIC)) for one in few]


def index(folder: Path) -> None:
    """Make the collection's index."""
    from explorer.science.iteration import Steps
    from explorer.studio.collection.index import make_cached_index
    from explorer.studio.collection.reading import open_collection

    for _ in Steps(make_cached_index(open_collection(folder / "million.faces"), "cosine")):
        pass


def look(folder: Path, people: int) -> dict[str, Any]:
    """Open the collection in a window, scroll, search and map; the figures."""
    from PySide6.QtWidgets import QApplication

    from explorer.science.inversion.terms import default_weights
    from explorer.studio.app.features import new_session
    from explorer.studio.app.workbench import Workbench
    from explorer.studio.engine.engine import Engine
    from explorer.studio.gallery.browsing import BROWSING
    from explorer.ui.base import theme
    from explorer.ui.gallery.panel import GalleryPanel
    from explorer.ui.session.service import SessionFileService
    from explorer.ui.window.main_window import MainWindow
    from tests.ui.canned import HANDLERS

    app = QApplication([sys.argv[0]])
    theme.install(app)
    session = new_session()
    window = MainWindow(session)
    window.resize(*SIZE)
    window.show()
    bench = Workbench(Engine(_with_collections(HANDLERS)), session, default_weights())
    window.complete()
    window.attach(bench)
    window.docks["gallery"].setFloating(True)
    window.docks["gallery"].resize(SIZE[0] - 40, SIZE[1] - 60)
    window.bring("gallery")
    _wait(app, window.docks["gallery"].isVisible, 1.0)
    memory = {"empty": anonymous()}
    grid = window.panel(GalleryPanel).grid
    begun = time.perf_counter()
    bench.gallery.linking.link(folder / "million.faces")
    _wait(app, lambda: grid.faces.rowCount() == people * EACH)
    grid.viewport().repaint()
    app.sync()
    opened = time.perf_counter() - begun
    memory["opened"] = anonymous()
    scrolled = scroll(app, grid)
    memory["scrolled"] = anonymous()
    searched = _search(app, bench, session)
    memory["searched"] = anonymous()
    begun = time.perf_counter()
    window.bring("map")
    _wait(app, lambda: session[BROWSING].plane is not None)
    mapped = time.perf_counter() - begun
    memory["mapped"] = anonymous()
    window.service(SessionFileService).ask = lambda keeping: "discard"
    window.close()
    return {
        "gallery_million_open_seconds": opened,
        "gallery_million_fps": scrolled["frames"] / scrolled["seconds"],
        "search_million_ms": statistics.quantiles(searched["milliseconds"], n=20)[-1],
        "search_million_recall": searched.pop("recall"),
        "memory_million_gb": max(memory.values()) / 1e9,
        "vectors": people * EACH,
        "mean_cosine_within_a_person": mean_cosine(),
        "scrolling": scrolled,
        "searching": searched,
        "map_seconds": round(mapped, 1),
        "anonymous_gb": {when: round(held / 1e9, 3) for when, held in memory.items()},
    }


def _with_collections(handlers: Any) -> dict[Any, Any]:
    from explorer.studio.gallery.collections import CollectionHandlers

    return {**handlers, **CollectionHandlers().table()}


def _search(app: Any, bench: Any, session: Any) -> dict[str, Any]:
    """Sort by similarity to faces in turn; how long it takes until they are sorted, and how many are right."""
    from explorer.science.recognition.block_search import BlockSearch
    from explorer.studio.gallery.browsing import BROWSING

    bench.settings.select_encoder(ENCODER)
    listing = session[BROWSING].listing
    one = listing.far.collection
    rows = [(7919 * (number + 2)) % len(listing) for number in range(SEARCHES + 1)]
    bench.gallery.choose([listing.keys[rows[0]]])
    bench.gallery.sort("similarity")
    times, shown, says = [], [], ""
    for number, row in enumerate(rows):
        key = listing.keys[row]
        begun = time.perf_counter()
        bench.gallery.choose([key])
        while session[BROWSING].shown.reference != key or "nearest" not in session[BROWSING].shown.says:
            app.processEvents()
        if number:  # the first opens the index
            times.append(round(1000 * (time.perf_counter() - begun), 2))
        says = session[BROWSING].shown.says
        shown.append([int(found) for found in session[BROWSING].shown.rows[: NEAREST + 1] if found != row][:NEAREST])
    exact, _ = BlockSearch(one.vectors, "cosine").nearest(np.asarray(one.vectors[rows], np.float32), NEAREST + 1)
    hits = [
        len(set(found) & {int(best) for best in wanted if best != row}) / NEAREST
        for row, found, wanted in zip(rows, shown, exact, strict=True)
    ]
    return {"recall": float(np.mean(hits)), "milliseconds": sorted(times), "says": says}


def anonymous() -> int:
    """Bytes of memory of this process that are mapped from no file."""
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the system does not tell what memory is mapped from no file")


def mean_cosine() -> float:
    """The mean cosine of two photographs of a person of ORL under arcface-mbf.

    Raises:
        SystemExit: it was not measured.
    """
    if not SPREAD.exists():
        raise SystemExit(
            "measure first how far a person's photographs lie apart: python -m benchmarks.scale_million spread"
        )
    return float(json.loads(SPREAD.read_text())["mean_cosine"])


def measure_spread() -> None:
    """Embed ORL's photographs, and write how far those of a person lie apart."""
    from explorer.science.evaluation.scoring import embed_face
    from explorer.studio.catalogue.networks import Networks
    from explorer.studio.evaluation.orl import orl_set

    networks = Networks("cpu")
    detector, encoder = networks.detector(), networks.recogniser(ENCODER)
    people, vectors, without = [], [], 0
    for one in orl_set().photographs:
        photograph = one.read()
        faces = detector.detect(photograph.pixels)
        if faces:
            people.append(one.person)
            vectors.append(embed_face(encoder, photograph, faces[0]).numpy())
        without += not faces
    units = np.stack(vectors) / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = units @ units.T
    same = (np.array(people)[:, None] == np.array(people)[None]) & np.tri(len(people), k=-1, dtype=bool)
    found = {
        "encoder": ENCODER,
        "set": "orl",
        "photographs": len(people),
        "without_a_face": without,
        "pairs": int(same.sum()),
        "mean_cosine": round(float(scores[same].mean()), 4),
        "standard_deviation": round(float(scores[same].std()), 4),
        "commit": commit(),
    }
    SPREAD.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found))


def _child(part: str, folder: Path, people: int) -> str:
    command = [sys.executable, "-m", "benchmarks.scale_million", part, "--folder", str(folder), "--people", str(people)]
    own = {**os.environ, "LIKENESS_CACHE": str(folder / "cache")}
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=own).stdout


def main() -> None:
    """Measure the spread, or be a part of the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=("spread", "make", "index", "look", "dry"))
    parser.add_argument("--folder", type=Path, help="of the parts")
    parser.add_argument("--people", type=int, default=PEOPLE)
    options = parser.parse_args()
    if options.part == "spread":
        measure_spread()
    elif options.part == "make":
        make(options.folder, options.people)
    elif options.part == "index":
        index(options.folder)
    elif options.part == "look":
        print(json.dumps(look(options.folder, options.people)))
    else:
        part = measure_million(options.people, options.folder)
        print(json.dumps({**part.headline, **part.details}, indent=1))


if __name__ == "__main__":
    main()
