"""What the window exports, made again from the file alone: readouts and 3D views of a face, and of its inversion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.science.geometry.refinement import RefinementSettings
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.terms import default_weights
from explorer.science.iteration import Steps
from explorer.studio.app.features import new_session
from explorer.studio.app.picture_records import picture_record
from explorer.studio.app.workbench import Workbench
from explorer.studio.catalogue.networks import Networks
from explorer.studio.engine.device import Device
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.export.provenance import png_bytes, read_provenance
from explorer.studio.faces.handlers import FaceHandlers
from explorer.studio.faces.state import ENCODER, FACES, SELECTED
from explorer.studio.geometry.handlers import ViewHandlers
from explorer.studio.geometry.state import VIEWING
from explorer.studio.geometry.view.tinting import map_picture
from explorer.studio.inversion import state as inversion_state
from explorer.studio.inversion.handlers import InversionHandlers
from explorer.studio.inversion.state import RUN
from explorer.studio.leakage.handlers import ProbeHandlers
from explorer.studio.reproducing.runs import Recipe, RunReproduction, compared, run_again, target_again
from explorer.studio.session.state import NOTIFICATIONS
from tests.studio.reproducing.again_kit import P002, made_again

SETTINGS = InversionSettings(steps=2, starts=2, contest=1, finish=1, resolution=128, encoder="sface")


class Window:
    """The workbench with its real handlers, and nothing on screen."""

    def __init__(self, networks: Networks) -> None:
        self.session, device = new_session(), Device(lambda loading: networks)
        self.session[inversion_state.SETTINGS], self.session[ENCODER] = SETTINGS, "sface"
        views = ViewHandlers(refinement=RefinementSettings(steps=2))
        handlers = [FaceHandlers(device), InversionHandlers(device), ProbeHandlers(device), views]
        self.engine = FakeEngine({kind: one for each in handlers for kind, one in each.table().items()})
        self.workbench = Workbench(self.engine, self.session, default_weights())
        self.engine.connect(self.workbench.handle)
        self.workbench.faces.open_paths([P002])
        self.settle()
        self.workbench.probes.watch(True)
        self.workbench.views.watch(True)
        self.settle()

    def settle(self) -> None:
        while self.engine.run():
            pass


@pytest.fixture(scope="module")
def window(networks: Networks) -> Window:
    """A face, edited, and its inversion by the embedding as it is."""
    made = Window(networks)
    made.workbench.probes.edit_picture("blur", 0.5)
    made.workbench.probes.edit_vector("bits", 5)
    made.workbench.inversion.start()
    made.settle()
    assert made.session[RUN].status == "finished", made.session[NOTIFICATIONS]
    return made


def repeating(networks: Networks):
    """Runs made again by the networks that are loaded already; which they were."""
    made: list[RunReproduction] = []

    def repeat(recipe: Recipe, source: Path) -> RunReproduction:
        opened = target_again(networks, recipe, source)
        made.append(compared(recipe, opened, Steps(run_again(networks, recipe, opened.target)).result))
        return made[-1]

    return repeat, made


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".parquet", ".pdf"])
def test_readouts_of_a_face_altered_and_of_its_inversion(
    window: Window, networks: Networks, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"readouts{suffix}"
    window.workbench.probes.export(path)
    window.settle()
    assert set(read_provenance(path)["readouts"]) == {"as it is", "altered", "inversion"}
    repeat, runs = repeating(networks)
    made = made_again(path, P002, networks=networks, repeat=repeat)
    assert [run.same_latent for run in runs] == [True]
    assert made.deviation.largest < 1e-4
    assert made.deviation.changed == ()
    assert made.differences == ()


@pytest.mark.slow
def test_views_of_the_face_and_of_its_reconstruction(window: Window, networks: Networks, tmp_path: Path) -> None:
    views = window.workbench.views
    views.turn(25.0, 4.0)
    views.render_still()
    window.settle()
    mesh = tmp_path / "face.ply"
    views.export_view(mesh)
    window.settle()
    made = made_again(mesh, P002)
    assert read_provenance(mesh)["steps"] == 2
    assert made.deviation.largest < 1e-3
    views.set_subject("reconstruction")
    window.settle()
    views.export_maps(tmp_path)
    window.settle()
    (picture,) = tmp_path.glob("reconstruction*-completed.png")
    repeat, runs = repeating(networks)
    made = made_again(picture, P002, networks=networks, repeat=repeat)
    assert [run.same_latent for run in runs] == [True]
    assert made.deviation.largest < 1e-3
    one, other = (np.asarray(Image.open(path)).astype(int) for path in (picture, made.files[0]))
    assert np.abs(one - other).mean() < 0.5


@pytest.mark.slow
def test_a_map_that_is_dragged_out_of_the_window(window: Window, networks: Networks, tmp_path: Path) -> None:
    window.workbench.views.set_subject("photograph")
    window.workbench.views.turn(-50.0, 0.0)
    window.settle()
    view = window.session[VIEWING].view
    assert not view.still
    for title, pixels in (("Completed", view.completed), ("Difference", map_picture(view.maps, "difference"))):
        path = tmp_path / f"{title}.png"
        path.write_bytes(png_bytes(pixels, picture_record(window.session, pixels, title, mark=False)))
        made = made_again(path, P002)
        assert made.deviation.largest < 1e-3
        one, other = (np.asarray(Image.open(file)).astype(int) for file in (path, made.files[0]))
        assert one.shape == other.shape
        assert np.abs(one - other).mean() < 0.5
    frame = window.session[FACES][window.session[SELECTED]].frame
    assert picture_record(window.session, frame, "Photo", mark=False)["kind"] in ("photograph", "picture")
