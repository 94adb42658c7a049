"""A translator's way back is exact; handles are set and read; its losses have the numeric gradients."""

import pytest
import torch

from explorer.science.translation.losses import classifier_loss, discriminator_loss, encoder_loss, realism_loss
from explorer.science.translation.network import Translator, handles_of, with_handles

ELEMENTS = {"smile": 3, "gender": 0}


def translator(layers=23, width=512, hidden=16, seed=0, **more) -> Translator:
    """One whose maps are trained somehow."""
    random = torch.Generator().manual_seed(5)
    made = Translator(torch.randn(width, generator=random), torch.rand(width, generator=random) + 0.5, layers,
                      hidden=hidden, seed=seed, **more)  # fmt: skip
    for parameter in made.parameters():
        parameter.data += 0.3 * torch.randn(parameter.shape, generator=random) / max(parameter.shape[-1], 1) ** 0.5
    return made.requires_grad_(False)


@pytest.mark.parametrize(("precision", "error"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_the_way_back_is_exact(precision, error):
    there = translator(turned=2)
    directions, _ = torch.linalg.qr(torch.randn(512, 2, generator=torch.Generator().manual_seed(2)))
    there.begin_with(directions.T, torch.tensor([0.5, -0.5]), torch.tensor([2.0, 1.0]))
    there = there.to(precision)
    styles = torch.randn(3, 23, 512, dtype=precision, generator=torch.Generator().manual_seed(1))
    structured = there(styles)
    assert not torch.allclose(structured, (styles - there.mean_w) / there.spread_w, atol=0.1), "something is moved"
    for found, wanted in ((there.inverse(structured), styles), (there(there.inverse(styles)), styles)):
        assert (found - wanted).norm() <= error * wanted.norm()


def test_a_new_one_leaves_the_styles_units_and_the_default_is_at_most_six_megabytes():
    new = Translator(torch.zeros(512), torch.full((512,), 2.0), 23)
    styles = torch.randn(1, 23, 512)
    assert torch.allclose(new(styles), styles / 2)
    assert 2 * sum(parameter.numel() for parameter in new.parameters()) <= 6 * 2**20, "in half precision"


def test_halves_are_drawn_anew_and_are_the_same_in_every_layer():
    there = translator(layers=2, width=8, couplings=3)
    halves = [tuple(coupling.kept.tolist()) for coupling in there.couplings]
    assert len(set(halves)) > 1
    assert all(sorted([*coupling.kept, *coupling.moved]) == list(range(8)) for coupling in there.couplings)
    styles = torch.randn(1, 2, 8)
    first = there.couplings[0]
    assert torch.equal(first(styles, 1.0)[..., first.kept], styles[..., first.kept])
    again = translator(layers=2, width=8, couplings=3)
    assert torch.equal(again(styles), there(styles)), "it follows from the seed"
    alike = styles[:, :1].expand(-1, 2, -1)
    assert not torch.allclose(there(alike)[:, 0], there(alike)[:, 1]), "the map is told the layer"


def test_the_jacobians_determinant_is_that_of_the_diagonal():
    there = translator(layers=1, width=6, couplings=4).double()
    styles = torch.randn(1, 1, 6, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda x: there(x.reshape(1, 1, 6)).flatten(), styles.flatten())
    in_units = jacobian @ torch.diag(there.spread_w)
    assert torch.linalg.slogdet(in_units).logabsdet == pytest.approx(float(there.log_determinant(1)), abs=1e-9)


def test_handles_are_set_in_every_layer_and_read_back():
    structured = torch.randn(2, 5, 6)
    changed = with_handles(structured, ELEMENTS, {"smile": torch.tensor([4.0, -4.0])})
    assert handles_of(changed, ELEMENTS)["smile"].tolist() == [4, -4]
    others = [coordinate for coordinate in range(6) if coordinate != ELEMENTS["smile"]]
    assert torch.equal(changed[..., others], structured[..., others])
    assert torch.allclose(handles_of(structured, ELEMENTS)["gender"], structured[..., 0].mean(1))
    with pytest.raises(ValueError, match="hat has no handle"):
        with_handles(structured, ELEMENTS, {"hat": 1.0})
    with pytest.raises(ValueError, match="one element"):
        handles_of(structured, {"smile": 1, "hat": 1})
    with pytest.raises(ValueError, match="no coordinate"):
        handles_of(structured, {"smile": 6})


def test_gradients_of_the_losses_are_the_numeric_ones():
    there = translator(layers=2, width=6, couplings=2, hidden=4).double()
    styles = torch.randn(2, 2, 6, dtype=torch.float64, requires_grad=True)
    labels = {"smile": torch.tensor([1.0, -1.0]), "gender": torch.tensor([0.0, 1.0])}

    def losses(given: torch.Tensor) -> tuple[torch.Tensor, ...]:
        structured = there(given)
        answers = structured[:, 0, :2]
        drawn = there.inverse(structured).mean((1, 2), keepdim=True)[..., 0]
        return (
            encoder_loss(structured, ELEMENTS, labels),
            classifier_loss(answers, torch.ones_like(answers)),
            realism_loss(drawn),
            discriminator_loss(drawn, -drawn),
        )

    assert torch.autograd.gradcheck(losses, (styles,))


def test_the_encoder_loss_is_nothing_where_every_layer_says_the_label():
    structured = with_handles(torch.randn(2, 3, 6), ELEMENTS, {"smile": torch.tensor([1.0, -1.0])})
    assert encoder_loss(structured, ELEMENTS, {"smile": torch.tensor([1.0, -1.0])}) == 0
    assert encoder_loss(structured, ELEMENTS, {"smile": torch.tensor([0.0, 0.0])}) == 1
    with pytest.raises(ValueError, match="needs labels"):
        encoder_loss(structured, ELEMENTS, {})


def test_styles_without_halves_are_refused():
    with pytest.raises(ValueError, match="no halves"):
        Translator(torch.zeros(5), torch.ones(5), 2)
