"""The identity encoders, one entry each (facts and measurements of each network: models/catalogue.toml).

One more is one more call of `register_encoder`; whatever loops over encoders asks `ENCODERS.names()` when it begins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from explorer.science.faces.alignment import ARCFACE_112, DLIB_150
from explorer.science.faces.square_box import SquareBox
from explorer.science.networks.onnx_graph import OnnxGraph
from explorer.science.recognition.base import Encoder, EncoderSpec
from explorer.science.recognition.dlib_resnet import DlibResNet
from explorer.science.registry import Registry, now_filled

Body = Callable[[bytes], nn.Module]


@dataclass(frozen=True)
class EncoderEntry:
    """An encoder as it is registered. body: makes the network of `Encoder` from the bytes of its file."""

    spec: EncoderSpec
    body: Body


ENCODERS: Registry[EncoderEntry] = Registry("encoder")


def register_encoder(spec: EncoderSpec, body: Body) -> None:
    """Add an encoder behind those there are; an optional one is switched off until its file is found.

    Raises:
        ValueError: there is one of that id already.
    """
    ENCODERS.register(spec.id, EncoderEntry(spec, body))
    if spec.optional:
        ENCODERS.disable(spec.id)


def default_encoders() -> tuple[str, ...]:
    """The encoders that are not switched off and not optional: what is trained under all of them by default."""
    return tuple(name for name, entry in ENCODERS.enabled().items() if not entry.spec.optional)


class _OnnxEncoder(nn.Module):
    """An ONNX encoder behind its input scaling: (B, 3, 112, 112) RGB in [0, 1] to (B, D)."""

    def __init__(self, data: bytes, scale: float, shift: float) -> None:
        super().__init__()
        self.graph = OnnxGraph(data)
        self.scale, self.shift = scale, shift

    def forward(self, image: Tensor) -> Tensor:
        embedding: Tensor = self.graph(image * self.scale + self.shift)[0]
        return embedding


def _signed(data: bytes) -> nn.Module:
    """Input (x - 127.5) / 127.5 of x in 0..255."""
    return _OnnxEncoder(data, 2.0, -1.0)


def _bytes(data: bytes) -> nn.Module:
    """Input 0..255; the graph scales it itself."""
    return _OnnxEncoder(data, 255.0, 0.0)


register_encoder(
    EncoderSpec(
        id="arcface-mbf",
        title="ArcFace MobileFaceNet (WebFace600K)",
        network="arcface-mbf",
        dimension=512,
        template=ARCFACE_112,
        measure="cosine",
        own_threshold=None,
        licence="InsightFace: non-commercial research",
        commercial=False,
        lengths=(8.0, 32.0),
    ),
    _signed,
)
register_encoder(
    EncoderSpec(
        id="sface",
        title="SFace (2021)",
        network="sface",
        dimension=128,
        template=ARCFACE_112,
        measure="cosine",
        own_threshold=0.363,
        licence="Apache-2.0",
        commercial=True,
        lengths=(5.0, 18.0),
    ),
    _bytes,
)
register_encoder(
    EncoderSpec(
        id="edgeface-s",
        title="EdgeFace-S (gamma 0.5)",
        network="edgeface-s",
        dimension=512,
        template=ARCFACE_112,
        measure="cosine",
        own_threshold=None,
        licence="code BSD-3-Clause, weights CC BY-NC-SA 4.0",
        commercial=False,
        lengths=(1.0, 3.7),
    ),
    _signed,
)
register_encoder(
    EncoderSpec(
        id="dlib-resnet",
        title="dlib ResNet v1",
        network="dlib-resnet",
        dimension=128,
        template=DLIB_150,
        measure="euclidean",
        own_threshold=0.6,
        licence="CC0-1.0",
        commercial=True,
        lengths=(1.1, 1.9),
    ),
    DlibResNet,
)


def _optional(maker: str) -> Body:
    """A body that another module makes, which reads formats of its own and is imported when it is needed."""

    def body(data: bytes) -> nn.Module:
        from explorer.science.recognition import optional_bodies

        made: nn.Module = getattr(optional_bodies, maker)(data)
        return made

    return body


register_encoder(
    EncoderSpec(
        id="facenet-irv1",
        title="FaceNet Inception-ResNet-v1",
        network="facenet-irv1",
        dimension=128,
        template=SquareBox(160, 1.1),
        measure="cosine",
        own_threshold=None,
        licence="MIT; trained on a set that was withdrawn: non-commercial research",
        commercial=False,
        lengths=(8.0, 16.0),
        optional=True,
    ),
    _optional("facenet_irv1"),
)
register_encoder(
    EncoderSpec(
        id="hse-mobilenet",
        title="HSE MobileNet (VGGFace2)",
        network="hse-mobilenet",
        dimension=1024,
        template=SquareBox(224, 1.2),
        measure="cosine",
        own_threshold=None,
        licence="MIT; trained on VGGFace2: non-commercial research",
        commercial=False,
        lengths=(7.0, 24.0),
        optional=True,
    ),
    _optional("hse_mobilenet"),
)
register_encoder(
    EncoderSpec(
        id="mobilefacenet-192",
        title="MobileFaceNet (192)",
        network="mobilefacenet-192",
        dimension=192,
        template=ARCFACE_112,
        measure="cosine",
        own_threshold=None,
        licence="MIT; the training set is not named: treated as non-commercial research",
        commercial=False,
        lengths=(40.0, 115.0),
        optional=True,
        judges_only=True,
    ),
    _optional("mobilefacenet_192"),
)


def encoder_spec(encoder: str) -> EncoderSpec:
    """The description of an encoder, switched off or not.

    Raises:
        UnknownNameError: there is none of that name; the message lists those there are.

    Example:
        >>> from explorer.science.recognition import encoder_spec
        >>> encoder_spec("arcface-mbf").dimension
        512
        >>> encoder_spec("nobody")
        Traceback (most recent call last):
        explorer.science.registry.UnknownNameError: ...
    """
    return ENCODERS[encoder].spec


def load_encoder(encoder: str, data: bytes, device: torch.device | str = "cpu") -> Encoder:
    """Build an encoder from the bytes of its network file.

    Raises:
        UnknownNameError: unknown encoder.
        NetworkFileError: the bytes are not that network.

    Example:
        >>> from explorer.science.recognition import load_encoder
        >>> load_encoder("sface", b"not a network")
        Traceback (most recent call last):
        explorer.science.networks.errors.NetworkFileError: the file is not an ONNX model, or it is damaged
    """
    entry = ENCODERS[encoder]
    return Encoder(entry.spec, entry.body(data)).to(device)


now_filled("encoder")
