"""The rows of table 1: what acts in each, and that they differ in nothing else."""

from explorer.science.decoding.settings import LOSSES, PRESETS, WHITE_BOX
from explorer.science.decoding.table_rows import LOSS_ROWS, table_rows


def test_rows_differ_in_what_they_are_named_by_alone():
    both = ("arcface-mbf", "dlib-resnet")
    rows = table_rows(PRESETS[64], both, both, both)
    losses, networks = rows[:8], rows[8:]
    assert [set(row.settings.acting) for row in losses] == [set(acting) for acting in LOSS_ROWS.values()]
    assert {(row.settings.encoder, row.settings.perceptual) for row in losses} == {both}
    assert [(row.settings.encoder, row.settings.perceptual) for row in networks] == [
        ("arcface-mbf", WHITE_BOX),
        ("arcface-mbf", "dlib-resnet"),
        ("dlib-resnet", "arcface-mbf"),
        ("dlib-resnet", WHITE_BOX),
    ]
    assert all(row.settings.acting == LOSSES for row in networks)
    named = {"encoder", "perceptual", "weights"}
    assert all(row.settings.model_dump(exclude=named) == PRESETS[64].model_dump(exclude=named) for row in rows)
