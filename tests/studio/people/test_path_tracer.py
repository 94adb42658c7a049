"""The process that traces: it answers as tracing here does, can be stopped, and whatever ends it ends nothing else."""

import base64
import multiprocessing
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from explorer.science.synthetic import tracing
from explorer.science.synthetic.population import draw_person, draw_scene
from explorer.science.synthetic.scene import SKIES, Scene
from explorer.science.synthetic.surroundings import HEIGHT, harmonics_of_map
from explorer.science.synthetic.traceable import Traceable
from explorer.studio import catalogue
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.people import path_tracer, skies
from explorer.studio.people.path_tracer import PathTracer, TracingError

EMPTY = Traceable(8, 100.0, 500.0, (0.0, 0.0), np.ones((8, 16, 3), np.float32), (), (), 1.5)


@pytest.fixture(scope="module")
def tracer():
    with PathTracer() as running:
        yield running
    assert running.pid is None


def exr(pixels: np.ndarray, folder: Path) -> bytes:
    import mitsuba as mi

    mi.set_variant("scalar_rgb")
    mi.Bitmap(pixels.astype(np.float32)).write(str(folder / "sky.exr"))
    return (folder / "sky.exr").read_bytes()


def test_it_answers_as_tracing_here_does_and_tells_how_far_it_is(tracer, tmp_path):
    done: list[int] = []
    there = tracer.trace(EMPTY, 40, seed=3, progress=done.append)
    *_, here = tracing.trace(EMPTY, 40, 3, tmp_path)
    assert np.array_equal(there, here)
    assert done == [16, 32, 40]


def test_what_is_refused_is_one_line_and_the_process_goes_on(tracer):
    for data in (b"", b"\x80\x04cos\nsystem\n.", b"no sky" * 99):
        with pytest.raises(TracingError) as caught:
            tracer.decode_sky(data)
        assert "\n" not in str(caught.value)
    assert tracer.trace(EMPTY, 1).shape == (8, 8, 4)


def test_a_sky_is_decoded_clamped_and_lights_a_scene(tracer, tmp_path, monkeypatch):
    photographed = np.full((2 * HEIGHT, 4 * HEIGHT, 3), 0.5)
    photographed[: HEIGHT // 2] = (1.0, 2.0, 4.0)
    photographed[-4:] = -7.0
    data = exr(photographed, tmp_path)
    assert tracer.decode_sky(data).min() == 0
    packed = b"export default 'data:application/exr;base64,%s'\n" % base64.b64encode(data)
    (tmp_path / "skies.js").write_bytes(packed * len(SKIES))
    monkeypatch.setattr(catalogue, "path", lambda name: tmp_path / f"{name}.js")
    even = skies.load_sky("forest", tracer)
    assert harmonics_of_map(even)[0].mean() == pytest.approx(1)
    scene = skies.under_sky(draw_scene(draw_person(3), 1), "forest", even)
    assert scene == skies.under_sky(draw_scene(draw_person(3), 1), "forest", even)
    assert scene.light[0] != Scene().light[0]
    assert scene.light[1][2] > scene.light[1][0] > 0  # blue, and from above
    (tmp_path / "skies.js").write_bytes(packed)
    with pytest.raises(UserError, match="does not hold 18 skies"):
        skies.sky_bytes("forest")


def test_being_stopped_ends_the_process():
    before = set(multiprocessing.active_children())
    stopped = iter([False] * 3)
    with pytest.raises(Cancelled), PathTracer(should_stop=lambda: next(stopped, True)) as running:
        running.trace(EMPTY, 4096)
    assert set(multiprocessing.active_children()) == before


def test_a_process_that_is_killed_is_one_line(tmp_path):
    with PathTracer() as running:
        assert running.pid is not None
        os.kill(running.pid, signal.SIGKILL)
        with pytest.raises(TracingError, match=r"ended \(SIGKILL\)"):
            running.trace(EMPTY, 1)


def test_a_picture_that_asks_for_more_memory_than_its_limit_is_refused():
    large = Traceable(4096, 100.0, 500.0, (0.0, 0.0), np.ones((8, 16, 3), np.float32), (), (), 1.5)
    with PathTracer(room=1 << 27) as running, pytest.raises(TracingError) as caught:
        running.trace(large, 1)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="tells of the end of a process that is not ours")
def test_it_ends_with_its_parent():
    lines = (
        "import os, signal\n"
        "from explorer.studio.people.path_tracer import PathTracer\n"
        "if __name__ == '__main__':\n"
        "    with PathTracer() as running:\n"
        "        print(running.pid, flush=True)\n"
        "        input()\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", lines]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        end = os.pidfd_open(int(parent.stdout.readline()))
        parent.communicate("\n")
    try:
        assert select.select([end], [], [], 60)[0]
    finally:
        os.close(end)


def test_a_variant_that_does_not_work_here_is_refused(monkeypatch):
    monkeypatch.setattr(path_tracer, "llvm_works", lambda: False)
    with pytest.raises(UserError, match="needs LLVM 17"):
        PathTracer("llvm_ad_rgb")


def test_a_probe_that_is_aborted_says_no(monkeypatch):
    monkeypatch.setattr(path_tracer, "_PROBE", "import os; os.abort()")
    path_tracer.llvm_works.cache_clear()
    assert not path_tracer.llvm_works()
    path_tracer.llvm_works.cache_clear()
