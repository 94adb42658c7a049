"""By what the person is drawn, and how large."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from explorer.science.synthetic.scene import Scene
from explorer.studio.people.choice import PersonChoice, why_not_traced
from explorer.studio.people.state import PeopleShown
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.people.page import ScenePage, choice_box, choose, refuse

SIZES = (64, 128, 192, 256, 384, 512, 768, 1024)
SAMPLES = (4, 16, 64, 256, 1024)


class DrawnByPage(ScenePage):
    """Renderer, samples, spectrum and size."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__(dispatcher)
        self.renderer = choice_box(
            "what draws the picture: the rasteriser at once, or the path tracer after a while",
            [("Raster", "raster"), ("Path-traced", "path")],
            lambda renderer: self.command(lambda person: person.set_rendering(renderer=renderer)),
        )
        self.side = choice_box(
            "how large the picture is, in pixels a side",
            [(f"{size} px", size) for size in SIZES],
            lambda size: self.command(lambda person: person.set_rendering(size=size)),
        )
        self.samples = choice_box(
            "how many paths are traced a pixel: more of them have less noise, and take longer",
            [(f"{samples} samples", samples) for samples in SAMPLES],
            lambda samples: self.command(lambda person: person.set_rendering(samples=samples)),
        )
        self.spectrum = choice_box(
            "the light that is seen: near infrared at 850 nm is path-traced",
            [("Visible", "visible"), ("Near infrared", "infrared")],
            lambda spectrum: self.command(lambda person: person.set_rendering(spectrum=spectrum)),
        )
        self.row("Drawn by", self.renderer, self.side)
        self.row("Light seen", self.spectrum, self.samples)
        self.note = QLabel()
        self.note.setObjectName("faint")
        self.note.setWordWrap(True)
        self.column.addWidget(self.note)
        self._reason = why_not_traced()
        refuse(self.renderer, "path", self._reason)
        refuse(self.spectrum, "infrared", self._reason)
        self.note.setText(self._reason[:1].upper() + self._reason[1:])
        self.note.setVisible(bool(self._reason))

    def draw(self, choice: PersonChoice, scene: Scene, shown: PeopleShown) -> None:
        """Show what is chosen; numbers of other files are offered, too."""
        rendering = choice.rendering
        for box, value, words in (
            (self.side, rendering.size, f"{rendering.size} px"),
            (self.samples, rendering.samples, f"{rendering.samples} samples"),
        ):
            if box.findData(value) < 0:
                box.addItem(words, value)
            choose(box, value)
        choose(self.renderer, rendering.renderer)
        choose(self.spectrum, rendering.spectrum)
        self.samples.setEnabled(rendering.renderer == "path")
