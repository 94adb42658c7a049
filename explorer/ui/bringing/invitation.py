"""What can be imported, while nothing has been: each kind with what it is for, and the way to it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.ui.base import icons, text_size
from explorer.ui.widgets.captioned import section_title

ENCODER = (
    "An encoder of your own embeds, compares and judges faces, and can be attacked, as those of the program do.",
    "ONNX, PyTorch's tensors, Keras .h5, TensorFlow.js or TensorFlow Lite. How it wants its faces is found out on "
    "photographs of known people.",
)
GENERATOR = (
    "A generator of your own draws the faces of inversions.",
    "StyleGAN2, StyleGAN2-ADA and StyleGAN3 by NVIDIA's .pkl, rosinality's .pt, or DCGAN; without labels. Where its "
    "faces lie in what it draws is found out.",
)
SAFE = "Nothing in such a file is run. What is kept lies in a folder that is yours alone."
_WIDTH, _ICON = 330, 28


class Invitation(QWidget):
    """Two frames beside each other, in the middle.

    Attributes:
        buttons: the ways to import, by the name of their action.
    """

    def __init__(self, network: QAction, generator: QAction) -> None:
        super().__init__()
        self.buttons: list[QPushButton] = []
        frames = QHBoxLayout()
        frames.setSpacing(16)
        frames.addStretch()
        frames.addWidget(self._frame("vector", "Encoder", ENCODER, network))
        frames.addWidget(self._frame("image", "Generator", GENERATOR, generator))
        frames.addStretch()
        safe = _words(SAFE, "faint")
        safe.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addStretch(2)
        title = section_title("Nothing has been imported")
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(title)
        layout.addLayout(frames)
        layout.addWidget(safe)
        layout.addStretch(3)

    def _frame(self, icon: str, title: str, said: tuple[str, str], action: QAction) -> QFrame:
        frame = QFrame()
        frame.setObjectName("card")
        text_size.fixed_width(frame, _WIDTH)
        mark = QLabel()
        mark.setPixmap(icons.icon(icon).pixmap(QSize(_ICON, _ICON), self.devicePixelRatioF()))
        button = QPushButton(action.text())
        button.setToolTip(action.toolTip())
        button.setAutoDefault(False)
        button.clicked.connect(action.trigger)
        self.buttons.append(button)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(mark)
        head.addWidget(section_title(title), 1)
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(18, 16, 18, 16)
        layout.setSpacing(10)
        layout.addLayout(head)
        layout.addWidget(_words(said[0], ""))
        layout.addWidget(_words(said[1], "muted"))
        layout.addStretch()
        layout.addWidget(button)
        return frame


def _words(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setObjectName(role)
    return label
