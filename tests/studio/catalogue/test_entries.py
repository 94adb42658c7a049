"""The shipped catalogue, and the real files it pins."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from explorer.studio import catalogue
from explorer.studio.catalogue.entries import Archive, Entry


def test_ids_and_files_are_unique() -> None:
    known = catalogue.catalogue()
    ids = [entry.id for entry in known.entries()]
    files = [archive.file for archive in known.archive]
    assert len(ids) == len(set(ids))
    assert len(files) == len(set(files))


def test_the_default_group_is_what_the_readme_promises() -> None:
    known = catalogue.catalogue()
    default = [known.entry(id) for id in known.group("default")]
    archives = {archive.file: archive.size for archive in map(known.archive_of, default)}
    assert 200e6 < sum(archives.values()) < 230e6
    assert 130e6 < sum(entry.size for entry in default) < 140e6


def test_every_real_file_is_here_and_is_the_pinned_one() -> None:
    """But for the optional encoders: whether they are here changes nothing."""
    needed = [entry.id for entry in catalogue.catalogue().entries() if entry.group != "encoders"]
    assert set(catalogue.verify(needed).values()) == {"present"}
    assert "damaged" not in catalogue.verify().values()


@pytest.mark.parametrize("change", [{"sha256": "abc"}, {"id": "../x"}, {"size": 0}, {"group": "other"}, {"surplus": 1}])
def test_a_malformed_entry_is_refused(change: dict[str, object]) -> None:
    right = catalogue.catalogue().entries()[0].model_dump()
    assert Entry.model_validate(right)
    with pytest.raises(ValidationError):
        Entry.model_validate(right | change)


@pytest.mark.parametrize("file", ["../evil.whl", "a/b.whl", "x.exe", "x.tgz.exe"])
def test_an_archive_cannot_name_a_path(file: str) -> None:
    right = catalogue.catalogue().archive[0].model_dump()
    assert Archive.model_validate(right)
    with pytest.raises(ValidationError):
        Archive.model_validate(right | {"file": file})
