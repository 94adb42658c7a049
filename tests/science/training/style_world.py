"""A small generator with layers, and encoders of its pictures: a training in it takes a second."""

import torch
from torch import nn

from explorer.science.faces.alignment import ARCFACE_112
from explorer.science.generation.spec import GeneratorSpec
from explorer.science.recognition.base import Encoder, EncoderSpec
from explorer.science.training.photograph_encoder import PhotographEncoderRecipe, Teaching
from explorer.science.training.style_faces import Lens, styles_of

LAYERS, WIDTH, SIDE = 3, 4, 32
PLAIN = Lens(exposure=0, balance=0, contrast=0, noise=0, blur=1)
RECIPE = PhotographEncoderRecipe(
    side=SIDE, hidden=32, components=12, faces=10, drawn_at=SIDE, rows=16, spread_faces=40, kept_rows=12,
    steps=4, batch=4, drawn_steps=3, drawn_batch=2, lens=PLAIN, checkpoint_every=2,
)  # fmt: skip


class TinyGenerator:
    """Every layer colours a part of the picture by a linear map of its w."""

    spec = GeneratorSpec("tiny", "tiny", (), LAYERS, WIDTH, SIDE)
    mean_w, spread_w = torch.full((WIDTH,), 0.5), torch.full((WIDTH,), 2.0)

    def __init__(self):
        random = torch.Generator().manual_seed(0)
        self.basis = torch.randn(LAYERS * WIDTH, 3 * 8 * 8, generator=random) / 5

    def sample(self, count, seed, truncation=1.0):
        z = torch.randn(count, WIDTH, generator=torch.Generator().manual_seed(seed))
        return z, self.mean_w + truncation * self.spread_w * z

    def image(self, styles, resolution=SIDE):
        small = torch.sigmoid((styles - self.mean_w).flatten(1) @ self.basis).reshape(-1, 3, 8, 8)
        return nn.functional.interpolate(small, (resolution, resolution), mode="bilinear", align_corners=False)


class Means(nn.Module):
    def forward(self, image):
        return nn.functional.adaptive_avg_pool2d(image, 4).flatten(1) - 0.5


class Recogniser(Encoder):
    def embed(self, image, points):
        return self(image)


class Unlike(nn.Module):
    """In the place of LPIPS: features of one depth, and their weights."""

    def __init__(self):
        super().__init__()
        self.linear = nn.ParameterList([nn.Parameter(torch.full((1, 3, 1, 1), 0.7), requires_grad=False)])

    def features(self, image):
        return [nn.functional.avg_pool2d(image + 0.1, 4)]

    def forward(self, one, other):
        a, b = (nn.functional.normalize(self.features(image)[0], dim=1) for image in (one, other))
        return 0.7 * (a - b).square().sum(1).mean((1, 2))


class Faces:
    def __init__(self, generator, count):
        self.kept = generator.image(styles_of(generator, range(count)))

    def __len__(self):
        return len(self.kept)

    def pictures(self, numbers):
        return self.kept[list(numbers)]


def teaching(faces=10) -> Teaching:
    generator = TinyGenerator()
    spec = EncoderSpec("tiny", "tiny", "tiny", 48, ARCFACE_112, "cosine", None, "none", True)
    recogniser = Recogniser(spec, Means())
    return Teaching(generator, generator.image, Unlike(), recogniser, Faces(generator, faces))
