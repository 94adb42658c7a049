"""Attacks on dlib's ResNet as a black box over HTTP, by the number of queries."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import Part
from examples.blackbox_server import embedder, server
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep
from explorer.science.iteration import Steps
from explorer.studio.blackbox.answers import Answers
from explorer.studio.blackbox.asked_faces import FacesAsked
from explorer.studio.blackbox.attacking import FinishedAttack, RunningAttack, run_attack
from explorer.studio.blackbox.endpoint import Endpoint
from explorer.studio.blackbox.record import AttackSettings, BlackBoxRun
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._invert_blackbox import write_attack
from explorer.studio.evaluation.blackbox_curves import (
    CurveRow,
    as_text,
    attack_folder,
    attack_of,
    attacked_photographs,
    curve_rows,
    target_of,
    titled,
)
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.people_inverted import first_people, title_of
from explorer.studio.evaluation.photograph_sets import SetPhotograph
from explorer.studio.places import private_folder

BUDGETS = (100, 1000, 10_000)
BLACK_BOX, JUDGE = "dlib-resnet", "sface"
_HEADLINES = {1000: "blackbox_sface_1000", 10_000: "blackbox_sface_10000"}


@dataclass(frozen=True)
class Plan:
    """How much is measured. work: where results are kept. queries: the budgets. people: the first so many, and steps:
    of each search; all, and as by default, where None."""

    work: Path
    queries: tuple[int, ...] = BUDGETS
    people: int | None = None
    steps: int | None = None


def measure_blackbox(plan: Plan) -> Part:
    """Attack with each portrait and each budget; what was measured with budgets that are not named stays."""
    search = InversionSettings() if plan.steps is None else InversionSettings(steps=plan.steps)
    chosen = attacked_photographs(first_people(photograph_set("openpeople"), plan.people), 2)
    runs = list[tuple[SetPhotograph, BlackBoxRun]]()
    networks = Networks("cpu")
    with answering_over_http() as url, Endpoint(url, 600, BLACK_BOX) as box, Answers(plan.work / "answers") as answers:
        for queries in sorted(plan.queries):
            settings = AttackSettings(queries=queries, search=search)
            for one in chosen:
                folder = private_folder(attack_folder(plan.work, one, queries))

                def attacked(one: SetPhotograph = one, settings: AttackSettings = settings) -> FinishedAttack:
                    return told(run_attack(networks, box, answers, target_of(networks, one), settings), answers, one)

                run, before = attack_of(
                    one, settings, box.name, folder, attacked, lambda made, place: write_attack(made, place, mark=True)
                )
                runs.append((one, run))
                print(titled(one, queries), "made before" if before else f"{run.seconds:.0f} s", flush=True)
    rows = curve_rows(runs)
    print(as_text(rows), flush=True)
    return Part(headline(rows), {f"blackbox_{queries}": _details(rows, queries) for queries in sorted(plan.queries)})


def told(attack: RunningAttack, answers: Answers, one: SetPhotograph) -> FinishedAttack:
    """An attack to its end; a line for each page of faces about which something was asked, and for the search."""
    running, begun, known = Steps(attack), time.monotonic(), len(answers)
    for event in running:
        if isinstance(event, FacesAsked) and len(answers) > known:
            known = len(answers)
            print(f"  {event.done} of {event.total} faces asked, {time.monotonic() - begun:.0f} s", flush=True)
        elif isinstance(event, InversionStep) and event.index == 0:
            print(f"  {title_of(one)}: a start is chosen, {time.monotonic() - begun:.0f} s", flush=True)
    assert running.result is not None, "nobody stops it"
    return running.result


def headline(rows: list[CurveRow]) -> dict[str, float]:
    """The judge's mean over all portraits, by the budgets that have a headline; a result without a face counts as 0."""
    judged = {row.queries: row for row in rows if row.encoder == JUDGE}
    return {
        figure: judged[queries].mean * judged[queries].photographs / _all(judged[queries])
        for queries, figure in _HEADLINES.items()
        if queries in judged
    }


def _all(row: CurveRow) -> int:
    return row.photographs + row.without_face


def _details(rows: list[CurveRow], queries: int) -> list[dict[str, object]]:
    chosen = [row for row in rows if row.queries == queries]
    # Whoever answers is known here: its own file judges nothing from outside.
    return [row.model_dump() | ({"role": "black box"} if row.encoder == BLACK_BOX else {}) for row in chosen]


@contextmanager
def answering_over_http() -> Iterator[str]:
    """The black box on a free port of this machine; its address."""
    listening = server(embedder(BLACK_BOX), 0)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_address[1]}"
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
