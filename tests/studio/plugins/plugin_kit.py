"""Packages that offer plug-ins, made up on a path of their own as an installer would leave them."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from explorer.studio.origins import Group
from explorer.studio.plugins.loading import forget_problem, load_plugins, problem_of
from explorer.studio.plugins.switches import PluginSwitches, Switch

ENCODER = """
    import torch
    from explorer.science.recognition.registry import encoder_spec
    from dataclasses import replace

    class Part:
        spec = replace(encoder_spec("sface"), id="greys", network="greys", title="Greys", dimension=4, lengths=None)
        file = None

        def body(self, data):
            return Body()

    class Body(torch.nn.Module):
        def forward(self, image):
            return torch.nn.functional.adaptive_avg_pool2d(image.mean(1, keepdim=True), 2).flatten(1)

    PART = Part()
"""
GENERATOR = """
    import torch
    from explorer.science.generation.brought.generator import BroughtGenerator
    from explorer.science.generation.spec import GeneratorSpec

    class Mapping(torch.nn.Module):
        def forward(self, z):
            return z * 0.5

    class Synthesis(torch.nn.Module):
        def forward(self, styles, random=None):
            return styles.mean((1, 2))[:, None, None, None].expand(-1, 3, 32, 32).tanh()

    class Part:
        spec = GeneratorSpec("blank", "Blank", ("blank",), style_layers=2, width=4, resolution=32)
        files = ()

        def build(self, files):
            assert files == [b""]
            return BroughtGenerator(self.spec, Mapping(), Synthesis(), torch.zeros(4))

    PART = Part()
"""
TERM = """
    from explorer.science.inversion.terms import Term

    PART = Term("flat", "Flat", "flatly", "ours", 0.7, 2.0, lambda target, one: one.image.square().mean((1, 2, 3)))
"""
PROBE = """
    from explorer.science.leakage.probes import ProbeSpec

    PART = ProbeSpec("old", "Old", "binary", "age", "dlib", lambda years: (years > 60).float(), ("no", "yes"))
"""
MODEL = """
    from pathlib import Path
    import torch
    from explorer.science.geometry.morphable_model import MorphableModel

    class Part:
        name, title = "toy", "Toy (.toy)"
        file = Path(__file__).with_name("model.toy")

        def reads(self, path):
            return path.suffix == ".toy"

        def read(self, path):
            still = torch.zeros(0, 3, 3)
            return MorphableModel("toy", torch.eye(3), still, still, torch.tensor([[0, 1, 2]]))

    PART = Part()
"""
PANEL = """
    from PySide6.QtWidgets import QLabel
    from explorer.ui.actions.dock_spec import DockSpec
    from explorer.ui.actions.ui_feature import UiFeature

    def panel(window):
        return QLabel("from a plug-in")

    PART = UiFeature(name="made-up", docks=(DockSpec("made_up", "Made up", panel, "bottom", "What was made up"),))
"""
SOURCES: Mapping[Group, str] = {
    "encoders": ENCODER,
    "generators": GENERATOR,
    "terms": TERM,
    "probes": PROBE,
    "models": MODEL,
    "panels": PANEL,
}
NAMES: Mapping[Group, str] = {
    "encoders": "greys",
    "generators": "blank",
    "terms": "flat",
    "probes": "old",
    "models": "toy",
}


class Site:
    """A folder of installed packages, and one of settings.

    Attributes:
        path: of the packages. config: of the settings.
    """

    def __init__(self, folder: Path) -> None:
        self.path, self.config = folder / "site", folder / "config"
        for one in (self.path, self.config):
            one.mkdir()

    def install(
        self, group: Group, source: str, *, package: str = "made-up-parts", name: str = "part", version: str = "1.2"
    ) -> Switch:
        """Leave a package with one part, `PART` of the source; a second one of the same package goes beside it."""
        module = f"{package}_{group}_{name}".replace("-", "_")
        (self.path / f"{module}.py").write_text(textwrap.dedent(source))
        about = self.path / f"{package.replace('-', '_')}-{version}.dist-info"
        about.mkdir(exist_ok=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\nSummary: parts\n")
        with (about / "entry_points.txt").open("a") as file:
            file.write(f"[likeness.{group}]\n{name} = {module}:PART\n")
        return Switch(distribution=package.lower(), group=group, name=name)

    def switch(self, switch: Switch, on: bool = True) -> None:
        """Switch a part in the settings."""
        switches = PluginSwitches()
        assert switches.persist_in(self.config) is None
        switches.set(switch, on)

    def load(self) -> list[str]:
        """Load what is switched on; the lines of what is left out."""
        return [problem.text for problem in load_plugins(self.config)]

    def imported(self) -> list[str]:
        """The modules of its packages that this process has imported."""
        ours = {file.stem for file in self.path.glob("*.py")}
        return sorted(ours & set(sys.modules))


@contextmanager
def open_site(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site on the path of modules; behind it nothing of it is registered or imported."""
    site = Site(folder)
    monkeypatch.syspath_prepend(str(site.path))
    monkeypatch.setenv("LIKENESS_CONFIG", str(site.config))
    try:
        yield site
    finally:
        for switch in _left_out(site):
            forget_problem(switch)
        empty = folder / "nothing"
        empty.mkdir()
        load_plugins(empty)
        for module in site.imported():
            del sys.modules[module]


def _left_out(site: Site) -> list[Switch]:
    switches = PluginSwitches()
    switches.persist_in(site.config)
    return [switch for switch in switches.on if problem_of(switch)]
