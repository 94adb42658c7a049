"""Which photographs are compared: all of a set, or those of a list as LFW has it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from explorer.studio.errors import UserError
from explorer.studio.laboratory.paired_sets import paired_set

LIST = "1\t2\nAnn_Lee\t1\t2\nBo\t1\t3\nAnn_Lee\t1\tBo\t2\nCy\t1\tBo\t3\n"


def lfw(folder, text=LIST):
    for person, count in (("Ann_Lee", 2), ("Bo", 3), ("Cy", 2)):
        place = folder / "lfw" / person
        place.mkdir(parents=True)
        for number in range(1, count + 1):
            Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(place / f"{person}_{number:04d}.jpg")
    (folder / "pairs.txt").write_text(text, encoding="utf-8")
    return folder


def test_the_pairs_of_the_list_are_compared(tmp_path):
    chosen = paired_set(str(lfw(tmp_path)))
    titles = [f"{one.person}/{one.name}" for one in chosen.photographs.photographs]
    assert "Cy/Cy_0002.jpg" not in titles  # nobody compares it
    assert len(titles) == 6
    pairs, unpaired = chosen.pairs(chosen.photographs.photographs)
    named = [(titles[one], titles[other]) for one, other in zip(pairs.first, pairs.second, strict=True)]
    assert named[0] == ("Ann_Lee/Ann_Lee_0001.jpg", "Ann_Lee/Ann_Lee_0002.jpg")
    assert named[3] == ("Cy/Cy_0001.jpg", "Bo/Bo_0003.jpg")
    assert (pairs.genuine, pairs.impostors, unpaired) == (2, 2, 0)
    assert chosen.protocol == "the pairs of its list"
    less = tuple(one for one in chosen.photographs.photographs if one.person != "Cy")
    pairs, unpaired = chosen.pairs(less)
    assert (pairs.genuine, pairs.impostors, unpaired) == (2, 1, 1)


def test_without_a_list_all_pairs_are_compared(tmp_path):
    (lfw(tmp_path) / "pairs.txt").unlink()
    chosen = paired_set(str(tmp_path), each=2)
    pairs, _ = chosen.pairs(chosen.photographs.photographs)
    assert (pairs.genuine, pairs.impostors, chosen.protocol) == (3, 12, "all pairs")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1\t1\nAnn_Lee\t1\n", "line 2: a pair is NAME"),
        ("1\t1\nAnn_Lee\t1\tx\n", "line 2"),
        ("1\t1\nAnn_Lee\t1\t9\nAnn_Lee\t1\tBo\t1\n", "1 of the 3 photographs"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused(tmp_path, text, said):
    with pytest.raises(UserError, match=said):
        paired_set(str(lfw(tmp_path, text)))


def test_a_list_says_itself_how_many_photographs_there_are(tmp_path):
    with pytest.raises(UserError, match="leave out --each"):
        paired_set(str(lfw(tmp_path)), each=1)
