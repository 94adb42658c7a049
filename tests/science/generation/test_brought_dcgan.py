"""DCGAN from a state dict draws what torch's own layers draw."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from explorer.science.generation.brought.files import build_brought, pack, read_generator_file, unpack
from explorer.science.networks.onnx_graph import NetworkFileError


def sequence(latent=10, width=4, layers=5):
    steps, fed = [], latent
    for index in range(layers - 1):
        out = width << (layers - 2 - index)
        stride, padding = (1, 0) if index == 0 else (2, 1)
        steps += [nn.ConvTranspose2d(fed, out, 4, stride, padding, bias=False), nn.BatchNorm2d(out), nn.ReLU()]
        fed = out
    network = nn.Sequential(*steps, nn.ConvTranspose2d(fed, 3, 4, 2, 1, bias=False), nn.Tanh())
    network(torch.randn(8, latent, 1, 1))  # moves what the batch norms remember
    return network.eval()


@pytest.mark.parametrize(("layers", "side"), [(5, 64), (4, 32)])
@pytest.mark.parametrize(
    ("key", "prefix"), [("netG_state_dict", "main."), ("netG_state_dict", "module.main."), ("", "")]
)
def test_images_are_those_of_torch(tmp_path, layers, side, key, prefix):
    network = sequence(layers=layers)
    state = {f"{prefix}{name}": one for name, one in network.state_dict().items()}
    path = tmp_path / "weights.tar"
    torch.save({key: state, "epoch": 3} if key else state, path)
    file = read_generator_file(path)
    generator = build_brought(file, file.spec)
    kept = unpack(pack(file))
    assert (file.family, generator.spec.resolution, generator.spec.latent_shape("W+")) == ("DCGAN", side, (1, 10))
    z, w = generator.sample(3, 1)
    assert torch.equal(z, w)
    assert not generator.mean_w.any()
    with torch.no_grad():
        wanted = network(z[:, :, None, None])
    styles = generator.styles(z, "Z")
    assert torch.allclose(generator.signed_image(styles, side), wanted, atol=1e-5)
    assert torch.equal(build_brought(kept, kept.spec).image(styles), generator.image(styles))


def test_another_sequence_is_refused(tmp_path):
    path = tmp_path / "weights.tar"
    torch.save({"netG_state_dict": nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3)).state_dict()}, path)
    with pytest.raises(NetworkFileError, match="it is no DCGAN"):
        read_generator_file(path)
