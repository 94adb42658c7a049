from __future__ import annotations

import io
import json
import os
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from explorer.studio.errors import UserError
from explorer.studio.export import provenance as module
from explorer.studio.export.provenance import into_pdf, into_svg, png_bytes, read_provenance, sidecar, write_sidecar
from explorer.studio.export.recognising import SUFFIXES, is_figure
from explorer.studio.inversion.provenance import provenance
from explorer.studio.inversion.record import InversionRun


def _drawn(kind: str) -> bytes:
    figure = Figure(figsize=(1, 1))
    figure.text(0.5, 0.5, "a < b & c")
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind)
    return buffer.getvalue()


def _png(record: dict[str, object]) -> bytes:
    return png_bytes(np.zeros((4, 4, 3), np.uint8), record)


def _svg(record: dict[str, object]) -> bytes:
    return into_svg(_drawn("svg"), record)


def _pdf(record: dict[str, object]) -> bytes:
    return into_pdf(_drawn("pdf"), record)


@pytest.mark.parametrize("embed", [_png, _svg, _pdf])
def test_what_is_written_into_a_file_is_read_back_whatever_its_name(embed, run, tmp_path: Path):
    record = provenance(run) | {"awkward": "Zoë <b>&amp;</b> ]]> \\(x\\) 脸"}
    path = tmp_path / "figure.bin"
    path.write_bytes(embed(record))
    assert read_provenance(path) == record


def test_a_sidecar_is_read_by_itself_and_for_the_file_it_stands_beside(run, tmp_path: Path):
    film = tmp_path / "film.mp4"
    film.write_bytes(b"\0\0\0\x18ftypmp42")
    record = provenance(run)
    assert write_sidecar(film, record) == tmp_path / "film.mp4.json"
    assert read_provenance(film) == record
    assert read_provenance(sidecar(film)) == record
    assert sidecar(film).stat().st_mode & 0o777 == 0o600


def test_the_svg_stays_an_svg_and_the_pdf_keeps_its_page(run):
    from pypdf import PdfReader

    assert ElementTree.fromstring(_svg(provenance(run))).tag == "{http://www.w3.org/2000/svg}svg"
    assert len(PdfReader(io.BytesIO(_pdf(provenance(run)))).pages) == 1


def test_it_says_how_the_run_was_made(run: InversionRun):
    record = provenance(run)
    assert record["settings"]["seed"] == run.settings.seed
    assert record["networks"] == run.networks
    assert record["target"]["sha256"] == run.target.sha256
    assert record["weight_changes"] == [{"step": 25, "term": "prior", "weight": 0.05}]
    assert record["versions"] == run.versions


@pytest.mark.parametrize("name", ["/home/someone/portrait.jpg", r"C:\Users\someone\portrait.jpg"])
def test_file_names_lose_their_directories(name, run):
    moved = run.model_copy(update={"target": run.target.model_copy(update={"name": name})})
    assert provenance(moved)["target"]["name"] == "portrait.jpg"
    assert "someone" not in json.dumps(provenance(moved))


def test_biometric_data_go_in_only_on_request(run):
    assert not {"embedding", "latent"} & set(provenance(run))
    assert provenance(run, embedding=np.array([0.5, -1], np.float32))["embedding"] == [0.5, -1.0]
    assert provenance(run, latent=[1.0])["latent"] == [1.0]


def test_entities_in_an_svg_are_refused_before_they_expand(tmp_path: Path):
    laughs = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10 if level else "ha"}">' for level in range(10))
    path = tmp_path / "laughs.svg"
    path.write_text(f'<?xml version="1.0"?><!DOCTYPE svg [{laughs}]><svg>&l9;</svg>')
    with pytest.raises(UserError, match="entities"):
        read_provenance(path)


def test_an_external_entity_is_refused_and_its_file_not_read(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text('{"format": "likeness-provenance/1"}')
    path = tmp_path / "external.svg"
    path.write_text(
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "{secret.as_uri()}">]><svg xmlns:l="{module.SVG_NAMESPACE}">'
        "<l:provenance>&x;</l:provenance></svg>"
    )
    with pytest.raises(UserError, match="entities"):
        read_provenance(path)


def test_a_record_that_is_too_long_is_refused_in_every_kind(tmp_path: Path, monkeypatch):
    long = {"format": module.FORMAT, "x": "y" * (module.LARGEST_RECORD + 1)}
    for embed in (_png, _svg, _pdf):
        with pytest.raises(UserError, match="characters"):
            embed(long)
    # The same, written by somebody who set no limit.
    monkeypatch.setattr(module, "LARGEST_RECORD", 10**9)
    contents = {"png": _png(long), "svg": _svg(long), "pdf": _pdf(long), "json": json.dumps(long).encode()}
    monkeypatch.undo()
    for kind, content in contents.items():
        path = tmp_path / f"long.{kind}"
        path.write_bytes(content)
        with pytest.raises(UserError):
            read_provenance(path)


@pytest.mark.slow
def test_a_text_chunk_that_inflates_to_hundreds_of_megabytes_is_refused(run, tmp_path: Path):
    body = b"likeness\0\1\0en\0\0" + zlib.compress(b" " * 300_000_000, 9)
    chunk = len(body).to_bytes(4, "big") + b"iTXt" + body + zlib.crc32(b"iTXt" + body).to_bytes(4, "big")
    plain = _png(provenance(run))
    path = tmp_path / "bomb.png"
    path.write_bytes(plain[:33] + chunk + plain[33:])
    with pytest.raises(UserError, match=r"bomb\.png"):
        read_provenance(path)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path):
    path = tmp_path / "large.svg"
    with path.open("wb") as file:
        file.truncate(module.LARGEST_FILE + 1)
    with pytest.raises(UserError, match="256 MB"):
        read_provenance(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\nbroken",
        b"%PDF-1.4 broken",
        b"<svg><unclosed></svg>",
        b"{",
        b"{}",
        b'{"format": "something else"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_a_file_without_a_record_or_a_broken_one_is_a_user_error_naming_it(content, tmp_path: Path):
    path = tmp_path / "broken.dat"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"broken\.dat"):
        read_provenance(path)


def test_a_missing_file_is_a_user_error(tmp_path: Path):
    with pytest.raises(UserError, match=r"cannot read .*nothing\.png"):
        read_provenance(tmp_path / "nothing.png")


def test_png_pixels_are_unchanged(run):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    again = np.asarray(Image.open(io.BytesIO(png_bytes(pixels, provenance(run)))))
    np.testing.assert_array_equal(again, pixels)


def test_an_export_whose_record_cannot_be_written_goes_as_well(tmp_path: Path):
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    sidecar(film).mkdir()
    with pytest.raises(UserError, match="cannot write"):
        write_sidecar(film, {"format": module.FORMAT})
    assert not film.exists()


@pytest.mark.parametrize("name", ["x" * 247 + ".npy", "ü" * 125 + ".npy"])
def test_the_longest_name_has_its_record_beside_it(name: str, tmp_path: Path):
    export = tmp_path / name
    export.write_bytes(b"\x93NUMPY")
    write_sidecar(export, {"format": module.FORMAT, "kind": "embedding"})
    assert read_provenance(export)["kind"] == "embedding"


def test_a_record_of_names_that_are_no_utf8_is_read_back(tmp_path: Path):
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    write_sidecar(film, {"format": module.FORMAT, "source": module.source_record("a/caf\udce9\n.jpg", "")})
    assert read_provenance(film)["source"]["name"] == "caf%E9%0A.jpg"


def test_a_pipe_is_no_figure_and_not_waited_for(tmp_path: Path):
    for suffix in SUFFIXES:
        os.mkfifo(tmp_path / f"figure{suffix}")
        assert not is_figure(tmp_path / f"figure{suffix}")
    with pytest.raises(UserError, match="not a file but a pipe"):
        read_provenance(tmp_path / "figure.png")
