"""MobileFaceNet (arXiv 1804.07573, table 1) under the names of five makers, all brought to the same ones.

Bottlenecks of a widening 1x1, a depthwise 3x3 and a narrowing 1x1 without activation; then a 1x1, a depthwise
convolution as large as the map, a full layer and a norm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.imported.architectures.family import (
    Layout,
    Recognised,
    State,
    UnitLength,
    chosen_layer,
    fill,
)
from explorer.science.recognition.imported.conventions import arcface, proposals


@dataclass(frozen=True)
class _Block:
    inner: int
    middle: int
    outer: int
    stride: int
    skip: bool


class _Layer(nn.Module):
    """A convolution, its norm and, unless it is linear, its PReLU."""

    def __init__(
        self,
        inner: int,
        outer: int,
        kernel: int | tuple[int, int],
        stride: int = 1,
        groups: int = 1,
        linear: bool = False,
    ) -> None:
        super().__init__()
        pad = 1 if kernel == 3 else 0
        self.conv = nn.Conv2d(inner, outer, kernel, stride, pad, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outer)
        self.act: nn.Module = nn.Identity() if linear else nn.PReLU(outer)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.act(self.bn(self.conv(x)))
        return result


class _Bottleneck(nn.Module):
    def __init__(self, block: _Block) -> None:
        super().__init__()
        self.expand = _Layer(block.inner, block.middle, 1)
        self.depth = _Layer(block.middle, block.middle, 3, block.stride, block.middle)
        self.project = _Layer(block.middle, block.outer, 1, linear=True)
        self.skip = block.skip

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.project(self.depth(self.expand(x)))
        return x + result if self.skip else result


class MobileFaceNet(nn.Module):
    """Maps (B, 3, H, W) to (B, D), not normalised; H and W are 16 times the kernel of its last depthwise layer."""

    def __init__(self, blocks: list[_Block], head: State, second_groups: int) -> None:
        super().__init__()
        stem = blocks[0].inner
        self.stem = _Layer(3, stem, 3, 2)
        self.second: nn.Module = _Layer(stem, stem, 3, 1, second_groups) if second_groups else nn.Identity()
        self.blocks = nn.Sequential(*(_Bottleneck(block) for block in blocks))
        wide, _, rows, columns = head["gdc.conv.weight"].shape
        self.last = _Layer(blocks[-1].outer, wide, 1)
        self.gdc = _Layer(wide, wide, (rows, columns), groups=wide, linear=True)
        dimension = len(head["linear.weight"])
        self.linear = nn.Linear(wide, dimension, bias="linear.bias" in head)
        self.norm = nn.BatchNorm1d(dimension, affine="norm.weight" in head)

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, D)."""
        x = self.gdc(self.last(self.blocks(self.second(self.stem(image)))))
        embedding: Tensor = self.norm(self.linear(x.flatten(1)))
        return embedding


# Which of a block's three layers, and which part of a layer, a number or a name stands for.
_PLACES = ("expand", "depth", "project")
_PARTS = ("conv", "bn", "act")


def _renamed(state: State, rules: tuple[tuple[str, str], ...]) -> dict[str, Tensor]:
    """The tensors under this file's names; names that no rule knows stay, and are refused as too much."""
    result: dict[str, Tensor] = {}
    for name, value in state.items():
        for pattern, replacement in rules:
            if re.match(pattern, name):
                result[re.sub(pattern, replacement, name)] = value
                break
        else:
            result[name] = value
    return result


def _numbered(state: State, pattern: str) -> dict[str, int]:
    """The places of the blocks whose names a pattern's first group finds, in the order of the numbers in them."""
    found = {match.group(1) for name in state if (match := re.match(pattern, name))}
    ordered = sorted(found, key=lambda name: [int(number) for number in re.findall(r"\d+", name)])
    return {name: place for place, name in enumerate(ordered)}


def _with_blocks(state: State, pattern: str, layers: str, numbered: bool) -> tuple[dict[str, Tensor], list[str]]:
    """The tensors with their blocks numbered through, and what each block was called.

    Args:
        pattern: finds a block's name, as its first group.
        layers: what follows it: a layer and a part, as two groups.
        numbered: whether layers and parts are numbers rather than names.
    """
    places = _numbered(state, pattern)
    by_name = {"conv": "expand", "conv_dw": "depth", "project": "project"}
    result: dict[str, Tensor] = {}
    for name, value in state.items():
        match = re.match(pattern + layers, name)
        if match is None:
            result[name] = value
            continue
        block, layer, part = match.groups()
        layer = _PLACES[int(layer)] if numbered else by_name[layer]
        part = _PARTS[int(part)] if numbered else {"prelu": "act"}.get(part, part)
        result[f"blocks.{places[block]}.{layer}.{part}{name[match.end() :]}"] = value
    return result, list(places)


def _make(state: dict[str, Tensor], strides: list[int], makers: str, unit: bool, layer: str | None) -> Recognised:
    chosen_layer(layer, ("embedding",))
    try:
        blocks = []
        for i, stride in enumerate(strides):
            middle, inner = state[f"blocks.{i}.expand.conv.weight"].shape[:2]
            outer = len(state[f"blocks.{i}.project.conv.weight"])
            blocks.append(_Block(inner, middle, outer, stride, stride == 1 and inner == outer))
        second = state.get("second.conv.weight")
        groups = 0 if second is None else len(second) // second.shape[1]
        with torch.device("meta"):
            module: nn.Module = MobileFaceNet(blocks, state, groups)
        _, _, rows, columns = state["gdc.conv.weight"].shape
    except (KeyError, IndexError) as error:
        raise NetworkFileError(f"tensor {error} is missing") from error
    module = fill(module, state)
    size = (16 * rows, 16 * columns)
    scale = 128.0 if columns != rows else 127.5
    first = arcface(size, scale=scale)
    title = f"MobileFaceNet of {len(blocks)} bottlenecks ({makers})"
    return Recognised(title, UnitLength(module) if unit else module, proposals(first))


def _insightface(state: State, prefix: str, layer: str | None) -> Recognised:
    state = _renamed(
        state,
        (
            (r"layers\.0\.layers\.0\.", "stem.conv."),
            (r"layers\.0\.layers\.1\.", "stem.bn."),
            (r"layers\.0\.layers\.2\.", "stem.act."),
            (r"layers\.1\.layers\.0\.(?=weight)", "second.conv."),
            (r"layers\.1\.layers\.1\.(?=weight|bias|running)", "second.bn."),
            (r"layers\.1\.layers\.2\.(?=weight)", "second.act."),
            (r"conv_sep\.layers\.0\.", "last.conv."),
            (r"conv_sep\.layers\.1\.", "last.bn."),
            (r"conv_sep\.layers\.2\.", "last.act."),
            (r"features\.layers\.0\.layers\.0\.", "gdc.conv."),
            (r"features\.layers\.0\.layers\.1\.", "gdc.bn."),
            (r"features\.layers\.2\.", "linear."),
            (r"features\.layers\.3\.", "norm."),
        ),
    )
    # layers.I.layers.J.layers.K.layers.M in a row of residual blocks, layers.I.layers.K.layers.M for one alone.
    pattern = r"(layers\.\d+\.layers\.\d+(?=\.layers\.\d+\.layers)|layers\.\d+(?=\.layers\.\d+\.layers\.\d+\.[a-z]))"
    result, names = _with_blocks(state, pattern, r"\.layers\.(\d)\.layers\.(\d)", numbered=True)
    return _make(result, [1 if name.count("layers") == 2 else 2 for name in names], "InsightFace", False, layer)


def _treb1en(state: State, prefix: str, layer: str | None) -> Recognised:
    state = _renamed(
        state,
        (
            (r"(output_layer\.)?conv_6_dw\.", "gdc."),
            (r"(output_layer\.)?linear\.", "linear."),
            (r"(output_layer\.)?bn\.", "norm."),
            (r"conv1\.prelu\.", "stem.act."),
            (r"conv1\.", "stem."),
            (r"conv2_dw\.prelu\.", "second.act."),
            (r"conv2_dw\.(?=conv\.|bn\.)", "second."),
            (r"conv_6_sep\.prelu\.", "last.act."),
            (r"conv_6_sep\.", "last."),
        ),
    )
    pattern = r"(conv_\d+(?:\.model\.\d+)?|conv2_dw\.model\.\d+)"
    # conv_23 lies before conv_3, conv_34 before conv_4: so those of one digit are multiplied by ten.
    state = {re.sub(r"^conv_(\d)\.", r"conv_\g<1>0.", name): value for name, value in state.items()}
    state = {re.sub(r"^conv2_dw\.model", "conv_20.model", name): value for name, value in state.items()}
    result, names = _with_blocks(state, pattern, r"\.(conv|conv_dw|project)\.(conv|bn|prelu)", numbered=False)
    strides = [1 if "model" in name else 2 for name in names]
    return _make(result, strides, "InsightFace_Pytorch", "norm.weight" in result, layer)


def _xiaoccer(state: State, prefix: str, layer: str | None) -> Recognised:
    state = _renamed(
        state,
        (
            (r"(conv1|dw_conv1|conv2)\.prelu\.", r"\1.act."),
            (r"linear1\.conv\.", "linear."),
            (r"linear1\.bn\.", "norm."),
            (r"linear7\.", "gdc."),
        ),
    )
    own = {"conv1": "stem", "dw_conv1": "second", "conv2": "last"}
    state = {re.sub(r"^(conv1|dw_conv1|conv2)(?=\.)", lambda m: own[m[1]], name): v for name, v in state.items()}
    pairs = [f"{place}.{part}" for place in _PLACES for part in _PARTS]
    state = {
        re.sub(r"^(blocks\.\d+)\.conv\.(\d)", lambda m: f"{m[1]}.{pairs[int(m[2])]}", name): value
        for name, value in state.items()
    }
    if "linear.weight" in state:
        state["linear.weight"] = state["linear.weight"].flatten(1)
    return _make(state, _by_expansion(state), "MobileFaceNet_Pytorch", False, layer)


def _flat(state: State, prefix: str, layer: str | None) -> Recognised:
    own = {"1": "stem", "2": "second", "3": "last", "4": "gdc"}
    part = {"conv": "conv", "bn": "bn", "prelu": "act"}
    state = {re.sub(r"^bn5\.", "norm.", name): value for name, value in state.items()}
    state = {
        re.sub(r"^(conv|bn|prelu)([1-4])(?=\.)", lambda m: f"{own[m[2]]}.{part[m[1]]}", name): value
        for name, value in state.items()
    }
    state = {
        re.sub(
            r"^layers\.(\d+)\.(conv|bn|prelu)([1-3])(?=\.)",
            lambda m: f"blocks.{m[1]}.{_PLACES[int(m[3]) - 1]}.{part[m[2]]}",
            name,
        ): value
        for name, value in state.items()
    }
    return _make(state, _by_expansion(state), "MobileFaceNet-V2", False, layer)


def _by_expansion(state: State) -> list[int]:
    """The strides of the published setting: its first bottleneck and those that widen fourfold halve the map."""
    strides = []
    for place in range(len(_numbered(state, r"(blocks\.\d+)\.expand\.conv\.weight"))):
        middle, inner = state[f"blocks.{place}.expand.conv.weight"].shape[:2]
        strides.append(2 if place == 0 or middle >= 4 * inner else 1)
    return strides


LAYOUTS = (
    Layout("InsightFace's MobileFaceNet", ("layers.0.layers.0.weight", "conv_sep.layers.0.weight"), _insightface),
    Layout("a MobileFaceNet", ("conv1.conv.weight", "conv_23.conv.conv.weight", "conv_6_sep.conv.weight"), _treb1en),
    Layout("a MobileFaceNet of bottlenecks", ("dw_conv1.conv.weight", "linear7.conv.weight"), _xiaoccer),
    Layout("a MobileFaceNet-V2", ("layers.0.conv1.weight", "prelu3.weight", "conv4.weight", "bn5.running_mean"), _flat),
)

# Of each row of the paper's table 1: by how much channels are widened, how many come out, how many blocks, stride.
_TABLE = ((2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1))
_WIDE = 512


def published(dimension: int) -> MobileFaceNet:
    """A new network of the paper's table 1, for pictures of 112 px and embeddings of so many numbers.

    Its first weights are drawn by torch's random numbers.
    """
    blocks, channels = list[_Block](), 64
    for widened, outer, count, stride in _TABLE:
        for number in range(count):
            step = stride if number == 0 else 1
            blocks.append(_Block(channels, widened * channels, outer, step, step == 1 and channels == outer))
            channels = outer
    shapes = {"gdc.conv.weight": (_WIDE, 1, 7, 7), "linear.weight": (dimension, _WIDE), "norm.weight": (dimension,)}
    head = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
    return MobileFaceNet(blocks, head, blocks[0].inner)
