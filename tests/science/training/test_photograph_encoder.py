"""An encoder into W+ learns styles that are known, by what they change, and is the same after an interruption."""

from dataclasses import replace

import pytest
import torch

from explorer.science.training.loop import TrainingError
from explorer.science.training.photograph_encoder import (
    begun,
    drawn_pictures,
    picture_losses,
    style_losses,
    style_metric,
    train_photograph_encoder,
)
from explorer.science.training.style_faces import UNSEEN_SEED, Lens, styles_of, through_lens
from explorer.science.training.style_metric import StyleMetric, metric_of, principal_directions, pulled_back
from tests.science.training.style_world import LAYERS, PLAIN, RECIPE, SIDE, WIDTH, TinyGenerator, teaching


@pytest.fixture(scope="module")
def taught():
    """What is learnt from, and the metric of its generator."""
    from_it = teaching()
    *_, metric = style_metric(from_it, RECIPE)
    return from_it, metric


def test_faces_follow_from_their_numbers_and_differ_in_their_layers():
    generator = TinyGenerator()
    styles = styles_of(generator, range(5))
    assert styles.shape == (5, LAYERS, WIDTH)
    assert torch.equal(styles_of(generator, [3, 1]), styles[[3, 1]])
    assert not torch.equal(styles_of(generator, range(5), UNSEEN_SEED), styles)
    spread = styles.std(1).mean(1)
    assert (spread[:2] == 0).all(), "one w in all layers"
    assert spread[4] > 0


def test_a_lens_without_faults_changes_nothing_and_noise_is_not_to_be_drawn():
    pictures = torch.rand(3, 3, SIDE, SIDE) * 0.8 + 0.1
    seen, wanted = through_lens(pictures, PLAIN)
    assert torch.allclose(seen, pictures)
    assert torch.allclose(wanted, pictures)
    seen, wanted = through_lens(pictures, Lens(exposure=0, balance=0, contrast=0, noise=0.2))
    assert torch.allclose(wanted, pictures)
    assert not torch.allclose(seen, pictures)


def test_the_metric_is_what_a_small_step_changes():
    generator, map_of_styles = (
        TinyGenerator(),
        torch.randn(LAYERS * WIDTH, 40, generator=torch.Generator().manual_seed(1)),
    )
    random = torch.Generator().manual_seed(2)
    styles = styles_of(generator, range(1500))
    rows = pulled_back(styles, generator.spread_w, lambda s: s.flatten(1) @ map_of_styles, lambda x: x, random)
    step = torch.randn(6, LAYERS, WIDTH, generator=random)
    changed = ((step * generator.spread_w).flatten(1) @ map_of_styles).square().sum(1)
    assert torch.allclose(metric_of(rows, 12)(step), changed, rtol=0.2)
    whole = StyleMetric(rows / len(rows) ** 0.5)
    assert torch.allclose(whole.reduced(12)(step), whole(step), rtol=1e-3), "there are no more coordinates"


def test_the_principal_directions_hold_what_faces_differ_by():
    generator = TinyGenerator()
    metric = StyleMetric(torch.randn(12, LAYERS * WIDTH, generator=torch.Generator().manual_seed(0)))
    offsets = styles_of(generator, range(300)) - generator.mean_w
    shares = []
    for count in (4, 8, 12):
        directions = principal_directions(metric, offsets, count)
        seen, along = offsets.flatten(1) @ metric.rows.T, directions @ metric.rows.T
        factors = torch.linalg.lstsq(along.T, seen.T).solution
        assert factors.square().mean(1) == pytest.approx(torch.ones(count).numpy(), rel=1e-2)
        shares.append(1 - float((factors.T @ along - seen).square().sum() / seen.square().sum()))
    assert shares[0] < shares[1] < shares[2] == pytest.approx(1, abs=1e-4)
    with pytest.raises(ValueError, match="13 directions"):
        principal_directions(metric, offsets, 13)


def test_gradients_of_the_losses_are_the_numeric_ones(taught):
    from_it, metric = taught
    double = replace(from_it, draw=lambda s, side: _double_image(from_it.generator, s, side))
    double.lpips.double()
    double.recogniser.double()
    exact = StyleMetric(metric.rows.double())
    generator = from_it.generator
    known = styles_of(generator, [7]).double()
    wanted = _double_image(generator, known, SIDE)

    def losses(answer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        by_styles = style_losses(answer, known, generator.spread_w.double(), exact)
        return *by_styles.values(), *picture_losses(answer, wanted, double).values()

    try:
        answer = styles_of(generator, [8]).double().requires_grad_()
        assert torch.autograd.gradcheck(losses, (answer,), atol=1e-6)
    finally:
        double.lpips.float()
        double.recogniser.float()


def _double_image(generator, styles, side):
    small = torch.sigmoid((styles - generator.mean_w).flatten(1) @ generator.basis.double()).reshape(-1, 3, 8, 8)
    return torch.nn.functional.interpolate(small, (side, side), mode="bilinear", align_corners=False)


def test_a_few_faces_are_learnt_by_heart_to_their_styles(taught, tmp_path):
    _, metric = taught
    few = teaching(faces=4)
    recipe = replace(
        RECIPE, side=16, faces=4, steps=80, batch=4, rate=4e-3, drawn_steps=0, latent=0.5, checkpoint_every=1000
    )
    encoder = begun(few, recipe, metric)
    *_, last = train_photograph_encoder(encoder, few, metric, recipe, tmp_path)
    styles = styles_of(few.generator, range(4))
    with torch.no_grad():
        answers = last.encoder.eval()(few.faces.pictures(range(4)))
    difference = (answers - styles) / few.generator.spread_w
    spread = (styles - few.generator.mean_w) / few.generator.spread_w
    assert difference.square().mean() < 0.02 * spread.square().mean()


def test_a_training_that_is_interrupted_ends_as_one_that_was_not(taught, tmp_path):
    from_it, metric = taught

    def trained(folder, stops):
        encoder = begun(from_it, RECIPE, metric)
        for over in stops:
            *_, last = train_photograph_encoder(encoder, from_it, metric, RECIPE, folder, out_of_time=over)
        return last

    whole = trained(tmp_path / "whole", [lambda: False])
    made = iter([False, True])
    parts = trained(tmp_path / "parts", [lambda: next(made), lambda: False])
    assert (whole.stage, whole.made) == (parts.stage, parts.made) == ("pictures", 3)
    assert {"perceptual", "identity", "pixels", "metric", "latent"} <= whole.losses.keys()
    for one, other in zip(whole.encoder.parameters(), parts.encoder.parameters(), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(TrainingError, match="another recipe"):
        list(train_photograph_encoder(parts.encoder, from_it, metric, replace(RECIPE, seed=2), tmp_path / "parts"))


def test_the_first_stage_can_be_left_for_good(taught, tmp_path):
    from_it, metric = taught
    stages = []
    for _ in range(2):
        encoder = begun(from_it, RECIPE, metric)
        states = train_photograph_encoder(encoder, from_it, metric, RECIPE, tmp_path, enough_styles=lambda: True)
        stages.append([(state.stage, state.made) for state in states])
    assert stages[0] == [("styles", 1), *(("pictures", made) for made in (1, 2, 3))]
    assert stages[1][0][0] == "styles"
    assert stages[1][-1] == ("pictures", 3), "it is not gone on with"
    assert len(stages[1]) == 2


def test_pictures_are_kept_at_the_size_that_is_seen():
    generator = TinyGenerator()
    styles = styles_of(generator, range(2))
    kept = drawn_pictures(generator.image, styles, 2 * SIDE, SIDE)
    assert (kept.dtype, kept.shape) == (torch.uint8, (2, 3, SIDE, SIDE))
    whole = generator.image(styles, 2 * SIDE).unflatten(2, (SIDE, 2)).unflatten(4, (SIDE, 2)).mean((3, 5))
    assert (kept.float() / 255 - whole).abs().max() < 0.5 / 255 + 1e-5
