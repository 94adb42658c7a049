"""What came of the ways in a file: figure and table with their record, and why that makes nothing again by itself."""

import csv

import pytest

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import read_provenance
from explorer.studio.methods.export import export_ways, table_rows, way_record
from explorer.studio.reproducing.kinds import again_of
from tests.studio.methods.methods_kit import LACKING, all_ways
from tests.studio.slice_kit import target

SETTINGS = InversionSettings(encoder="sface", steps=30, weights={"identity": 2.0})


def test_a_figure_and_a_table_say_how_the_ways_are_gone_again(tmp_path):
    for name in ("ways.png", "ways.csv"):
        path, beside = export_ways(tmp_path / name, target(), SETTINGS, all_ways())
        record = read_provenance(path)
        assert record == read_provenance(beside)
        assert record["kind"] == "ways of inversion side by side"
        assert record["source"]["sha256"] == target().record.sha256
        command = " ".join(record["command"])
        assert command.startswith("compare-methods jane.png --encoder sface --way nearest")
        assert "--steps 30" in command
        assert "--weight identity=2" in command
        with pytest.raises(UserError, match=r"make it again by `likeness compare-methods jane\.png"):
            again_of(record, name)


def test_the_table_has_a_row_a_way(tmp_path):
    export_ways(tmp_path / "ways.csv", target(), SETTINGS, all_ways())
    rows = list(csv.DictReader((tmp_path / "ways.csv").read_text().splitlines()))
    assert [row["way"] for row in rows] == ["nearest", "decode", "refine", "optimise"]
    assert float(rows[1]["sface_cosine"]) == pytest.approx(0.6)
    assert float(rows[1]["held_out_mean"]) == pytest.approx(0.5)
    assert rows[1]["Age"] == "33 years"
    assert (rows[2]["seconds"], rows[2]["lacking"]) == ("", LACKING)
    assert table_rows([]) == []


def test_another_ending_is_refused_and_one_picture_has_its_own_record(tmp_path):
    with pytest.raises(UserError, match=r"ways\.txt"):
        export_ways(tmp_path / "ways.txt", target(), SETTINGS, all_ways())
    record = way_record(target(), SETTINGS, all_ways()[1], picture="Decoder", mark=True)
    assert (record["kind"], record["way"]["way"]) == ("way of inversion", "decode")
    assert "--way decode" in " ".join(record["command"])
