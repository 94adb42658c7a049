"""Each published list is read in its own layout; a picture that is not there is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.studio.errors import UserError
from explorer.studio.laboratory.paired_sets import PairedSet, paired_set


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(path)


def cfp(folder: Path) -> Path:
    protocol, split = folder / "Protocol", folder / "Protocol" / "Split" / "FP" / "01"
    split.mkdir(parents=True)
    for person in ("001", "002"):
        picture(folder / "Data" / "Images" / person / "frontal" / "01.jpg")
        picture(folder / "Data" / "Images" / person / "profile" / "01.jpg")
    for letter, pose in (("F", "frontal"), ("P", "profile")):
        lines = [f"{number} ../Data/Images/00{number}/{pose}/01.jpg" for number in (1, 2)]
        (protocol / f"Pair_list_{letter}.txt").write_text("\n".join(lines))
    (split / "same.txt").write_text("1,1\n2,2\n")
    (split / "diff.txt").write_text("1,2\n")
    return folder


def cross(folder: Path) -> Path:
    for name in ("Ann_Lee_1", "Ann_Lee_2", "Bo_1"):
        picture(folder / "images" / f"{name}.jpg")
    (folder / "pairs_CPLFW.txt").write_text("Ann_Lee_1.jpg 1\nAnn_Lee_2.jpg 1\nAnn_Lee_1.jpg 0\nBo_1.jpg 0\n")
    return folder


def aged(folder: Path) -> Path:
    for name in ("0_MariaCallas_35_f", "1_MariaCallas_52_f", "2_BoLee_40_m"):
        picture(folder / f"{name}.jpg")
    lines = "0_MariaCallas_35_f.jpg 1_MariaCallas_52_f.jpg 1\n0_MariaCallas_35_f.jpg 2_BoLee_40_m.jpg 0\n"
    (folder / "agedb_30_pair.txt").write_text(lines)
    return folder


def counted(chosen: PairedSet) -> tuple[int, int]:
    pairs, unpaired = chosen.pairs(chosen.photographs.photographs)
    assert unpaired == 0
    assert all(one.read().pixels.shape == (8, 8, 3) for one in chosen.photographs.photographs)
    return pairs.genuine, pairs.impostors


@pytest.mark.parametrize(("layout", "pairs"), [(cfp, (2, 1)), (cross, (1, 1)), (aged, (1, 1))])
def test_each_layout_gives_its_pairs(layout, pairs, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert counted(paired_set(str(layout(tmp_path)))) == pairs


def test_a_frontal_and_a_profile_view_of_one_number_are_two_pictures(tmp_path: Path) -> None:
    chosen = paired_set(str(cfp(tmp_path)))
    assert [one.name for one in chosen.photographs.photographs] == [
        "frontal-01.jpg", "profile-01.jpg", "frontal-01.jpg", "profile-01.jpg",
    ]  # fmt: skip
    assert chosen.photographs.people == ("001", "002")


def test_what_is_listed_has_to_be_there(tmp_path: Path) -> None:
    (cross(tmp_path) / "images" / "Bo_1.jpg").unlink()
    with pytest.raises(UserError, match=r"Bo_1\.jpg is listed and not there"):
        paired_set(str(tmp_path))
    picture(tmp_path / "images" / "Bo_1.jpg")
    with pytest.raises(UserError, match="leave out --each"):
        paired_set(str(tmp_path), each=1)


def test_a_line_of_another_form_is_refused(tmp_path: Path) -> None:
    folder = cfp(tmp_path)
    (folder / "Protocol" / "Split" / "FP" / "01" / "same.txt").write_text("1,9\n")
    with pytest.raises(UserError, match="line 1: a pair is two numbers"):
        paired_set(str(folder))
