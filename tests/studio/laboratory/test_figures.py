"""Figures that decoders draw: what stands in which row, the numbers above pictures, and each made again."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from explorer.science.decoding.network import FaceDecoder
from explorer.science.decoding.record import DecoderRecord, encode_decoder
from explorer.science.decoding.settings import DecoderSettings
from explorer.science.faces.face import Face, Photograph
from explorer.science.laboratory.modifier import encode_modifier
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.catalogue import decoders
from explorer.studio.catalogue.decoders import save_decoder
from explorer.studio.catalogue.networks import network_sha256
from explorer.studio.errors import UserError
from explorer.studio.export.picture_grid import GridOptions
from explorer.studio.export.provenance import read_provenance
from explorer.studio.laboratory import figure_rows, figure_values
from explorer.studio.laboratory.face_files import drawing_record
from explorer.studio.laboratory.figure_changes import open_modifier, rows_of_attacks, rows_of_parts
from explorer.studio.laboratory.figure_export import FigureParts, draw_parts, drawn_figure, given_decoder, own_decoder
from explorer.studio.laboratory.figure_presets import FIGURES, FigureSettings
from explorer.studio.laboratory.figure_values import FigureDecoder, FigureFace, check_parts, titles_of
from explorer.studio.reproducing.laboratory_faces import Grid
from tests.studio.commands.test_lab_modify import made_up
from tests.studio.reproducing.again_kit import made_again

FACES = places.resources() / "faces"
PHOTOGRAPHS = [FACES / f"synthetic-p00{number}.jpg" for number in (2, 5)]


def tiny(encoder: str = "sface", layer: str | None = None, dimension: int = 128, **changes) -> FigureDecoder:
    """A decoder that was never trained, whose pictures differ by the embedding."""
    settings = DecoderSettings(encoder=encoder, layer=layer, side=64, width=4, hidden=4, **changes)
    torch.manual_seed(0)
    made = FaceDecoder(dimension, settings)
    nn.init.normal_(made.last.weight, std=0.5)
    record = DecoderRecord(
        settings=settings, dimension=dimension, network=network_sha256(encoder), trained_on=7, epochs=1.0
    )
    return FigureDecoder(made.eval().requires_grad_(False), record, "0" * 64)


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    """A folder in place of the one with the decoders that ship; sface has one there."""
    from explorer.studio.laboratory import figure_export

    named = decoders.decoder_file

    def file(*which):
        return tmp_path / "models" / named(*which).name

    (tmp_path / "models").mkdir()
    for module in (decoders, figure_export, figure_values):
        monkeypatch.setattr(module, "decoder_file", file)
    one = tiny()
    save_decoder(one.decoder, one.record, "a card")
    return file


class Noise:
    """Networks of one encoder, which sees the photograph's mean colours in squares; the face is where it always is."""

    device = torch.device("cpu")

    def recogniser(self, name):
        from explorer.science.recognition.base import Encoder
        from explorer.science.recognition.registry import encoder_spec

        torch.manual_seed(1)
        body = nn.Sequential(nn.AdaptiveAvgPool2d(8), nn.Flatten(), nn.Linear(192, encoder_spec(name).dimension))
        return Encoder(encoder_spec(name), body.eval().requires_grad_(False))

    def detector(self):
        return SimpleNamespace(detect=lambda pixels: [face_of(pixels)], detect_in_frame=face_of)

    def calibration(self, name):
        return SimpleNamespace(threshold=0.5)


def face_of(pixels) -> Face:
    points = np.array([[0.35, 0.4], [0.65, 0.4], [0.5, 0.55], [0.38, 0.7], [0.62, 0.7]]) * pixels.shape[0]
    return Face(points, (0.0, 0.0, float(pixels.shape[1]), float(pixels.shape[0])), 0.9)


def person(*kinds: int) -> tuple[FigureFace, ...]:
    """Photographs of noise: those of one kind are nearly the same."""
    found = []
    for place, kind in enumerate(kinds):
        pattern = np.random.default_rng(kind).integers(0, 256, (8, 8, 3)).repeat(16, 0).repeat(16, 1)
        noise = np.random.default_rng((kind, place)).integers(0, 9, (128, 128, 3))
        pixels = np.clip(pattern + noise, 0, 255).astype(np.uint8)
        found.append(FigureFace(Photograph(pixels, f"{place}.png", f"{place:064x}"), face_of(pixels)))
    return tuple(found)


def nothing(running):
    pytest.fail("a search was begun")


def drawn_of(number: str, faces, given, **changes):
    return draw_parts(Noise(), FigureParts(FigureSettings(number=number, **changes), faces, tuple(given)), nothing)


@pytest.mark.parametrize(("number", "rows"), [("1", 3), ("7", 4)])
def test_a_row_a_decoder_stands_below_the_photographs(number, rows):
    given = [tiny(), tiny(perceptual="hse-mobilenet")]
    drawn = drawn_of(number, person(1, 2, 3), given)
    assert [len(row) for row in drawn.rows] == [3] * rows
    first = [row[0] for row in drawn.rows]
    assert [cell.title for cell in first[-2:]] == ["sface, white-box", "sface, hse-mobilenet"]
    assert [cell.reconstruction for cell in first] == [False, *([False] if number == "7" else []), True, True]
    psnr = drawn.numbers["sface, white-box, 1, PSNR"]
    assert 3 < psnr < 40
    assert first[-2].facts == ((f"{psnr:.1f} dB", f"{psnr:.1f}") if number == "7" else ())
    if number == "7":
        assert first[1].title == "mean face"
    # A decoder draws different embeddings differently.
    assert (drawn.rows[-1][0].picture != drawn.rows[-1][1].picture).any()


def test_figure_4_takes_two_encoders():
    given = [tiny(), tiny("dlib-resnet")]
    drawn = drawn_of("4", person(1, 2), given)
    assert [row[0].title for row in drawn.rows] == ["original", "sface", "dlib-resnet"]
    assert set(drawn.numbers) == {f"{name}, {place}, PSNR" for name in ("sface", "dlib-resnet") for place in (1, 2)}


def test_figure_6_holds_the_search_beside(monkeypatch):
    asked = []

    def searched(networks, embedding, settings, consume):
        asked.append((len(embedding), settings.steps))
        return np.full((224, 224, 3), 90, np.uint8), SimpleNamespace(run=SimpleNamespace(networks={"generator": "ab"}))

    monkeypatch.setattr(figure_rows, "searched_frame", searched)
    settings = FigureSettings(number="6", search={"encoder": "sface", "steps": 9})
    drawn = draw_parts(Noise(), FigureParts(settings, person(1, 2), (tiny(),)), nothing)
    assert asked == [(128, 9)] * 2
    assert drawn.networks == {"generator": "ab"}
    assert [row[0].title for row in drawn.rows] == ["original", "search", "sface"]
    assert drawn.rows[1][0].facts[0].endswith(" dB")


def test_centroids_are_those_of_the_clusters_the_largest_first():
    faces = person(1, 2, 1, 2, 1, 3)
    drawn = drawn_of("14", faces, [tiny()])
    (row,) = drawn.rows
    assert [cell.facts[0] for cell in row] == ["3 of 6", "2 of 6", "1 of 6"]
    clusters = [drawn.numbers[f"sface, photograph {place}, cluster"] for place in range(1, 7)]
    assert clusters == [0, 1, 0, 1, 0, 2]
    alone = drawn_of("1", faces[5:], [tiny()]).rows[1][0]
    np.testing.assert_allclose(row[2].picture, alone.picture, atol=1)
    assert "sface at " in drawn.note
    assert len(drawn_of("14", faces, [tiny()], most=2).rows[0]) == 2
    assert "1 more clusters" in drawn_of("14", faces, [tiny()], most=2).note
    assert len(drawn_of("14", faces, [tiny()], threshold=-1.0).rows[0]) == 1


def test_means_go_from_one_photograph_to_all_of_them():
    faces = person(1, 2, 3, 4)
    drawn = drawn_of("15", faces, [tiny()])
    (row,) = drawn.rows
    assert drawn.note == "From left to right: means of 1, 2, 3, 4 photographs"
    assert drawn.numbers["sface, mean of 4"] == pytest.approx(1)
    assert drawn.numbers["sface, mean of 1"] < 1
    first = np.random.default_rng(0).permutation(4)[0]
    alone = drawn_of("1", (faces[first],), [tiny()]).rows[1][0]
    np.testing.assert_allclose(row[0].picture, alone.picture, atol=1)
    assert drawn_of("15", faces, [tiny()], seed=3).numbers != drawn.numbers
    assert len(drawn_of("15", faces, [tiny()], most=2).rows[0]) == 2


def test_attacks_are_scored_before_and_behind_the_decoder():
    settings = FigureSettings(number="12", budget=32)
    drawn = rows_of_attacks(Noise(), person(1, 2), [tiny()], settings)
    assert list(drawn.columns) == ["original", "FGSM", "iterated FGSM", "CW", "iterated CW"]
    above, behind = drawn.rows
    assert drawn.numbers["original, own"] == pytest.approx(1, abs=1e-5)
    for title in ("FGSM", "iterated FGSM"):
        assert drawn.numbers[f"{title}, aim"] > drawn.numbers["original, aim"]
    assert [cell.reconstruction for cell in (above[0], behind[0])] == [False, True]
    assert behind[0].title == "sface"
    told = drawn.numbers["FGSM, sface, own"], drawn.numbers["FGSM, sface, aim"]
    assert behind[1].facts == (f"{told[0]:.2f}, {told[1]:.2f}",)
    assert "Towards 1.png, within 32/255" in drawn.note


def test_parts_are_replaced_and_told_by_cosine(tmp_path):
    file = tmp_path / "modifier.safetensors"
    file.write_bytes(encode_modifier(made_up()))
    drawn = rows_of_parts(Noise(), person(1, 2), [tiny()], open_modifier("sface", "gender", file))
    assert list(drawn.columns) == [f"({letter})" for letter in "abcdefgh"]
    assert drawn.note.startswith(
        "The part that tells the attribute replaced by the mean of (c) female, (d) male, (e) overall; "
        "the other part replaced by the mean of (f) female, (g) male, (h) overall. Above pictures the cosine"
    )
    assert [len(row) for row in drawn.rows] == [8, 8]
    cosine = drawn.numbers["1, dependent part: female, cosine"]
    assert drawn.rows[0][2].facts[0].startswith(f"{cosine:.2f}")
    # With the part of identity replaced by a mean everybody is told less well than with the other one.
    assert drawn.numbers["1, independent part: overall, cosine"] < drawn.numbers["1, dependent part: overall, cosine"]
    assert set(drawn.networks) == {"modifier.safetensors", "probes-sface"}


def test_decoders_are_told_apart_by_what_differs():
    one, layered = tiny(), tiny(layer="conv")
    assert titles_of([one, layered, tiny("dlib-resnet")]) == ["sface", "sface@conv", "dlib-resnet"]
    named = [FigureDecoder(one.decoder, one.record, "1" * 64, name) for name in ("a", "b")]
    assert titles_of(named) == ["sface, white-box, a", "sface, white-box, b"]


@pytest.mark.parametrize(
    ("number", "faces", "given", "complaint"),
    [
        ("2", 1, [tiny()], "figure 2 is not of single faces: see `likeness train decoder"),
        ("18", 1, [tiny()], "no figure '18' is drawn of faces"),
        ("4", 1, [tiny()], "figure 4 takes 2 decoders, not 1"),
        ("4", 1, [tiny(), tiny()], "figure 4 takes decoders of two encoders"),
        ("5", 1, [tiny(), tiny("dlib-resnet")], "figure 5 is of one encoder"),
        ("5", 1, [tiny(), tiny()], "figure 5 takes decoders of two layers"),
        ("12", 1, [tiny()], "figure 12 takes 2 photographs, not 1"),
        ("15", 1, [tiny()], "figure 15 takes 2 to 60 photographs, not 1"),
        ("17", 1, [tiny(), tiny()], "figure 17 takes 1 decoder, not 2: name encoders by --encoder"),
        ("17", 1, [tiny(layer="conv")], "figure 17 takes encoders as they are"),
    ],
)
def test_what_a_figure_does_not_take_is_refused(number, faces, given, complaint):
    with pytest.raises(UserError, match=complaint):
        check_parts(FigureSettings(number=number), faces, given)


def test_every_figure_is_composed_with_its_note():
    parts = FigureParts(FigureSettings(number="15"), person(1, 2), (tiny(),))
    figure = drawn_figure(parts, draw_parts(Noise(), parts, nothing), GridOptions())
    said = " ".join(text.get_text() for text in figure.findobj(match=lambda one: hasattr(one, "get_text")))
    assert "Means of 1 to many embeddings" in said
    assert "N = 2: 1.00" in said
    assert set(FIGURES) == {"1", "3", "4", "5", "6", "7", "12", "14", "15", "17"}


@pytest.mark.slow
@pytest.mark.parametrize("number", ["1", "15"])
def test_the_command_draws_and_reproduce_makes_it_again(number, shipped, tmp_path, capsys, networks):
    out = tmp_path / "figure.csv"
    words = ["lab", "figure", number, *map(str, PHOTOGRAPHS), "--out", str(out)]
    assert cli.main(words) == 0
    assert f"figure {number}: " in capsys.readouterr().out
    record = read_provenance(out)
    assert (record["kind"], record["figure"]) == ("decoded faces", f"figure {number}")
    assert record["networks"]["decoder-sface"] == own_decoder("sface").sha256
    assert [one["name"] for one in record["sources"]] == [path.name for path in PHOTOGRAPHS]
    again = made_again(out, *PHOTOGRAPHS, networks=networks)
    assert again.same
    assert again.differences == ()
    assert again.files[0].read_bytes() == out.read_bytes()


@pytest.mark.slow
def test_a_decoder_and_a_modifier_of_files_are_needed_again(shipped, tmp_path, capsys, networks):
    decoder, modifier = tmp_path / "mine.safetensors", tmp_path / "modifier.safetensors"
    decoder.write_bytes(encode_decoder(tiny().decoder, tiny().record))
    modifier.write_bytes(encode_modifier(made_up()))
    out = tmp_path / "figure.png"
    given = ["--decoder", str(decoder), "--modifier", str(modifier)]
    assert cli.main(["lab", "figure", "17", str(PHOTOGRAPHS[0]), *given, "--out", str(out), "--json"]) == 0
    assert '"1, as taken apart, cosine"' in capsys.readouterr().out
    record = read_provenance(out)
    assert {"mine.safetensors", "modifier.safetensors"} <= set(record["networks"])
    with pytest.raises(UserError, match=r"was made from mine\.safetensors"):
        made_again(out, PHOTOGRAPHS[0], networks=networks)
    again = made_again(out, PHOTOGRAPHS[0], decoder, modifier, networks=networks)
    assert again.same
    assert again.differences == ()


@pytest.mark.slow
def test_a_tapped_layer_stands_beside_its_encoder(shipped, tmp_path, networks):
    from explorer.science.recognition.tapping import layers_of

    layer = layers_of(networks.recogniser("sface"))[-1]
    one = tiny(layer=layer.name, dimension=layer.channels)
    save_decoder(one.decoder, one.record, "a card")
    out = tmp_path / "figure.csv"
    words = ["lab", "figure", "5", str(PHOTOGRAPHS[0]), "--encoder", "sface", "--layer", layer.name, "--out", str(out)]
    assert cli.main(words) == 0
    assert [one["layer"] for one in read_provenance(out)["decoders"]] == [None, layer.name]
    assert made_again(out, PHOTOGRAPHS[0], networks=networks).same


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["2", str(PHOTOGRAPHS[0])], "figure 2 is not of single faces"),
        (["13", str(PHOTOGRAPHS[0])], "see `likeness lab attack --set SET"),
        (["9", str(PHOTOGRAPHS[0]), "--layer", "conv"], "leave --layer and --decoder out"),
        (["11", str(PHOTOGRAPHS[0]), "--maps", "maps.safetensors"], "--maps is of figures 8 to 10"),
        (["1", str(PHOTOGRAPHS[0]), "--maps", "maps.safetensors"], "--maps is of figures 8 to 10"),
        (["1", str(PHOTOGRAPHS[0]), "--layer", "conv"], "--layer is of figure 5"),
        (["1", str(PHOTOGRAPHS[0]), "--encoder", "edgeface-s"], "no decoder for edgeface-s: train one with"),
        (["1", str(PHOTOGRAPHS[0]), "--decoder", "nowhere.safetensors"], "nowhere.safetensors cannot be read"),
        (["17", str(PHOTOGRAPHS[0]), "--modifier", "nowhere.safetensors"], "nowhere.safetensors is missing"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_line(words, complaint, shipped, tmp_path, capsys):
    assert cli.main(["lab", "figure", *words, "--out", str(tmp_path / "out" / "figure.png")]) == 2
    said = capsys.readouterr().err
    assert complaint in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_where_none_is_named_a_figure_is_given_as_many_decoders_as_it_takes(monkeypatch):
    from explorer.studio.laboratory import figure_export

    monkeypatch.setattr(figure_export, "decoded_encoders", lambda: ["arcface-mbf", "sface", "dlib-resnet"])
    counts = {number: len(figure_export.usual_encoders(FigureSettings(number=number))) for number in FIGURES}
    assert counts == {"1": 3, "3": 3, "4": 2, "5": 1, "6": 3, "7": 3, "12": 1, "14": 3, "15": 3, "17": 1}


def test_how_a_figure_is_drawn_is_known_from_its_record():
    drawing = GridOptions(90.0, 150, mark=False, largest=30.0, lettering="outlines")
    assert Grid.model_validate(drawing_record(drawing)).options == drawing
    # Of figures that were written before an SVG's text could be chosen.
    assert Grid.model_validate({"width": 90.0}).options.lettering == "embedded"


def test_a_decoder_of_a_file_says_whose_it_is(tmp_path):
    file = tmp_path / "mine.safetensors"
    file.write_bytes(encode_decoder(tiny().decoder, tiny().record))
    one = given_decoder(file)
    assert (one.encoder, one.layer, one.name) == ("sface", None, "mine.safetensors")
