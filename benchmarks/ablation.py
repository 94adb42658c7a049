"""Table 4.1 of the thesis on the 20 openpeople portraits: what landmarks and histogram from the vector add.

    python -m benchmarks.ablation [--work DIR] [--targets vector|photograph] [--limit N]

Inverts every portrait by the identity alone, with landmarks, and with the histogram too, and holds each result, as it
is saved, against its portrait. Results are kept in the work folder: the same command goes on after an interruption.
Writes results/ablation.json with every result, means with 95 % intervals by person, and the paired differences.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.common import write_results
from benchmarks.portraits import Portrait, portraits
from explorer.science.evaluation.people import interval_of_people
from explorer.science.evaluation.reconstruction import MEASURES
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import FaceError
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import StartCache
from explorer.science.iteration import Steps
from explorer.studio import places
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.probes import load_probes
from explorer.studio.errors import UserError
from explorer.studio.evaluation.ablation import VARIANTS, Reconstruction, reconstruct
from explorer.studio.inversion.running import FinishedInversion, Inverting
from explorer.studio.inversion.targets import photograph_target

_ID, _LANDMARKS, _ALL = (variant.name for variant in VARIANTS)
HELD_OUT = "held_out_cosine"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=places.cache() / "benchmarks" / "ablation")
    parser.add_argument("--targets", choices=("vector", "photograph"), default="vector")
    parser.add_argument("--limit", type=int, default=20, help="only the first so many portraits; nothing is written")
    options = parser.parse_args()
    settings, networks = InversionSettings(targets=options.targets), Networks("cpu")
    try:
        require(networks, settings)
        rows = [
            row
            for portrait in list(portraits())[: options.limit]
            for row in measure(networks, portrait, settings, options.work)
        ]
    except (UserError, FaceError) as error:
        raise SystemExit(f"benchmarks.ablation: {error}") from error
    for name, value in headline(rows).items():
        print(f"{name}  {value:.4f}")
    if options.limit >= 20:
        details = {"means": means(rows), "differences": differences(rows), "results": rows}
        write_results("ablation", headline(rows), settings=settings.model_dump(), **details)


def require(networks: Networks, settings: InversionSettings) -> None:
    """Load what only the last variants need, so that nothing is missed after an hour.

    Raises:
        UserError: it is missing.
    """
    networks.landmarks()
    networks.landmark_predictor()
    networks.lpips("alex")
    if settings.targets == "vector":
        load_probes(settings.encoder)


def measure(networks: Networks, portrait: Portrait, settings: InversionSettings, work: Path) -> list[dict[str, Any]]:
    """One portrait by every variant."""
    face = choose_face(portrait.photograph, networks.detector().detect(portrait.photograph.pixels))
    opened = photograph_target(networks, portrait.photograph, face, settings.encoder)
    folder = work / f"{portrait.person}-{portrait.kind}-{settings.targets}"
    rows, memory = [], StartCache()
    for variant in VARIANTS:
        about = reconstruct(networks, opened, variant, settings, folder, _finish, memory=memory).about
        rows.append({"person": portrait.person, "kind": portrait.kind, **row_of(about)})
        print(rows[-1], flush=True)
    return rows


def _finish(running: Inverting) -> FinishedInversion:
    finished = Steps(running).result
    assert finished is not None
    return finished


def row_of(about: Reconstruction) -> dict[str, Any]:
    """The numbers of one result; without a face it has none but its cosines of 0."""
    scores = {score.encoder: round(score.score, 4) for score in about.run.scores}
    cosines = [score.score for score in about.run.scores if not score.attacked and score.measure == "cosine"]
    measured = about.measures.model_dump() if about.measures is not None else {}
    return {
        "variant": about.variant,
        **{name: round(value, 4) for name, value in measured.items()},
        HELD_OUT: round(float(np.mean(cosines)), 4) if cosines else 0.0,
        "scores": scores,
        "seconds": round(about.run.seconds, 1),
        "begun_from": about.run.begun_from,
        "face_found": about.measures is not None,
    }


def headline(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The figures that are asked for, over the portraits of which every result shows a face."""
    return {
        "landmark_error_id": _mean(rows, _ID, "landmark_error"),
        "landmark_error_id_landmarks": _mean(rows, _LANDMARKS, "landmark_error"),
        "emd_id": _mean(rows, _ID, "emd"),
        "emd_all": _mean(rows, _ALL, "emd"),
        "heldout_cosine_id": _mean(rows, _ID, HELD_OUT),
        "heldout_cosine_all": _mean(rows, _ALL, HELD_OUT),
    }


def means(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Every measure of every variant: mean and interval, and on how many portraits; all that failed are counted."""
    table: dict[str, dict[str, Any]] = {}
    for variant in VARIANTS:
        mine = _of(rows, variant.name)
        table[variant.name] = {"portraits": len(mine), "without_face": _lost(rows, variant.name)}
        for name in (*(spec.name for spec in MEASURES.enabled().values()), HELD_OUT):
            values = [row[name] for row in mine]
            interval = by_person(values, [row["person"] for row in mine])
            table[variant.name][name] = {"mean": round(float(np.mean(values)), 4), "interval": interval}
    return table


def differences(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What each variant changes against the identity alone, portrait by portrait."""
    table: dict[str, dict[str, Any]] = {}
    for variant in (_LANDMARKS, _ALL):
        mine, alone = _of(rows, variant), _of(rows, _ID)
        table[variant] = {}
        for name in (*(spec.name for spec in MEASURES.enabled().values()), HELD_OUT):
            values = [row[name] - other[name] for row, other in zip(mine, alone, strict=True)]
            interval = by_person(values, [row["person"] for row in mine])
            table[variant][name] = {"mean": round(float(np.mean(values)), 4), "interval": interval}
    return table


def by_person(values: Sequence[float], people: Sequence[str]) -> list[float]:
    """The 95 % interval of a mean, one value a photograph; every value itself where there is but one person."""
    names, measured = sorted(set(people)), torch.tensor(values, dtype=torch.float64)
    whose = torch.tensor([names.index(person) for person in people])
    found = interval_of_people(whose, lambda rows: float(measured[rows].mean()))
    return [round(end, 4) for end in found or (float(measured.min()), float(measured.max()))]


def _of(rows: Sequence[Mapping[str, Any]], variant: str) -> list[Mapping[str, Any]]:
    """The rows of a variant whose portraits show a face in every result, so that variants compare."""
    lost = {(row["person"], row["kind"]) for row in rows if not row["face_found"]}
    return [row for row in rows if row["variant"] == variant and (row["person"], row["kind"]) not in lost]


def _lost(rows: Sequence[Mapping[str, Any]], variant: str) -> int:
    return sum(row["variant"] == variant and not row["face_found"] for row in rows)


def _mean(rows: Sequence[Mapping[str, Any]], variant: str, name: str) -> float:
    return float(np.mean([row[name] for row in _of(rows, variant)]))


if __name__ == "__main__":
    main()
