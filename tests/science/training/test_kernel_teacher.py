"""The teacher equals scikit-learn's regression, its gradients autograd's, and its metric finds what counts."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.gaussian_process.kernels import Matern
from sklearn.kernel_ridge import KernelRidge

from explorer.science.training import kernel_teacher as module
from explorer.science.training.kernel_teacher import gradients, kernel_teacher, learnt_metric, squared_distances


def numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def told(units):
    """Of eight directions, two count."""
    wanted = torch.stack([torch.sin(2 * units[:, 0]), units[:, 0] * units[:, 1]], 1)
    return wanted - wanted.mean(0)


def test_it_is_scikit_learns_kernel_ridge_regression_behind_its_metric():
    units, wanted, others = numbers(80, 5), numbers(80, 3, seed=1), numbers(9, 5, seed=2)
    taught = kernel_teacher(units, wanted)
    kernel = Matern(1 / taught.scale, nu=0.5)  # the exponential kernel
    places = (units @ taught.metric).numpy()
    theirs = KernelRidge(alpha=0.08, kernel="precomputed").fit(kernel(places), wanted.numpy())
    found = theirs.predict(kernel((others @ taught.metric).numpy(), places))
    np.testing.assert_allclose(taught(others).numpy(), found, atol=1e-4)


def test_gradients_are_those_of_the_regression():
    points, places, weights = numbers(4, 5), numbers(30, 5, seed=1), numbers(30, 3, seed=2)

    def answers(point):
        return torch.exp(-0.2 * squared_distances(point[None], places)) @ weights

    for point, slopes in zip(points, gradients(points, places, weights, 0.2), strict=True):
        theirs = torch.autograd.functional.jacobian(answers, point)[0]
        torch.testing.assert_close(2 * 0.2 * slopes, theirs, atol=1e-5, rtol=1e-4)


def test_the_fourth_power_of_the_metric_is_the_mean_outer_product_of_gradients():
    units = numbers(200, 8)
    wanted = told(units)
    outer = torch.linalg.matrix_power(learnt_metric(units, wanted).double(), 4)
    median = squared_distances(units, units).median()
    theirs = KernelRidge(alpha=0.2, kernel="rbf", gamma=0.25 / float(median)).fit(units.numpy(), wanted.numpy())
    slopes = gradients(units, units, torch.from_numpy(theirs.dual_coef_), 0.25 / float(median)).double()
    mean = torch.einsum("nkd,nke->de", slopes, slopes)
    torch.testing.assert_close(outer, mean / torch.linalg.eigvalsh(mean)[-1], atol=1e-4, rtol=0)
    assert outer.diagonal()[:2].min() > 3 * outer.diagonal()[2:].max()


def test_directions_that_count_for_nothing_disturb_it_less_than_a_plain_kernel(monkeypatch):
    units = numbers(700, 8)
    wanted = told(units)
    learnt = kernel_teacher(units[:500], wanted[:500])
    monkeypatch.setattr(module, "learnt_metric", lambda units, wanted: torch.eye(8))
    plain = kernel_teacher(units[:500], wanted[:500])
    missed, as_plain = ((taught(units[500:]) - wanted[500:]).square().mean() for taught in (learnt, plain))
    assert missed < 0.5 * as_plain


def test_the_same_wanted_in_more_numbers_gives_the_same_metric(monkeypatch):
    monkeypatch.setattr(module, "_COMPONENTS", 2)
    units = numbers(150, 8)
    turned = torch.linalg.qr(numbers(5, 5, seed=4))[0]
    wanted = torch.cat([told(units), torch.zeros(150, 3)], 1)
    torch.testing.assert_close(
        learnt_metric(units, wanted @ turned), learnt_metric(units, told(units)), atol=1e-3, rtol=1e-3
    )
