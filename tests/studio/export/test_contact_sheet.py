from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.studio.errors import UserError
from explorer.studio.export.contact_sheet import Card, contact_sheet, write_contact_sheet
from tests.studio.export.made_up import made_up_picture, made_up_run

SCORES = made_up_run().scores


def _contains(sheet: np.ndarray, picture: np.ndarray) -> bool:
    """Whether a picture lies somewhere on the sheet, pixel by pixel."""
    corner = (sheet == picture[0, 0]).all(axis=-1)
    height, width = picture.shape[:2]
    return any(
        np.array_equal(sheet[row : row + height, column : column + width], picture)
        for row, column in zip(*np.nonzero(corner), strict=True)
    )


def test_every_pair_is_on_the_sheet_unchanged_but_for_the_mark():
    cards = [Card(f"face {n}", made_up_picture(n), made_up_picture(50 + n), SCORES) for n in range(5)]
    sheet = contact_sheet(cards, "five faces", columns=2, side=96, mark=False)
    for card in cards:
        assert _contains(sheet, card.target)
        assert _contains(sheet, card.result)
    marked = contact_sheet(cards, "five faces", columns=2, side=96)
    for card in cards:
        assert _contains(marked, card.target)
        assert not _contains(marked, card.result)
        assert _contains(marked, card.result[:72])


def test_failures_are_framed_and_what_is_missing_is_an_empty_place():
    refused = [SCORES[0], SCORES[1].model_copy(update={"passes": False})]
    good = Card("good", made_up_picture(0), made_up_picture(1), SCORES)
    bad = [
        Card("no face", made_up_picture(0), None, failure="no face was found in the photograph"),
        Card("unreadable", None, None, failure="not an image"),
        Card("another person", made_up_picture(0), made_up_picture(1), refused),
    ]
    assert not good.failed
    assert all(card.failed for card in bad)
    frame = (192, 57, 0)
    assert not (contact_sheet([good], "", side=96) == frame).all(axis=-1).any()
    for card in bad:
        assert (contact_sheet([card], "", side=96) == frame).all(axis=-1).sum() > 2 * 96


@pytest.mark.parametrize("kind", ["jpg", "webp"])
def test_a_sheet_of_twenty_noisy_pairs_is_written_within_its_size(kind, tmp_path: Path):
    noise = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    cards = [Card(f"face {n}", noise, noise, SCORES) for n in range(20)]
    sheet = contact_sheet(cards, "twenty faces", side=128)
    path = write_contact_sheet(tmp_path / f"sheet.{kind}", sheet, largest=600_000)
    assert path.stat().st_size <= 600_000
    with Image.open(path) as image:
        assert image.size == sheet.shape[1::-1]
        assert not image.getexif()


def test_a_sheet_that_cannot_be_made_small_enough_and_another_suffix_are_refused(tmp_path: Path):
    sheet = contact_sheet([Card("face", made_up_picture(0), made_up_picture(1))], "", side=96)
    with pytest.raises(UserError, match="100 bytes"):
        write_contact_sheet(tmp_path / "sheet.jpg", sheet, largest=100)
    with pytest.raises(UserError, match=r"sheet\.png"):
        write_contact_sheet(tmp_path / "sheet.png", sheet)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_sheet_is_refused():
    with pytest.raises(ValueError, match="at least one card"):
        contact_sheet([], "nobody")


def test_the_scores_of_many_encoders_stand_in_lines_and_never_over_each_other():
    few = [SCORES[0].model_copy(update={"encoder": f"encoder-{n}", "attacked": n == 0}) for n in range(2)]
    many = [SCORES[0].model_copy(update={"encoder": f"encoder-{n}", "attacked": n == 0}) for n in range(7)]
    picture = made_up_picture(1)
    short, long = (contact_sheet([Card("a", picture, picture, scores)], "one", side=256) for scores in (few, many))
    assert long.shape[1] == short.shape[1]
    assert long.shape[0] > short.shape[0]
    grown = long.shape[0] - short.shape[0]
    ink = (long[-28 - grown - 18 :] < 128).any(axis=(1, 2))
    starts = np.flatnonzero(ink & ~np.r_[False, ink[:-1]])
    assert len(starts) == 2, "two lines of lettering with white between them"
