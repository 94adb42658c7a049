"""The small world as fixtures: pip is set to see it and nothing else, and the catalogue to pin it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from explorer.studio import places
from explorer.studio.catalogue import entries, store
from tests.studio.catalogue.catalogue_kit import (
    LARGE,
    SMALL,
    SOURCE,
    TEXT,
    WHEEL,
    WHOLE,
    Server,
    World,
    archive_text,
    entry_text,
    source_archive,
    wheel,
)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    archives = {
        WHEEL: wheel({"nets/large.bin": LARGE, "nets/small.xml": SMALL, "nets/__init__.py": b"raise SystemExit(9)"}),
        SOURCE: source_archive({"source_net-2.5/w.dat": TEXT, "source_net-2.5/setup.py": b"raise SystemExit(9)"}),
        WHOLE: wheel({"people/P001.txt": TEXT}),
    }
    world = World(tmp_path, tmp_path / "cache", archives)
    (tmp_path / "models").mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv(places.CACHE_VARIABLE, str(world.cache))
    monkeypatch.setattr(places, "models", lambda: tmp_path / "models")
    world.write_catalogue(
        archive_text(
            "two-nets",
            "1.0",
            WHEEL,
            archives[WHEEL],
            entry_text("large", "nets/large.bin", LARGE),
            entry_text("small", "nets/small.xml", SMALL),
        )
        + archive_text("source-net", "2.5", SOURCE, archives[SOURCE], entry_text("text", "source_net-2.5/w.dat", TEXT))
        + archive_text(
            "people", "0.1", WHOLE, archives[WHOLE], entry_text("people", None, archives[WHOLE], "evaluation")
        )
    )
    store._digest.cache_clear()
    yield world
    entries.catalogue.cache_clear()
    store._digest.cache_clear()


@pytest.fixture
def server(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    served = Server()

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            if not (self.path.endswith((".whl", ".gz")) and served.on_archive(self)):
                super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(world.index())))
    listening.daemon_threads = True
    served.url = f"http://127.0.0.1:{listening.server_port}/"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", served.url)
    yield served
    listening.shutdown()
    listening.server_close()
    thread.join()
