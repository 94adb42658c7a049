"""Invert the 20 openpeople portraits with the default settings and judge every result.

    python -m benchmarks.inversion [--limit N]

Writes results/inversion.json (every face, failures included) and results/inversion.jpg (every result beside its
photograph). Scores are those of the saved native image, detected and aligned again. The time to 0.85 runs from Start,
starts included and networks loaded, to the first face on show (the start that leads, then every step) whose latent,
drawn at native size and embedded again, has a cosine of at least 0.85 on the attacked encoder; drawing it for this
check is not counted. `seconds` are those of starts and steps; `seconds_whole` those until the result is drawn and
scored.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.common import RESULTS, write_results
from benchmarks.portraits import Portrait, portraits
from explorer.science.faces.choosing import choose_face
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep, Leader, StartsProgress
from explorer.science.iteration import Steps
from explorer.studio.catalogue.networks import Networks
from explorer.studio.export.contact_sheet import Card, contact_sheet, write_contact_sheet
from explorer.studio.inversion.running import FinishedInversion, InversionTarget, draw, run_inversion, score_result
from explorer.studio.inversion.targets import OpenedTarget, photograph_target

GOAL = 0.85
DLIB_SAME_PERSON = 0.6


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=20, help="only the first so many portraits; nothing is written")
    limit = parser.parse_args().limit
    settings, networks = InversionSettings(), Networks("cpu")
    rows, cards = [], []
    for portrait in list(portraits())[:limit]:
        row, card = measure(networks, portrait, settings)
        rows.append(row)
        cards.append(card)
        print({key: value for key, value in row.items() if key != "stopped_by"}, flush=True)
    if limit < 20:
        return
    write_contact_sheet(RESULTS / "inversion.jpg", contact_sheet(cards, "openpeople portraits, default settings"))
    write_results(
        "inversion", headline(rows), settings=settings.model_dump(), intervals=intervals(rows), portraits=rows
    )


def measure(networks: Networks, portrait: Portrait, settings: InversionSettings) -> tuple[dict[str, Any], Card]:
    """Invert one portrait; a failure becomes a row and a card too."""
    label = f"{portrait.person} {portrait.kind.replace('_', ' ')}"
    row: dict[str, Any] = {"person": portrait.person, "kind": portrait.kind}
    try:
        face = choose_face(portrait.photograph, networks.detector().detect(portrait.photograph.pixels))
    except ValueError as error:
        return row | {"failure": str(error)}, Card(label, None, None, failure=str(error))
    opened = photograph_target(networks, portrait.photograph, face, settings.encoder)
    _load_everything(networks, opened)
    begun = time.perf_counter()
    finished, shown = _finish(networks, opened.target, settings)
    whole, run = time.perf_counter() - begun, finished.run
    row |= {score.encoder: round(score.score, 4) for score in run.scores}
    row |= {
        "rank": {score.encoder: score.rank for score in run.scores},
        "seconds_to_0_85": seconds_to_goal(networks, opened.target, settings, shown),
        "seconds": round(run.seconds, 1),
        "seconds_whole": round(whole, 1),
        "starts_seconds": round(run.starts_seconds, 2),
        "best_index": run.best_index,
        "stopped_by": run.stopped_by,
    }
    failure = None if run.result_face_found else "no face in the result"
    return row, Card(label, opened.frame, finished.native, run.scores, failure)


def _load_everything(networks: Networks, opened: OpenedTarget) -> None:
    for encoder in (opened.target.record.encoder, *opened.target.held_out):
        networks.recogniser(encoder)
        networks.calibration(encoder)
    networks.generator()


def _finish(
    networks: Networks, target: InversionTarget, settings: InversionSettings
) -> tuple[FinishedInversion, list[Leader | InversionStep]]:
    """The run, and every face that it showed on the way."""
    running = Steps(run_inversion(networks, target, settings))
    shown: list[Leader | InversionStep] = []
    for event in running:
        if isinstance(event, InversionStep):
            shown.append(event)
        elif isinstance(event, StartsProgress) and event.leader is not None:
            shown.append(event.leader)
    finished = running.result
    assert finished is not None
    return finished, shown


def seconds_to_goal(
    networks: Networks,
    target: InversionTarget,
    settings: InversionSettings,
    shown: Sequence[Leader | InversionStep],
) -> float | None:
    """Seconds to the first face on show that reaches the goal at native size; None where none does."""
    attacked = InversionTarget(target.record, target.embedding)
    for one in shown:
        if one.cosine < GOAL - 0.05:
            continue
        scores = score_result(networks, attacked, settings, draw(networks, one.latent, settings))
        if scores and scores[0].score >= GOAL:
            return round(one.seconds, 2)
    return None


def headline(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """The figures that are asked for. A face that failed counts with cosine 0 and an endless time."""
    return {
        "arcface_mbf_cosine_mean": _mean(rows, "arcface-mbf"),
        "sface_cosine_mean": _mean(rows, "sface"),
        "edgeface_s_cosine_mean": _mean(rows, "edgeface-s"),
        "dlib_same_person_count": sum(row.get("dlib-resnet", 9.0) < DLIB_SAME_PERSON for row in rows),
        "faces": len(rows),
        "seconds_to_0_85_median": float(np.median([row.get("seconds_to_0_85") or 9999.0 for row in rows])),
    }


def intervals(rows: Sequence[dict[str, Any]], draws: int = 10_000) -> dict[str, list[float]]:
    """95 % bootstrap intervals of the means; the two portraits of a person are drawn together."""
    people = sorted({row["person"] for row in rows})
    random = np.random.default_rng(0)
    chosen = random.integers(0, len(people), (draws, len(people)))
    return {
        encoder: _interval(rows, people, encoder, chosen)
        for encoder in ("arcface-mbf", "sface", "edgeface-s", "dlib-resnet")
    }


def _interval(rows: Sequence[dict[str, Any]], people: Sequence[str], encoder: str, chosen: Any) -> list[float]:
    means = np.array([_mean([row for row in rows if row["person"] == person], encoder) for person in people])
    means = means[chosen].mean(1)
    return [round(float(bound), 4) for bound in np.quantile(means, [0.025, 0.975])]


def _mean(rows: Sequence[dict[str, Any]], encoder: str) -> float:
    return float(np.mean([row.get(encoder, 0.0) for row in rows]))


if __name__ == "__main__":
    main()
