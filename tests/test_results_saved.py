"""Results of the library are saved as the command line saves them: whole or not at all, never onto what is read."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explorer import results
from explorer.studio import outputs, places
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import read_provenance, sidecar
from explorer.studio.files import explained
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.inversion.running import FinishedInversion
from tests.studio.export.made_up import made_up_run
from tests.studio.geometry.viewing_kit import fitted_face

PHOTOGRAPH = places.resources() / "faces" / "synthetic-p002.jpg"


class Made:
    """How often the inversion was run."""

    runs = 0


@pytest.fixture
def made() -> Made:
    return Made()


@pytest.fixture
def inversion(made, monkeypatch) -> results.Inversion:
    """An inversion of the photograph that ends at once."""
    run = made_up_run(steps=5)

    def run_inversion(*_, should_stop):
        made.runs += 1
        yield from ()
        return FinishedInversion(run, np.full((64, 64, 3), 90, np.uint8), torch.zeros(512), (torch.zeros(512),))

    monkeypatch.setattr(results, "run_inversion", run_inversion)
    digest = hashlib.sha256(PHOTOGRAPH.read_bytes()).hexdigest()
    target = SimpleNamespace(record=SimpleNamespace(sha256=digest))
    return results.Inversion(None, target, run.settings)


def names(folder: Path) -> list[str]:
    return sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*"))


def test_a_missing_folder_is_made_its_owners_alone(inversion, tmp_path):
    picture, record = inversion.save(tmp_path / "new" / "deep" / "a.png")
    assert (picture, record) == (tmp_path / "new/deep/a.png", sidecar(tmp_path / "new/deep/a.png"))
    assert read_provenance(picture)["format"]
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    assert picture.stat().st_mode & 0o077 == 0


def test_an_earlier_result_of_the_name_is_replaced_and_what_else_lies_there_stays(inversion, tmp_path):
    (tmp_path / "a.png").write_bytes(b"earlier")
    (tmp_path / "others.txt").write_bytes(b"theirs")
    inversion.save(tmp_path / "a.png")
    assert names(tmp_path) == ["a.png", "a.png.json", "others.txt"]
    assert (tmp_path / "others.txt").read_bytes() == b"theirs"
    assert read_provenance(tmp_path / "a.png")


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.png/"])
def test_another_ending_and_a_folder_are_refused_before_anything_is_run(inversion, made, tmp_path, name):
    if name.endswith("/"):
        (tmp_path / name).mkdir()
    with pytest.raises(UserError, match=r"\.png|a folder of that name"):
        inversion.save(tmp_path / name)
    assert made.runs == 0


def test_the_photograph_that_was_inverted_is_not_written_onto(inversion, made, tmp_path):
    copy, link = tmp_path / "copy.png", tmp_path / "link.png"
    shutil.copy(PHOTOGRAPH, copy)
    link.symlink_to(copy)
    for path in (copy, link):
        with pytest.raises(UserError, match="is what was read"):
            inversion.save(path)
    assert copy.read_bytes() == PHOTOGRAPH.read_bytes()
    assert made.runs == 0


def test_a_file_in_place_of_a_folder_is_said_in_one_line(inversion, made, tmp_path):
    (tmp_path / "file").write_bytes(b"1")
    with pytest.raises(UserError, match="cannot write"):
        inversion.save(tmp_path / "file" / "a.png")
    assert made.runs == 0


@pytest.mark.parametrize("number", ["EROFS", "EACCES"])
def test_a_read_only_disk_is_said_in_one_line(inversion, made, tmp_path, monkeypatch, number):
    import errno

    def refuse(**_):
        raise OSError(getattr(errno, number), "no")

    monkeypatch.setattr(outputs.tempfile, "mkdtemp", refuse)
    with pytest.raises(UserError, match=r"read-only|may not write"):
        inversion.save(tmp_path / "new" / "a.png")
    assert made.runs == 0
    assert names(tmp_path) == [], "a folder that was made for it goes again"


def test_a_picture_without_its_record_is_not_left_behind(inversion, tmp_path, monkeypatch):
    from explorer.studio.inversion import export

    def full(path, record):
        raise explained(OSError(28, "full"), path)

    monkeypatch.setattr(export, "write_sidecar", full)
    with pytest.raises(UserError, match=f"cannot write {tmp_path}"):
        inversion.save(tmp_path / "a.png")
    assert names(tmp_path) == []


@pytest.fixture(scope="module")
def fit() -> results.Fit:
    record = {"sha256": hashlib.sha256(PHOTOGRAPH.read_bytes()).hexdigest()}
    return results.Fit(fitted_face(load_morphable_model()), record)


@pytest.mark.slow
def test_a_fit_in_a_folder_stays_and_the_next_goes_beside_it(fit, tmp_path):
    first = fit.save(tmp_path / "all", level=0, texture=64)
    with pytest.warns(UserWarning, match="holds an earlier result, which stays"):
        second = fit.save(tmp_path / "all", level=0, texture=64)
    assert {path.parent.name for path in first} == {"all"}
    assert {path.parent.name for path in second} == {"all-2"}
    assert all(path.is_file() for path in (*first, *second))


@pytest.mark.slow
def test_a_mesh_is_not_written_onto_the_photograph(fit, tmp_path):
    copy = tmp_path / "copy.obj"
    shutil.copy(PHOTOGRAPH, copy)
    with pytest.raises(UserError, match="is what was read"):
        fit.save(copy)
    (tmp_path / "file").write_bytes(b"1")
    with pytest.raises(UserError, match="cannot write"):
        fit.save(tmp_path / "file" / "a.glb")
