"""Follow every link of a built site: where it leads must be there, and nothing may be loaded from a network.

    python -m scripts.docs_links [build/site]

A link to another site is a reader's to follow; it is counted, not asked for.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

SITE = Path(__file__).resolve().parents[1] / "build" / "site"
# Of these, a link is loaded when the page is, not followed by the reader.
LOADED = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src", "video": "src"}


@dataclass
class Links:
    """What a page has: names that can be led to, links, and what it loads."""

    names: set[str] = field(default_factory=set)
    followed: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """What is wrong on a site, each "PAGE: LINK". pages, links: looked at; others: that lead to other sites."""

    dead: tuple[str, ...]
    from_network: tuple[str, ...]
    pages: int
    links: int
    others: int


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links = Links()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag names, leads to or loads."""
        given = {name: value or "" for name, value in attrs}
        self.links.names |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.followed.append(given["href"])
        if tag in LOADED and LOADED[tag] in given and given.get("rel") not in {"canonical", "next", "prev"}:
            self.links.loaded.append(given[LOADED[tag]])


def links_of(page: Path) -> Links:
    """Read a page."""
    reader = _Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader.links


def check(site: Path) -> Found:
    """Follow the links of all pages of a site.

    Raises:
        FileNotFoundError: there is no page.
    """
    pages = {path: links_of(path) for path in sorted(site.rglob("*.html"))}
    if not pages:
        raise FileNotFoundError(f"no site in {site}: build it with make docs")
    dead, from_network, links, others = [], list(_styles(site)), 0, 0
    for path, found in pages.items():
        shown = path.relative_to(site).as_posix()
        for link in (*found.followed, *found.loaded):
            links += 1
            if urlsplit(link).scheme or link.startswith("//"):
                others += 1
            elif not _leads_somewhere(link, path, site, pages):
                dead.append(f"{shown}: {link}")
        from_network += [f"{shown}: {one}" for one in found.loaded if re.match(r"https?:|//", one)]
    return Found(tuple(dead), tuple(from_network), len(pages), links, others)


def _leads_somewhere(link: str, page: Path, site: Path, pages: dict[Path, Links]) -> bool:
    address, name = urldefrag(link)
    place = urlsplit(address).path
    if not place:
        target = page
    elif place.startswith("/"):
        target = site / unquote(place.lstrip("/"))
    else:
        target = (page.parent / unquote(place)).resolve()
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return False
    return not name or target not in pages or unquote(name) in pages[target].names


def _styles(site: Path) -> list[str]:
    """Addresses of other places that style sheets load."""
    found = []
    for path in sorted(site.rglob("*.css")):
        loaded = re.findall(r"url\(\s*[\"']?((?:https?:)?//[^)\"']+)", path.read_text(encoding="utf-8"))
        found += [f"{path.relative_to(site).as_posix()}: {one}" for one in loaded]
    return found


def main() -> None:
    """Check a site; what is wrong is said, and fails."""
    parser = argparse.ArgumentParser(description="Follow every link of a built site.")
    parser.add_argument("site", nargs="?", type=Path, default=SITE)
    found = check(parser.parse_args().site.resolve())
    print(f"{found.pages} pages, {found.links} links, {found.others} of them to other sites")
    wrong = [f"dead link on {one}" for one in found.dead]
    wrong += [f"loaded from a network by {one}" for one in found.from_network]
    if wrong:
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main()
