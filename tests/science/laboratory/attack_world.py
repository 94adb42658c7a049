"""An encoder of a few hundred weights and pictures for it: whatever holds for it is a truth about the attack."""

from dataclasses import replace
from functools import partial

import torch
from torch import nn

from explorer.science.faces.alignment import ARCFACE_112, Template
from explorer.science.laboratory.attack_goals import LabelGoal, PeopleHead
from explorer.science.recognition.base import Encoder
from explorer.science.recognition.registry import encoder_spec

DIMENSION = 16
SIDE = 24
TEMPLATE = Template("tiny", 20, tuple((x * 20 / 112, y * 20 / 112) for x, y in ARCFACE_112.points))


def tiny_encoder(seed: int = 0, measure: str = "cosine") -> Encoder:
    """Sees a few filters of a few squares, bent: all that an attack needs, in microseconds."""
    torch.manual_seed(seed)
    body = nn.Sequential(
        nn.Conv2d(3, 8, 5, stride=5, bias=False), nn.Tanh(), nn.Flatten(), nn.Linear(8 * 16, DIMENSION, bias=False)
    )
    spec = replace(encoder_spec("sface"), id="tiny", dimension=DIMENSION, template=TEMPLATE, measure=measure)
    return Encoder(spec, body)


def pictures(count: int = 2, seed: int = 1, side: int = SIDE) -> torch.Tensor:
    """Pictures of 8 bits, (B, 3, side, side)."""
    values = torch.randint(0, 256, (count, 3, side, side), generator=torch.Generator().manual_seed(seed))
    return values.float() / 255


def points(count: int = 2, side: int = SIDE) -> torch.Tensor:
    """Five points of a face that stands a little turned in the middle of such a picture, (B, 5, 2)."""
    five = torch.tensor(ARCFACE_112.points) * (side / 112)
    turn = torch.tensor([[0.98, 0.1], [-0.1, 0.98]])
    return ((five - side / 2) @ turn + side / 2).expand(count, 5, 2)


def seeing(encoder: Encoder, count: int = 2, side: int = SIDE):
    """From pictures to embeddings, through the alignment."""
    return partial(encoder.embed, points=points(count, side))


def label_goal(encoder: Encoder, away: bool = False, image: torch.Tensor | None = None) -> LabelGoal:
    """To be taken for the least likely of five people, or for anybody but the likeliest."""
    head = PeopleHead(encoder.embed(pictures(5, seed=7), points(5)), 0.1)
    image = pictures() if image is None else image
    logits = head.logits(encoder.embed(image, points(len(image))))
    return LabelGoal(head, logits.argmax(1) if away else logits.argmin(1), away)
