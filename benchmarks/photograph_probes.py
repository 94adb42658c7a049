"""What may bring vector probes nearer to photographs: each way judged on photographs of people, beside what ships.

    python -m benchmarks.photograph_probes [--encoder ID] [--before FOLDER] [--draft]

Writes results/photograph_probes.json: for each encoder and attribute the area under the ROC curve (AUC) within ORL and
within openpeople, labelled by hand, averaged over those sets that have both classes; its interval by person, 40 and 10
of them; and for each way the change from the shipped probe, people drawn once for both. "helps" is a change whose
interval lies above 0.

- shared, within / between: the shipped probe behind the filter G (G + s N)^-1 of
  explorer/science/training/shared_directions.py, s being the number behind it; G is the covariance of the gallery's
  generated faces, N that of openpeople's photographs within its people, or of its people's means. On openpeople itself
  the person who is judged has no part in N.
- openpeople: a ridge regression on openpeople's photographs alone; on openpeople itself by person.
- openpeople added: the shipped probe's score plus that one's, each in its own spread over the set. (Of a set: it needs
  several photographs, and shows what could be gained.)
- by person: a ridge regression on the very set, by ten folds of people: what the vector holds, for whoever fits
  probes on photographs with `likeness train probes --photographs`. Nothing that is fitted on ORL is kept or ships.

With --before FOLDER, where probes as they were lie, these are the ones that every way sets out from and is compared
with, and "ships now" is one of the ways.

ORL: courtesy of AT&T Laboratories Cambridge (Samaria and Harter 1994).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from benchmarks.common import write_results
from explorer.science.evaluation.leakage import JudgedSet
from explorer.science.evaluation.ranking import Ranked, auc, change_in_auc, mean_auc
from explorer.science.evaluation.ridge import Linear, choose_by_people, equal_classes, fit_ridge
from explorer.science.leakage.fitted import FittedProbe
from explorer.science.recognition.registry import ENCODERS
from explorer.science.training.shared_directions import covariance, filtered, shared_filter, within_people
from explorer.studio.catalogue.networks import Networks, gallery_file
from explorer.studio.catalogue.probes import load_probes, probes_file, with_probes
from explorer.studio.evaluation.probe_scores import RANKED, labelled_sets

HEADLINE = "arcface-mbf"
SHARES = (0.1, 0.3)
FOLDS = 10
PENALTIES = tuple(10.0 ** (exponent / 2) for exponent in range(-4, 7))

Score = Callable[[JudgedSet], Ranked | None]


def known(judged: JudgedSet, encoder: str, probe: str) -> tuple[Tensor, Tensor, Tensor]:
    """Embeddings, hand labels and people of those photographs of a set whose label is known."""
    truth = judged.truths[probe]
    assert judged.people is not None
    return judged.embeddings[encoder][truth.rows].float(), truth.values, judged.people[truth.rows]


@torch.no_grad()
def shipped(judged: JudgedSet, *, encoder: str, fitted: FittedProbe) -> Ranked:
    """By the shipped probe, before any calibration."""
    seen, truth, people = known(judged, encoder, fitted.spec.name)
    return Ranked(fitted.probe(seen), truth, people)


@torch.no_grad()
def shared(
    judged: JudgedSet,
    *,
    encoder: str,
    fitted: FittedProbe,
    generated: Tensor,
    source: JudgedSet,
    differing: Callable[[Tensor, Tensor], Tensor],
    share: float,
) -> Ranked:
    """By the shipped probe behind the filter; nobody is judged by what their own photographs differ in."""
    seen, truth, people = known(judged, encoder, fitted.spec.name)
    assert source.people is not None
    scores = torch.empty(len(seen))
    for person in people.unique() if judged is source else [None]:
        group = torch.ones(len(seen), dtype=torch.bool) if person is None else people == person
        others = torch.ones(len(source.people), dtype=torch.bool) if person is None else source.people != person
        nuisance = differing(source.embeddings[encoder][others].float(), source.people[others])
        probe = filtered(fitted.probe, shared_filter(generated, nuisance, share))
        scores[group] = probe(seen[group])
    return Ranked(scores, truth, people)


def between_people(embeddings: Tensor, people: Tensor) -> Tensor:
    """The covariance of people's means, of embeddings of length 1."""
    directions = F.normalize(embeddings.double(), dim=-1)
    means = torch.stack([directions[people == one].mean(0) for one in people.unique()])
    centred = means - means.mean(0)
    return centred.T @ centred / len(centred)


@cache
def fitted_ridge(source: JudgedSet, encoder: str, probe: str) -> tuple[Ranked, Linear] | None:
    """A ridge regression on a set: what it says of everybody held out, and fitted on all; None for a single class."""
    seen, truth, people = known(source, encoder, probe)
    if len(truth.unique()) < 2:
        return None
    directions, folds = F.normalize(seen.double(), dim=-1), min(FOLDS, len(people.unique()))
    weights = equal_classes(people, truth.long())
    chosen = choose_by_people(directions, truth[:, None].double(), people, weights, PENALTIES, folds)
    linear = next(fit_ridge(directions, truth[:, None], weights, [chosen.penalty]))
    return Ranked(chosen.held_out[:, 0], truth, people), linear


def ridge(judged: JudgedSet, *, encoder: str, probe: str, source: JudgedSet | None) -> Ranked | None:
    """By a ridge regression on a source, or by person on the set itself; None where the source has a single class."""
    fit_on = judged if source is None else source
    found = fitted_ridge(fit_on, encoder, probe)
    if found is None or fit_on is judged:
        return None if found is None else found[0]
    seen, truth, people = known(judged, encoder, probe)
    return Ranked(found[1](F.normalize(seen.double(), dim=-1))[:, 0], truth, people)


def added(judged: JudgedSet, *, encoder: str, fitted: FittedProbe, source: JudgedSet) -> Ranked | None:
    """By the shipped probe and a ridge regression on a source, each in its spread over the set."""
    one = shipped(judged, encoder=encoder, fitted=fitted)
    other = ridge(judged, encoder=encoder, probe=fitted.spec.name, source=source)
    return None if other is None else Ranked(_spread(one.scores) + _spread(other.scores), one.truth, one.people)


def _spread(scores: Tensor) -> Tensor:
    return (scores.double() - scores.double().mean()) / scores.double().std().clamp_min(1e-9)


def ways(
    encoder: str, fitted: FittedProbe, openpeople: JudgedSet, now: FittedProbe | None
) -> Iterator[tuple[str, Score]]:
    """Each way by its name. now: the probe that ships, where another is set out from."""
    if now is not None:
        yield "ships now", partial(shipped, encoder=encoder, fitted=now)
    generated = covariance(load_file(gallery_file(encoder))[encoder].float())
    for name, differing in (("within", within_people), ("between", between_people)):
        for share in SHARES:
            yield (
                f"shared, {name} {share:g}",
                partial(
                    shared,
                    encoder=encoder,
                    fitted=fitted,
                    generated=generated,
                    source=openpeople,
                    differing=differing,
                    share=share,
                ),
            )
    yield "openpeople", partial(ridge, encoder=encoder, probe=fitted.spec.name, source=openpeople)
    yield "openpeople added", partial(added, encoder=encoder, fitted=fitted, source=openpeople)
    yield "by person", partial(ridge, encoder=encoder, probe=fitted.spec.name, source=None)


def compared(
    sets: list[JudgedSet], encoder: str, fitted: FittedProbe, now: FittedProbe | None = None
) -> dict[str, Any]:
    """The shipped probe and every way, of one encoder and attribute."""
    judging = [one for one in sets if len(known(one, encoder, fitted.spec.name)[1].unique()) == 2]
    openpeople = next(one for one in sets if one.name == "openpeople")
    before = {one.name: shipped(one, encoder=encoder, fitted=fitted) for one in judging}
    found: dict[str, Any] = {"shipped": described(before)}
    for name, score in ways(encoder, fitted, openpeople, now):
        after = {one.name: said for one in judging if (said := score(one)) is not None}
        if after:
            found[name] = described(after) | gained({one: before[one] for one in after}, after)
    return found


def described(scores: Mapping[str, Ranked]) -> dict[str, Any]:
    """The area averaged over sets with its interval by person, and of each set."""
    area = mean_auc(list(scores.values()))
    assert area is not None, "both classes are there"
    each = {name: round(auc(one.scores, one.truth) or 0.0, 3) for name, one in scores.items()}
    return {"auc": _rounded(area.value), "interval": [_rounded(area.low), _rounded(area.high)], "sets": each}


def gained(before: Mapping[str, Ranked], after: Mapping[str, Ranked]) -> dict[str, Any]:
    """The change of the area, averaged over the sets and of each, and whether it helps on every one of them."""

    def change(names: list[str]) -> list[float] | None:
        found = change_in_auc([before[name] for name in names], [after[name] for name in names])
        return None if found is None else [_rounded(one) for one in found]

    each = {name: change([name]) for name in before}
    return {
        "change": change(list(before)),
        "changes": each,
        "helps": all(one is not None and one[1] > 0 for one in each.values()),
    }


def _rounded(value: float) -> float:
    return round(value, 3)


def main() -> None:
    """Judge every way and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", action="append", help="only this encoder; may be repeated")
    parser.add_argument("--before", type=Path, help="folder of the probes to compare with")
    parser.add_argument("--draft", action="store_true", help="print, and write nothing")
    given = parser.parse_args()
    networks = Networks("cpu")
    sets = labelled_sets(networks)
    table: dict[str, Any] = {}
    for encoder in given.encoder or with_probes(ENCODERS.names()):
        now = load_probes(encoder, probes_file(encoder)).probes
        if given.before is None:
            table[encoder] = {name: compared(sets, encoder, now[name]) for name in RANKED}
        else:
            before = load_probes(encoder, given.before / probes_file(encoder).name).probes
            table[encoder] = {name: compared(sets, encoder, before[name], now[name]) for name in RANKED}
        for name, found in table[encoder].items():
            for way, one in found.items():
                print(f"{encoder:<12} {name:<11} {way:<22} {one['auc']:.3f} {one['sets']} {one.get('changes', '')}")
        if not given.draft:
            _write(table, sets)


def _write(table: Mapping[str, Any], sets: list[JudgedSet]) -> None:
    """Write what is known so far: an encoder takes minutes."""
    people = {one.name: len(one.people.unique()) for one in sets if one.people is not None}
    first = table.get(HEADLINE, {})
    headline = {f"{name}_probe_auc": one.get("ships now", one["shipped"])["auc"] for name, one in first.items()}
    write_results("photograph_probes", headline, people=people, encoders=table)


if __name__ == "__main__":
    main()
