"""`likeness evaluate`: the papers' tables, each a command in a module of its own."""

from __future__ import annotations

import typer

from explorer.studio.commands import (
    _evaluate_ablation,
    _evaluate_blackbox,
    _evaluate_debiased,
    _evaluate_decoder,
    _evaluate_digits,
    _evaluate_halves,
    _evaluate_impostors,
    _evaluate_inversion,
    _evaluate_leaderboard,
    _evaluate_leakage,
    _evaluate_localiser,
    _evaluate_metric,
    _evaluate_readings,
    _evaluate_realism,
    _evaluate_student,
    _evaluate_translator,
    _evaluate_variation,
    _evaluate_vec2face,
    _evaluate_wplus,
)

evaluate = typer.Typer(help="The papers' tables, measured here.", no_args_is_help=True)
_evaluate_ablation.add_to(evaluate)
_evaluate_blackbox.add_to(evaluate)
_evaluate_debiased.add_to(evaluate)
_evaluate_decoder.add_to(evaluate)
_evaluate_digits.add_to(evaluate)
_evaluate_halves.add_to(evaluate)
_evaluate_impostors.add_to(evaluate)
_evaluate_inversion.add_to(evaluate)
_evaluate_leaderboard.add_to(evaluate)
_evaluate_leakage.add_to(evaluate)
_evaluate_localiser.add_to(evaluate)
_evaluate_metric.add_to(evaluate)
_evaluate_readings.add_to(evaluate)
_evaluate_realism.add_to(evaluate)
_evaluate_student.add_to(evaluate)
_evaluate_translator.add_to(evaluate)
_evaluate_variation.add_to(evaluate)
_evaluate_vec2face.add_to(evaluate)
_evaluate_wplus.add_to(evaluate)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.add_typer(evaluate, name="evaluate")
