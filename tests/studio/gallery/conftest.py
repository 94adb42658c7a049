"""A folder of people, and a program that has read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.studio.gallery.gallery_kit import folder_of_people
from tests.studio.gallery.many import Many


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return folder_of_people(tmp_path / "people")


@pytest.fixture
def many(people: Path) -> Many:
    program = Many()
    program.add(people)
    return program
