"""Whether faces inverted from mixtures of real embeddings bring vector probes nearer to photographs.

    python -m benchmarks.photograph_mixtures [--encoder ID] [--corpus FOLDER] [--mixtures N] [--work DIR] [--draft]

ORL's people are dealt into two halves, women and men in turn. Of each half N pairs of photographs of different people
are drawn (seeded), their embeddings a and b are mixed, (a + b) / |a + b|, the mixture is inverted with the default
settings as a bare vector, and the image labellers label the picture. A ridge regression on the corpus's training split
is compared with one in which the mixtures weigh a share of all faces. Half of ORL is judged by the other half's
mixtures, openpeople by those of both: nobody who judges takes part in any mixture. Nothing of them is kept but the
areas under the ROC curve, their changes (95 % intervals by person) and the mixtures' labels by number; the made faces
lie in --work.

Writes results/photograph_mixtures.json. ORL: courtesy of AT&T Laboratories Cambridge (Samaria and Harter 1994).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor

from benchmarks.common import write_results
from benchmarks.photograph_probes import HEADLINE, PENALTIES, described, gained, known
from explorer.science.evaluation.leakage import JudgedSet
from explorer.science.evaluation.ranking import Ranked, auc
from explorer.science.evaluation.ridge import Linear, fit_ridge
from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.science.leakage.labels import stacked
from explorer.science.leakage.probes import PROBES
from explorer.science.training.dataset import Dataset
from explorer.studio.catalogue.networks import Networks
from explorer.studio.corpus.reading import read_dataset
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.evaluation.probe_scores import RANKED, labelled_sets
from explorer.studio.inversion.running import run_inversion
from explorer.studio.inversion.targets import bare_target
from explorer.studio.leakage.seeing import see_picture
from explorer.studio.places import cache, private_folder

SHARES = (0.1, 0.3, 0.5)
HALVES = (0, 1)
SEED = 0


@dataclass(frozen=True, eq=False)
class Labelled:
    """Directions (N, D) of length 1, and by probe what the labellers say of each: (N,) of 0 and 1."""

    directions: Tensor
    truths: Mapping[str, Tensor]


def halves_of(judged: JudgedSet) -> Tensor:
    """In which half (N,) each photograph's person is: women and men are dealt out in turn, each by themselves."""
    assert judged.people is not None
    half = torch.zeros(len(judged.people), dtype=torch.int64)
    turn = {0: 0, 1: 0}
    truth = judged.truths["gender"]
    for person in judged.people.unique():
        mine = judged.people == person
        sex = int(truth.values[mine[truth.rows]].float().mean() > 0.5)
        half[mine] = turn[sex] % 2
        turn[sex] += 1
    return half


def mixtures_of(embeddings: Tensor, people: Tensor, count: int, seed: int) -> Tensor:
    """Directions (count, D) halfway between photographs (N, D) of different people (N,)."""
    random, directions = torch.Generator().manual_seed(seed), F.normalize(embeddings.float(), dim=-1)
    found = list[Tensor]()
    while len(found) < count:
        one, other = torch.randint(len(people), (2,), generator=random).tolist()
        if people[one] != people[other]:
            found.append(F.normalize(directions[one] + directions[other], dim=-1))
    return torch.stack(found)


def made(networks: Networks, encoder: str, mixture: Tensor, file: Path) -> dict[str, Tensor]:
    """What the labellers say of the face that is made of a mixture (D,); empty where its picture shows none."""
    if not file.exists():
        target = bare_target(mixture.numpy(), encoder, "mixture")
        finished = Steps(run_inversion(networks, target, InversionSettings(encoder=encoder))).result
        assert finished is not None, "nobody stops it"
        seen = see_picture(networks, networks.labellers(), finished.native)
        labels = {} if seen is None else stacked([seen.labels])
        save_file({name: torch.as_tensor(one).contiguous() for name, one in labels.items()}, file)
    return load_file(file)


def labelled_mixtures(
    networks: Networks, judged: JudgedSet, encoder: str, half: int, count: int, work: Path
) -> Labelled:
    """The mixtures of one half's people, inverted and labelled."""
    assert judged.people is not None
    mine = halves_of(judged) == half
    mixtures = mixtures_of(judged.embeddings[encoder][mine], judged.people[mine], count, SEED + half)
    kept, truths = list[Tensor](), {name: list[Tensor]() for name in RANKED}
    for number, mixture in enumerate(mixtures):
        labels = made(networks, encoder, mixture, work / f"{encoder}-{half}-{number:03d}.safetensors")
        said = {name: PROBES[name].target(labels[PROBES[name].label])[0] for name in RANKED} if labels else {}
        print(encoder, half, number, {name: float(one) for name, one in said.items()}, flush=True)
        if said:
            kept.append(mixture)
            for name, one in said.items():
                truths[name].append(one)
    return Labelled(torch.stack(kept).double(), {name: torch.stack(ones).double() for name, ones in truths.items()})


def of_corpus(data: Dataset, encoder: str, rows: Tensor) -> Labelled:
    """Faces of a corpus, in the same form."""
    truths = {name: PROBES[name].target(data.labels[PROBES[name].label][rows]).double() for name in RANKED}
    return Labelled(F.normalize(data.first[encoder][rows].double(), dim=-1), truths)


def fitted(corpus: Labelled, mixtures: Labelled | None, share: float, probe: str, penalty: float) -> Linear:
    """A ridge regression in which a corpus's classes weigh the same, and mixtures a share of everything."""
    truth = corpus.truths[probe]
    weights = balanced(truth) * (1 - share if mixtures is not None else 1)
    inputs, targets = corpus.directions, truth
    if mixtures is not None:
        inputs = torch.cat([inputs, mixtures.directions])
        targets = torch.cat([targets, mixtures.truths[probe]])
        weights = torch.cat([weights, balanced(mixtures.truths[probe]) * share])
    return next(fit_ridge(inputs, targets[:, None], weights * len(weights), [penalty]))


def balanced(truth: Tensor) -> Tensor:
    """Weights (N,) that sum to 1, the same for each class that is there."""
    weights = torch.zeros(len(truth), dtype=torch.float64)
    classes = truth.unique()
    for one in classes:
        weights[truth == one] = 1 / len(classes) / int((truth == one).sum())
    return weights


def best_penalty(learnt: Labelled, validation: Labelled, probe: str) -> float:
    """With which a regression on the corpus alone ranks its validation faces best."""
    areas = dict[float, float]()
    for penalty in PENALTIES:
        linear = fitted(learnt, None, 0.0, probe, penalty)
        areas[penalty] = auc(linear(validation.directions)[:, 0], validation.truths[probe]) or 0.0
    return float(max(PENALTIES, key=areas.__getitem__))


def scored(judged: JudgedSet, encoder: str, probe: str, by: Mapping[int, Linear], half: Tensor | None) -> Ranked:
    """What is said of a set; by half those say it in which the person's own half has no part."""
    seen, truth, people = known(judged, encoder, probe)
    directions = F.normalize(seen.double(), dim=-1)
    if half is None:
        return Ranked(sum((one(directions)[:, 0] for one in by.values()), torch.zeros(len(seen))), truth, people)
    theirs = half[judged.truths[probe].rows]
    scores = torch.where(theirs == 0, by[1](directions)[:, 0], by[0](directions)[:, 0])
    return Ranked(scores, truth, people)


def compared(
    sets: list[JudgedSet], encoder: str, probe: str, learnt: Labelled, penalty: float, mixtures: Mapping[int, Labelled]
) -> dict[str, Any]:
    """The corpus alone, and with mixtures by each share."""
    halves = {one.name: halves_of(one) if one.name == "orl" else None for one in sets}
    judging = [one for one in sets if len(known(one, encoder, probe)[1].unique()) == 2]

    def said(by: Mapping[int, Linear]) -> dict[str, Ranked]:
        return {one.name: scored(one, encoder, probe, by, halves[one.name]) for one in judging}

    alone = fitted(learnt, None, 0.0, probe, penalty)
    before = said(dict.fromkeys(HALVES, alone))
    found: dict[str, Any] = {"corpus alone": described(before) | {"penalty": penalty}}
    for share in SHARES:
        after = said({half: fitted(learnt, mixtures[half], share, probe, penalty) for half in HALVES})
        found[f"mixtures {share:g}"] = described(after) | gained(before, after)
    return found


def main() -> None:
    """Make the mixtures' faces, fit, judge, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", default=HEADLINE)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of `likeness train corpus`")
    parser.add_argument("--mixtures", type=int, default=40, help="of each half")
    parser.add_argument("--work", type=Path, help="where what is made is kept [default: in the cache]")
    parser.add_argument("--draft", action="store_true", help="print, and write nothing")
    given = parser.parse_args()
    work = private_folder(given.work or private_folder(cache() / "benchmarks") / "mixtures")
    networks, data = Networks("cpu"), read_dataset(CorpusFolder(given.corpus))
    sets = labelled_sets(networks)
    orl = next(one for one in sets if one.name == "orl")
    mixtures = {half: labelled_mixtures(networks, orl, given.encoder, half, given.mixtures, work) for half in HALVES}
    learnt, validation = (of_corpus(data, given.encoder, rows) for rows in data.train_val_indices())
    table = {}
    for probe in RANKED:
        penalty = best_penalty(learnt, validation, probe)
        table[probe] = compared(sets, given.encoder, probe, learnt, penalty, mixtures)
        for way, one in table[probe].items():
            print(f"{probe:<11} {way:<14} {one['auc']:.3f} {one['sets']} {one.get('changes', '')}")
    if not given.draft:
        # The middle share stands for the way: it was named before anything was measured.
        headline = {f"{probe}_change": ways["mixtures 0.3"]["change"][0] for probe, ways in table.items()}
        shares = {
            half: {name: float(one.mean()) for name, one in made.truths.items()} for half, made in mixtures.items()
        }
        write_results(
            "photograph_mixtures",
            headline,
            encoder=given.encoder,
            mixtures=given.mixtures,
            labelled=shares,
            probes=table,
        )


if __name__ == "__main__":
    main()
