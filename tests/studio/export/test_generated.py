"""A picture that this program wrote says whether a generator drew its faces; nobody else's picture says so."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.studio.export.drawings import FigureSpec, FilmSpec, ImageSpec, VariationSpec
from explorer.studio.export.generated import open_picture, picture_in, shows_generated
from explorer.studio.export.provenance import bare_record, png_bytes, write_sidecar
from explorer.studio.inversion.provenance import provenance
from tests.studio.export.made_up import made_up_picture, made_up_run

PIXELS = made_up_picture(1, 64)


def of_run(drawing=None, **more):
    return provenance(made_up_run(steps=5), drawing=drawing) | more


@pytest.mark.parametrize(
    "record",
    [
        of_run(ImageSpec()),
        of_run(ImageSpec(step=3, mark=False)),
        of_run(),
        of_run(FigureSpec(source=False)),
        of_run(VariationSpec(part="mean"), figure="variation"),
        bare_record(kind="start of an inversion"),
        bare_record(kind="inversion of several"),
        bare_record(kind="inversion of a black box"),
    ],
)
def test_pictures_of_reconstructions_alone_are_generated(record):
    assert shows_generated(record)


@pytest.mark.parametrize(
    "record",
    [
        of_run(FigureSpec(source=True)),
        of_run(VariationSpec(part="map", source=False), figure="variation"),
        of_run(VariationSpec(source=True), figure="variation"),
        of_run(figure="sheet"),
        of_run(table="steps"),
        of_run(FilmSpec(source=True)),
        bare_record(kind="photograph"),
        bare_record(kind="picture"),
        bare_record(kind="view"),
        bare_record(kind="readouts"),
        bare_record(kind=["inversion of several"]),
        bare_record(kind={}),
        bare_record(drawing={"kind": "image"}),
        bare_record(),
        of_run(drawing=None, kind=3),
        {},
    ],
)
def test_pictures_that_show_somebody_else_too_are_not(record):
    assert not shows_generated(record)


def test_a_picture_is_known_by_what_is_in_it(tmp_path: Path):
    data = png_bytes(PIXELS, of_run(ImageSpec()))
    file = tmp_path / "called.jpg"
    file.write_bytes(data)
    for opened in (open_picture(file), picture_in(data, "pasted image")):
        assert opened.generated
        np.testing.assert_array_equal(opened.pixels, PIXELS)


def test_a_jpeg_is_known_by_the_record_beside_it(tmp_path: Path):
    file = tmp_path / "step.jpg"
    Image.fromarray(PIXELS).save(file)
    assert not open_picture(file).generated
    write_sidecar(file, of_run(ImageSpec(step=2)))
    assert open_picture(file).generated


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"format": "other"}), json.dumps({"settings": 1})])
def test_a_record_that_is_none_makes_a_photograph_no_worse(tmp_path: Path, content: str):
    file = tmp_path / "me.png"
    Image.fromarray(PIXELS).save(file)
    (tmp_path / "me.png.json").write_text(content)
    opened = open_picture(file)
    assert not opened.generated
    np.testing.assert_array_equal(opened.pixels, PIXELS)
