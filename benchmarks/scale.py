"""Past one machine, and out of the door: what the documentation has, and how fast faces are embedded.

    python -m benchmarks.scale [PART ...] [--faces N] [--work DIR]

Parts, of which each puts its figures among the results that there are; documentation if none is named:

documentation     the papers' items, how many of them have no code, and the dead links of the site, built for it
embedding         photographs a second that are read, searched for their face, aligned and embedded, one after another:
                  the sample faces over and over, with all of torch's threads, on an otherwise idle machine
million           a million faces in the window's gallery (`benchmarks.scale_million`): gigabytes of disk
workers           how much faster `likeness batch embed --cluster local:2` is than local:1, and than without Dask
kills             a worker killed ten times at random: the same bytes, and nothing lost
hosts             two hosts, which are network namespaces, with TLS; needs root and iproute2. Strangers are refused
leaderboard       `benchmarks.scale_leaderboard`: the leaderboard of all encoders on openpeople and ORL; it takes hours,
                  and goes on where it was stopped, by what lies in --work

`documentation` measures no speed. `python -m scripts.scale_page` then writes docs/scale.md with `embedding`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

from benchmarks import scale_leaderboard, scale_million
from benchmarks.common import Part, write_part
from benchmarks.scale_cluster import measure_hosts, measure_kills, measure_workers
from explorer.studio.places import cache
from scripts import docs_build, docs_links, paper_pages

FIGURES = (
    *("embedded_per_second", "speedup_two_workers", "speedup_over_no_dask"),
    *("kills_survived", "identical_results", "hosts_identical_results", "strangers_refused"),
    *scale_million.FIGURES,
    *scale_leaderboard.FIGURES,
    *("paper_items", "paper_items_without_code", "dead_links"),
)
FACES, WARM = 200, 8


def measure_documentation() -> Part:
    """Count the papers' items, build the site, and follow its links."""
    papers = paper_pages.read_papers()
    counted = paper_pages.count(papers)
    without = {"planned", "open"}
    open_items = [f"{name}, {one.id}" for name, paper in papers.items() for one in paper.items if one.status in without]
    docs_build.build()
    site = docs_links.check(docs_links.SITE)
    headline: dict[str, float] = {
        "paper_items": counted["paper_items"],
        "paper_items_without_code": counted["paper_items_without_code"],
        "dead_links": len(site.dead),
    }
    found = {
        "items_without_code": open_items,
        "dead": list(site.dead),
        "loaded_from_a_network": list(site.from_network),
        "pages": site.pages,
        "links": site.links,
        "links_to_other_sites": site.others,
    }
    return Part(headline, {"documentation": found})


def measure_embedding(faces: int = FACES) -> Part:
    """Embed so many photographs, one after another."""
    import explorer as lk
    from explorer.studio.faces.samples import SAMPLES

    photographs = [sample.path for sample in SAMPLES]
    for photograph in islice(cycle(photographs), WARM):
        lk.embed(photograph)
    begun = time.perf_counter()
    for photograph in islice(cycle(photographs), faces):
        lk.embed(photograph)
    rate = faces / (time.perf_counter() - begun)
    return Part({"embedded_per_second": rate}, {"embedding": {"faces": faces, "encoder": "arcface-mbf"}})


def main() -> None:
    """Measure and write `benchmarks/results/scale.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words = "documentation, embedding, million, workers, kills, hosts, leaderboard"
    parser.add_argument("parts", nargs="*", metavar="PART", help=words)
    parser.add_argument("--faces", type=int, help="that are embedded [default: as the part says]")
    parser.add_argument("--people", type=int, default=scale_million.PEOPLE, help="in the million, five vectors each")
    parser.add_argument("--work", type=Path, help="what longer parts keep [default: in the cache]")
    options = parser.parse_args()
    work = options.work or cache() / "benchmarks" / "scale"
    faces = {} if options.faces is None else {"faces": options.faces}
    parts: dict[str, Callable[[], Part]] = {
        "documentation": measure_documentation,
        "embedding": lambda: measure_embedding(**faces),
        "million": lambda: scale_million.measure_million(options.people),
        "workers": lambda: measure_workers(**faces),
        "kills": lambda: measure_kills(**faces),
        "hosts": lambda: measure_hosts(**faces),
        "leaderboard": lambda: scale_leaderboard.measure_leaderboard(work / "leaderboard"),
    }
    names = options.parts or ["documentation"]
    for name in names:
        if name not in parts:
            parser.error(f"there is no part {name}: the parts are {', '.join(parts)}")
    for name in names:
        write_part("scale", FIGURES, name, parts[name]())


if __name__ == "__main__":
    main()
