"""Blender behind a wall: what it is sent, what is taken of its answers, and that whatever ends it ends nothing else.

No Blender is here: a program of a few lines stands in for it, and answers as the script in Blender would.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explorer.science.synthetic.rendered import Rendered
from explorer.science.synthetic.scene import Scene
from explorer.science.synthetic.traceable import Fibres, Mesh, Traceable
from explorer.science.synthetic.tracing import absorption
from explorer.studio.app import cli
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.people import cycles, drawing
from explorer.studio.people.cycles import CyclesTracer, arrays_of, blender_command
from explorer.studio.people.path_tracer import TracingError
from explorer.studio.people.values import PeopleSettings

SIZE = 8
FLAT = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
MESH = Mesh("eye", FLAT, FLAT, np.array([[0, 1, 2]], np.uint32), FLAT, np.ones(3, np.float32), 0.02)
HAIRS = Fibres(np.ones((2, 4, 4), np.float32), (0.3, 0.2, 0.1))
PICTURE = Traceable(SIZE, 100.0, None, (0.1, -0.2), np.ones((8, 16, 3), np.float32), (MESH,), (HAIRS,), 1.5)

# Blender says what it likes between the lines that count.
STANDS_IN = f"""#!{sys.executable}
import json, sys
import numpy as np
folder = sys.argv[-1]
def say(kind, value):
    print("likeness:" + json.dumps({{"kind": kind, "value": value}}), flush=True)
print("Blender 0.0 (hash 0)")
say("ready", "0.0")
for line in sys.stdin:
    print("Fra:1 Mem:9.00M | Sample 1/4")
    asked = json.loads(line)
    with np.load(folder + "/picture.npz") as file:
        about = json.loads(file["about"].item())
    size = about["size"]
    image = np.full((size, size, 4), asked["samples"] + asked["seed"] / 100, np.float32)
    ANSWER
    np.save(folder + "/traced.npy", image)
    say("done", [size, size, 4])
"""


@pytest.fixture
def blender(tmp_path, monkeypatch):
    """Puts a program in Blender's place that does this before it answers."""

    def put(answer: str = "pass"):
        program = tmp_path / "blender"
        program.write_text(STANDS_IN.replace("ANSWER", answer))
        program.chmod(0o700)
        monkeypatch.setenv(cycles.VARIABLE, str(program))
        return program

    return put


def test_a_picture_comes_back_with_its_samples_and_seed(blender):
    blender()
    done: list[int] = []
    with CyclesTracer() as tracer:
        one = tracer.trace(PICTURE, 4, seed=25, progress=done.append)
        other = tracer.trace(PICTURE, 2)
    assert one.shape == (SIZE, SIZE, 4)
    assert (one == np.float32(4.25)).all()
    assert (other == 2).all()
    assert done == [4]


def test_what_is_sent_is_plain_numbers():
    arrays = arrays_of(PICTURE)
    about = json.loads(arrays.pop("about").item())
    assert not any(array.dtype.hasobject for array in arrays.values())
    assert np.array_equal(arrays["mesh.0.triangles"], MESH.triangles)
    assert np.array_equal(arrays["fibres.0"], HAIRS.curves)
    assert about["meshes"] == [["eye", 0.02]]
    assert about["absorbed"] == [pytest.approx(absorption(HAIRS.colour))]
    assert (about["distance"], about["shift"]) == (None, [0.1, -0.2])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("say('refused', 'out of\\n memory'); continue", "refused: out of memory"),
        ("sys.exit(3)", "blender ended"),
        ("image = image[:3]", "no picture"),
        ("image[0] = np.nan", "no picture"),
        ("image = np.zeros(10**6, np.float32)", "more than a picture"),
        ("image = np.array([{}], object)", "no picture"),
    ],
)
def test_what_is_no_answer_is_one_line(blender, answer, said):
    blender(answer)
    with CyclesTracer() as tracer, pytest.raises(TracingError, match=said) as caught:
        tracer.trace(PICTURE, 1)
    assert "\n" not in str(caught.value)


def test_being_stopped_ends_the_process(blender, tmp_path, monkeypatch):
    blender(f"open({str(tmp_path / 'asked')!r}, 'w').close(); sys.stdin.read()")  # for ever
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *words, **how: started.append(popen(*words, **how)) or started[-1])
    # Not before it is ready, and then before it answers.
    with pytest.raises(Cancelled), CyclesTracer((tmp_path / "asked").exists) as tracer:
        tracer.trace(PICTURE, 1)
    assert started[0].returncode is not None


def test_a_blender_is_found_by_its_path_or_it_is_said_what_to_do(blender, tmp_path, monkeypatch):
    program = blender()
    words = blender_command()
    assert words[0] == str(program)
    assert "--background" in words
    monkeypatch.setenv(cycles.VARIABLE, sys.executable)
    assert len(blender_command()) == 2
    monkeypatch.setenv(cycles.VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(UserError, match="no such program"):
        blender_command()
    monkeypatch.delenv(cycles.VARIABLE)
    monkeypatch.setattr(cycles.shutil, "which", lambda name: None)
    monkeypatch.setattr(cycles.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=cycles.VARIABLE):
        blender_command()


def test_people_are_drawn_by_it_where_settings_say_so(blender, monkeypatch):
    blender("image = np.full((size, size, 4), 0.5, np.float32)")
    nothing = np.zeros((SIZE, SIZE, 3), np.uint8)
    portrait = SimpleNamespace(background=torch.zeros(3, SIZE, SIZE))
    drawn = Rendered(Scene(), nothing, nothing[..., 0], nothing[..., 0], nothing, portrait)
    monkeypatch.setattr(drawing, "render_scenes", lambda *scenes, **how: iter([drawn]))
    monkeypatch.setattr(drawing, "traceable", lambda *about: PICTURE)
    settings = PeopleSettings(renderer="path", variant="cycles", samples=1)
    (traced,) = drawing.drawn_people([Scene()], settings, None)
    # Half of the light in linear terms.
    assert (traced.pixels == 188).all()


def test_blenders_own_module_of_the_same_name_is_found_before_ours(tmp_path):
    (tmp_path / "cycles.py").write_text("WHOSE = 'Blender'\n")
    (tmp_path / "bpy.py").write_text("import cycles\n\n\nclass app:\n    version_string = cycles.WHOSE\n")
    done = subprocess.run(
        [sys.executable, cycles.cycles_script.__file__, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.removeprefix("likeness:")) == {"kind": "ready", "value": "Blender"}


def test_no_blender_is_a_line_and_leaves_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(cycles.VARIABLE, os.fspath(tmp_path / "nowhere"))
    words = ["people", "draw", "--renderer", "path", "--variant", "cycles", "--out", str(tmp_path / "drawn")]
    assert cli.main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "drawn").exists()
