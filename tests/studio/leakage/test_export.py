"""Readouts in files: every number is in the table, figures carry how they were made, photographs only where asked."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch

from explorer.science.evaluation.score import EncoderScore
from explorer.science.leakage.edits import VectorEdit
from explorer.science.leakage.probes import PROBES
from explorer.science.leakage.read import ProbeSet
from explorer.science.leakage.readout import MetricValue
from explorer.studio.catalogue import probes as probing
from explorer.studio.errors import UserError
from explorer.studio.export.drawings import ReadoutsSpec
from explorer.studio.export.provenance import read_provenance
from explorer.studio.faces.values import Edits
from explorer.studio.leakage.export import as_csv, export_readings
from explorer.studio.leakage.figure import draw_readings
from explorer.studio.leakage.readings import FaceRead, Reading
from tests.science.leakage_kit import untrained

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def probes():
    return ProbeSet("sface", 128, {name: untrained(spec, 128) for name, spec in PROBES.items()})


@pytest.fixture(autouse=True)
def weights(monkeypatch, tmp_path):
    file = tmp_path / "probes-sface.safetensors"
    file.write_bytes(b"weights")
    monkeypatch.setattr(probing, "probes_file", lambda encoder: file)


def reading(probes, seed, **more):
    random = np.random.default_rng(seed)
    vector = random.standard_normal(128).astype(np.float32)
    shares = random.dirichlet(np.ones(10), 3).astype(np.float32)
    frame = random.integers(0, 255, (64, 64, 3), np.uint8)
    landmarks = random.uniform(50, 170, (68, 2)).astype(np.float32)
    said = tuple(probes.read(torch.from_numpy(vector)))
    return Reading("sface", vector, said, frame, landmarks, shares, 7.0, 1.0, **more)


def measured(one):
    """A reading whose probes say how good they are, in as many words as any."""

    def quality(unit, value):
        name, chance = ("mean absolute error", 11.0) if unit else ("balanced accuracy", 0.5)
        return MetricValue(measure=name, unit=unit, value=value, low=value, high=value, chance=chance, faces=90)

    said = (replace(said, test=quality(said.unit, 0.86), portraits=quality(said.unit, 0.71)) for said in one.readouts)
    return replace(one, readouts=tuple(said))


@pytest.fixture
def read(probes):
    near = EncoderScore(
        encoder="sface", measure="cosine", attacked=False, score=0.8, threshold=0.4, passes=True, fmr=0.0,
        fmr_resolution=1e-5, rank=1, gallery=200,
    )  # fmt: skip
    edits = Edits(vector=VectorEdit(noise=0.5))
    return FaceRead("key", "sface", edits, reading(probes, 1), reading(probes, 2, nearness=near))


def test_the_table_holds_every_number_that_is_read(probes, read):
    rows = list(csv.DictReader(io.StringIO(as_csv(read, reading(probes, 3)))))
    assert list(dict.fromkeys(row["subject"] for row in rows)) == ["as it is", "altered", "inversion"]
    own = [row for row in rows if row["subject"] == "altered"]
    landmarks = [row for row in own if row["probe"] == "landmarks"]
    expected = read.now.readout("landmarks").value.ravel()
    np.testing.assert_allclose([float(row["read"]) for row in landmarks], expected, rtol=1e-5)
    np.testing.assert_allclose([float(row["picture"]) for row in landmarks], read.now.landmarks.ravel(), rtol=1e-5)
    bins = [row for row in own if row["probe"] == "histogram"]
    assert [row["part"] for row in bins[:3]] == ["red 0-25", "red 26-50", "red 51-76"]
    assert sum(float(row["read"]) for row in bins) == pytest.approx(3, abs=1e-4)
    classes = [row for row in own if row["probe"] == "expression"]
    assert sum(float(row["read"]) for row in classes) == pytest.approx(1, abs=1e-4)
    assert {row["calibrated_on"] for row in rows} == {"no face at all"}


@pytest.mark.parametrize("kind", ["csv", "png", "svg", "pdf"])
def test_a_file_says_how_it_was_made_and_holds_no_embedding(read, tmp_path, kind):
    path, beside = export_readings(tmp_path / f"out.{kind}", read, name="C:\\home\\me\\face.jpg", sha256="ab" * 32)
    assert path.stat().st_size > 1000
    record = read_provenance(beside)
    if kind != "csv":
        assert read_provenance(path) == record
    assert record["source"] == {"name": "face.jpg", "sha256": "ab" * 32}
    assert record["vector_edit"]["noise"] == 0.5
    assert record["picture_edit"] is None
    assert set(record["readouts"]) == {"as it is", "altered"}
    assert "probes-sface" in record["networks"]
    text = beside.read_text()
    assert f"{read.now.vector[0]:.5f}" not in text
    assert oct(path.stat().st_mode & 0o777) == "0o600"


def test_the_photograph_is_in_the_figure_only_where_it_was_asked_for(read, tmp_path):
    sizes = [
        export_readings(tmp_path / f"{shown}.svg", read, name="x", sha256="ab", drawing=ReadoutsSpec(source=shown))[
            0
        ].read_text()
        for shown in (False, True)
    ]
    assert [text.count("<image") for text in sizes] == [0, 2]


@pytest.mark.parametrize("subjects", [1, 2, 3])
@pytest.mark.parametrize("width", [80.0, 88.9, 122.0, 180.0, 300.0])
def test_the_figure_keeps_to_its_width_and_no_text_lies_on_another(probes, read, width, subjects):
    before, now, result = (measured(one) for one in (read.before, read.now, reading(probes, 3)))
    shown = replace(read, before=before, now=before if subjects == 1 else now)
    figure = draw_readings(shown, result if subjects == 3 else None, sha256="ab", width=width, dpi=100)
    assert figure.get_figwidth() * 25.4 == pytest.approx(width, abs=0.3)
    boxes = [text.get_window_extent() for text in figure.texts if text.get_text()]
    page = figure.bbox
    assert all(box.x0 >= -0.5 and box.x1 <= page.x1 + 0.5 and box.y0 >= 0 and box.y1 <= page.y1 for box in boxes)
    # A line's box is as high as its type, which is a little more than its letters.
    boxes = [box.padded(-0.12 * box.height) for box in boxes]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_another_suffix_is_refused(read, tmp_path):
    with pytest.raises(UserError, match=r"out\.xls: readouts are written as \.csv"):
        export_readings(tmp_path / "out.xls", read, name="x", sha256="ab")
