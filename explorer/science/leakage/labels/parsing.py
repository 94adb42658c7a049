"""Face parsing: which part of a face each pixel of its frame shows, and so eyeglasses and hats by their areas.

BiSeNet (Yu et al. 2018, arXiv:1808.00897) over ResNet-18, as published for CelebAMask-HQ: the spatial path is the
ResNet's own output at 1/8, the context path its outputs at 1/16 and 1/32, refined by attention.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.networks.errors import NetworkFileError

# The classes in the order of the network's outputs (CelebAMask-HQ); left and right are the person's own.
CLASSES = (
    "background",
    "skin",
    "left brow",
    "right brow",
    "left eye",
    "right eye",
    "eyeglasses",
    "left ear",
    "right ear",
    "earring",
    "nose",
    "mouth",
    "upper lip",
    "lower lip",
    "neck",
    "necklace",
    "clothes",
    "hair",
    "hat",
)
_MEAN_COLOUR = (0.485, 0.456, 0.406)
_SPREAD_OF_COLOUR = (0.229, 0.224, 0.225)

State = Mapping[str, Tensor]


class _Convolution(nn.Module):
    """A convolution with the normalisation behind it folded in, and perhaps a rectifier.

    Args:
        state: the file's tensors.
        convolution, norm: the names of the two layers in it; no normalisation where None.
    """

    def __init__(
        self, state: State, convolution: str, norm: str | None = None, stride: int = 1, rectify: bool = True
    ) -> None:
        super().__init__()
        weight = state[f"{convolution}.weight"]
        bias = torch.zeros(len(weight))
        if norm is not None:
            gain = state[f"{norm}.weight"] * (state[f"{norm}.running_var"] + 1e-5).rsqrt()
            weight, bias = (
                weight * gain[:, None, None, None],
                state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * gain,
            )
        self.register_buffer("weight", weight.contiguous())
        self.register_buffer("bias", bias)
        self.stride, self.rectify = stride, rectify

    def forward(self, x: Tensor) -> Tensor:
        weight = self.get_buffer("weight")
        x = F.conv2d(x, weight, self.get_buffer("bias"), self.stride, weight.shape[-1] // 2)
        return F.relu_(x) if self.rectify else x


class _Residual(nn.Module):
    """ResNet's basic block (He et al. 2016)."""

    def __init__(self, state: State, name: str, stride: int) -> None:
        super().__init__()
        self.first = _Convolution(state, f"{name}.conv1", f"{name}.bn1", stride)
        self.second = _Convolution(state, f"{name}.conv2", f"{name}.bn2", rectify=False)
        self.skip: nn.Module = nn.Identity()
        if f"{name}.downsample.0.weight" in state:
            self.skip = _Convolution(state, f"{name}.downsample.0", f"{name}.downsample.1", stride, rectify=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu_(self.second(self.first(x)) + self.skip(x))


class _Attention(nn.Module):
    """Attention refinement: a convolution, then a gain for each channel from its global mean."""

    def __init__(self, state: State, name: str) -> None:
        super().__init__()
        self.features = _Convolution(state, f"{name}.conv.conv", f"{name}.conv.bn")
        self.gain = _Convolution(state, f"{name}.conv_atten", f"{name}.bn_atten", rectify=False)

    def forward(self, x: Tensor) -> Tensor:
        features: Tensor = self.features(x)
        return features * torch.sigmoid(self.gain(_mean(features)))


class _Fusion(nn.Module):
    """Feature fusion of the spatial and the context path."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self.features = _Convolution(state, "ffm.convblk.conv", "ffm.convblk.bn")
        self.squeeze = _Convolution(state, "ffm.conv1")
        self.gain = _Convolution(state, "ffm.conv2", rectify=False)

    def forward(self, spatial: Tensor, context: Tensor) -> Tensor:
        features: Tensor = self.features(torch.cat([spatial, context], 1))
        return features + features * torch.sigmoid(self.gain(self.squeeze(_mean(features))))


def _mean(x: Tensor) -> Tensor:
    return x.mean((2, 3), keepdim=True)


class FaceParsing(nn.Module):
    """Maps (B, 3, H, W) RGB in [0, 1], multiples of 32, to logits (B, 19, H / 8, W / 8).

    Args:
        data: the bytes of the network file `face-parsing`.

    Raises:
        NetworkFileError: the bytes are not that network.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__()
        state = _read(data)
        try:
            self._build(state)
        except KeyError as error:
            raise NetworkFileError(f"the face parsing file lacks {error}") from None
        self.register_buffer("mean_colour", torch.tensor(_MEAN_COLOUR).reshape(1, 3, 1, 1))
        self.register_buffer("spread_of_colour", torch.tensor(_SPREAD_OF_COLOUR).reshape(1, 3, 1, 1))
        self.requires_grad_(False)
        self.eval()
        # A seventh faster on the CPU.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def _build(self, state: State) -> None:
        self.stem = _Convolution(state, "cp.resnet.conv1", "cp.resnet.bn1", stride=2)
        self.stages = nn.ModuleList(
            nn.Sequential(
                _Residual(state, f"cp.resnet.layer{stage}.0", 1 if stage == 1 else 2),
                _Residual(state, f"cp.resnet.layer{stage}.1", 1),
            )
            for stage in (1, 2, 3, 4)
        )
        self.whole = _Convolution(state, "cp.conv_avg.conv", "cp.conv_avg.bn")
        self.attention_16, self.attention_32 = _Attention(state, "cp.arm16"), _Attention(state, "cp.arm32")
        self.head_16 = _Convolution(state, "cp.conv_head16.conv", "cp.conv_head16.bn")
        self.head_32 = _Convolution(state, "cp.conv_head32.conv", "cp.conv_head32.bn")
        self.fusion = _Fusion(state)
        self.out = _Convolution(state, "conv_out.conv.conv", "conv_out.conv.bn")
        self.classify = _Convolution(state, "conv_out.conv_out", rectify=False)

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in [0, 1] to logits of the 19 classes, (B, 19, H / 8, W / 8)."""
        x = (image - self.get_buffer("mean_colour")) / self.get_buffer("spread_of_colour")
        x = self.stages[0](F.max_pool2d(self.stem(x), 3, 2, 1))
        at_8: Tensor = self.stages[1](x)
        at_16: Tensor = self.stages[2](at_8)
        at_32: Tensor = self.stages[3](at_16)
        context = self.attention_32(at_32) + self.whole(_mean(at_32))
        context = self.head_32(F.interpolate(context, at_16.shape[-2:]))
        context = self.head_16(F.interpolate(self.attention_16(at_16) + context, at_8.shape[-2:]))
        logits: Tensor = self.classify(self.out(self.fusion(at_8, context)))
        return logits

    def classes(self, frames: Tensor) -> Tensor:
        """The class of each pixel of a map at half the frames' size.

        Args:
            frames: (B, 3, R, R) RGB in [0, 1], in the common frame, R a multiple of 32. Trained on 512 px; over 60
                generated faces, 448 px change no decision on eyeglasses or hat, 384 px one, 256 px eight.

        Returns:
            (B, R / 2, R / 2) int64, places in `CLASSES`.
        """
        side = frames.shape[-1] // 2
        with torch.no_grad():
            logits = F.interpolate(self(frames), size=(side, side), mode="bilinear", align_corners=True)
        return logits.argmax(1)


def areas(classes: Tensor) -> Tensor:
    """Share of the frame that each class takes: (B, H, W) classes to (B, 19), which sum to 1."""
    return F.one_hot(classes, len(CLASSES)).float().mean((1, 2))


def _read(data: bytes) -> State:
    try:
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise NetworkFileError("the face parsing file is no torch checkpoint, or it is damaged") from error
    if not isinstance(state, Mapping) or not all(isinstance(value, Tensor) for value in state.values()):
        raise NetworkFileError("the face parsing file is another kind of checkpoint")
    return state
