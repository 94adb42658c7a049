"""The loss terms: analytic values, gradients, and what their weights do."""

import pytest
import torch

from explorer.science.inversion.terms import TERMS, Candidate, LossTarget, WantedPicture, default_weights

PICTURE = WantedPicture(torch.zeros(3, 8, 8), lambda one, other: (one - other).mean((1, 2, 3)))


def candidate(embedding: torch.Tensor, styles: torch.Tensor | None = None, **seen: torch.Tensor) -> Candidate:
    styles = torch.zeros(len(embedding), 23, 512, dtype=embedding.dtype) if styles is None else styles
    return Candidate(
        image=torch.zeros(len(embedding), 3, 8, 8),
        points=torch.zeros(len(embedding), 5, 2),
        embedding=embedding,
        styles=styles,
        mean_w=torch.full((512,), 0.5, dtype=styles.dtype),
        spread_w=torch.full((512,), 2.0, dtype=styles.dtype),
        **seen,
    )


def test_identity_is_zero_at_the_target_and_two_at_its_opposite():
    target = torch.randn(16, generator=torch.Generator().manual_seed(0))
    value = TERMS["identity"].value(LossTarget(target, "cosine"), candidate(torch.stack([3 * target, -target])))
    torch.testing.assert_close(value, torch.tensor([0.0, 2.0]), atol=1e-6, rtol=0)


def test_identity_is_half_of_equation_4_1_on_unit_vectors():
    vectors = torch.nn.functional.normalize(torch.randn(5, 16, generator=torch.Generator().manual_seed(0)), dim=1)
    cosine = TERMS["identity"].value(LossTarget(vectors[0], "cosine"), candidate(vectors))
    euclidean = TERMS["identity"].value(LossTarget(vectors[0], "euclidean"), candidate(vectors))
    torch.testing.assert_close(2 * cosine, euclidean)


def test_prior_is_the_mean_square_in_units_of_the_spread():
    styles = torch.full((1, 23, 512), 0.5 + 2.0 * 3)
    value = TERMS["prior"].value(LossTarget(torch.ones(4), "cosine"), candidate(torch.ones(1, 4), styles))
    assert value.item() == pytest.approx(9.0)


@pytest.mark.slow
def test_prior_is_about_one_for_samples_of_the_generator(networks):
    generator = networks.generator()
    styles = generator.styles(generator.sample(200, 11)[1], "W")
    made = candidate(torch.ones(200, 4), styles)
    made = Candidate(made.image, made.points, made.embedding, styles, generator.mean_w, generator.spread_w)
    assert TERMS["prior"].value(LossTarget(torch.ones(4), "cosine"), made).mean().item() == pytest.approx(1, abs=0.1)


def test_landmarks_are_equation_4_3_in_pixels():
    wanted = torch.full((68, 2), 100.0)
    found = torch.stack([wanted, wanted + torch.tensor([3.0, 4.0])])
    value = TERMS["landmarks"].value(
        LossTarget(torch.ones(4), "cosine", wanted), candidate(torch.ones(2, 4), landmarks=found)
    )
    torch.testing.assert_close(value, torch.tensor([0.0, 68 * 25.0]))


def test_histogram_is_equation_4_5_over_all_bins_and_colours():
    wanted, other = torch.eye(10)[:3], torch.eye(10)[3:6]
    target = LossTarget(torch.ones(4), "cosine", histogram=wanted)
    value = TERMS["histogram"].value(target, candidate(torch.ones(2, 4), histogram=torch.stack([wanted, other])))
    torch.testing.assert_close(value, torch.tensor([0.0, 6.0]))


def test_landmarks_within_the_tolerance_do_not_count_and_beyond_it_what_exceeds_it_does():
    wanted = torch.full((68, 2), 100.0)
    found = torch.stack([wanted, wanted + torch.tensor([3.0, 4.0]), wanted + torch.tensor([6.0, 8.0])])
    target = LossTarget(torch.ones(4), "cosine", wanted, landmark_tolerance=6.0)
    value = TERMS["landmarks"].value(target, candidate(torch.ones(3, 4), landmarks=found))
    torch.testing.assert_close(value, torch.tensor([0.0, 0.0, 68 * (10.0 - 6.0) ** 2]))


def test_a_histogram_within_the_tolerance_does_not_count():
    wanted = torch.eye(10)[:3]
    near, far = wanted.roll(1, -1), wanted.roll(4, -1)  # 1 and 4 bins away
    target = LossTarget(torch.ones(4), "cosine", histogram=wanted, histogram_tolerance=2.0)
    value = TERMS["histogram"].value(target, candidate(torch.ones(2, 4), histogram=torch.stack([near, far])))
    torch.testing.assert_close(value, torch.tensor([0.0, 6.0 * 0.25]))


def test_a_term_applies_only_where_the_target_holds_what_it_needs():
    bare, full = (
        LossTarget(torch.ones(4), "cosine"),
        LossTarget(torch.ones(4), "cosine", torch.ones(68, 2), torch.ones(3, 10), picture=PICTURE),
    )
    assert [term.name for term in TERMS.values() if term.applies(bare)] == ["identity", "prior"]
    assert all(term.applies(full) for term in TERMS.values())
    for name in ("landmarks", "histogram"):
        with pytest.raises(ValueError, match="of the target and of the generated faces"):
            TERMS[name].value(bare, candidate(torch.ones(1, 4)))


# Of those that need a picture, test_picture_terms.
@pytest.mark.parametrize("name", [name for name, term in TERMS.items() if term.needs != "picture"])
@pytest.mark.parametrize("measure", ["cosine", "euclidean"])
@pytest.mark.parametrize("tolerance", [0.0, 0.4])
def test_gradients_equal_numeric_ones(name, measure, tolerance):
    random = torch.Generator().manual_seed(1)
    target = LossTarget(
        torch.randn(6, dtype=torch.float64, generator=random),
        measure,
        torch.randn(68, 2, dtype=torch.float64, generator=random),
        torch.rand(3, 10, dtype=torch.float64, generator=random),
        landmark_tolerance=tolerance,
        histogram_tolerance=tolerance,
    )
    seen = torch.randn(2, 68, 2, dtype=torch.float64, generator=random)
    shares = torch.rand(2, 3, 10, dtype=torch.float64, generator=random)
    embedding = torch.randn(2, 6, dtype=torch.float64, generator=random, requires_grad=True)
    styles = torch.randn(2, 23, 512, dtype=torch.float64, generator=random)
    shift = torch.zeros(3, dtype=torch.float64, requires_grad=True)

    def value(embedding: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
        moved = styles + torch.nn.functional.pad(shift, (0, 509))
        made = candidate(embedding, moved, landmarks=seen + shift[:2], histogram=shares + shift[2])
        return TERMS[name].value(target, made) + 0 * shift.sum() + 0 * embedding.sum()

    assert torch.autograd.gradcheck(value, (embedding, shift))


def test_every_term_has_a_default_within_its_slider():
    for term in TERMS.values():
        assert 0 <= default_weights()[term.name] <= term.limit
        assert term.title
        assert term.explanation
        assert term.source
