"""A question before something that nothing brings back."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget


def agreed(parent: QWidget, asked: str, goes: str, act: str, title: str = "Likeness") -> bool:
    """Ask whether to do it; not to do it is what Enter and Esc answer.

    Args:
        asked: the question. goes: what would go, and what stays. act: the word on the button that does it.
    """
    box = QMessageBox(parent)
    box.setWindowTitle(title)
    box.setText(asked)
    box.setInformativeText(goes)
    do = box.addButton(act, QMessageBox.ButtonRole.DestructiveRole)
    keep = box.addButton("Keep", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.exec()
    answer = box.clickedButton() is do
    box.deleteLater()
    return answer
