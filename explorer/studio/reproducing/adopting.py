"""What the next run takes from a figure, so that it makes the figure's run again; and what it cannot take."""

from __future__ import annotations

import math
from dataclasses import dataclass

from explorer.science.generation.registry import DEFAULT_GENERATOR, GENERATORS
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.catalogue.regressors import proposing, recorded_proposer
from explorer.studio.errors import UserError
from explorer.studio.inversion.plan import Plan
from explorer.studio.reproducing.runs import Recipe, Recorded


@dataclass(frozen=True, eq=False)
class Adoption:
    """Of a figure's first run.

    settings: with the weights that it began with. plan: how they changed, and where the user ended it; None where
    neither. lacking: what of the run is not in these, a clause each; a run from them is the same where this is empty,
    and the same face is selected.
    """

    recipe: Recipe
    settings: InversionSettings
    plan: Plan | None
    lacking: tuple[str, ...]


def adoption(recorded: Recorded) -> Adoption:
    """What can be taken from a figure.

    Raises:
        UserError: a weight in its record is none.
    """
    recipe = recorded.runs[0]
    settings = recipe.settings
    for change in recipe.weight_changes:
        if not (math.isfinite(change.weight) and change.weight >= 0 and change.step >= 0):
            raise UserError(
                f"{recorded.name} changes the weight of {change.term} to {change.weight} at step {change.step}: "
                "its record is damaged"
            )
    if recipe.branch is None and not recipe.proposed_starts:
        # A regressor that has been trained since would propose starts that the run did not have.
        settings = settings.model_copy(update={"regressor": False})
    if settings.generator not in GENERATORS:
        settings = settings.model_copy(update={"generator": DEFAULT_GENERATOR})
    changes = tuple(sorted(recipe.weight_changes, key=lambda change: change.step))
    # A run that was stopped behind its last step came to its end by itself.
    stop_at = recipe.steps if recipe.stopped_by == "user" and recipe.steps < settings.steps else None
    plan = Plan(changes, stop_at) if changes or stop_at is not None else None
    return Adoption(recipe, settings, plan, _lacking(recorded))


def _lacking(recorded: Recorded) -> tuple[str, ...]:
    recipe, count = recorded.runs[0], len(recorded.runs)
    lacking = []
    if recipe.settings.generator not in GENERATORS:
        lacking.append(
            f"its generator {recipe.settings.generator}, which is not on this machine: {DEFAULT_GENERATOR} draws in "
            "its place"
        )
    if count > 1:
        lacking.append(f"the other {count - 1} of its {count} runs")
    if recipe.branch is not None:
        lacking.append(f"that it went on from step {recipe.branch.step} of an earlier run: this one begins with starts")
    proposer = recorded_proposer(recipe.networks)
    now = proposing(recipe.settings.encoder, recipe.settings.space) if proposer else None
    if now is not None and now.stem != proposer:
        lacking.append(f"that some of its starts were proposed by {proposer}: {now.stem} is what proposes them now")
    if recipe.target.alterations:
        lacking.append(f"the changes that were made to its source first ({recipe.target.alterations})")
    return tuple(lacking)
