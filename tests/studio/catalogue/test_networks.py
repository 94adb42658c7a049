"""The project's own weights: what is said when a file of them is not as it should be."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from explorer.studio import places
from explorer.studio.catalogue import networks
from explorer.studio.catalogue.networks import Networks
from explorer.studio.engine.failures import failure
from explorer.studio.errors import UserError, explain


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "models", lambda: tmp_path)
    return tmp_path


def load_gallery():
    return Networks().calibration("sface")


def load_head():
    return networks._load_head(128)


@pytest.mark.parametrize(
    ("load", "file"), [(load_gallery, "gallery.safetensors"), (load_head, "preview-128.safetensors")]
)
def test_a_missing_file_is_named_and_the_way_to_get_it_is_said(models, load, file):
    with pytest.raises(UserError) as raised:
        load()
    line = explain(raised.value)
    assert line.startswith(f"{models / file}, which belongs to this program, is missing: ")
    assert "`likeness train`" in line
    assert failure(raised.value).kind == "user"


@pytest.mark.parametrize(
    ("load", "file", "content"),
    [
        (load_gallery, "gallery.safetensors", b""),
        (load_gallery, "gallery.safetensors", b"this is no file of weights"),
        (load_gallery, "gallery.safetensors", {"sface": torch.zeros(3, 127)}),
        (load_head, "preview-128.safetensors", b""),
        (load_head, "preview-128.safetensors", b"this is no file of weights"),
        (load_head, "preview-128.safetensors", {"other": torch.zeros(3, 128)}),
    ],
)
def test_a_damaged_or_foreign_file_is_named(models, load, file, content):
    path = models / file
    path.write_bytes(content) if isinstance(content, bytes) else save_file(content, path)
    with pytest.raises(
        UserError, match=r"damaged, or of another version|is empty: download or copy it again"
    ) as raised:
        load()
    assert str(path) in str(raised.value)


def test_memory_that_runs_out_while_loading_is_not_taken_for_a_damaged_file(models, monkeypatch):
    def full(path):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(networks, "load_file", full)
    with pytest.raises(RuntimeError, match="allocate") as raised:
        load_head()
    assert failure(raised.value).kind == "memory"


def faces(seed, dimension=128):
    return torch.randn(20, dimension, generator=torch.Generator().manual_seed(seed))


def test_an_encoder_without_impostor_statistics_has_no_calibration(models):
    save_file({"sface": faces(0)}, models / "gallery.safetensors")
    assert Networks().calibration("sface") is not None
    assert Networks().calibration("dlib-resnet") is None


def test_impostor_statistics_of_an_encoder_may_lie_in_a_file_of_their_own(models):
    save_file({"sface": faces(0), "dlib-resnet": faces(1)}, models / "gallery.safetensors")
    save_file({"sface": faces(2)}, models / "gallery-sface.safetensors")
    assert torch.equal(Networks().calibration("sface").gallery, faces(2))
    assert torch.equal(Networks().calibration("dlib-resnet").gallery, faces(1))
