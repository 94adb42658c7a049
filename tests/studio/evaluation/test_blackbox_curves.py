"""Curves of attacks: which is made again, and what the rows say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from explorer.science.evaluation.score import EncoderScore, Standing
from explorer.studio.blackbox.record import AttackedTarget, AttackSettings, BlackBoxRun, QueryCount
from explorer.studio.evaluation.blackbox_curves import (
    BLACK_BOX,
    as_text,
    attack_folder,
    attack_of,
    attacked_photographs,
    curve_rows,
    table_rows,
)
from tests.studio.evaluation.people_kit import made_up_set


def a_run(sface: float | None, queries: int = 100, sha256: str = "0", nearest: float = 0.2) -> BlackBoxRun:
    unknown: dict[str, Any] = dict.fromkeys(Standing._fields)
    scores = [EncoderScore(encoder="sface", measure="cosine", attacked=False, score=sface or 0, **unknown)]
    return BlackBoxRun(
        settings=AttackSettings(queries=queries),
        target=AttackedTarget(kind="photograph", name="0", sha256=sha256),
        blackbox="box",
        queries=QueryCount(used=queries, sent=queries, refused=0, repeated=0),
        faces=queries - 2,
        nearness=None if sface is None else 0.9,
        nearest=0.8,
        scores=[] if sface is None else scores,
        nearest_scores={"sface": nearest},
        result_face_found=sface is not None,
        seconds=1.0,
        latent_sha256="",
        device="CPU",
        versions={},
        networks={},
        created="",
    )


def test_a_row_for_each_budget_and_encoder_with_its_interval_by_person() -> None:
    photographs = attacked_photographs(made_up_set(4, 3), 2)
    assert [(one.person, one.name) for one in photographs[:3]] == [("p0", "0"), ("p0", "1"), ("p1", "0")]
    runs = [(one, a_run(0.1 * number, 1000)) for number, one in enumerate(photographs)]
    runs += [(photographs[0], a_run(0.5)), (photographs[1], a_run(None))]
    rows = curve_rows(runs)
    assert [(row.queries, row.encoder, row.role) for row in rows] == [
        (100, BLACK_BOX, BLACK_BOX), (100, "sface", "held out"),
        (1000, BLACK_BOX, BLACK_BOX), (1000, "sface", "held out"),
    ]  # fmt: skip
    few, many = rows[1], rows[3]
    assert (few.photographs, few.without_face, few.low, few.mean) == (1, 1, None, 0.5)
    assert (many.photographs, many.people, many.nearest) == (8, 4, pytest.approx(0.2))
    assert many.low is not None
    assert many.high is not None
    assert many.low < many.mean < many.high
    assert many.mean == pytest.approx(0.35)
    assert "1,000 queries, 8 photographs of 4 people" in as_text(rows)
    assert "no face in 1" in as_text(rows)
    assert set(table_rows(rows)[0]) >= {"queries", "mean", "nearest"}


def test_an_attack_is_made_once_for_its_settings_black_box_and_photograph(tmp_path: Path) -> None:
    one = made_up_set(1, 1).photographs[0]
    sha256, made = one.read().sha256, list[int]()

    def attacked(queries: int, blackbox: str = "box", sha: str = sha256) -> bool:
        run = a_run(0.5, queries, sha)
        folder = attack_folder(tmp_path, one, queries)
        folder.mkdir(parents=True, exist_ok=True)

        def make() -> Any:
            made.append(queries)
            return type("Finished", (), {"run": run})

        def write(finished: Any, place: Path) -> None:
            (place / "run.json").write_text(finished.run.model_dump_json())

        found, before = attack_of(one, AttackSettings(queries=queries), blackbox, folder, make, write)
        assert found == run
        return before

    assert [attacked(100), attacked(100), attacked(200)] == [False, True, False]
    attack_folder(tmp_path, one, 100).joinpath("run.json").write_text("{")
    assert not attacked(100)
    assert not attacked(100, blackbox="another")
    attack_folder(tmp_path, one, 100).joinpath("run.json").write_text(a_run(0.5, 100, "another").model_dump_json())
    assert not attacked(100)
    assert made == [100, 200, 100, 100, 100]
