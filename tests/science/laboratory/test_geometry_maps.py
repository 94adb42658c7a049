"""Maps of embeddings: what they recover, how the ridge is chosen, and that nobody is on both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from explorer.science.laboratory.geometry_maps import (
    MapError,
    MapOf,
    fit_map,
    groups_of,
    leave_out,
    mapped_by_others,
    maps_from_tensors,
    maps_to_tensors,
)

OF = MapOf("dlib-resnet", "euclidean", "rotated-30", "template", "photographs of other people", "made up")


def faces(people: int = 40, each: int = 3, dimension: int = 8) -> tuple[torch.Tensor, list[str]]:
    random = torch.Generator().manual_seed(0)
    centres = torch.randn(people, dimension, generator=random, dtype=torch.float64)
    spread = 0.3 * torch.randn(people * each, dimension, generator=random, dtype=torch.float64)
    return centres.repeat_interleave(each, 0) + spread, [f"p{row // each}" for row in range(people * each)]


def turning(dimension: int = 8) -> torch.Tensor:
    random = torch.randn(dimension, dimension, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return torch.linalg.qr(random).Q @ torch.diag(torch.linspace(0.5, 2, dimension, dtype=torch.float64))


def test_a_linear_change_is_undone():
    upright, people = faces()
    altered = upright @ torch.linalg.inv(turning())
    fitted = fit_map(altered, upright, people, OF, [1e-12])
    torch.testing.assert_close(fitted.weight, turning(), atol=1e-6, rtol=0)
    torch.testing.assert_close(fitted(altered), upright, atol=1e-6, rtol=0)
    chosen = fit_map(altered, upright, people, OF)
    assert chosen.fitted_on.held_out > 0.99 > chosen.fitted_on.unmapped


def test_without_a_ridge_it_is_the_least_squares_solution():
    upright, people = faces()
    altered = upright @ turning() + 0.5 * torch.randn(upright.shape, generator=torch.Generator().manual_seed(2))
    fitted = fit_map(altered, upright, people, OF, [0.0])
    torch.testing.assert_close(fitted.weight, torch.linalg.lstsq(altered, upright).solution, atol=1e-8, rtol=0)


def test_an_infinite_ridge_leaves_the_embedding_or_nothing():
    upright, people = faces()
    altered = upright + 0.1 * torch.randn(upright.shape, generator=torch.Generator().manual_seed(2))
    fitted = fit_map(altered, upright, people, OF, [1e15])
    assert fitted.fitted_on.towards == "altered"
    torch.testing.assert_close(fitted(altered), altered, atol=1e-6, rtol=0)


def test_under_a_cosine_lengths_count_for_nothing_and_come_out_as_usual():
    upright, people = faces()
    of = replace(OF, encoder="sface", measure="cosine")
    altered = upright @ torch.linalg.inv(turning())
    one, other = fit_map(altered, upright, people, of), fit_map(3 * altered, upright, people, of)
    torch.testing.assert_close(one.weight, other.weight)
    mapped = one(altered.float())
    assert mapped.dtype == torch.float32
    torch.testing.assert_close(mapped.norm(dim=1), torch.full((len(mapped),), one.length, dtype=torch.float32))
    assert one.length == pytest.approx(float(upright.norm(dim=1).mean()))


def test_faces_that_were_not_found_have_no_part():
    upright, people = faces()
    altered = upright @ turning()
    lacking = altered.clone()
    lacking[::7] = torch.nan
    there = lacking.isfinite().all(1)
    whole = fit_map(altered[there], upright[there], [p for p, known in zip(people, there, strict=True) if known], OF)
    torch.testing.assert_close(fit_map(lacking, upright, people, OF).weight, whole.weight)
    assert whole.fitted_on.faces == int(there.sum())


def test_a_map_is_not_judged_by_those_on_whom_it_was_fitted():
    upright, people = faces()
    fitted = fit_map(upright @ turning(), upright, people, OF)
    fitted.refuse_known(["q1", "q2"], "made up")
    with pytest.raises(MapError, match="p3, and cannot be judged by the same people"):
        fitted.refuse_known(["q1", "p3"], "made up")
    with pytest.raises(MapError, match="same people"):
        mapped_by_others(upright, people, "made up", [fitted])


def test_of_other_sets_and_of_generated_faces_everybody_is_another():
    upright, people = faces()
    generated = fit_map(upright @ turning(), upright, people, replace(OF, source="generated faces", seeds=(7, 120)))
    generated.refuse_known(people, "made up")
    assert generated.fitted_on.words == "fitted on 120 generated faces"
    assert generated.fitted_on.seeds == (7, 120)
    elsewhere = fit_map(upright @ turning(), upright, people, replace(OF, name="another set"))
    torch.testing.assert_close(mapped_by_others(upright, people, "made up", [elsewhere]), elsewhere(upright))


def test_nobody_is_on_both_sides():
    upright, people = faces()
    altered = upright @ turning()
    maps = leave_out(altered, upright, people, OF)
    assert len(maps) == len(groups_of(people)) == 4
    for group, one in zip(groups_of(people), maps, strict=True):
        assert len(group) == 10
        one.refuse_known(group, "made up")
        assert one.fitted_on.people == 30
        rows = torch.tensor([person in group for person in people])
        mapped = mapped_by_others(altered, people, "made up", maps)
        torch.testing.assert_close(mapped[rows], one(altered[rows]))
        # Another embedding of those who are left out changes nothing of their map.
        changed = altered.clone()
        changed[rows] = 100.0
        others = [person for person in people if person not in group]
        torch.testing.assert_close(fit_map(changed[~rows], upright[~rows], others, OF).weight, one.weight)


def test_few_people_are_left_out_one_by_one_and_many_by_tenths():
    assert [len(group) for group in groups_of([f"p{one}" for one in range(10)])] == [1] * 10
    assert [len(group) for group in groups_of([f"p{one}" for one in range(500)])] == [50] * 10
    with pytest.raises(MapError, match="at least 3 people"):
        fit_map(torch.randn(4, 2), torch.randn(4, 2), ["a", "a", "b", "b"], OF)


def test_maps_come_back_from_a_file_with_what_they_were_fitted_on():
    upright, people = faces()
    one = fit_map(upright @ turning(), upright, people, OF)
    other = fit_map(upright, upright, people, replace(OF, alteration="scaled-0.5", mode="realigned"))
    tensors, metadata = maps_to_tensors([one, other])
    back = maps_from_tensors(tensors, metadata)
    for before, after in zip((one, other), back, strict=True):
        torch.testing.assert_close(after.weight.float(), before.weight.float())
        assert (after.encoder, after.alteration, after.mode) == (before.encoder, before.alteration, before.mode)
        assert after.fitted_on == before.fitted_on
    with pytest.raises(MapError, match="p3"):
        back[0].refuse_known(["p3"], "made up")


@pytest.mark.parametrize("fault", ["format", "maps", "weight", "shape", "nan"])
def test_damaged_files_are_refused(fault):
    upright, people = faces()
    tensors, metadata = maps_to_tensors([fit_map(upright, upright, people, OF)])
    if fault in metadata:
        metadata[fault] = "[{}]"
    elif fault == "weight":
        del tensors["0/weight"]
    elif fault == "shape":
        tensors["0/weight"] = tensors["0/weight"][:3]
    else:
        tensors["0/weight"][0, 0] = torch.nan
    with pytest.raises(MapError):
        maps_from_tensors(tensors, metadata)


def test_an_embedding_of_another_encoder_is_refused():
    upright, people = faces()
    with pytest.raises(MapError, match="has 8 numbers, not 5"):
        fit_map(upright, upright, people, OF)(torch.zeros(2, 5))
