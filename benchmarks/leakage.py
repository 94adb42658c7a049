"""What embeddings leak: probes and regressor as they ship, on a corpus's test split and on openpeople.

    python -m benchmarks.leakage CORPUS [--starts] [--contest] [--draft] [--work DIR]

Writes results/leakage.json: every measure of every probe of arcface-mbf and dlib-resnet on both sets with 95 %
intervals (on openpeople by person, of whom there are ten), the cosine at which a regressor's starts begin, and times.

- Cosine at the start: the nearest of six proposals, as in the regressors' cards; beside it the nearest of the three
  that an inversion with 24 random starts has, that of the answer alone, and the nearest of 24 random starts.
  "Generated" are faces of the test split, drawn without truncation; the details have fresh faces at truncation 0.7,
  too, on which every method does better.
- Ratio of steps: steps to a cosine of 0.85 on the attacked encoder, with the regressor's starts over without, the
  portraits' steps added up; a run that does not get there counts all its steps. Start against start: each run goes on
  from the start that is nearest as drawn. With a contest between the starts, as inversions have it by default, the
  steps are those of the face that leads, the contest's among them: a good random start makes up for most of what a
  regressor knows, and little is left to gain. These are counted with --contest only: they take twenty minutes.
- A three-term step is one at 256 px with landmarks and histogram sought; starts and held-out scoring are outside. The
  rate is the middle one of three runs, taken before the corpus fills the memory.

With --starts only the starts and the steps are measured; all else stays as it is in the file, which then names the
commit of both. With --draft the figures are printed and nothing is written. Steps that were counted are kept in the
work folder: the same command with the same regressor and the same inversion goes on after an interruption.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

import explorer.science
from benchmarks.common import RESULTS, write_results
from benchmarks.portraits import Portrait, portraits
from explorer.science.evaluation.leakage import JudgedSet, measure
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import FaceError
from explorer.science.inversion.regressor import LatentRegressor
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import proposed
from explorer.science.inversion.step import InversionStep, StartsProgress
from explorer.science.iteration import Steps
from explorer.science.leakage.fitted import FittedProbe
from explorer.science.training.regressor import drawn_embedding, start_cosines
from explorer.studio import places
from explorer.studio.catalogue.labellers import load_labellers
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.probes import load_probes
from explorer.studio.catalogue.regressors import find_regressor, load_regressor, proposing
from explorer.studio.corpus.reading import read_judged
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.errors import UserError
from explorer.studio.evaluation import openpeople
from explorer.studio.inversion.running import FinishedInversion, InversionTarget, Inverting, run_inversion
from explorer.studio.inversion.targets import photograph_target

ENCODERS = {"arcface-mbf": "", "dlib-resnet": "_dlib"}
ATTACKED = "arcface-mbf"
GOAL = 0.85
OFFERED, MORE, RANDOM_STARTS, GENERATED = proposed(InversionSettings()), 6, 24, 60
TRUNCATED, PSI, FRESH_SEED = 30, 0.7, 90_000_000
SPEED_STEPS = 20
SCIENCE = Path(explorer.science.__file__).parent
CONTESTS = {"contest": InversionSettings().contest, "nearest": 0}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, help="folder of the corpus whose test split is judged")
    parser.add_argument("--starts", action="store_true", help="measure the starts and steps alone, and keep the rest")
    parser.add_argument("--contest", action="store_true", help="count steps with a contest between the starts, too")
    parser.add_argument("--draft", action="store_true", help="print the figures and write nothing")
    parser.add_argument("--work", type=Path, default=places.cache() / "benchmarks" / "leakage")
    options = parser.parse_args()
    try:
        contests = CONTESTS if options.contest else {"nearest": CONTESTS["nearest"]}
        doing = again if options.starts else run
        figures, details = doing(options.corpus, Networks("cpu"), places.private_folder(options.work), contests)
    except (UserError, FaceError) as error:
        raise SystemExit(f"benchmarks.leakage: {error}") from error
    for name, value in figures.items():
        print(f"{name}  {value:.4g}")
    if not options.draft:
        write_results("leakage", figures, **details)


def run(
    corpus: Path, networks: Networks, work: Path, contests: Mapping[str, int]
) -> tuple[dict[str, float], dict[str, Any]]:
    """The headline and the details.

    Args:
        contests: by name, the contests between starts with which steps are counted.

    Raises:
        UserError, MissingNetwork: something is missing; asked for first, so that nothing is missed after an hour.
    """
    probes = {encoder: load_probes(encoder) for encoder in ENCODERS}
    load_regressor(ATTACKED, "W")
    networks.landmarks()
    rates = [three_term_rate(networks) for _ in range(3)]
    test = read_judged(CorpusFolder(corpus))
    labellers, kept = load_labellers("cpu"), places.private_folder(places.cache())
    photographs = openpeople.read_openpeople(networks, labellers, kept)
    measured = {
        encoder: {name: judged(fitted, encoder, test, photographs) for name, fitted in found.probes.items()}
        for encoder, found in probes.items()
    }
    begun, begun_details = run_starts(test, photographs_of_people(networks), networks, work, contests)
    figures = (
        headline(measured)
        | begun
        | {
            "smiling_balanced_accuracy_portraits": _balanced(measured[ATTACKED]["smiling"]["openpeople"]),
            "eyeglasses_balanced_accuracy_portraits": _balanced(measured[ATTACKED]["eyeglasses"]["openpeople"]),
            "probe_ms": probe_milliseconds(test.embeddings[ATTACKED]),
            "three_term_steps_per_second": float(np.median(rates)),
        }
    )
    details = {
        "sets": {name: len(one.embeddings[ATTACKED]) for name, one in (("test", test), ("openpeople", photographs))},
        "probes": measured,
        "three_term_rates": [round(rate, 3) for rate in rates],
    }
    return figures, details | begun_details


def again(
    corpus: Path, networks: Networks, work: Path, contests: Mapping[str, int]
) -> tuple[dict[str, float], dict[str, Any]]:
    """Measure the starts and steps anew, and take all else from the file that is there; otherwise as `run`.

    Raises:
        UserError: no file is there.
    """
    try:
        before = json.loads((RESULTS / "leakage.json").read_text())
    except FileNotFoundError:
        raise UserError("results/leakage.json is not there yet: run without --starts") from None
    test = read_judged(CorpusFolder(corpus))
    figures, details = run_starts(test, photographs_of_people(networks), networks, work, contests)
    earlier = before.get("earlier_commit", before["commit"])
    kept = {name: before[name] for name in ("sets", "probes", "three_term_rates")}
    return before["headline"] | figures, {"earlier_commit": earlier, "measured_now": sorted(figures)} | kept | details


def photographs_of_people(networks: Networks) -> Tensor:
    """The portraits' embeddings, (20, D)."""
    kept = places.private_folder(places.cache())
    return openpeople.read_portraits(networks, load_labellers("cpu"), kept)[ATTACKED]


def run_starts(
    test: JudgedSet, people: Tensor, networks: Networks, work: Path, contests: Mapping[str, int]
) -> tuple[dict[str, float], dict[str, Any]]:
    """Figures and details of what a regressor changes at the start.

    Args:
        people: (N, D) the portraits' embeddings. Others as of `run`.
    """
    regressor = find_regressor(ATTACKED, "W")
    if regressor is None:
        raise UserError(f"{ATTACKED} has no regressor: make one with `likeness train regressor --work DIR`")
    embeddings = {
        "generated": test.embeddings[ATTACKED][:GENERATED],
        "generated, truncation 0.7": fresh_faces(networks),
        "portraits": people,
    }
    starts = {name: cosines(networks, regressor, rows) for name, rows in embeddings.items()}
    steps = {name: steps_to_goal(networks, contest, work) for name, contest in contests.items()}
    figures = {
        "regressor_cosine_generated": float(np.mean(starts["generated"]["nearest of six"])),
        "regressor_cosine_portraits": float(np.mean(starts["portraits"]["nearest of six"])),
        "random_start_cosine_mean": float(np.mean(starts["portraits"]["random"])),
        "steps_to_0_85_ratio": ratio(steps["nearest"]),
    }
    if "contest" in steps:
        figures["steps_to_0_85_ratio_contest"] = ratio(steps["contest"])
    return figures, {"starts": {name: start_details(rows) for name, rows in starts.items()}, "steps": steps}


def fresh_faces(networks: Networks) -> Tensor:
    """Embeddings of new faces at a truncation, (N, D); such as show no face are left out."""
    instruments = networks.generator(), networks.detector(), networks.recogniser(ATTACKED)
    latents = instruments[0].sample(TRUNCATED, FRESH_SEED, PSI)[1].split(1)
    drawn = [drawn_embedding(latent, "W", *instruments) for latent in latents]
    return torch.stack([one for one in drawn if one is not None])


def ratio(rows: Sequence[Mapping[str, Any]]) -> float:
    """Steps with the regressor over steps without."""
    return float(sum(row["with"] for row in rows) / sum(row["without"] for row in rows))


def headline(measured: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """The figures of the probes on the test split."""
    found: dict[str, float] = {}
    for encoder, suffix in ENCODERS.items():
        test = {name: of["test"] for name, of in measured[encoder].items()}
        calibration = [of["calibration error"]["value"] for of in test.values() if "calibration error" in of]
        found |= {
            f"smiling_balanced_accuracy{suffix}": _balanced(test["smiling"]),
            f"eyeglasses_balanced_accuracy{suffix}": _balanced(test["eyeglasses"]),
            f"wearing_hat_balanced_accuracy{suffix}": _balanced(test["hat"]),
            f"calibration_error_max{suffix}": max(calibration),
            f"landmark_error_percent{suffix}": test["landmarks"]["landmark error"]["value"],
            f"landmark_baseline_percent{suffix}": test["landmarks"]["landmark error"]["chance"],
            f"emd{suffix}": test["histogram"]["EMD"]["value"],
            f"emd_baseline{suffix}": test["histogram"]["EMD"]["chance"],
        }
    return found


def _balanced(measures: Mapping[str, Any]) -> float:
    """Of the classes that a set has: where all faces are of one class, the share that is named right."""
    value: float = next(of["value"] for name, of in measures.items() if name.startswith(("balanced", "recognised")))
    return value


def judged(fitted: FittedProbe, encoder: str, test: JudgedSet, photographs: JudgedSet) -> dict[str, Any]:
    """Every measure of a probe on both sets."""
    found = {}
    for title, judging in (("test", test), ("openpeople", photographs)):
        truth = judging.truths[fitted.spec.name]
        qualities = measure(fitted, judging.embeddings[encoder], truth, judging.people)
        found[title] = {one.measure: one.model_dump(mode="json", exclude={"measure"}) for one in qualities}
    return found


def _begun_by() -> Path:
    """The file of the regressor with which a search begins."""
    file = proposing(ATTACKED, "W")
    assert file is not None, "`run_starts` looked for it"
    return file


def cosines(networks: Networks, regressor: LatentRegressor, embeddings: Tensor) -> dict[str, list[float]]:
    """The cosine at the start for each embedding: of the nearest of what is offered and of more proposals, of the
    answer alone, and of random starts."""
    instruments = networks.generator(), networks.detector(), networks.recogniser(ATTACKED)

    def proposing(count: int) -> Callable[[Tensor], Tensor]:
        return lambda embedding: regressor.propose(embedding, count, seed=0)

    latents = instruments[0].sample(RANDOM_STARTS, 0, InversionSettings().truncation)[1].split(1)
    drawn = [drawn_embedding(latent, "W", *instruments) for latent in latents]
    random = F.normalize(torch.stack([one for one in drawn if one is not None]), dim=-1)
    return {
        "offered": start_cosines(proposing(OFFERED), embeddings, "W", *instruments).tolist(),
        "nearest of six": start_cosines(proposing(MORE), embeddings, "W", *instruments).tolist(),
        "answer": start_cosines(proposing(1), embeddings, "W", *instruments).tolist(),
        "random": (F.normalize(embeddings.float(), dim=-1) @ random.T).amax(1).tolist(),
    }


def start_details(rows: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Means with their normal 95 % intervals."""
    found = {}
    for name, values in rows.items():
        margin = 1.96 * float(np.std(values, ddof=1)) / len(values) ** 0.5
        mean = float(np.mean(values))
        found[name] = {"mean": round(mean, 4), "interval": [round(mean - margin, 4), round(mean + margin, 4)]}
    return found


def steps_to_goal(networks: Networks, contest: int, work: Path) -> list[dict[str, Any]]:
    """Steps to the goal for each portrait, with the regressor's starts and without.

    Args:
        contest: steps of its first round; 0 for none. work: where rows are kept.
    """
    plan = {on: InversionSettings(regressor=on, contest=contest, finish=0) for on in (True, False)}
    kept = work / f"steps-{steps_key(plan[True])}.json"
    rows: list[dict[str, Any]] = json.loads(kept.read_text()) if kept.exists() else []
    for portrait in list(portraits())[len(rows) :]:
        target = _target(networks, portrait)
        row: dict[str, Any] = {"person": portrait.person, "kind": portrait.kind}
        for name, on in (("with", True), ("without", False)):
            row[name], row[f"reached_{name}"] = steps_until(GOAL, run_inversion(networks, target, plan[on]))
        print(row, flush=True)
        rows.append(row)
        kept.write_text(json.dumps(rows))
    return rows


def steps_key(settings: InversionSettings) -> str:
    """Of what the counted steps follow from: regressor, settings, and all code of the inner ring."""
    key = hashlib.sha256(_begun_by().read_bytes() + settings.model_dump_json().encode())
    for source in sorted(SCIENCE.rglob("*.py")):
        key.update(source.read_bytes())
    return key.hexdigest()[:12]


def steps_until(goal: float, running: Inverting) -> tuple[int, bool]:
    """Steps that the leading face had made when it reached a cosine, or all that were made, and whether it did."""
    contest = steps = 0
    for event in running:
        if isinstance(event, StartsProgress) and event.leader is not None:
            steps, cosine = contest, event.leader.cosine
            contest += 1
        elif isinstance(event, InversionStep):
            steps, cosine = contest + event.index, event.cosine
        else:
            continue
        if cosine >= goal:
            running.close()
            return steps, True
    return steps, False


def probe_milliseconds(embeddings: Tensor, repeats: int = 50) -> float:
    """Milliseconds in which one embedding is read by all its probes, the median, on the CPU."""
    probes, times = load_probes(ATTACKED), []
    for place in range(repeats + 5):
        since = time.perf_counter()
        probes.read(embeddings[place % len(embeddings)])
        times.append(1000 * (time.perf_counter() - since))
    return float(np.median(times[5:]))


def three_term_rate(networks: Networks) -> float:
    """Steps per second at 256 px with identity, landmarks and histogram sought."""
    target = _target(networks, next(portraits()))
    settings = InversionSettings(
        steps=SPEED_STEPS, starts=1, contest=0, coarse=0, finish=0, targets="vector", resolution=256, score_every=1000
    )
    run = _finish(networks, target, settings).run
    times = [step.seconds for step in run.steps[1:]]
    return (len(times) - 1) / (times[-1] - times[0])


def _target(networks: Networks, portrait: Portrait) -> InversionTarget:
    """A portrait's embedding under the attacked encoder alone."""
    face = choose_face(portrait.photograph, networks.detector().detect(portrait.photograph.pixels))
    opened = photograph_target(networks, portrait.photograph, face, ATTACKED).target
    return InversionTarget(opened.record, opened.embedding)


def _finish(networks: Networks, target: InversionTarget, settings: InversionSettings) -> FinishedInversion:
    finished = Steps(run_inversion(networks, target, settings)).result
    assert finished is not None
    return finished


if __name__ == "__main__":
    main()
