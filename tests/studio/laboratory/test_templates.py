"""Templates of files, the table of a set, its figure, and what is kept of photographs that were seen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from explorer.science.laboratory.degradations import MIXED
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.errors import UserError
from explorer.studio.evaluation.photograph_sets import PhotographSet, people_in
from explorer.studio.export.page import encoded
from explorer.studio.export.provenance import read_provenance
from explorer.studio.faces.template_record import TemplateMember, TemplateRecord
from explorer.studio.faces.vectors import load_vector, write_vector
from explorer.studio.laboratory import templates_seen
from explorer.studio.laboratory.template_making import (
    Member,
    given_weights,
    make_template,
    template_encoder,
    write_template,
)
from explorer.studio.laboratory.templates_figure import draw_templates
from explorer.studio.laboratory.templates_judged import as_text, judge_templates, rows_of
from explorer.studio.laboratory.templates_seen import SeenPhotographs, see_set
from tests.studio.reproducing.again_kit import made_again

FACES = places.resources() / "faces"
RANDOM = np.random.default_rng(0)


def member(number: int, quality: float | None = None) -> Member:
    vector = np.random.default_rng(number).standard_normal(128).astype(np.float32) + 1
    record = TemplateMember(name=f"{number}.png", sha256=f"{number:064x}", weight=0)
    told = None if quality is None else dict.fromkeys(("norm", "score", "size", "sharpness"), quality)
    return Member(record, vector, told)


def vector_file(folder: Path, number: int, encoder: str = "sface") -> Path:
    return write_vector(folder / f"{number}.json", member(number).vector, encoder)


def seen(people: int = 6, each: int = 5) -> SeenPhotographs:
    """Made-up photographs under one encoder: noise spoils those of `noise` more."""
    whose = np.repeat(np.arange(people), each)
    centres = RANDOM.standard_normal((people, 128))
    spread = {"upright": 0.5, "noise": 2.0, "blur": 1.0, "32px": 1.0}
    vectors = {
        name: {"sface": (centres[whose] + size * RANDOM.standard_normal((len(whose), 128))).astype(np.float32)}
        for name, size in spread.items()
    }
    signals = {"score": np.ones(len(whose)), "size": np.ones(len(whose)), "sharpness": np.ones(len(whose))}
    return SeenPhotographs(tuple("abcdefgh"[:people]), whose, vectors, dict.fromkeys(spread, signals), ())


def test_a_template_file_is_read_as_any_vector_and_says_of_how_many_faces(tmp_path: Path) -> None:
    made = make_template([member(1), member(2), member(3)], "sface")
    written, record = write_template(tmp_path / "me.npy", made)
    stored = load_vector(written)
    assert np.array_equal(stored.vector, made.vector)
    assert (stored.encoder, stored.named_by, stored.remark) == ("sface", "record", "")
    said = read_provenance(written)
    assert (said["kind"], said["faces"], said["averaging"]) == ("template", 3, "normalised")
    assert [one["name"] for one in said["sources"]] == ["1.png", "2.png", "3.png"]
    assert sum(one["weight"] for one in said["sources"]) == pytest.approx(1)
    assert (written.stat().st_mode & 0o077, record.stat().st_mode & 0o077) == (0, 0)


def test_weights_are_as_given_or_by_quality() -> None:
    members = [member(1, 1.0), member(2, 3.0)]
    assert make_template(members, "sface", weighing=given_weights("3,1", 2)).shares == pytest.approx((0.75, 0.25))
    quality = make_template(members, "sface", weighing=given_weights("quality", 2))
    assert quality.shares[1] > quality.shares[0]
    assert quality.weighting != "equal"
    assert make_template(members, "sface").shares == (0.5, 0.5)


@pytest.mark.parametrize(
    ("given", "word"), [("heavy", "say equal"), ("1,2,3", "3 weights for 2"), ("1,-1", "say equal"), ("", "say equal")]
)
def test_other_weights_are_refused(given: str, word: str) -> None:
    with pytest.raises(UserError, match=word):
        given_weights(given, 2)


def test_the_quality_of_a_bare_embedding_is_not_known() -> None:
    with pytest.raises(UserError, match=r"2\.png is a bare embedding"):
        make_template([member(1, 1.0), member(2)], "sface", weighing="quality")


def test_a_template_is_of_one_encoder(tmp_path: Path) -> None:
    one, other = vector_file(tmp_path, 1), tmp_path / "2.json"
    write_vector(other, np.ones(512, np.float32), "arcface-mbf")
    assert template_encoder([one], None) == "sface"
    with pytest.raises(UserError, match="a template is of one encoder"):
        template_encoder([one, other], None)


def test_a_record_whose_weights_do_not_sum_to_one_is_refused() -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        TemplateRecord(averaging="plain", members=(TemplateMember(name="a", sha256="0" * 64, weight=0.5),))


def test_the_command_averages_vectors_and_its_file_is_made_again(tmp_path: Path, capsys, networks) -> None:
    files = [vector_file(tmp_path, number) for number in (1, 2)]
    out = tmp_path / "me.npy"
    assert cli.main(["lab", "template", *map(str, files), "--out", str(out), "--weights", "1,3", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["encoder"], said["faces"], said["weights"]) == ("sface", 2, [0.25, 0.75])
    again = made_again(out, *files, networks=networks)
    assert again.same
    assert again.differences == ()


@pytest.mark.slow
def test_a_template_of_photographs_is_made_again_from_them(tmp_path: Path, capsys, networks) -> None:
    photographs = [FACES / "synthetic-p002.jpg", FACES / "synthetic-p005.jpg"]
    out = tmp_path / "two.npy"
    arguments = ["lab", "template", *map(str, photographs), "--encoder", "sface", "--weights", "quality"]
    assert cli.main([*arguments, "--out", str(out)]) == 0
    assert "a template of 2 faces under sface" in capsys.readouterr().out
    again = made_again(out, *photographs, networks=networks)
    assert again.deviation.largest < 1e-4
    with pytest.raises(UserError, match=r"was made from synthetic-p00"):
        made_again(out, photographs[0], networks=networks)


def test_mixed_conditions_take_each_of_a_persons_photographs_in_turn() -> None:
    of = seen()
    mixed = of.under("sface", MIXED).vectors
    for row, name in enumerate(["upright", "noise", "blur", "32px", "upright"]):
        assert np.array_equal(mixed[row], of.vectors[name]["sface"][row])


def test_a_table_says_every_rate_with_its_interval_and_where_curves_fall() -> None:
    chosen = PhotographSet("made up", (), "Somebody is to be credited")
    record = judge_templates(chosen, seen(), ["sface"], ["upright", "noise", MIXED])
    assert (record.people, record.most) == (6, 4)
    rows = rows_of(record)
    assert len(rows) == 3 * 3 * 4
    assert {row["weighting"] for row in rows} == {"equal", "quality", "equal on the same pairs"}
    assert all(row["tar_low"] <= row["tar"] <= row["tar_high"] for row in rows)
    text = as_text(record)
    assert "No curve falls" in text
    assert "Somebody is to be credited" in text
    assert "each photograph of a person another of these" in text
    one, two = (encoded(draw_templates(record), "svg", {"a": 1}) for _ in range(2))
    assert one == two
    assert b"photographs in a template" in one


@pytest.mark.slow
def test_what_was_seen_is_seen_once_and_only_its_owner_may_read_it(tmp_path: Path, monkeypatch, networks) -> None:
    for person, name in (("ada", "synthetic-p002.jpg"), ("bo", "synthetic-p005.jpg")):
        (tmp_path / "people" / person).mkdir(parents=True)
        shutil.copy(FACES / name, tmp_path / "people" / person / "1.jpg")
    chosen, kept = people_in(tmp_path / "people"), tmp_path / "kept.safetensors"
    first = see_set(chosen, ["sface"], ["upright", "32px"], networks, kept)
    assert kept.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(templates_seen, "choose_face", lambda *_: pytest.fail("a photograph was looked at again"))
    again = see_set(chosen, ["sface"], ["upright", "32px"], networks, kept)
    for name in ("upright", "32px"):
        assert np.array_equal(first.vectors[name]["sface"], again.vectors[name]["sface"])
    assert first.told["32px"]["size"] == pytest.approx([32, 32], rel=0.03)
    assert (first.told["upright"]["size"] > 100).all()
