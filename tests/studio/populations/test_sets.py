"""Data sets of people: every label, read back by what reads such sets, and equal to the byte whoever makes them."""

import csv
import io
import json
import tarfile

import numpy as np
import pytest
from PIL import Image

from explorer.science.synthetic.labelled import draw_macros
from explorer.science.synthetic.scene import GROUPS
from explorer.science.synthetic.surfaces import SEGMENTS
from explorer.science.training.folders import LAYOUTS, layout_of
from explorer.science.training.folders.fairface import GROUPS as FAIRFACE_GROUPS
from explorer.science.training.folders.listing import FolderError
from explorer.studio.cluster.asked import Here
from explorer.studio.errors import UserError
from explorer.studio.people.macro_file import load_macro_model
from explorer.studio.people.values import PeopleSettings
from explorer.studio.populations import samples as sampling
from explorer.studio.populations.list_file import write_people_list
from explorer.studio.populations.photoreal import PhotorealSource
from explorer.studio.populations.set_card import CARD, RECORD, SHEET, set_card, write_beside
from explorer.studio.populations.set_layouts import RACES, decade
from explorer.studio.populations.set_making import LABELS, SetWork, finish_set, make_set, parts_of
from explorer.studio.populations.set_shards import encoded, read_shard, write_shard
from explorer.studio.populations.values import PhotorealSettings, SetSettings
from tests.science.training.photoreal_kit import canned_people
from tests.studio.populations.list_kit import made_up_list

SIZE = 32
DRAWN = PeopleSettings(seed=5, count=2, pictures=2, size=SIZE)
ONE = PeopleSettings(seed=5, count=1, pictures=1, size=SIZE)
# Two, who fall into different splits of FairFace.
BY_SLIDERS = PeopleSettings(seed=5, count=2, pictures=1, size=SIZE, group="asian", gender="male")


def work_of(folder, layout, people=DRAWN, maps=False):
    folder.mkdir()
    folder.chmod(0o700)
    settings = SetSettings(layout=layout, people=people, maps=maps, per_shard=2)
    return SetWork(folder, settings, folder / "none", "", "cpu")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A set of 3D people in each layout."""
    root = tmp_path_factory.mktemp("sets")
    made = {}
    for layout in ("webdataset", "casia", "fairface"):
        work = work_of(root / layout, layout, DRAWN if layout == "webdataset" else ONE, maps=layout != "fairface")
        found = make_set(work, Here(threads=1))
        write_beside(work.folder, work.settings, found, ["people", "set", "--out", "DIR"], "")
        made[layout] = work, found
    return made


@pytest.fixture(scope="module")
def photoreal(tmp_path_factory):
    """Sets of photoreal people, which canned networks draw."""
    root = tmp_path_factory.mktemp("photoreal")
    people = made_up_list(6, 3)
    write_people_list(people, root / "list.safetensors")
    asked = PhotorealSettings(count=6, pictures=3, size=128)
    source = PhotorealSource(people, asked, canned_people())
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "load_source", lambda *about: source)
        for layout in ("webdataset", "fairface"):
            work = work_of(root / layout, layout, asked)
            made[layout] = work, make_set(work, Here(threads=1))
    return people, made


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def test_shards_hold_every_picture_with_its_labels_and_maps(drawn):
    work, made = drawn["webdataset"]
    found = [sample for path in sorted(work.folder.glob("*.tar")) for sample in read_shard(path)]
    assert len(found) == sum(made.pictures.values()) == 4
    for sample in found:
        labels = sample.labels
        assert sample.pixels.shape == (SIZE, SIZE, 3)
        assert labels["identity"] == sample.person
        assert labels["seed"] == DRAWN.seed + int(sample.person)
        assert np.shape(labels["landmarks"]) == (68, 2)
        assert labels["pose"].keys() == {"yaw", "pitch", "roll"}
        assert {"expression", "light", "accessories", "gender", "age", "group", "scene"} <= labels.keys()
        maps = sample.maps
        assert maps["depth"].shape == maps["segments"].shape == (SIZE, SIZE)
        assert maps["normals"].shape == (SIZE, SIZE, 3)
        assert maps["uv_seen"].any()
        shares = {SEGMENTS[one]: (maps["segments"] == one).mean() for one in np.unique(maps["segments"])}
        assert labels["segments"] == pytest.approx(shares, abs=1e-5)
        covered = maps["segments"] > 0
        assert np.isfinite(maps["depth"][covered]).mean() > 0.95


def test_any_reader_of_tars_finds_the_files_of_a_picture_together(drawn):
    for path in drawn["webdataset"][0].folder.glob("*.tar"):
        with tarfile.open(path) as shard:
            members = shard.getmembers()
        keys = [member.name.partition(".")[0] for member in members]
        runs = [key for place, key in enumerate(keys) if place == 0 or keys[place - 1] != key]
        assert runs == sorted(set(keys)), "once a key has passed it does not come back"
        assert {(member.mtime, member.uid, member.gid, member.uname, member.mode) for member in members} == {
            (0, 0, 0, "", 0o600)
        }


@pytest.mark.parametrize("layout", ["webdataset", "fairface"])
def test_a_set_is_the_same_to_the_byte_in_whatever_order_its_parts_are_made(layout, photoreal, tmp_path, monkeypatch):
    people, sets = photoreal
    first, made = sets[layout]
    source = PhotorealSource(people, first.settings.people, canned_people())
    monkeypatch.setattr(sampling, "load_source", lambda *about: source)
    again = work_of(tmp_path / "again", layout, first.settings.people)
    loaded = again.load()
    parts = parts_of(again.settings)
    for part in parts[::-1]:
        again.run(loaded, part, lambda: None)
    assert finish_set(again, parts) == made
    written = files_of(again.folder)
    assert written
    assert written.keys() == files_of(first.folder).keys()
    for name, path in written.items():
        assert path.read_bytes() == (first.folder / name).read_bytes()


def test_a_person_is_the_same_to_the_byte_whoever_else_is_in_the_set(drawn, tmp_path):
    work = work_of(tmp_path / "one", "webdataset", ONE, maps=True)
    make_set(work, Here(threads=1))
    alone = read_shard(tmp_path / "one" / "calibration-000000.tar")
    among = {
        sample.key: encoded(sample) for sample in read_shard(drawn["webdataset"][0].folder / "calibration-000000.tar")
    }
    for sample in alone:
        assert encoded(sample) == among[sample.key]


def test_nobody_is_in_two_splits(photoreal):
    people, made = photoreal
    for work, found in made.values():
        splits = {}
        for one in found.first:
            splits.setdefault(one["identity"], set()).add(one["split"])
        assert len(splits) == len(people)
        assert all(len(names) == 1 for names in splits.values())
        assert sum(found.people.values()) == len(people)
        for path in work.folder.glob("*.tar"):
            assert {sample.labels["split"] for sample in read_shard(path)} == {path.name.partition("-")[0]}


def test_the_reader_of_casia_takes_the_folders(drawn):
    work, made = drawn["casia"]
    assert layout_of(work.folder) == "casia-webface"
    listing = LAYOUTS["casia-webface"].read(work.folder)
    lines = [json.loads(line) for line in (work.folder / LABELS).read_text().splitlines()]
    said = {work.folder / one["file"]: one for one in lines}
    assert {face.path for face in listing.faces} == said.keys()
    for face in listing.faces:
        assert (face.identity, face.split) == (said[face.path]["identity"], said[face.path]["split"])
        with np.load(work.folder / "maps" / f"{said[face.path]['key']}.npz") as maps:
            assert maps["depth"].shape == (SIZE, SIZE)
    assert len(lines) == sum(made.pictures.values())


def test_the_reader_of_fairface_takes_the_tables(drawn, photoreal):
    people, made = photoreal
    work, found = made["fairface"]
    assert layout_of(work.folder) == "fairface"
    listing = LAYOUTS["fairface"].read(work.folder)
    said = {work.folder / one["file"]: one for one in found.first}
    assert {face.path for face in listing.faces} == said.keys()
    assert listing.published_split
    for face in listing.faces:
        one = said[face.path]
        assert (face.identity, face.split) == (one["identity"], one["split"])
        assert face.path.is_file()
        male = int(people.male[int(one["identity"])] >= 127.5)
        assert face.attributes["Male"] == male
        assert [name for name, value in face.attributes.items() if value and name != "Male"] == [decade(one["age"])]
    # 3D people who are not drawn by sliders have neither: nothing is made up.
    plain = LAYOUTS["fairface"].read(drawn["fairface"][0].folder)
    assert plain.attributes == ()
    assert {face.identity for face in plain.faces} == {"0000000"}


def test_labels_of_people_drawn_by_sliders_are_where_these_stood(tmp_path):
    work = work_of(tmp_path / "set", "fairface", BY_SLIDERS)
    made = make_set(work, Here(threads=1))
    lines = [json.loads(line) for line in (work.folder / LABELS).read_text().splitlines()]
    listing = LAYOUTS["fairface"].read(work.folder)
    read = {face.path: {name for name, value in face.attributes.items() if value} for face in listing.faces}
    for one in lines:
        macros = draw_macros(one["seed"], load_macro_model(), "asian", "male")
        assert one["scene"]["person"]["macros"] == json.loads(macros.model_dump_json())
        assert (one["group"], one["gender"]) == ("asian", "male")
        assert one["age"] == pytest.approx(25 + 65 * macros.age, abs=0.01)
        assert read[work.folder / one["file"]] == {"Male", RACES["asian"], decade(one["age"])}
    assert len(lines) == BY_SLIDERS.count
    card = set_card(work.settings, made, ["people", "set"], "")
    assert "slider of gender" in card
    assert RACES["asian"] in card


def test_every_slider_has_a_name_that_fairfaces_readers_take():
    assert RACES.keys() == set(GROUPS)
    assert set(RACES.values()) < set(FAIRFACE_GROUPS)


def test_ages_have_fairfaces_names():
    assert [decade(age) for age in (0, 2.9, 3, 19, 20, 69.5, 70, 99)] == [
        *("0-2", "0-2", "3-9", "10-19", "20-29", "60-69", "more than 70", "more than 70")
    ]


def test_the_card_and_the_sheet_stand_beside_a_set(drawn):
    for work, made in drawn.values():
        card = (work.folder / CARD).read_text()
        assert "likeness people set" in card
        assert all(f"| {name} |" in card for name in made.labels)
        with Image.open(work.folder / SHEET) as sheet:
            assert sheet.width == sum(made.pictures.values()) * SIZE
        assert json.loads((work.folder / RECORD).read_text())["set"]["pictures"] == made.pictures
        for path in work.folder.rglob("*"):
            assert path.stat().st_mode & 0o077 == 0, path


def member(name, data=b"{}", **about):
    one = tarfile.TarInfo(name)
    one.size = len(data)
    for field, value in about.items():
        setattr(one, field, value)
    return one, data


def npy(shape):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f2", "fortran_order": False, "shape": shape})
    return buffer.getvalue() + b"\0" * 64


def picture(size, kind="JPEG"):
    buffer = io.BytesIO()
    Image.new("RGB", size).save(buffer, kind)
    return buffer.getvalue()


KEY = "0000001_001"
HOSTILE = {
    "a way out": [member("../0000001_001.json")],
    "an absolute path": [member("/etc/0000001_001.json")],
    "another file": [member("0000001_001.py")],
    "a link": [member(f"{KEY}.jpg", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd")],
    "a device": [member(f"{KEY}.jpg", b"", type=tarfile.CHRTYPE)],
    "a folder": [member(f"{KEY}.jpg", b"", type=tarfile.DIRTYPE)],
    "long labels": [member(f"{KEY}.json", b" " * 1_000_001)],
    "no picture": [member(f"{KEY}.json")],
    "no labels": [member(f"{KEY}.jpg", picture((8, 8)))],
    "labels that are none": [member(f"{KEY}.json", b"[1]"), member(f"{KEY}.jpg", picture((8, 8)))],
    "nested labels": [member(f"{KEY}.json", b"[" * 100_000), member(f"{KEY}.jpg", picture((8, 8)))],
    "a file twice": [member(f"{KEY}.json"), member(f"{KEY}.json")],
    "a large picture": [member(f"{KEY}.json"), member(f"{KEY}.jpg", picture((4000, 8)))],
    "another picture": [member(f"{KEY}.json"), member(f"{KEY}.jpg", picture((8, 8), "PNG"))],
    "a large array": [
        member(f"{KEY}.json"), member(f"{KEY}.jpg", picture((8, 8))), member(f"{KEY}.depth.npy", npy((10**9, 10**9)))
    ],
    "a pickle": [
        member(f"{KEY}.json"),
        member(f"{KEY}.jpg", picture((8, 8))),
        member(f"{KEY}.depth.npy", npy((4, 8)).replace(b"'<f2'", b"'|O' ")),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_shard_is_refused_in_a_line(name, tmp_path):
    place = tmp_path / "train-000000.tar"
    with tarfile.open(place, "w") as shard:
        for one, data in HOSTILE[name]:
            shard.addfile(one, io.BytesIO(data))
    with pytest.raises(UserError) as refused:
        list(read_shard(place))
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == [place]


def test_what_is_no_tar_is_refused(tmp_path, drawn):
    whole = next(drawn["webdataset"][0].folder.glob("*.tar")).read_bytes()
    for data in (b"not a tar" * 200, whole[:700]):
        (place := tmp_path / "one.tar").write_bytes(data)
        with pytest.raises(UserError):
            list(read_shard(place))
    with pytest.raises(UserError, match="no file"):
        list(read_shard(tmp_path / "none.tar"))


def test_a_shard_reads_back_as_it_was_written(photoreal):
    work, _ = photoreal[1]["webdataset"]
    for path in work.folder.glob("*.tar"):
        write_shard(read_shard(path), again := io.BytesIO())
        with tarfile.open(path) as one, tarfile.open(fileobj=io.BytesIO(again.getvalue())) as other:
            names = one.getnames()
            assert names == other.getnames()
            labels = [name for name in names if name.endswith(".json")]
            assert all(one.extractfile(name).read() == other.extractfile(name).read() for name in labels)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"file": "../../etc/passwd", "age": "", "gender": "", "race": ""}, "not in the folder train"),
        ({"file": "train/1.jpg", "age": "", "gender": "Other", "race": ""}, "gender is 'Other'"),
        ({"file": "train/1.jpg", "age": ""}, "lacks the column gender"),
    ],
)
def test_a_malformed_fairface_table_is_refused(row, said, tmp_path):
    with (tmp_path / "fairface_label_train.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, row)
        table.writeheader()
        table.writerow(row)
    with pytest.raises(FolderError, match=said):
        LAYOUTS["fairface"].read(tmp_path)
