"""A photograph that is itself inverted: what it begins with, beside which run it is laid, and where there is none."""

from __future__ import annotations

from explorer.science.inversion.presets import PHOTOGRAPH
from explorer.studio.inversion.requests import Invert
from explorer.studio.inversion.state import COMPARED, RUNS, SETTINGS, WEIGHTS
from tests.studio.app.bench_kit import Bench


def test_it_has_settings_and_weights_of_its_own_and_is_laid_beside_its_vectors_run() -> None:
    bench = Bench()
    bench.open(b"1")
    bench.workbench.inversion.start()
    bench.engine.run()
    before, weights = bench.session[SETTINGS], dict(bench.session[WEIGHTS])
    bench.workbench.inversion.start_photograph()
    bench.engine.run()
    of_vector, of_photograph = bench.requests(Invert)
    assert of_photograph.settings.shows_photograph
    assert not of_vector.settings.shows_photograph
    assert of_photograph.settings.seed == before.seed
    assert of_photograph.settings.weights == PHOTOGRAPH.weights
    assert (bench.session[SETTINGS], dict(bench.session[WEIGHTS])) == (before, weights), "the next run's stay"
    assert bench.session[COMPARED] == (of_vector.run_key, of_photograph.run_key) == tuple(bench.session[RUNS])
    assert bench.run.steps[0].weights["prior"] == PHOTOGRAPH.weights["prior"]
    assert bench.run.target.frame is not None
    assert bench.run.shows_photograph
    bench.workbench.runs.branch(1)
    bench.engine.run()
    branched = bench.requests(Invert)[-1]
    assert not branched.settings.shows_photograph
    assert bench.run.shows_photograph, "its latent was the photograph's"
    assert branched.branch.record.regressor in (None, "wplus-encoder")


def test_it_starts_once_the_face_is_embedded_and_stands_alone_where_no_vector_was_inverted() -> None:
    bench = Bench()
    bench.workbench.faces.open_bytes(b"1", "one.png")
    bench.workbench.inversion.start_photograph()
    bench.engine.run()
    if not bench.requests(Invert):  # nothing was selected yet
        bench.workbench.inversion.start_photograph()
        bench.engine.run()
    (request,) = bench.requests(Invert)
    assert request.settings.targets == "picture"
    assert bench.session[COMPARED] == ()
