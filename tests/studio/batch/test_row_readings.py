"""A probed file's row in words: what probe, reconstruction and photograph say of each attribute."""

from explorer.studio.batch.job import Entry
from explorer.studio.batch.row_readings import RowReading, row_readings


def entry(**row) -> Entry:
    return Entry(file="a.jpg", sha256="ab" * 32, status="done", seconds=1.0, row=row)


def test_a_class_is_told_by_the_share_of_its_presence_beside_the_reconstruction_and_the_photograph():
    read = entry(
        smiling="not smiling",
        smiling_probability=0.8,
        smiling_tells=True,
        smiling_reconstruction="smiling",
        smiling_reconstruction_probability=0.7,
        smiling_reconstruction_low=0.4,
        smiling_reconstruction_high=0.9,
        smiling_reconstruction_tells=True,
        smiling_photograph="smiling",
        smiling_photograph_probability=0.95,
    )
    said = RowReading("Smile", "smiling 20 %", "smiling 70 % (40 to 90)", "smiling 95 %", told=True)
    assert row_readings(read) == (said,)


def test_the_interval_of_an_absence_is_turned_with_it():
    read = entry(
        hat_tells=True,
        hat_reconstruction="none",
        hat_reconstruction_probability=0.75,
        hat_reconstruction_low=0.5,
        hat_reconstruction_high=0.9,
    )
    assert row_readings(read) == (RowReading("Hat", "", "worn 25 % (10 to 50)", "", told=True),)


def test_numbers_have_their_unit_and_no_interval_where_there_was_one_run():
    row = {"age": 34.4, "age_tells": True, "age_reconstruction": 30.2}
    row |= {"age_reconstruction_low": None, "age_reconstruction_high": None}
    assert row_readings(entry(**row)) == (RowReading("Age", "34 years", "30 years", "", told=True),)


def test_what_nothing_tells_comes_last_and_shows_no_number():
    read = row_readings(entry(gender="male", gender_probability=0.9, gender_tells=False, yaw=3.0, yaw_tells=True))
    assert [(one.title, one.vector, one.told) for one in read] == [
        ("Yaw", "3 degrees", True),
        ("Gender", "cannot tell", False),
    ]


def test_files_that_were_not_probed_have_no_readings():
    assert row_readings(entry(norm=20.0, faces=1)) == ()
