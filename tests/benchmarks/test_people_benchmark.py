"""The benchmark of people: its headlines are numbers of the commands' records, and what is drawn is drawn once."""

import json

import pytest

from benchmarks import people_authentication, people_realism
from benchmarks.people import FIGURES


def test_realism_is_told_of_both_renderers_and_of_halves():
    values = {"kernel": {"value": 0.002}, "frechet": {"value": 3.0}}
    record = {"sets": [values | {"name": name} for name in people_realism.RENDERERS], "halves": values}
    found = people_realism.headlines(record)
    assert set(found) == set(people_realism.FIGURES) <= set(FIGURES)
    assert (found["kernel_path"], found["frechet_halves"]) == (2.0, 3.0)


def test_what_is_drawn_stays(tmp_path, monkeypatch):
    asked = []

    def run(words):
        first, count, out = int(words[3]), int(words[5]), words[9]
        asked.append((first - people_realism.PEOPLE_SEED, count))
        out.mkdir()
        for seed in range(first, first + count):
            (out / f"person-{seed}-0.png").write_bytes(b"drawn")

    monkeypatch.setattr(people_realism, "run", run)
    folder = people_realism.drawn(tmp_path / "raster", "raster", 45, 1)
    assert asked == [(0, 20), (20, 20), (40, 5)]
    assert len(list(folder.iterdir())) == 45
    (folder / f"{people_realism.PEOPLE_SEED + 7}.png").unlink()
    people_realism.drawn(folder, "raster", 30, 1)
    assert asked[3:] == [(7, 1)]
    assert len(list(folder.iterdir())) == 30


def test_authentication_tells_each_sets_rate(tmp_path, monkeypatch):
    rates = {"target": 0.3, "unbalanced": 0.2, "balanced": 0.1}
    arms = [
        {"arm": arm, "rejections": [{"far": 1e-3, "frr": {"value": rate}}, {"far": 1e-5, "frr": {"value": 1.0}}]}
        for arm, rate in rates.items()
    ]
    monkeypatch.setattr(people_authentication, "run", lambda words: json.dumps({"arms": arms}))
    part = people_authentication.measure_authentication(tmp_path, "--steps", "2")
    assert part.headline == {f"frr_{arm}": pytest.approx(rate) for arm, rate in rates.items()}
    assert set(part.headline) == set(people_authentication.FIGURES) <= set(FIGURES)
    command = "likeness people evaluate authentication --work DIR --renderer path --steps 2 --json"
    assert part.details["authentication"]["command"] == command
