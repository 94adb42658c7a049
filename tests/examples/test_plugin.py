"""The example plug-in, installed as its `pyproject.toml` says: its encoder, its loss term, its probe and its panel."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from explorer.science.inversion.terms import TERMS, Candidate, LossTarget
from explorer.science.leakage.labels import LABELS
from explorer.science.leakage.probes import PROBES
from explorer.science.recognition.registry import ENCODERS
from explorer.studio.catalogue.networks import Networks
from explorer.studio.plugins.installed import installed_plugins
from explorer.studio.versions import versions
from tests.studio.plugins.plugin_kit import Site, open_site

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "plugin"
PROJECT = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with open_site(tmp_path, monkeypatch) as opened:
        about = opened.path / f"likeness_example_plugin-{PROJECT['version']}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Name: {PROJECT['name']}\nVersion: {PROJECT['version']}\n")
        lines = [
            f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in parts.items())
            for group, parts in PROJECT["entry-points"].items()
        ]
        (about / "entry_points.txt").write_text("".join(lines))
        monkeypatch.syspath_prepend(str(EXAMPLE))
        yield opened
    for name in [name for name in sys.modules if name.partition(".")[0] == "likeness_example"]:
        del sys.modules[name]


@pytest.fixture
def loaded(site: Site) -> Site:
    for plugin in installed_plugins():
        if plugin.switch.distribution == PROJECT["name"]:
            site.switch(plugin.switch)
    assert site.load() == []
    return site


def test_its_encoder_tells_pictures_apart_and_not_by_their_light(loaded: Site) -> None:
    encoder = Networks("cpu").recogniser("shades")
    picture = torch.rand(1, 3, 112, 112, generator=torch.Generator().manual_seed(1))
    picture = torch.nn.functional.interpolate(picture[..., ::16, ::16], 112, mode="bilinear", align_corners=False)
    vectors = encoder(torch.cat((picture, 0.5 * picture + 0.2, picture.flip(-1))))
    assert vectors.shape == (3, ENCODERS["shades"].spec.dimension)
    same, mirrored = (float(encoder.compare(vectors[0], other)) for other in vectors[1:])
    assert same == pytest.approx(1, abs=1e-4)
    assert mirrored < 0.9
    leaf = picture.requires_grad_()
    encoder(leaf).sum().backward()
    assert leaf.grad is not None
    assert bool(leaf.grad.any())


def test_its_loss_term_is_nothing_for_a_symmetric_picture(loaded: Site) -> None:
    half = torch.rand(1, 3, 8, 4, generator=torch.Generator().manual_seed(1))
    images = torch.cat((torch.cat((half, half.flip(-1)), -1), torch.cat((half, half), -1)))
    candidate = Candidate(
        images, torch.zeros(2, 5, 2), torch.eye(4)[:2], torch.zeros(2, 1, 4), torch.zeros(4), torch.ones(4)
    )
    still, moved = TERMS["symmetry"].value(LossTarget(torch.ones(4), "cosine"), candidate).tolist()
    assert still == 0
    assert moved > 0.01


def test_its_probe_learns_the_third_angle_of_the_pose(loaded: Site) -> None:
    pose = torch.tensor([[10.0, 20.0, 30.0], [1.0, 2.0, 3.0]])
    assert PROBES["roll"].target(pose).tolist() == [30, 3]
    assert LABELS[PROBES["roll"].label].shape == (3,)


def test_results_name_it_with_its_version(loaded: Site) -> None:
    for parts in ({"encoders": ["shades"]}, {"terms": ["symmetry"]}):
        assert versions(parts)["plug-in likeness-example-plugin"] == PROJECT["version"]
