"""From a frame to its 68 landmarks by a network that gradients flow through (f_image->landmarks of thesis eq. 4.3).

dlib's predictor, which labels and judges, is a forest of regression trees and has no gradient. The thesis trains "a
simple architecture comprising 5 convolutional layers followed by 2 fully connected layers" (section 3.2.3) on its
labels; beside it stands a network of as little work that says for each landmark where in the frame it probably lies and
takes the mean of that, so that a landmark moves with the picture and its place is known to a fraction of a pixel.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.leakage.labels import MEASURE_SIZE as FRAME
from explorer.science.leakage.labels.landmarks import LANDMARKS

Architecture = Literal["thesis", "heatmap"]


class ThesisLandmarks(nn.Module):
    """The thesis's network; sizes, which it does not give, are ours.

    Five 3 x 3 convolutions of stride 2 take 224 px to 7; two linear layers give the displacement of every landmark from
    the mean face, in units of the frame's side.

    Args:
        mean: (68, 2) the mean face, pixels of the frame.
    """

    mean: Tensor

    def __init__(self, mean: Tensor) -> None:
        super().__init__()
        channels = (3, 16, 32, 64, 128, 128)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, behind, 3, stride=2, padding=1) for before, behind in pairwise(channels)
        )
        self.hidden = nn.Linear(channels[-1] * 7 * 7, 256)
        self.output = nn.Linear(256, 2 * LANDMARKS)
        nn.init.zeros_(self.output.bias)
        self.register_buffer("mean", mean.clone())

    def forward(self, frame: Tensor) -> Tensor:
        """Find the landmarks.

        Args:
            frame: (B, 3, 224, 224) RGB in [0, 1], the common frame; gradients flow to it.

        Returns:
            (B, 68, 2) pixels of the frame, x right and y down, centres at +0.5.
        """
        x = frame - 0.5
        for convolution in self.convolutions:
            x = F.relu(convolution(x))
        moved: Tensor = self.output(F.relu(self.hidden(x.flatten(1))))
        return self.mean + FRAME * moved.reshape(-1, LANDMARKS, 2)


class HeatmapLandmarks(nn.Module):
    """Says for each landmark where it probably lies and takes the mean (Sun et al. 2018, "Integral human pose").

    The frame is halved; residual blocks see it at 56, 28, 14 and 7 px; what the small ones know of the whole face joins
    the 28 px features, whose 68 maps are turned into probabilities of the place.

    Args:
        mean: as of the other network; the maps begin near it.
    """

    places: Tensor

    def __init__(self, mean: Tensor) -> None:
        super().__init__()
        self.stem = _convolution(3, 24, stride=2)
        self.to_28 = _Block(24, 48)
        self.to_14 = _Block(48, 96)
        self.to_7 = _Block(96, 128)
        self.from_28, self.from_14, self.from_7 = (nn.Conv2d(channels, 64, 1) for channels in (48, 96, 128))
        self.joined = nn.Sequential(
            nn.BatchNorm2d(64), nn.ReLU(), nn.Conv2d(64, 64, 5, padding=2, groups=64), nn.Conv2d(64, 64, 1)
        )
        self.maps = nn.Sequential(nn.BatchNorm2d(64), nn.ReLU(), nn.Conv2d(64, LANDMARKS, 1))
        centres = (torch.arange(28) + 0.5) * (FRAME / 28)
        y, x = torch.meshgrid(centres, centres, indexing="ij")
        self.register_buffer("places", torch.stack([x, y], -1).reshape(-1, 2))
        distance = (self.places[:, None] - mean[None]).square().sum(-1)
        self.prior = nn.Parameter((-distance / (2 * 16.0**2)).T.reshape(LANDMARKS, 28, 28).clone())

    def forward(self, frame: Tensor) -> Tensor:
        """Find the landmarks.

        Args:
            frame: (B, 3, 224, 224) RGB in [0, 1], the common frame; gradients flow to it.

        Returns:
            (B, 68, 2) pixels of the frame, x right and y down, centres at +0.5.
        """
        at_56 = self.stem(F.avg_pool2d(frame - 0.5, 2))
        at_28 = self.to_28(at_56)
        at_14 = self.to_14(at_28)
        whole = self.from_14(at_14) + F.interpolate(self.from_7(self.to_7(at_14)), scale_factor=2.0)
        features = self.from_28(at_28) + F.interpolate(whole, scale_factor=2.0)
        likely: Tensor = self.maps(features + self.joined(features)) + self.prior
        return torch.softmax(likely.flatten(2), -1) @ self.places


LandmarkNetwork = ThesisLandmarks | HeatmapLandmarks
ARCHITECTURES: dict[Architecture, type[ThesisLandmarks] | type[HeatmapLandmarks]] = {
    "thesis": ThesisLandmarks,
    "heatmap": HeatmapLandmarks,
}


def load_landmarks(weights: Mapping[str, Tensor], architecture: Architecture = "heatmap") -> LandmarkNetwork:
    """Build a trained network, which does not change any more.

    Raises:
        RuntimeError: the weights are another network's.
    """
    network = ARCHITECTURES[architecture](torch.zeros(LANDMARKS, 2))
    network.load_state_dict({name: weight.float() for name, weight in weights.items()})
    network.requires_grad_(False)
    return network.eval()


class _Block(nn.Module):
    """Half the size and more channels: a convolution and a residual pair."""

    def __init__(self, before: int, behind: int) -> None:
        super().__init__()
        self.down = _convolution(before, behind, stride=2)
        self.first = _convolution(behind, behind)
        self.second = nn.Sequential(nn.Conv2d(behind, behind, 3, padding=1, bias=False), nn.BatchNorm2d(behind))

    def forward(self, x: Tensor) -> Tensor:
        x = self.down(x)
        return F.relu(x + self.second(self.first(x)))


def _convolution(before: int, behind: int, stride: int = 1) -> nn.Sequential:
    layer = nn.Conv2d(before, behind, 3, stride=stride, padding=1, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(behind), nn.ReLU())
