"""How well the preview heads show what the native image will be, on 200 unseen samples.

    python -m benchmarks.preview

PSNR against the area-downsampled native image, and the cosine of arcface-mbf between the two, each detected on its own.
"""

from __future__ import annotations

import torch
from torch import Tensor

from benchmarks.common import write_results
from explorer.science.generation.generator import Generator
from explorer.science.training.preview_head import PreviewRecipe, targets
from explorer.studio.catalogue.networks import Networks

ENCODERS = ("arcface-mbf", "sface", "edgeface-s")


@torch.no_grad()
def measure(networks: Networks, resolution: int, recipe: PreviewRecipe) -> dict[str, Tensor]:
    """PSNR in dB and cosines, (test_samples,) each."""
    generator: Generator = networks.generator()
    styles = generator.styles(generator.sample(recipe.test_samples, recipe.test_seed)[1], "W")
    found: dict[str, list[Tensor]] = {name: [] for name in ("psnr", *ENCODERS)}
    for one, target in zip(styles.split(1), targets(generator, styles, resolution), strict=True):
        wanted = (target.float()[None] * 0.5 + 0.5).clamp(0, 1)
        preview = generator.image(one, resolution)
        found["psnr"].append(-10 * (preview - wanted).square().mean().log10())
        images = torch.cat([preview, wanted])
        points, _ = networks.detector().points_in_frame(images)
        for encoder in ENCODERS:
            embeddings = networks.recogniser(encoder).embed(images, points)
            found[encoder].append(torch.cosine_similarity(embeddings[0], embeddings[1], dim=0))
    return {name: torch.stack(values) for name, values in found.items()}


def main() -> None:
    """Run the benchmark."""
    networks, recipe = Networks("cpu"), PreviewRecipe()
    measured = {resolution: measure(networks, resolution, recipe) for resolution in (256, 128)}
    details = {
        str(resolution): {
            name: {
                "mean": round(float(v.mean()), 4),
                "std": round(float(v.std()), 4),
                "least": round(float(v.min()), 4),
            }
            for name, v in values.items()
        }
        for resolution, values in measured.items()
    }
    headline = {
        "psnr_256_db": float(measured[256]["psnr"].mean()),
        "cosine_256": float(measured[256]["arcface-mbf"].mean()),
    }
    write_results("preview", headline, samples=recipe.test_samples, seed=recipe.test_seed, resolutions=details)


if __name__ == "__main__":
    main()
