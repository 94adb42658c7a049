"""A student's file becomes an encoder like any other, which says what it learnt from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from explorer.science.distillation.record import StudentRecord
from explorer.science.distillation.settings import StudentSettings
from explorer.science.distillation.student import new_student
from explorer.science.training.student import answers_of
from explorer.studio import places
from explorer.studio.catalogue.brought_encoders import remove_encoder
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.students import record_of, record_of_encoder
from explorer.studio.errors import UserError
from explorer.studio.students.judging import student_answers
from explorer.studio.students.keeping import keep_student, write_student
from tests.science.distillation.test_student import start, taught

RECORD = StudentRecord(
    teacher="a black box", teacher_key="0" * 16, measure="euclidean", settings=StudentSettings(), faces=24, queries=25,
    learnt_from="25 generated faces", generated=25, digest="none",
)  # fmt: skip


def test_it_is_an_encoder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "state"))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        student = new_student(StudentSettings(), 16, start())
    file = write_student(student, RECORD, tmp_path / "mine.onnx")
    assert record_of(file) == RECORD
    assert "24 answers for 25 queries" in file.with_suffix(".md").read_text()
    keep_student(file, "my-student", "own")
    try:
        encoder = Networks("cpu").recogniser("my-student")
        assert (encoder.spec.measure, encoder.spec.dimension, encoder.spec.template.size) == ("euclidean", 16, 112)
        faces = taught().faces[:3]
        answers = encoder(faces.permute(0, 3, 1, 2).float() / 255)
        torch.testing.assert_close(answers, answers_of(student, faces), atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(student_answers(file, faces), answers, atol=1e-4, rtol=1e-4)
        assert record_of_encoder("my-student") == RECORD
        with pytest.raises(UserError, match="already"):
            keep_student(file, "my-student", "own")
    finally:
        remove_encoder("my-student")
    with pytest.raises(UserError, match="no student of a black box"):
        record_of_encoder("sface")
    with pytest.raises(UserError, match="train one with"):
        record_of(tmp_path / "none.onnx")
    (tmp_path / "bare.onnx").write_bytes(start())
    with pytest.raises(UserError, match="no student"):
        record_of(tmp_path / "bare.onnx")
