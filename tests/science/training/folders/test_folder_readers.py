"""Small trees in the published layouts, whole and broken."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from explorer.science.training.folders import LAYOUTS, FolderError, choose, layout_of
from explorer.science.training.folders.fairface import AGES, GROUPS, one_of

CELEBA_NAMES = [f"Attribute_{number}" for number in range(36)] + ["Smiling", "Eyeglasses", "Wearing_Hat", "Male"]
CELEBA_POINTS = " ".join(f"{p}_{a}" for p in ("lefteye", "righteye", "nose", "leftmouth", "rightmouth") for a in "xy")


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\xff\xd8\xff")


def celeba(root: Path, flat: bool = False) -> Path:
    anno, evaluation, images = (root, root, root) if flat else (root / "Anno", root / "Eval", root / "Img")
    for folder in (anno, evaluation):
        folder.mkdir(parents=True, exist_ok=True)
    files = [f"{number:06d}.jpg" for number in range(1, 5)]
    for file in files:
        picture(images / "img_align_celeba" / file)
    signs = [["-1"] * 40, ["1"] * 40, ["-1"] * 39 + ["1"], ["1"] + ["-1"] * 39]
    rows = [f"{file} {'  '.join(row)}" for file, row in zip(files, signs, strict=True)]
    (anno / "list_attr_celeba.txt").write_text("\n".join(["4", " ".join(CELEBA_NAMES), *rows]) + "\n")
    rows = [f"{file}  69 109 106 113 77 142 73 152 108 154" for file in files]
    (anno / "list_landmarks_align_celeba.txt").write_text("\n".join(["4", CELEBA_POINTS, *rows]))
    (anno / "identity_CelebA.txt").write_text("\n".join(f"{file} {n}" for file, n in zip(files, "7788", strict=True)))
    (evaluation / "list_eval_partition.txt").write_text(
        "\n".join(f"{file} {part}" for file, part in zip(files, "0012", strict=True))
    )
    return root


def lfw(root: Path) -> Path:
    for name, count in (("Madonna", 2), ("Zinedine_Zidane", 3), ("Al_Gore", 1)):
        for number in range(1, count + 1):
            picture(root / "lfw" / name / f"{name}_{number:04d}.jpg")
    (root / "peopleDevTest.txt").write_text("1\nAl_Gore\t1\n")
    return root


def vggface2(root: Path) -> Path:
    for person in ("train/n000002", "train/n000003", "test/n000001"):
        for file in ("0001_01.jpg", "0002_01.jpg"):
            picture(root / person / file)
    (root / "meta").mkdir()
    (root / "meta" / "identity_meta.csv").write_text(
        'Class_ID, Name, Sample_Num, Flag, Gender\nn000001, "A, B", 2, 0, m\nn000002, "C", 2, 1, f\n', encoding="utf-8"
    )
    (root / "bb_landmark").mkdir()
    (root / "bb_landmark" / "loose_landmark_train.csv").write_text(
        "NAME_ID,P1X,P1Y,P2X,P2Y,P3X,P3Y,P4X,P4Y,P5X,P5Y\nn000002/0001_01,75.5,110,103,104,90,133,85,150,106.5,142\n"
    )
    return root


def casia(root: Path) -> Path:
    for person in range(30):
        picture(root / "CASIA-WebFace" / f"{person + 45:07d}" / "001.jpg")
    return root


def people(root: Path) -> Path:
    for name in ("ada", "bo", ".thumbnails"):
        picture(root / name / "1.jpg")
        picture(root / name / "summer" / "2.jpg")
    (root / "ada" / "notes.txt").write_text("not a photograph")
    picture(root / "loose.jpg")
    return root


def fairface(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    heading = "file,age,gender,race,service_test"
    train = (
        *("train/1.jpg,20-29,Male,White,True", "train/2.jpg,3-9,Female,East Asian,False"),
        "train/9.jpg,0-2,Male,White,True",
    )
    for part, rows in (("train", train), ("val", ("val/1.jpg,more than 70,Female,Black,False",))):
        (root / f"fairface_label_{part}.csv").write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    for name in ("train/1.jpg", "train/2.jpg", "val/1.jpg"):
        picture(root / name)
    return root


BUILDERS = {
    **{"celeba": celeba, "lfw": lfw, "vggface2": vggface2, "casia-webface": casia},
    **{"fairface": fairface, "people": people},
}


def test_there_is_a_tree_for_every_layout():
    assert set(BUILDERS) == set(LAYOUTS)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_listed_picture_is_there_and_nobody_is_in_two_splits(layout, tmp_path):
    listing = LAYOUTS[layout].read(BUILDERS[layout](tmp_path))
    assert listing.faces
    assert all(face.path.is_file() for face in listing.faces)
    assert len({face.path for face in listing.faces}) == len(listing.faces)
    if layout != "celeba":  # CelebA's own partition is by identity; the tree of this test is not
        splits: dict[str, set[str]] = {}
        for face in listing.faces:
            splits.setdefault(face.identity, set()).add(face.split)
        assert all(len(found) == 1 for found in splits.values())
    assert list(listing.identities().values()) == list(range(len(listing.identities())))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_another_folder_is_refused(layout, tmp_path):
    with pytest.raises(FolderError, match=r"absent.*: give"):
        LAYOUTS[layout].read(tmp_path / "absent")
    (tmp_path / "holiday").mkdir()
    if layout != "people":  # a folder of photographs is a person's
        picture(tmp_path / "holiday" / "beach.jpg")
    with pytest.raises(FolderError):
        LAYOUTS[layout].read(tmp_path)


@pytest.mark.parametrize("flat", [False, True])
def test_celeba(tmp_path, flat):
    listing = LAYOUTS["celeba"].read(celeba(tmp_path, flat))
    assert listing.attributes == tuple(CELEBA_NAMES)
    assert [face.split for face in listing.faces] == ["train", "train", "calibration", "test"]
    assert [face.identity for face in listing.faces] == list("7788")
    third = listing.faces[2]
    assert third.attributes["Male"] == 1
    assert sum(third.attributes.values()) == 1
    np.testing.assert_array_equal(third.points[0], (69.5, 109.5))
    np.testing.assert_array_equal(third.points[4], (108.5, 154.5))


def test_celeba_without_identities_counts_every_picture_as_a_person(tmp_path):
    (celeba(tmp_path) / "Anno" / "identity_CelebA.txt").unlink()
    assert len(LAYOUTS["celeba"].read(tmp_path).identities()) == 4


def cut_attribute(root: Path) -> None:
    file = root / "Anno" / "list_attr_celeba.txt"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:3], lines[3][:-3]]))


def change(name: str, old: str, new: str):
    def apply(root: Path) -> None:
        (file,) = root.rglob(name)
        file.write_text(file.read_text().replace(old, new))

    return apply


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cut_attribute, "line 4: 40 fields instead of 41"),
        (change("list_attr_celeba.txt", "Male", ""), "39 attributes"),
        (change("list_attr_celeba.txt", "-1  -1", "0  -1"), "not all 1 or -1"),
        (change("list_eval_partition.txt", "000004.jpg 2", "000004.jpg 3"), "partition '3'"),
        (change("list_eval_partition.txt", "000004", "000009"), "lacks 1 of 4 pictures, 000009.jpg"),
        (change("list_attr_celeba.txt", "000004", "000005"), "no attributes or no landmarks for 000004"),
        (change("list_landmarks_align_celeba.txt", "nose_x", "nose"), "second line should be"),
        (change("list_landmarks_align_celeba.txt", "142", "x"), "not a number"),
        (lambda root: shutil.rmtree(root / "Img"), "lacks img_align_celeba"),
        (lambda root: (root / "Eval" / "list_eval_partition.txt").unlink(), "lacks list_eval_partition.txt"),
    ],
)
def test_a_broken_celeba_is_refused(tmp_path, spoil, said):
    spoil(celeba(tmp_path))
    with pytest.raises(FolderError, match=said):
        LAYOUTS["celeba"].read(tmp_path)


def test_lfw(tmp_path):
    listing = LAYOUTS["lfw"].read(lfw(tmp_path))
    assert len(listing.faces) == 6
    assert {face.identity for face in listing.faces if face.split == "test"} == {"Al_Gore"}
    picture(tmp_path / "lfw" / "Al_Gore" / "portrait.jpg")
    with pytest.raises(FolderError, match=r"portrait.jpg is not named"):
        LAYOUTS["lfw"].read(tmp_path)


def test_fairface(tmp_path):
    listing = LAYOUTS["fairface"].read(fairface(tmp_path))
    assert [face.split for face in listing.faces] == ["train", "train", "test"], "what is not there is not listed"
    assert [one_of(face.attributes, GROUPS) for face in listing.faces] == ["White", "East Asian", "Black"]
    assert [face.attributes["Male"] for face in listing.faces] == [1, 0, 0]
    assert [one_of(face.attributes, AGES) for face in listing.faces] == ["20-29", "3-9", "more than 70"]
    assert layout_of(tmp_path) == "fairface"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (change("fairface_label_train.csv", "White", "Martian"), "line 2: race is 'Martian'"),
        (change("fairface_label_train.csv", "gender", "sex"), "lacks the column gender"),
        (lambda root: (root / "fairface_label_val.csv").unlink(), "lacks fairface_label_val.csv"),
        (lambda root: (root / "fairface_label_val.csv").write_bytes(bytes(3) + b"\xff"), "cannot be read|lacks"),
        (lambda root: [shutil.rmtree(root / part) for part in ("train", "val")], "holds no photographs"),
    ],
)
def test_a_broken_fairface_is_refused(tmp_path, spoil, said):
    spoil(fairface(tmp_path))
    with pytest.raises(FolderError, match=said):
        LAYOUTS["fairface"].read(tmp_path)


def test_vggface2(tmp_path):
    listing = LAYOUTS["vggface2"].read(vggface2(tmp_path))
    assert len(listing.faces) == 6
    assert {face.identity for face in listing.faces if face.split == "test"} == {"n000001"}
    assert {face.identity: dict(face.attributes) for face in listing.faces} == {
        "n000001": {"Male": 1},
        "n000002": {"Male": 0},
        "n000003": {},
    }
    (pointed,) = (face for face in listing.faces if face.points is not None)
    assert (pointed.identity, pointed.path.name) == ("n000002", "0001_01.jpg")
    np.testing.assert_array_equal(pointed.points[0], (76, 110.5))


@pytest.mark.parametrize(
    ("name", "old", "new"), [("identity_meta.csv", ", m", ", x"), ("loose_landmark_train.csv", "75.5", "x")]
)
def test_a_broken_vggface2_table_is_refused(tmp_path, name, old, new):
    change(name, old, new)(vggface2(tmp_path))
    with pytest.raises(FolderError, match=name.replace(".", r"\.")):
        LAYOUTS["vggface2"].read(tmp_path)


def test_casia_has_people_in_every_split(tmp_path):
    listing = LAYOUTS["casia-webface"].read(casia(tmp_path))
    assert {face.identity for face in listing.faces} == {f"{number + 45:07d}" for number in range(30)}
    assert {face.split for face in listing.faces} == {"train", "calibration", "test"}


def test_fairface_names_age_race_and_gender_but_nobody(tmp_path):
    listing = LAYOUTS["fairface"].read(fairface(tmp_path))
    assert listing.attributes == ("Male", *GROUPS, *AGES)
    assert len(listing.identities()) == len(listing.faces)
    first = listing.faces[0]
    assert (first.path, first.identity) == (tmp_path / "train" / "1.jpg", "train/1.jpg")
    assert {name for name, value in first.attributes.items() if value} == {"Male", "White", "20-29"}


def test_some_faces_of_fairfaces_training_part_are_for_calibration(tmp_path):
    fairface(tmp_path)
    with (tmp_path / "fairface_label_train.csv").open("a") as table:
        for number in range(10, 40):
            picture(tmp_path / "train" / f"{number}.jpg")
            table.write(f"train/{number}.jpg,3-9,Male,White,True\n")
    splits = [face.split for face in LAYOUTS["fairface"].read(tmp_path).faces]
    assert splits[-1] == "test"
    assert set(splits[:-1]) == {"train", "calibration"}


def test_what_a_table_in_fairfaces_layout_does_not_tell_of_everybody_is_no_attribute(tmp_path):
    change("fairface_label_val.csv", "more than 70", "")(fairface(tmp_path))
    listing = LAYOUTS["fairface"].read(tmp_path)
    assert listing.attributes == ("Male", *GROUPS)
    assert all(set(face.attributes) == set(listing.attributes) for face in listing.faces)


@pytest.mark.parametrize("name", ["val/1.jpg", "/train/1.jpg", "train/../1.jpg", "train/..", "train/a/1.jpg", "1.jpg"])
def test_pictures_outside_their_part_of_fairface_are_refused(tmp_path, name):
    change("fairface_label_train.csv", "train/1.jpg", name)(fairface(tmp_path))
    with pytest.raises(FolderError, match="not in the folder train"):
        LAYOUTS["fairface"].read(tmp_path)


def test_any_folders_of_photographs_are_people_and_deeper_ones_the_same_person(tmp_path):
    listing = LAYOUTS["people"].read(people(tmp_path))
    assert [(face.identity, face.path.name) for face in listing.faces] == [
        ("ada", "1.jpg"),
        ("ada", "2.jpg"),
        ("bo", "1.jpg"),
        ("bo", "2.jpg"),
    ]
    assert not listing.published_split


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_is_known_by_what_lies_in_its_folder(layout, tmp_path):
    assert layout_of(BUILDERS[layout](tmp_path)) == layout


def test_who_is_for_testing_is_published_by_some(tmp_path):
    published = {layout: LAYOUTS[layout].read(BUILDERS[layout](tmp_path / layout)) for layout in LAYOUTS}
    assert {layout for layout, listing in published.items() if listing.published_split} == {
        *("celeba", "fairface", "lfw", "vggface2")
    }
    assert choose(published["lfw"], 3).published_split


def test_fewer_faces_are_the_first_of_more(tmp_path):
    listing = LAYOUTS["casia-webface"].read(casia(tmp_path))
    few, more = choose(listing, 5), choose(listing, 12)
    assert few.faces == more.faces[:5]
    assert len(choose(listing, None).faces) == 30
