"""Published encoders as functions of a picture, in the names of their makers' files.

A layer's tensors are drawn when it is first called, so that one function states both the layout and the computation.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F

# Of large tensors so many numbers are drawn, and repeated: a prime, so that no two rows of a layer are alike.
PERIOD = 1_000_003


class Drawn:
    """Layers whose tensors are drawn from a seed and kept under their names."""

    def __init__(self, seed: int = 0, epsilon: float = 1e-5) -> None:
        self.random = torch.Generator().manual_seed(seed)
        self.state: dict[str, torch.Tensor] = {}
        self.epsilon = epsilon

    def tensor(self, name, *shape, scale=1.0, shift=0.0):
        if name not in self.state:
            self.state[name] = self._drawn(torch.randn, shape).mul_(scale).add_(shift)
        return self.state[name]

    def positive(self, name, *shape):
        if name not in self.state:
            self.state[name] = self._drawn(torch.rand, shape).add_(0.5)
        return self.state[name]

    def _drawn(self, draw: Callable[..., torch.Tensor], shape: tuple[int, ...]) -> torch.Tensor:
        times, rest = divmod(math.prod(shape), PERIOD)
        some = draw(PERIOD if times else rest, generator=self.random)
        return torch.cat([some] * times + [some[:rest]]).reshape(shape)

    def conv(self, name, x, outer, kernel, stride=1, pad=0, groups=1, bias=False):
        rows, columns = kernel if isinstance(kernel, tuple) else (kernel, kernel)
        inner = x.shape[1] // groups
        weight = self.tensor(f"{name}.weight", outer, inner, rows, columns, scale=(inner * rows * columns) ** -0.5)
        shift = self.tensor(f"{name}.bias", outer, scale=0.1) if bias else None
        return F.conv2d(x, weight, shift, stride, pad, 1, groups)

    def norm(self, name, x, affine=True):
        width = x.shape[1]
        gain = self.positive(f"{name}.weight", width) if affine else None
        shift = self.tensor(f"{name}.bias", width, scale=0.1) if affine else None
        mean, variance = (
            self.tensor(f"{name}.running_mean", width, scale=0.1),
            self.positive(f"{name}.running_var", width),
        )
        return F.batch_norm(x, mean, variance, gain, shift, eps=self.epsilon)

    def prelu(self, name, x):
        return F.prelu(x, self.tensor(f"{name}.weight", x.shape[1], scale=0.05, shift=0.25))

    def linear(self, name, x, outer, bias=True):
        weight = self.tensor(f"{name}.weight", outer, x.shape[1], scale=x.shape[1] ** -0.5)
        return F.linear(x, weight, self.tensor(f"{name}.bias", outer, scale=0.1) if bias else None)


def iresnet(d, x, depths):
    x = d.prelu("prelu", d.norm("bn1", d.conv("conv1", x, 64, 3, pad=1)))
    for stage, (depth, width) in enumerate(zip(depths, (64, 128, 256, 512), strict=True), 1):
        for i in range(depth):
            p, stride = f"layer{stage}.{i}", 2 if i == 0 else 1
            y = d.norm(f"{p}.bn2", d.conv(f"{p}.conv1", d.norm(f"{p}.bn1", x), width, 3, pad=1))
            y = d.norm(f"{p}.bn3", d.conv(f"{p}.conv2", d.prelu(f"{p}.prelu", y), width, 3, stride, 1))
            if i == 0:
                x = d.norm(f"{p}.downsample.1", d.conv(f"{p}.downsample.0", x, width, 1, stride))
            x = x + y
    return d.norm("features", d.linear("fc", d.norm("bn2", x).flatten(1), 512))


def ir(d, x, depths, kind="basic", se=None, affine=False):
    x = d.prelu("input_layer.2", d.norm("input_layer.1", d.conv("input_layer.0", x, 64, 3, pad=1)))
    widths = (256, 512, 1024, 2048) if kind == "bottleneck" else (64, 128, 256, 512)
    i = 0
    for depth, width in zip(depths, widths, strict=True):
        for first in (place == 0 for place in range(depth)):
            p, stride = f"body.{i}", 2 if first else 1
            short = x[:, :, ::stride, ::stride]
            if x.shape[1] != width:
                short = d.norm(f"{p}.shortcut_layer.1", d.conv(f"{p}.shortcut_layer.0", x, width, 1, stride))
            r = f"{p}.res_layer"
            y = d.norm(f"{r}.0", x)
            if kind == "bottleneck":
                y = d.prelu(f"{r}.3", d.norm(f"{r}.2", d.conv(f"{r}.1", y, width // 4, 1)))
                y = d.prelu(f"{r}.6", d.norm(f"{r}.5", d.conv(f"{r}.4", y, width // 4, 3, pad=1)))
                y = d.norm(f"{r}.8", d.conv(f"{r}.7", y, width, 1, stride))
            else:
                y = d.conv(f"{r}.1", y, width, 3, pad=1)
                at = 2
                if kind == "basic":
                    y, at = d.norm(f"{r}.2", y), 3
                y = d.conv(f"{r}.{at + 1}", d.prelu(f"{r}.{at}", y), width, 3, stride, 1)
                y = d.norm(f"{r}.{at + 2}", y)
            if se:
                s = F.relu(d.conv(f"{r}.{se}.fc1", F.adaptive_avg_pool2d(y, 1), width // 16, 1))
                y = y * torch.sigmoid(d.conv(f"{r}.{se}.fc2", s, width, 1))
            x, i = short + y, i + 1
    x = d.linear("output_layer.3", d.norm("output_layer.0", x).flatten(1), 512)
    return d.norm("output_layer.4", x, affine)


# expansion, width, repeats, stride of the first (table 1 of the paper)
MOBILE = ((2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1))


def mobile_insightface(d, x, scale=2, blocks=(1, 4, 6, 2)):
    def layer(p, y, outer, k, s=1, pad=0, groups=1, linear=False):
        y = d.norm(f"{p}.layers.1", d.conv(f"{p}.layers.0", y, outer, k, s, pad, groups))
        return y if linear else d.prelu(f"{p}.layers.2", y)

    def bottleneck(p, y, outer, groups, s):
        z = layer(f"{p}.layers.0", y, groups, 1)
        z = layer(f"{p}.layers.1", z, groups, 3, s, 1, groups)
        return layer(f"{p}.layers.2", z, outer, 1, linear=True)

    wide = 64 * scale
    x = layer("layers.0", x, wide, 3, 2, 1)
    if blocks[0] == 1:
        x = layer("layers.1", x, wide, 3, 1, 1, groups=64)
    else:
        for j in range(blocks[0]):
            x = x + bottleneck(f"layers.1.layers.{j}", x, wide, 128, 1)
    plan = ((2, wide, 128, 128, blocks[1]), (4, 2 * wide, 256, 256, blocks[2]), (6, 2 * wide, 512, 256, blocks[3]))
    for at, outer, down, groups, count in plan:
        x = bottleneck(f"layers.{at}", x, outer, down, 2)
        for j in range(count):
            x = x + bottleneck(f"layers.{at + 1}.layers.{j}", x, outer, groups, 1)
    x = layer("conv_sep", x, 512, 1)
    x = layer("features.layers.0", x, 512, 7, groups=512, linear=True).flatten(1)
    return d.norm("features.layers.3", d.linear("features.layers.2", x, 512, bias=False))


def mobile_treb1en(d, x, head=""):
    def layer(p, y, outer, k, s=1, pad=0, groups=1, linear=False):
        y = d.norm(f"{p}.bn", d.conv(f"{p}.conv", y, outer, k, s, pad, groups))
        return y if linear else d.prelu(f"{p}.prelu", y)

    def bottleneck(p, y, outer, groups, s):
        z = layer(f"{p}.conv_dw", layer(f"{p}.conv", y, groups, 1), groups, 3, s, 1, groups)
        return layer(f"{p}.project", z, outer, 1, linear=True)

    x = layer("conv2_dw", layer("conv1", x, 64, 3, 2, 1), 64, 3, 1, 1, 64)
    for down, rest, outer, groups, inner, count in (
        ("conv_23", "conv_3", 64, 128, 128, 4),
        ("conv_34", "conv_4", 128, 256, 256, 6),
        ("conv_45", "conv_5", 128, 512, 256, 2),
    ):
        x = bottleneck(down, x, outer, groups, 2)
        for j in range(count):
            x = x + bottleneck(f"{rest}.model.{j}", x, outer, inner, 1)
    x = layer(f"{head}conv_6_dw", layer("conv_6_sep", x, 512, 1), 512, 7, groups=512, linear=True).flatten(1)
    return d.norm(f"{head}bn", d.linear(f"{head}linear", x, 512, bias=False), affine=not head)


def mobile_xiaoccer(d, x):
    def layer(p, y, outer, k, s=1, pad=0, groups=1, linear=False):
        y = d.norm(f"{p}.bn", d.conv(f"{p}.conv", y, outer, k, s, pad, groups))
        return y if linear else d.prelu(f"{p}.prelu", y)

    x, i = layer("dw_conv1", layer("conv1", x, 64, 3, 2, 1), 64, 3, 1, 1, 64), 0
    for t, c, n, s in MOBILE:
        for first in range(n):
            p, stride, wide = f"blocks.{i}.conv", s if first == 0 else 1, t * x.shape[1]
            y = d.prelu(f"{p}.2", d.norm(f"{p}.1", d.conv(f"{p}.0", x, wide, 1)))
            y = d.prelu(f"{p}.5", d.norm(f"{p}.4", d.conv(f"{p}.3", y, wide, 3, stride, 1, wide)))
            y = d.norm(f"{p}.7", d.conv(f"{p}.6", y, c, 1))
            x, i = (x + y if stride == 1 and x.shape[1] == c else y), i + 1
    x = layer("linear7", layer("conv2", x, 512, 1), 512, (7, 6), groups=512, linear=True)
    return layer("linear1", x, 128, 1, linear=True).flatten(1)


def mobile_flat(d, x):
    x = d.prelu("prelu1", d.norm("bn1", d.conv("conv1", x, 64, 3, 2, 1)))
    x, i = d.prelu("prelu2", d.norm("bn2", d.conv("conv2", x, 64, 3, 1, 1, 64))), 0
    for t, c, n, s in MOBILE:
        for first in range(n):
            p, stride, wide = f"layers.{i}", s if first == 0 else 1, t * x.shape[1]
            y = d.prelu(f"{p}.prelu1", d.norm(f"{p}.bn1", d.conv(f"{p}.conv1", x, wide, 1)))
            y = d.prelu(f"{p}.prelu2", d.norm(f"{p}.bn2", d.conv(f"{p}.conv2", y, wide, 3, stride, 1, wide)))
            y = d.norm(f"{p}.bn3", d.conv(f"{p}.conv3", y, c, 1))
            x, i = (x + y if stride == 1 and x.shape[1] == c else y), i + 1
    x = d.prelu("prelu3", d.norm("bn3", d.conv("conv3", x, 512, 1)))
    x = d.norm("bn4", d.conv("conv4", x, 512, 7, groups=512)).flatten(1)
    return d.norm("bn5", d.linear("linear", x, 512), affine=False)


def inception_resnet(d, x):
    def c(p, y, outer, k, s=1, pad=0):
        return F.relu(d.norm(f"{p}.bn", d.conv(f"{p}.conv", y, outer, k, s, pad)))

    def residual(p, y, branches, scale, last=False):
        z = y + scale * d.conv(f"{p}.conv2d", torch.cat(branches, 1), y.shape[1], 1, bias=True)
        return z if last else F.relu(z)

    x = c("conv2d_2b", c("conv2d_2a", c("conv2d_1a", x, 32, 3, 2), 32, 3), 64, 3, pad=1)
    x = c("conv2d_4b", c("conv2d_4a", c("conv2d_3b", F.max_pool2d(x, 3, 2), 80, 1), 192, 3), 256, 3, 2)
    for i in range(5):
        p = f"repeat_1.{i}"
        b1 = c(f"{p}.branch1.1", c(f"{p}.branch1.0", x, 32, 1), 32, 3, pad=1)
        b2 = c(f"{p}.branch2.1", c(f"{p}.branch2.0", x, 32, 1), 32, 3, pad=1)
        x = residual(p, x, [c(f"{p}.branch0", x, 32, 1), b1, c(f"{p}.branch2.2", b2, 32, 3, pad=1)], 0.17)
    p = "mixed_6a"
    b1 = c(f"{p}.branch1.2", c(f"{p}.branch1.1", c(f"{p}.branch1.0", x, 192, 1), 192, 3, pad=1), 256, 3, 2)
    x = torch.cat([c(f"{p}.branch0", x, 384, 3, 2), b1, F.max_pool2d(x, 3, 2)], 1)
    for i in range(10):
        p = f"repeat_2.{i}"
        b1 = c(f"{p}.branch1.1", c(f"{p}.branch1.0", x, 128, 1), 128, (1, 7), pad=(0, 3))
        x = residual(p, x, [c(f"{p}.branch0", x, 128, 1), c(f"{p}.branch1.2", b1, 128, (7, 1), pad=(3, 0))], 0.1)
    p = "mixed_7a"
    b0 = c(f"{p}.branch0.1", c(f"{p}.branch0.0", x, 256, 1), 384, 3, 2)
    b1 = c(f"{p}.branch1.1", c(f"{p}.branch1.0", x, 256, 1), 256, 3, 2)
    b2 = c(f"{p}.branch2.2", c(f"{p}.branch2.1", c(f"{p}.branch2.0", x, 256, 1), 256, 3, pad=1), 256, 3, 2)
    x = torch.cat([b0, b1, b2, F.max_pool2d(x, 3, 2)], 1)
    for i in range(6):
        p = f"repeat_3.{i}" if i < 5 else "block8"
        b1 = c(f"{p}.branch1.1", c(f"{p}.branch1.0", x, 192, 1), 192, (1, 3), pad=(0, 1))
        branches = [c(f"{p}.branch0", x, 192, 1), c(f"{p}.branch1.2", b1, 192, (3, 1), pad=(1, 0))]
        x = residual(p, x, branches, 0.2 if i < 5 else 1.0, last=i == 5)
    return d.norm("last_bn", d.linear("last_linear", x.mean((2, 3)), 512, bias=False))


def vggface2(d, x, names="torchvision", se=False, head=""):
    """The stride lies in the first 1x1 of each block."""

    def layer(plain, bn, y, outer, k, s=1, pad=0):
        return d.norm(bn, d.conv(plain, y, outer, k, s, pad))

    mcn = names == "mcn"
    first = ("conv1_7x7_s2", "conv1_7x7_s2_bn") if mcn else ("conv1", "bn1")
    x = F.max_pool2d(F.relu(layer(*first, x, 64, 7, 2, 3)), 3, 2, ceil_mode=True)
    for stage, (depth, width) in enumerate(zip((3, 4, 6, 3), (64, 128, 256, 512), strict=True), 1):
        for i in range(depth):
            p, q = f"conv{stage + 1}_{i + 1}", f"layer{stage}.{i}"

            def name(k, kind, q=q, p=p):
                return (f"{p}_{kind}", f"{p}_{kind}_bn") if mcn else (f"{q}.conv{k}", f"{q}.bn{k}")

            stride = 2 if i == 0 and stage > 1 else 1
            y = F.relu(layer(*name(1, "1x1_reduce"), x, width, 1, stride))
            y = F.relu(layer(*name(2, "3x3"), y, width, 3, 1, 1))
            y = layer(*name(3, "1x1_increase"), y, 4 * width, 1)
            if se:
                s = F.relu(d.conv(name(4, "1x1_down")[0], F.adaptive_avg_pool2d(y, 1), width // 4, 1, bias=True))
                y = y * torch.sigmoid(d.conv(name(5, "1x1_up")[0], s, 4 * width, 1, bias=True))
            if i == 0:
                short = (f"{p}_1x1_proj", f"{p}_1x1_proj_bn") if mcn else (f"{q}.downsample.0", f"{q}.downsample.1")
                x = layer(*short, x, 4 * width, 1, stride)
            x = F.relu(x + y)
    x = F.avg_pool2d(x, 7, 1)
    if head == "feat_extract":
        return d.conv(head, x, 128, 1, bias=True).flatten(1)
    if head:
        d.conv(head, x, 8631, 1, bias=True) if mcn else d.linear(head, x.flatten(1), 8631)
    return x.flatten(1)


def vgg16(d, x):
    for block, number, width in ((1, 2, 64), (2, 2, 128), (3, 3, 256), (4, 3, 512), (5, 3, 512)):
        for place in range(1, number + 1):
            x = F.relu(d.conv(f"conv{block}_{place}", x, width, 3, 1, 1, bias=True))
        x = F.max_pool2d(x, 2)
    return F.relu(d.linear("fc7", F.relu(d.linear("fc6", x.flatten(1), 4096)), 4096))


def sphere20(d, x):
    for stage, (width, pairs) in enumerate(((64, 1), (128, 2), (256, 4), (512, 1)), 1):

        def layer(place, y, s=1, stage=stage, width=width):
            return d.prelu(f"relu{stage}_{place}", d.conv(f"conv{stage}_{place}", y, width, 3, s, 1, bias=True))

        x = layer(1, x, 2)
        for pair in range(pairs):
            x = x + layer(2 * pair + 3, layer(2 * pair + 2, x))
    return d.linear("fc5", x.flatten(1), 512)


def keras_residual(d, x, se=False):
    """keras-vggface's ResNet-50 and SENet-50: the first layer padded as TensorFlow does, the pooling not at all."""

    def layer(name, y, outer, k, s=1, pad=0):
        return d.norm(f"{name}/bn", d.conv(name, y, outer, k, s, pad))

    x = F.relu(layer("conv1/7x7_s2", F.pad(x, (2, 3, 2, 3)), 64, 7, 2))
    x = F.max_pool2d(x, 3, 2)
    for stage, (depth, width) in enumerate(zip((3, 4, 6, 3), (64, 128, 256, 512), strict=True), 2):
        for i in range(1, depth + 1):
            p, stride = f"conv{stage}_{i}", 2 if i == 1 and stage > 2 else 1
            y = F.relu(layer(f"{p}_1x1_reduce", x, width, 1, stride))
            y = F.relu(layer(f"{p}_3x3", y, width, 3, 1, 1))
            y = layer(f"{p}_1x1_increase", y, 4 * width, 1)
            if se:
                s = F.relu(d.conv(f"{p}_1x1_down", F.adaptive_avg_pool2d(y, 1), width // 4, 1, bias=True))
                y = y * torch.sigmoid(d.conv(f"{p}_1x1_up", s, 4 * width, 1, bias=True))
            if i == 1:
                x = layer(f"{p}_1x1_proj", x, 4 * width, 1, stride)
            x = F.relu(x + y)
    return x.mean((2, 3))


def keras_vgg16(d, x):
    """The map is flattened with its channels last."""
    for block, number, width in ((1, 2, 64), (2, 2, 128), (3, 3, 256), (4, 3, 512), (5, 3, 512)):
        for place in range(1, number + 1):
            x = F.relu(d.conv(f"conv{block}_{place}", x, width, 3, 1, 1, bias=True))
        x = F.max_pool2d(x, 2)
    x = F.relu(d.linear("fc6", x.permute(0, 2, 3, 1).flatten(1), 4096))
    return F.relu(d.linear("fc7", x, 4096))
