"""rosinality's checkpoints draw what NVIDIA's equations say of the same weights, in both layouts of torch's files."""

from __future__ import annotations

import argparse

import numpy as np
import pytest
import torch

from explorer.science.generation.brought.files import build_brought, read_generator_file
from explorer.science.networks.onnx_graph import NetworkFileError
from tests.science.generation import brought_kit as kit


def saved(tmp_path, content, stream=False):
    path = tmp_path / "checkpoint.pt"
    torch.save(content, path, _use_new_zipfile_serialization=not stream)
    return path


@pytest.mark.parametrize("stream", [False, True])
def test_images_are_those_of_the_equations(tmp_path, stream):
    torch.manual_seed(1)
    state = kit.rosinality(32)
    mean = torch.randn(6)
    args = argparse.Namespace(size=32, latent=6)
    content = {"g": state, "g_ema": state, "g_optim": {"state": {}}, "args": args, "latent_avg": mean}
    file = read_generator_file(saved(tmp_path, content, stream))
    generator = build_brought(file, file.spec)
    assert (file.layout, generator.spec.latent_shape("W+"), generator.spec.resolution) == ("rosinality", (8, 6), 32)
    assert torch.equal(generator.mean_w, mean)
    z, w = generator.sample(2, 3)
    tensors = {name.replace("style.", "style."): one.double().numpy() for name, one in state.items()}
    shifted = {name.replace(f"style.{i}.", f"style.{i - 1}."): one for name, one in tensors.items()
               if name.startswith("style.") for i in [int(name.split(".")[1])]}  # fmt: skip
    assert np.abs(kit.mapped(shifted, z.double().numpy(), "style.") - w.numpy()).max() < 1e-4
    styles = torch.randn(1, 8, 6)
    wanted = kit.drawn_rosinality(tensors, styles[0].double().numpy(), 32)
    assert np.abs(wanted - generator.signed_image(styles, 32)[0].numpy()).max() < 1e-4 * np.abs(wanted).max()


def test_without_a_mean_it_is_drawn_and_without_noise_it_is_seeded(tmp_path):
    state = {name: one for name, one in kit.rosinality(16).items() if not name.startswith("noises.")}
    file = read_generator_file(saved(tmp_path, {"g_ema": state}))
    first, second = (build_brought(file, file.spec) for _ in range(2))
    assert torch.allclose(first.mean_w, first.mapping(first._drawn(10_000, 0)).mean(0))
    styles = torch.randn(1, 6, 6)
    assert torch.equal(first.image(styles), second.image(styles))


def test_the_decoder_of_psp_is_found(tmp_path):
    state = {f"decoder.{name}": one for name, one in kit.rosinality(16).items()} | {
        "encoder.input.weight": torch.ones(2)
    }
    file = read_generator_file(saved(tmp_path, {"state_dict": state, "latent_avg": torch.randn(6, 6)}))
    assert (file.layout, file.spec.style_layers) == ("rosinality", 6)


def test_what_is_no_generator_is_named(tmp_path):
    with pytest.raises(NetworkFileError, match=r"checkpoint.pt is no generator .* but epoch, d"):
        read_generator_file(saved(tmp_path, {"epoch": 3, "d": {"weight": torch.ones(2)}}))
