"""Students: what they lose by hand, that they learn and go on alike, and that their file answers as they do."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from explorer.science.distillation.agreeing import agreement
from explorer.science.distillation.losses import distillation_loss, student_losses
from explorer.science.distillation.record import StudentRecord, encode_student, student_record
from explorer.science.distillation.resnet50 import ResNet50
from explorer.science.distillation.settings import StudentSettings
from explorer.science.distillation.student import Student, StudentError, new_student
from explorer.science.networks.onnx_graph import OnnxGraph
from explorer.science.recognition.imported.architectures.mobilefacenet import published
from explorer.science.training.loop import TrainingError
from explorer.science.training.student import StudentProgress, TaughtFaces, answers_of, as_input, train_student

TINY = StudentSettings(steps=40, batch=24, mirror=False, learning_rate=1e-3, body_learning_rate=1e-3, seed=3)


def start() -> bytes:
    """A small encoder in ONNX in place of arcface-mbf: colours of 4 x 4 areas, mixed into 512 numbers."""
    random = torch.Generator().manual_seed(0)
    weights = {"kernel": (8, 3, 28, 28), "mix": (512, 128), "bias": (512,)}
    drawn = {
        name: torch.randn(shape, generator=random) / math.prod(shape[1:]) ** 0.5 for name, shape in weights.items()
    }
    tensors = [numpy_helper.from_array(value.numpy(), name) for name, value in drawn.items()]
    nodes = [
        helper.make_node("Conv", ["x", "kernel"], ["c"], kernel_shape=[28, 28], strides=[28, 28]),
        helper.make_node("Flatten", ["c"], ["f"], axis=1),
        helper.make_node("Gemm", ["f", "mix", "bias"], ["y"], transB=1),
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 112, 112])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 512])
    graph = helper.make_graph(nodes, "small", [x], [y], tensors)
    data: bytes = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString()
    return data


def taught(count: int = 24) -> TaughtFaces:
    """Faces of large areas, and a teacher that answers by their colours."""
    random = torch.Generator().manual_seed(1)
    areas = torch.randint(0, 256, (count, 4, 4, 3), generator=random).byte()
    faces = areas.repeat_interleave(28, 1).repeat_interleave(28, 2)
    answers = torch.tanh(areas.flatten(1).float() @ torch.randn(48, 6, generator=random) / 300) + 3
    return TaughtFaces(faces, answers)


def trained(checkpoint: Path | None = None, stop: int = 10**6, **more: object) -> list[StudentProgress]:
    made = []
    for one in train_student(taught(), TINY.model_copy(update=more), start(), checkpoint):
        made.append(one)
        if one.steps >= stop:
            break
    return made


def test_the_loss_is_the_squared_lack_of_cosine() -> None:
    teacher, student = torch.tensor([[1.0, 0.0]]), torch.tensor([[3.0, 4.0]])
    assert float(distillation_loss(teacher, student)) == pytest.approx((1 - 0.6) ** 2)
    doubles = student.double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: distillation_loss(teacher.double(), x), (doubles,))


def test_a_shared_mean_hides_what_differs_unless_it_is_taken_away() -> None:
    centre = torch.tensor([9.0, 9.0])
    teacher, student = centre + torch.tensor([[0.1, 0.0]]), centre + torch.tensor([[-0.1, 0.0]])
    losses = student_losses(teacher, student, centre, centred=2.0)
    assert float(losses["plain"]) < 1e-6
    assert float(losses["centred"]) == pytest.approx(4.0, abs=1e-4)
    assert float(losses["loss"]) == pytest.approx(8.0, abs=1e-3)


def test_it_begins_with_the_linear_map_of_what_its_body_says() -> None:
    (first,) = trained(stop=0)
    assert first.linear is not None
    faces = taught()
    # More features than faces: the map says what the teacher said of those that it was fitted on.
    torch.testing.assert_close(answers_of(first.student, faces.faces), faces.answers, atol=0.05, rtol=0)


def test_it_gets_better_and_goes_on_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.science.training.student._KEPT", 1)
    # As one that begins without the map: that would leave nothing to learn.
    monkeypatch.setattr("explorer.science.training.student._begun", lambda student, taught: None)
    whole = trained()
    assert [one.steps for one in whole] == [0, 20, 40]
    assert whole[-1].losses["loss"] < whole[1].losses["loss"]
    assert trained(tmp_path / "kept.pt", stop=20)[-1].steps == 20
    resumed = trained(tmp_path / "kept.pt")
    assert [one.steps for one in resumed] == [20, 40]
    expected = whole[-1].student.state_dict()
    for name, value in resumed[-1].student.state_dict().items():
        assert torch.equal(value, expected[name]), name
    with pytest.raises(TrainingError, match="another recipe"):
        trained(tmp_path / "kept.pt", seed=4)


def test_its_file_answers_as_it_does_and_says_what_it_learnt_from() -> None:
    student = trained(steps=1)[-1].student
    faces = taught()
    record = StudentRecord(
        teacher="one", teacher_key="1" * 16, measure="euclidean", settings=TINY, learnt_from="areas", faces=24,
        queries=25, digest=faces.digest(),
    )  # fmt: skip
    data = encode_student(student, record)
    assert student_record(data) == record
    found = OnnxGraph(data)(as_input(faces.faces))[0]
    torch.testing.assert_close(found, answers_of(student, faces.faces), atol=1e-5, rtol=1e-5)
    with pytest.raises(StudentError, match="no student"):
        student_record(start())


def test_networks_from_nothing_have_the_published_sizes() -> None:
    with torch.device("meta"):
        assert sum(one.numel() for one in ResNet50().parameters()) == 23_508_032
        assert Student(ResNet50(), 2048, 128)(torch.empty(2, 3, 112, 112)).shape == (2, 128)
        network = published(128)
        assert network(torch.empty(2, 3, 112, 112)).shape == (2, 128)
        assert 0.9e6 < sum(one.numel() for one in network.parameters()) < 1.1e6  # the paper says 0.99 million


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(StudentError, match="needs its file"):
        new_student(StudentSettings(), 6)
    with pytest.raises(TrainingError, match="needed at least"):
        taught(5)
    with pytest.raises(TrainingError, match="give"):
        TaughtFaces(torch.zeros(30, 100, 100, 3).byte(), torch.zeros(30, 6))


def test_agreement_is_complete_with_itself_and_chance_with_noise() -> None:
    random = torch.Generator().manual_seed(0)
    people = torch.arange(60) // 2
    teacher = torch.randn(30, 16, generator=random)[people] + 0.3 * torch.randn(60, 16, generator=random) + 5
    itself = agreement("itself", teacher, teacher, people, "euclidean")
    assert itself.centred.value == pytest.approx(1)
    assert (itself.nearest.value, round(itself.ranks, 6), itself.teacher_auc) == (1.0, 1.0, itself.student_auc)
    assert abs(itself.chance) < 0.2
    noise = agreement("noise", teacher, torch.randn(60, 16, generator=random) + 5, people, "euclidean")
    assert noise.cosine.value > 0.9  # of the common mean
    assert abs(noise.centred.value) < 0.15
    assert abs(noise.ranks) < 0.1
    assert noise.centred.low is not None
    assert noise.centred.low < noise.centred.value
    with pytest.raises(StudentError, match="too few"):
        agreement("one", teacher[:2], teacher[:2], people[:2], "cosine")
    with pytest.raises(StudentError, match="student"):
        agreement("other", teacher, teacher[:, :3], people, "cosine")
