"""The decoded picture of a target, its record, and the runs that begin with starts that look like it."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
import torch

from explorer.science.decoding.network import FaceDecoder
from explorer.science.decoding.record import DecoderRecord
from explorer.science.decoding.settings import DecoderSettings
from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.studio.app import cli
from explorer.studio.catalogue import decoders
from explorer.studio.catalogue.decoders import save_decoder
from explorer.studio.catalogue.networks import network_sha256
from explorer.studio.errors import UserError
from explorer.studio.export.generated import open_picture
from explorer.studio.inversion import decoding, running
from explorer.studio.inversion.decoding import DecodedRun, run_decoder
from explorer.studio.inversion.figure_caption import caption
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.running import InversionTarget, run_inversion
from tests.studio.reproducing.again_kit import made_again

SETTINGS = DecoderSettings(encoder="sface", side=64, width=2, hidden=2)
RECORD = DecoderRecord(settings=SETTINGS, dimension=128, network=network_sha256("sface"), trained_on=7, epochs=1.0)


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    """A folder in place of the one with the decoders that ship."""
    named = decoders.decoder_file

    def file(*which):
        return tmp_path / named(*which).name

    for module in (decoders, decoding, running):
        monkeypatch.setattr(module, "decoder_file", file)
    return file


def showing(picture):
    """A decoder that shows one picture, (3, 64, 64), whatever it is given."""
    decoder = FaceDecoder(128, SETTINGS).eval().requires_grad_(False)
    decoder.mean_face.copy_(picture)
    return decoder


def target_of(embedding):
    record = TargetRecord.of_vector("made up", "0" * 64, "sface", embedding.numpy())
    return InversionTarget(record, embedding)


def test_without_a_decoder_one_line_says_how_to_train_it(shipped, networks, tmp_path, capsys):
    with pytest.raises(UserError, match="no decoder for sface: train one with"):
        run_decoder(networks, target_of(torch.ones(128)), "sface")
    np.save(tmp_path / "vector.npy", np.ones(128, np.float32))
    given = [str(tmp_path / "vector.npy"), "--encoder", "sface", "--out", str(tmp_path / "out")]
    code = cli.main(["invert", *given, "--method", "decoder"])
    assert code == 2
    assert capsys.readouterr().err.count("no decoder for sface: train one with `likeness train decoder") == 1
    assert not (tmp_path / "out" / "vector").exists()


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (["--steps", "3"], "--steps is of a search"),
        (["--film", "gif"], "--film is of a search"),
        (["--decoded-starts"], "--decoded-starts is of a search"),
        (["--preset", "paper"], "--preset is of a search"),
    ],
)
def test_what_belongs_to_a_search_is_refused(tmp_path, capsys, more, complaint):
    code = cli.main(["invert", "face.jpg", "--out", str(tmp_path), "--method", "decoder", *more])
    assert code == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_writes_the_decoded_picture_and_its_record(shipped, networks, tmp_path, capsys):
    with torch.no_grad():
        face = networks.generator().image(networks.generator().styles(networks.generator().mean_w[None], "W"), 128)
    save_decoder(showing(torch.nn.functional.avg_pool2d(face, 2)[0]), RECORD, "a card")
    np.save(tmp_path / "vector.npy", np.ones(128, np.float32))
    given = [str(tmp_path / "vector.npy"), "--encoder", "sface", "--out", str(tmp_path / "out"), "--no-mark"]
    assert cli.main(["invert", *given, "--method", "decoder", "--json"]) == 0
    (said,) = json.loads(capsys.readouterr().out)
    files = sorted(path.name for path in (tmp_path / "out" / "vector").iterdir())
    assert files == ["result.png", "run.json"]
    run = DecodedRun.model_validate_json((tmp_path / "out" / "vector" / "run.json").read_text())
    assert said == run.model_dump(mode="json") | {"files": said["files"]}
    assert (run.encoder, run.side, run.method) == ("sface", 64, "decoder")
    assert run.networks["decoder-sface"] == hashlib.sha256(shipped("sface").read_bytes()).hexdigest()
    assert [score.encoder for score in run.scores] == ["sface"]
    picture = open_picture(tmp_path / "out" / "vector" / "result.png")
    assert picture.generated
    assert picture.pixels.shape == (64, 64, 3)
    decoded = run_decoder(networks, target_of(torch.ones(128)), "sface").picture
    assert np.array_equal(picture.pixels, decoded)
    result = tmp_path / "out" / "vector" / "result.png"
    again = made_again(result, tmp_path / "vector.npy", networks=networks)
    assert (again.same, again.deviation.largest, again.differences) == (True, 0, ())
    assert again.files == (result.with_name("result-again.png"),)
    with pytest.raises(UserError, match=r"was made from vector\.npy"):
        made_again(result, networks=networks)
    shipped("sface").unlink()
    with pytest.raises(UserError, match="no decoder for sface"):
        made_again(result, tmp_path / "vector.npy", networks=networks)


@pytest.mark.slow
def test_a_search_tries_starts_that_look_like_the_picture_and_is_made_again_so(shipped, networks):
    """The picture is a face that is among the candidates."""
    generator, detector, encoder = networks.generator(), networks.detector(), networks.recogniser("sface")
    w = generator.sample(48, 400_000_000, 0.5)[1][5:6]
    with torch.no_grad():
        image = generator.image(generator.styles(w, "W"), 128)
        embedding = encoder.embed(image, detector.points_in_frame(image)[0])[0]
    save_decoder(showing(torch.nn.functional.avg_pool2d(image, 2)[0]), RECORD, "a card")
    settings = InversionSettings(encoder="sface", space="W", steps=1, starts=2, contest=0, finish=0, resolution=128)

    def finish(**more):
        return Steps(run_inversion(networks, target_of(embedding), settings, **more)).result

    decoded = finish(decoded=True)
    assert (decoded.run.begun_from, decoded.run.proposed_starts) == ("regressor", 1)
    assert decoded.run.steps[0].cosine > 0.95
    assert "proposed by its decoded picture" in caption(decoded.run, source_shown=False)
    again, without = finish(recorded=decoded.run.networks), finish()
    assert again.run.latent_sha256 == decoded.run.latent_sha256
    assert again.run.networks == decoded.run.networks
    assert without.run.proposed_starts == 0
    assert "decoder-sface" not in without.run.networks
