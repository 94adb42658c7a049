"""MobileStyleGAN (Belousov 2021, arXiv:2104.04767), distilled from StyleGAN2-FFHQ, as native torch modules.

A latent z becomes an intermediate latent w; 23 style layers, each with a w of its own, steer a synthesis that works in
the wavelet domain: every block doubles the resolution by an inverse Haar transform and applies two modulated
depthwise-separable convolutions. The demodulation does not depend on the style and is folded into the weights.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.generation.spec import MOBILESTYLEGAN
from explorer.science.generation.styled import SLOPE, styled_separable
from explorer.science.generation.wavelets import inverse_haar
from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.openvino_ir import IrNetwork
from explorer.science.networks.pointwise import pointwise

LATENT_SIZE = MOBILESTYLEGAN.width
STYLE_LAYERS = MOBILESTYLEGAN.style_layers
BLOCKS = 7
NATIVE_RESOLUTION = MOBILESTYLEGAN.resolution


class MappingNetwork(nn.Module):
    """Z to W: normalise z, then eight layers of 512 with leaky ReLU and gain sqrt(2).

    Raises:
        NetworkFileError: the IR files are not this network.
    """

    def __init__(self, network: IrNetwork) -> None:
        super().__init__()
        products = network.of_type("MatMul")
        if len(products) != 8:
            raise NetworkFileError("the IR files are not MobileStyleGAN's mapping network: it has eight layers")
        biases = [
            c for layer in network.of_type("Reshape") for c in network.constants_of(layer) if c.shape == (LATENT_SIZE,)
        ]
        for index, (product, bias) in enumerate(zip(products, biases, strict=True)):
            weight = network.constants_of(product)[0]
            transposed = product.attributes["transpose_b"] == "true"
            self.register_buffer(f"weight_{index}", weight if transposed else weight.T.contiguous())
            self.register_buffer(f"bias_{index}", bias)

    def forward(self, z: Tensor) -> Tensor:
        """(B, 512) standard normal to (B, 512)."""
        x = z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        for index in range(8):
            x = F.linear(x, self.get_buffer(f"weight_{index}"), self.get_buffer(f"bias_{index}"))
            x = F.leaky_relu(x, SLOPE) * 2**0.5
        return x


class Modulation(nn.Module):
    """The affine map from one layer's w to a gain for each of its input channels."""

    def __init__(self, network: IrNetwork, name: str) -> None:
        super().__init__()
        weight = network.by_name(f"{name}.modulation.weight")
        bias = network.by_name(f"{name}.modulation.bias")
        scale = _modulation_scale(network, network.readers(bias)[0].id)
        self.register_buffer("weight", network.constant(weight) * scale)
        self.register_buffer("bias", network.constant(bias).reshape(-1) * scale)

    def forward(self, w: Tensor) -> Tensor:
        """(B, 512) to (B, C, 1, 1)."""
        return F.linear(w, self.get_buffer("weight"), self.get_buffer("bias"))[:, :, None, None]


def _modulation_scale(network: IrNetwork, affine: str) -> float:
    """The constant that the graph multiplies a style with before it is applied; 1 where it applies it directly."""
    for reshape in network.readers(network.layers[affine]):
        for product in network.readers(reshape) if reshape.type == "Reshape" else []:
            constants = network.constants_of(product) if product.type == "Multiply" else []
            if constants and constants[0].numel() == 1:
                return float(constants[0])
    return 1.0


class StyledConvolution(nn.Module):
    """Modulate, convolve (depthwise 3x3 then pointwise, or full 3x3), add noise and bias, leaky ReLU."""

    def __init__(self, network: IrNetwork, name: str, kernel: Tensor, noise: Tensor) -> None:
        super().__init__()
        self.modulation = Modulation(network, f"{name}.conv")
        self.separable = kernel.shape[-1] == 1
        if self.separable:
            depthwise = network.constant(network.by_name(f"{name}.conv.weight_dw"))
            self.register_buffer("depthwise", depthwise.reshape(-1, 1, 3, 3))
        self.register_buffer("kernel", kernel)
        self.register_buffer("bias", network.constant(network.by_name(f"{name}.bias")).reshape(-1))
        self.register_buffer("noise", noise)

    def forward(self, x: Tensor, w: Tensor, random: torch.Generator | None = None) -> Tensor:
        """(B, C, H, W) and (B, 512) to (B, C', H, W).

        random: draws fresh noise of the fixed noise's strength where given.
        """
        kernel, bias, noise = self.get_buffer("kernel"), self.get_buffer("bias"), self._noise(len(x), random)
        gain = self.modulation(w)
        if self.separable:
            return styled_separable(x, gain.flatten(1), self.get_buffer("depthwise"), kernel, bias, noise)
        x = F.conv2d(x * gain, kernel, bias, padding=kernel.shape[-1] // 2)
        return F.leaky_relu_(x.add_(noise), SLOPE)

    def _noise(self, batch: int, random: torch.Generator | None) -> Tensor:
        noise = self.get_buffer("noise")
        if random is None:
            return noise
        # The file holds each layer's noise already multiplied by its strength; its spread tells that strength.
        fresh = torch.randn((batch, *noise.shape[1:]), generator=random, device=random.device).to(noise)
        return fresh * noise.square().mean().sqrt()


class SynthesisBlock(nn.Module):
    """Double the resolution by a modulated inverse Haar transform, then two styled convolutions."""

    def __init__(self, up: Modulation, first: StyledConvolution, second: StyledConvolution) -> None:
        super().__init__()
        self.up, self.first, self.second = up, first, second

    def forward(self, x: Tensor, styles: Tensor, random: torch.Generator | None = None) -> Tensor:
        """(B, C, H, W) and (B, 3, 512) to (B, C', 2H, 2W)."""
        x = inverse_haar(x * self.up(styles[:, 0]))
        x = self.first(x, styles[:, 1], random)
        result: Tensor = self.second(x, styles[:, 2], random)
        return result


class SynthesisNetwork(nn.Module):
    """W+ to an image, or to the features of any block on the way.

    Raises:
        NetworkFileError: the IR files are not this network.
    """

    def __init__(self, network: IrNetwork) -> None:
        super().__init__()
        kernels = [network.constants_of(layer)[0] for layer in network.of_type("Convolution")]
        noises = [c for layer in network.of_type("Add") for c in network.constants_of(layer) if _is_noise(c)]
        if len(kernels) != 2 * BLOCKS + 2 or len(noises) != 2 * BLOCKS + 1:
            raise NetworkFileError("the IR files are not MobileStyleGAN's synthesis network for 1024 px")
        self.register_buffer("constant", network.constant(network.by_name("m.input.input")))
        self.stem = StyledConvolution(network, "m.conv1", kernels[0], noises[0])
        self.blocks = nn.ModuleList()
        for index in range(BLOCKS):
            name, at = f"m.layers.{index}", 1 + 2 * index
            self.blocks.append(
                SynthesisBlock(
                    Modulation(network, f"{name}.up"),
                    StyledConvolution(network, f"{name}.conv1", kernels[at], noises[at]),
                    StyledConvolution(network, f"{name}.conv2", kernels[at + 1], noises[at + 1]),
                )
            )
        self.to_image = ToImage(network, f"m.layers.{BLOCKS - 1}.to_img", kernels[-1])

    def features(self, styles: Tensor, blocks: int = BLOCKS, random: torch.Generator | None = None) -> Tensor:
        """(B, 23, 512) to the features after so many blocks: (B, C, 4 * 2^blocks, 4 * 2^blocks)."""
        x: Tensor = self.stem(self.get_buffer("constant").expand(len(styles), -1, -1, -1), styles[:, 0], random)
        for index in range(blocks):
            x = self.blocks[index](x, styles[:, 1 + 3 * index : 4 + 3 * index], random)
        return x

    def modulations(self, blocks: int) -> list[Modulation]:
        """Of every layer behind so many blocks, in the order in which they act."""
        behind = [*self.blocks[blocks:], self.to_image]
        return [one for part in behind for one in part.modules() if isinstance(one, Modulation)]

    def forward(self, styles: Tensor, random: torch.Generator | None = None) -> Tensor:
        """(B, 23, 512) to (B, 3, 1024, 1024) in about [-1, 1], not clamped."""
        bands: Tensor = self.to_image(self.features(styles, BLOCKS, random), styles[:, -1])
        return inverse_haar(bands)

    def forward_half(self, styles: Tensor, random: torch.Generator | None = None) -> Tensor:
        """(B, 23, 512) to (B, 3, 512, 512): the exact average of each 2 x 2 pixels of `forward`."""
        average: Tensor = self.to_image(self.features(styles, BLOCKS, random), styles[:, -1], bands=3)
        return average * 0.5


class ToImage(nn.Module):
    """The last layer: modulated 1x1 to the 12 wavelet bands of an RGB image."""

    def __init__(self, network: IrNetwork, name: str, kernel: Tensor) -> None:
        super().__init__()
        self.modulation = Modulation(network, f"{name}.conv")
        self.register_buffer("kernel", kernel)
        self.register_buffer("bias", network.constant(network.by_name(f"{name}.bias")).reshape(-1))

    def forward(self, x: Tensor, w: Tensor, bands: int = 12) -> Tensor:
        """(B, C, H, W) and (B, 512) to the first so many bands, (B, bands, H, W)."""
        return pointwise(x * self.modulation(w), self.get_buffer("kernel")[:bands], self.get_buffer("bias")[:bands])


def _is_noise(constant: Tensor) -> bool:
    return constant.ndim == 4 and constant.shape[:2] == (1, 1) and constant.shape[2] > 1
