"""Measures of probes against values counted by hand, and the table that is made of them."""

import pytest
import torch
from scipy.stats import wasserstein_distance

from explorer.science.evaluation.leakage import (
    JudgedSet,
    Truth,
    accuracy,
    balanced_accuracy,
    calibration_error,
    histogram_errors,
    judge,
    landmark_errors,
    leakage_table,
    mean_quality,
)
from explorer.science.leakage.probes import PROBES
from tests.science.leakage_kit import mean_face


def test_the_landmark_error_is_in_percent_of_the_distance_between_the_outer_eye_corners():
    truth = mean_face()
    moved = truth + torch.tensor([3.0, 4.0])
    assert landmark_errors(moved, truth).item() == pytest.approx(5.0, rel=1e-5)
    assert landmark_errors(2 * moved, 2 * truth).item() == pytest.approx(5.0, rel=1e-5)


def test_the_distance_of_histograms_is_scipys():
    one, other = torch.rand(2, 3, 10, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    bins = range(10)
    expected = sum(wasserstein_distance(bins, bins, a, b) for a, b in zip(one, other, strict=True)) / 3
    assert histogram_errors(one, other).item() == pytest.approx(expected)


def test_balanced_accuracy_weighs_classes_and_not_faces():
    truth = torch.tensor([0] * 90 + [1] * 10)
    always = balanced_accuracy(torch.zeros(100).long(), truth, ("none", "worn"))
    assert (always.value, always.chance) == (0.5, 0.5)
    said = truth.clone()
    said[:9], said[90:95] = 1, 0
    found = balanced_accuracy(said, truth, ("none", "worn"))
    assert found.value == pytest.approx((0.9 + 0.5) / 2)
    assert found.low < found.value < found.high


def test_where_nobody_has_an_attribute_the_measure_says_so():
    found = balanced_accuracy(torch.tensor([0, 0, 0, 1]), torch.zeros(4).long(), ("none", "worn"))
    assert (found.measure, found.value, found.chance) == ("recognised, all being none", 0.75, 1.0)
    assert found.of_one_class
    assert not found.beats_chance


def test_intervals_narrow_with_the_number_of_faces():
    def width(faces):
        truth = torch.arange(faces) % 2
        said = torch.where(torch.arange(faces) % 10 < 2, 1 - truth, truth)
        found = balanced_accuracy(said, truth, ("none", "worn"))
        return found.high - found.low

    assert width(2000) < width(200) / 2.5
    # Two independent shares of 0.8 over a thousand faces each.
    assert width(2000) == pytest.approx(2 * 1.96 * (0.8 * 0.2 / 1000 / 2) ** 0.5, rel=0.1)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_an_interval_holds_its_value_where_all_or_none_are_right(share):
    truth = torch.arange(10) % 2
    said = truth if share else 1 - truth
    for found in (balanced_accuracy(said, truth, ("none", "worn")), accuracy(said, truth, commonest=0)):
        assert found.low <= found.value == share <= found.high
        assert found.high - found.low > 0.1


def test_accuracy_stands_beside_always_saying_the_commonest():
    truth = torch.tensor([0, 0, 0, 1])
    found = accuracy(torch.tensor([0, 0, 1, 1]), truth, commonest=0)
    assert (found.value, found.chance) == (0.75, 0.75)


def test_a_mean_error_has_the_normal_interval():
    values = torch.tensor([1.0, 2.0, 3.0])
    found = mean_quality("error", "px", values, values + 1)
    assert (found.value, found.chance) == (2.0, 3.0)
    assert found.high - found.value == pytest.approx(1.96 * values.std().item() / 3**0.5, rel=1e-5)


def test_probabilities_that_hold_have_a_small_calibration_error():
    random = torch.Generator().manual_seed(0)
    probabilities = torch.rand(5000, generator=random)
    hits = (torch.rand(5000, generator=random) < probabilities).long()
    found = calibration_error(probabilities, hits)
    assert found.low <= found.value < 0.03
    assert calibration_error(probabilities.sqrt(), hits).value > 0.1


def test_answers_of_an_image_are_judged_on_the_faces_that_both_know():
    yaw = PROBES["yaw"]
    truth = Truth(torch.tensor([0, 2, 3]), torch.tensor([1.0, 5.0, 9.0]))
    seen = Truth(torch.tensor([3, 1, 2]), torch.tensor([9.5, 100.0, 5.5]))
    judged = JudgedSet("made up", {"none": torch.zeros(4, 2)}, {"yaw": truth}, {"yaw": seen})
    fitted = FakeFitted(yaw)
    row = leakage_table(judged, {"other": {"yaw": fitted}}).rows[0]
    assert row.source == "from image"
    assert row.cells["yaw"].value == pytest.approx(0.5)
    assert row.cells["yaw"].faces == 2


def test_networks_that_look_at_pictures_have_a_row_each_under_their_names():
    yaw = PROBES["yaw"]
    truth = Truth(torch.arange(3), torch.tensor([1.0, 5.0, 9.0]))
    regressed = {
        name: {"yaw": Truth(torch.arange(3), truth.values + off), "pitch": truth}
        for name, off in {"one": 2.0, "other": 4.0}.items()
    }
    judged = JudgedSet("made up", {"none": torch.zeros(3, 2)}, {"yaw": truth}, {"yaw": truth}, regressed=regressed)
    rows = leakage_table(judged, {"elsewhere": {"yaw": FakeFitted(yaw)}}).rows
    found = {row.source: {name: cell.value for name, cell in row.cells.items()} for row in rows}
    assert found == {"from image": {"yaw": 0}, "from image (one)": {"yaw": 2}, "from image (other)": {"yaw": 4}}


class FakeFitted:
    """As much of a fitted probe as the table asks for."""

    def __init__(self, spec):
        self.spec = spec
        self.record = type("Record", (), {"baseline": (0.0,)})


def test_the_answers_of_labellers_are_judged_as_those_of_probes():
    smiling = PROBES["smiling"]
    balanced, plain = judge(smiling, torch.tensor([1, 1, 0, 0]), (0.4,), torch.tensor([1.0, 1, 1, 0]))
    assert balanced.value == pytest.approx((2 / 3 + 1) / 2)
    assert (plain.value, plain.chance) == (0.75, 0.25)


def test_many_photographs_of_a_few_people_are_as_uncertain_as_the_people():
    yaw = PROBES["yaw"]
    random = torch.Generator().manual_seed(0)
    people = torch.arange(10).repeat_interleave(20)
    truth = torch.zeros(200)
    # The error is the person's own, the same in all twenty photographs.
    answers = torch.randn(10, generator=random)[people]
    (alone,) = judge(yaw, answers, [0.0], truth)
    (found,) = judge(yaw, answers, [0.0], truth, people=people)
    (each_once,) = judge(yaw, answers[::20], [0.0], truth[::20])
    assert (found.value, found.people, alone.people) == (alone.value, 10, None)
    assert found.high - found.low > 3 * (alone.high - alone.low)
    assert found.high - found.low == pytest.approx(each_once.high - each_once.low, rel=0.15)


def test_where_every_photograph_is_another_persons_the_interval_is_that_of_the_faces():
    spec, random = PROBES["gender"], torch.Generator().manual_seed(1)
    truth = torch.arange(400) % 2
    answers = torch.where(torch.rand(400, generator=random) < 0.8, truth, 1 - truth)
    alone = judge(spec, answers, [0.5], truth)
    found = judge(spec, answers, [0.5], truth, people=torch.arange(400))
    for one, other in zip(found, alone, strict=True):
        assert one.value == other.value
        assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.015)


def test_draws_of_people_that_lack_a_class_do_not_count():
    spec = PROBES["gender"]
    # Two people, one of each class: half of the draws show one class alone.
    truth = torch.tensor([0] * 5 + [1] * 5)
    answers = torch.tensor([0] * 4 + [1] + [1] * 3 + [0] * 2)
    balanced = judge(spec, answers, [0.5], truth, people=truth)[0]
    assert (balanced.low, balanced.high) == pytest.approx((0.7, 0.7))
