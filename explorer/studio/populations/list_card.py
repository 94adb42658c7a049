"""The card of a list of people: how it was found, what the edits do, and on what terms."""

from __future__ import annotations

from pathlib import Path

from explorer.science.training.photoreal_people import CHECKERS, TRIES, WEAKER
from explorer.studio.populations.list_edits import read_tried
from explorer.studio.populations.list_file import PeopleList
from explorer.studio.populations.list_work import ListWork

_MEGABYTE = 1e6


def list_card(people: PeopleList, work: ListWork, file: Path) -> str:
    """The card as Markdown.

    Args:
        work: in which the list was made. file: as written.
    """
    wanted, kept = people.kept.size, int(people.kept.sum())
    candidates = int(people.seeds.max()) - work.recipe.seed + 1
    thresholds = ", ".join(f"{name} {people.thresholds[name]:.3f}" for name in CHECKERS)
    lines = [
        f"# {file.stem}: photoreal people, by seeds and edits",
        "",
        "What it is for: `likeness people photoreal --out DIR` draws these people, several pictures each, and",
        "`likeness people set --source photoreal` makes data sets of them. No picture ships.",
        "",
        "| | |",
        "|---|---|",
        f"| people | {len(people)}, of {candidates} candidates; others were doubles to a checker, or no face |",
        f"| pictures | {kept} of {wanted}; {wanted - kept} were left out: not the same person in {TRIES} tries |",
        f"| pictures drawn again by a weaker edit | {int((people.tries > 1).sum())} |",
        f"| a weaker edit | all strengths, and those of lamp and camera, times {WEAKER:g} |",
        f"| w | one a person, of its seed, at truncation {people.psi:g} |",
        f"| checkers | {thresholds}: the cosine that a thousandth of pairs of the first {work.recipe.reference} "
        "candidates pass |",
        "| the same person | every two pictures of a person pass both thresholds, drawn at "
        f"{work.recipe.size} px through the camera |",
        "| different people | no two people's first pictures pass either; their other pictures are not compared |",
        *(f"| recipe, {name} | {value} |" for name, value in people.recipe.items()),
        f"| command | `likeness train people-list --work DIR --people {len(people)}` with the recipe's numbers |",
        f"| file | safetensors, {file.stat().st_size / _MEGABYTE:.3f} MB |",
        "| terms | of faces drawn by MobileStyleGAN, by the networks of models/README.md: non-commercial research |",
        "",
        "## Edits",
        "",
        "Directions of W by ridge regression on the labels of `corpus-labels.md`, each orthogonal to all others and to",
        "those of gender, eyeglasses and hats. Gains are means over the people by whom the bands of style layers were",
        "tried, and are not of any single person. Light and camera follow from seed and number (`lamp.py`, `camera.py`",
        "in `explorer/science/training`).",
        "",
        "| axis | unit | layers | a spread changes it by | moved by at most, in spreads | most change |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {edit.axis.name} | {edit.axis.unit} | {edit.first} to {edit.last - 1} | {edit.gain:.3g} "
        f"| {edit.reach:.2f} | {edit.gain * edit.reach:.3g} |"
        for edit in people.edits
    ]
    lines += [
        "",
        f"What each band did at {work.recipe.strength:g} spreads: change a spread, and loss under the checkers",
        "(0: the same face; 1: at the threshold).",
        "",
        "| axis | " + " | ".join(f"{first} to {last - 1}" for first, last in _bands(work)) + " |",
        "|---" * (1 + len(_bands(work))) + "|",
    ]
    for one in read_tried(work):
        by_band = {trial.band: f"{trial.gain:.2g}, {trial.loss:.2f}" for trial in one.trials}
        lines.append(f"| {one.axis} | " + " | ".join(by_band.get(band, "–") for band in _bands(work)) + " |")
    return "\n".join([*lines, ""])


def _bands(work: ListWork) -> list[tuple[int, int]]:
    return sorted({trial.band for one in read_tried(work) for trial in one.trials})
