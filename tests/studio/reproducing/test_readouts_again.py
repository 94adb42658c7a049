"""Readouts made again from the file alone: the same numbers, of the right face, with the same edits."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Photograph
from explorer.science.faces.reading import read_file
from explorer.science.leakage.edits import Patch, PictureEdit, VectorEdit
from explorer.studio.app import cli
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.probes import load_probes
from explorer.studio.errors import UserError
from explorer.studio.export.drawings import ImageSpec, ReadoutsSpec
from explorer.studio.export.provenance import read_provenance, write_sidecar
from explorer.studio.faces.edits import altered_photograph, altered_vector
from explorer.studio.faces.values import Edits
from explorer.studio.faces.vectors import write_vector
from explorer.studio.inversion.provenance import provenance
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.running import FinishedInversion
from explorer.studio.inversion.targets import photograph_target
from explorer.studio.leakage.export import export_readings
from explorer.studio.leakage.reading import compared, read_picture, read_vector
from explorer.studio.leakage.readings import FaceRead
from explorer.studio.reproducing.runs import RunReproduction
from tests.studio.export.made_up import made_up_run
from tests.studio.reproducing.again_kit import P002, P005, made_again, two_faces

pytestmark = pytest.mark.slow

ENCODER = "sface"
EDITS = Edits(
    PictureEdit(hidden=(Patch.rectangle(0.3, 0.6, 0.7, 0.8),), blur=0.4, grain=2, grain_seed=5),
    VectorEdit(noise=0.4, bits=6, noise_seed=3),
)


@pytest.fixture(scope="module")
def face(networks: Networks):
    photograph = read_file(P002)
    return photograph, networks.detector().detect(photograph.pixels)[0]


@pytest.fixture(scope="module")
def read(networks: Networks, face) -> FaceRead:
    """As the probe panel reads an edited face."""
    photograph, found = face
    probes = load_probes(ENCODER)
    vector = embed_face(networks.recogniser(ENCODER), photograph, found).numpy()
    before = read_vector(networks, probes, ENCODER, vector, crop_frame(photograph, found).frame)
    other, frame = altered_photograph(networks, ENCODER, photograph, found, EDITS.picture)
    now = read_vector(networks, probes, ENCODER, altered_vector(other, EDITS.vector), frame)
    return FaceRead("key", ENCODER, EDITS, before, compared(networks, now, vector, attacked=""))


def exported(path: Path, read: FaceRead, face, **more) -> Path:
    photograph, found = face
    return export_readings(path, read, name=photograph.name, sha256=photograph.sha256, face=found, **more)[0]


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".svg"])
def test_an_edited_face_reads_the_same(networks: Networks, read: FaceRead, face, tmp_path: Path, suffix: str) -> None:
    drawing = ReadoutsSpec(width=120, dpi=72, source=True)
    path = exported(tmp_path / f"readouts{suffix}", read, face, drawing=drawing)
    made = made_again(path, P002, networks=networks)
    assert made.deviation.largest < 1e-5
    assert made.deviation.changed == ()
    assert made.deviation.count > (10 if suffix == ".svg" else 300)
    assert made.differences == ()
    assert made.files[0] == tmp_path / f"readouts-again{suffix}"
    then, now = read_provenance(path), read_provenance(made.files[0])
    assert {**now, "created": ""} == {**then, "created": ""}, "what was made again can be made again"


def test_the_table_itself_is_compared_and_not_only_its_record(networks, read, face, tmp_path: Path) -> None:
    path = exported(tmp_path / "readouts.csv", read, face)
    lines = list(csv.reader(path.read_text().splitlines()))
    lines[1][lines[0].index("read")] = "7"
    path.write_text("\n".join(map(",".join, lines)))
    assert made_again(path, P002, networks=networks).deviation.largest > 5
    path.write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match=r"readouts\.csv is no table of readouts"):
        made_again(path, P002, networks=networks)
    path.unlink()
    alone = made_again(tmp_path / "readouts.csv.json", P002, networks=networks)
    assert alone.deviation.largest < 1e-5, "the record's own numbers do where the table is gone"


def test_a_vector_needs_no_face(networks: Networks, tmp_path: Path) -> None:
    vector = np.random.default_rng(1).standard_normal(128).astype(np.float32)
    source = write_vector(tmp_path / "v.npy", vector, ENCODER)
    table = tmp_path / "readouts.csv"
    assert cli.main(["probe", str(source), "--encoder", ENCODER, "--bits", "4", "--out", str(table)]) == 0
    made = made_again(table, source, networks=networks)
    assert made.deviation.largest == 0
    assert read_provenance(made.files[0])["vector_edit"]["bits"] == 4


def test_what_was_read_before_there_were_calibrations_on_photographs_reads_the_same(
    networks: Networks, read: FaceRead, face, tmp_path: Path
) -> None:
    photograph, found = face
    earlier = load_probes(ENCODER).without_photographs()
    vector, frame = read.before.vector, crop_frame(photograph, found).frame
    then = read_vector(networks, earlier, ENCODER, vector, frame)
    path = exported(tmp_path / "readouts.csv", FaceRead("key", ENCODER, Edits(), then, then), face)
    record = read_provenance(path)
    assert record["origin"] is None
    assert f"calibration-photographs-{ENCODER}" not in record["networks"]
    del record["origin"]  # as records were then
    write_sidecar(path, record)
    made = made_again(path, P002, networks=networks)
    assert made.deviation.largest < 1e-5
    assert made.differences == ()
    assert made.files[0].read_text() == path.read_text(), "what it tells, too"
    now = read_provenance(exported(tmp_path / "now.csv", read, face))
    assert now["origin"] == "photograph"
    assert f"calibration-photographs-{ENCODER}" in now["networks"]


def test_a_drawn_face_is_read_again_as_such(networks: Networks, tmp_path: Path) -> None:
    vector = np.random.default_rng(1).standard_normal(128).astype(np.float32)
    source = write_vector(tmp_path / "v.npy", vector, ENCODER)
    tables = {}
    for of in ("photograph", "generated"):
        table = tmp_path / f"{of}.csv"
        assert cli.main(["probe", str(source), "--encoder", ENCODER, "--of", of, "--out", str(table)]) == 0
        assert read_provenance(table)["origin"] == of
        assert made_again(table, source, networks=networks).deviation.largest == 0
        tables[of] = table.read_text()
    assert tables["photograph"] != tables["generated"]


def test_of_two_faces_the_right_one_is_read(networks: Networks, tmp_path: Path, capsys) -> None:
    photograph, table = two_faces(tmp_path), tmp_path / "second.csv"
    arguments = ["probe", str(photograph), "--face", "2", "--encoder", ENCODER, "--out", str(table)]
    assert cli.main(arguments) == 0
    capsys.readouterr()
    assert cli.main(["reproduce", str(table), "--source", str(photograph), "--device", "cpu", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["largest_difference"] < 1e-5
    assert said["differences"] == []
    record = read_provenance(table)
    assert min(x for x, _ in record["points"]) > 360, "the face on the right"
    first = replace_points(record, [[x - 360, y] for x, y in record["points"]])
    write_sidecar(tmp_path / "moved.csv", first)
    (tmp_path / "moved.csv").write_bytes(table.read_bytes())
    assert made_again(tmp_path / "moved.csv", photograph, networks=networks).deviation.largest > 0.01


def replace_points(record, points):
    return {**record, "points": points}


def inverted(networks: Networks, face):
    """A run whose result is another person's photograph, as far as readouts can tell."""
    photograph, found = face
    opened = photograph_target(networks, photograph, found, ENCODER)
    native = np.asarray(read_file(P005).pixels)
    settings = made_up_run().settings.model_copy(update={"encoder": ENCODER})
    run = made_up_run().model_copy(update={"settings": settings, "target": opened.target.record})
    return RunReproduction(
        FinishedInversion(run, native, None, ()), opened, None, None, None, ("device: a then, b now",)
    )


def test_the_inversion_that_was_read_is_made_again_first(networks: Networks, read: FaceRead, face, tmp_path) -> None:
    run = inverted(networks, face)
    native, probes, target = run.finished.native, load_probes(ENCODER), run.opened.target.embedding.numpy()
    found = networks.detector().detect(Photograph(native, "x", "").pixels)[0]
    result = read_picture(networks, probes, ENCODER, native, found, target, ENCODER)
    about = provenance(run.finished.run, drawing=ImageSpec())
    path = exported(tmp_path / "all.csv", read, face, result=result, inversion=about)
    asked = []

    def repeat(recipe, source):
        asked.append((recipe.target, source))
        return run

    made = made_again(path, P002, networks=networks, repeat=repeat)
    assert [(target.sha256, source) for target, source in asked] == [(face[0].sha256, P002)]
    assert made.deviation.largest < 1e-5
    assert made.differences == ("inversion: device: a then, b now",)
    rows = csv.DictReader(made.files[0].read_text().splitlines())
    assert {row["subject"] for row in rows} == {"as it is", "altered", "inversion"}
    missing = exported(tmp_path / "without.csv", read, face, result=result)
    made = made_again(missing, P002, networks=networks)
    assert made.differences == (
        "the readouts of the inversion are left out: the record does not say how that was made",
    )
    assert "inversion" not in made.files[0].read_text()
    assert len(made.deviation.changed) > 5, "and that they are missing is said"


def test_another_photograph_is_refused(read: FaceRead, face, tmp_path: Path) -> None:
    path = exported(tmp_path / "r.csv", read, face)
    with pytest.raises(UserError, match=r"r\.csv was made from synthetic-p002\.jpg .*, and synthetic-p005\.jpg has"):
        made_again(path, P005)
    with pytest.raises(UserError, match="give that file as --source"):
        made_again(path)
    with pytest.raises(UserError, match=r"out\.xls: readouts are written as"):
        made_again(path, P002, out=tmp_path / "out.xls")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"points": [[1, 2]]}, "points"),
        ({"points": [[0, float("1e9")]] * 5}, "points"),
        ({"source": {"name": "a.jpg", "sha256": "../../etc/passwd"}}, r"source\.sha256"),
        ({"vector_edit": {"noise": 1e9}}, r"vector_edit\.noise"),
        ({"picture_edit": {"shell": "rm"}}, r"picture_edit\.shell"),
        ({"drawing": {"width": 1e9}}, r"drawing\.width"),
        ({"readouts": {str(number): [] for number in range(99)}}, "readouts"),
        ({"inversion": {"run": {"settings": {"steps": 10**9}, "target": {}}}}, r"settings\.steps"),
        ({"of": "url"}, "of:"),
        ({"networks": 7}, "networks"),
        ({"points": None}, "earlier version"),
    ],
)
def test_a_damaged_record_is_one_line(read: FaceRead, face, tmp_path: Path, change, told: str) -> None:
    path = exported(tmp_path / "r.csv", read, face)
    write_sidecar(path, {**read_provenance(path), **change})
    with pytest.raises(UserError, match=told) as caught:
        made_again(path, P002)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_record_of_an_earlier_version_says_so(read: FaceRead, face, tmp_path: Path) -> None:
    path = exported(tmp_path / "r.csv", read, face)
    record = read_provenance(path)
    for key in ("of", "points", "points_by_hand", "drawing"):
        del record[key]
    write_sidecar(path, record)
    with pytest.raises(UserError, match="earlier version of this program, which did not record"):
        made_again(path, P002)


def test_a_target_of_a_run_may_be_another_file(read: FaceRead, face, networks, tmp_path: Path) -> None:
    """A stranger's record may pair any run with any face: the run is made of the file that was given."""
    run = inverted(networks, face)
    other = TargetRecord(kind="vector", name="v.npy", sha256="0" * 64, encoder=ENCODER, norm=1.0)
    about = provenance(run.finished.run.model_copy(update={"target": other}), drawing=ImageSpec())
    path = exported(tmp_path / "r.csv", read, face, result=replace(read.before), inversion=about)
    with pytest.raises(UserError, match=r"was made from v\.npy"):
        made_again(path, P002, networks=networks)
