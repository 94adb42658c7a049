"""Colours, fonts and style sheet of the window: dark first, following the system where it states a preference."""

from __future__ import annotations

import re
import string
import tomllib
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

from explorer.studio import places

Choice = Literal["system", "dark", "light"]

BASE_POINTS = 9.75
SMALL_POINTS = 8.75


@dataclass(frozen=True)
class Theme:
    """Named colours ("#rrggbb"); `series` are the plots' colours, the attacked encoder's first."""

    name: str
    window: str
    panel: str
    raised: str
    hover: str
    field: str
    border: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_hover: str
    accent_text: str
    selection: str
    good: str
    bad: str
    warn: str
    negative: str
    series: tuple[str, ...]

    def colour(self, role: str) -> QColor:
        """Return the colour of a role such as "accent"."""
        return QColor(getattr(self, role))


class _Themes(QObject):
    """Holds the theme in force and tells the widgets that paint for themselves when it changes."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice: Choice = "system"
        self.theme = load("dark")
        self.text_scale = 1.0


def load(name: str) -> Theme:
    """Read a theme of resources/themes."""
    with (places.resources() / "themes" / f"{name}.toml").open("rb") as file:
        colours = tomllib.load(file)
    colours["series"] = tuple(colours["series"])
    return Theme(name=name, **colours)


themes = _Themes()


def current() -> Theme:
    """Return the theme in force."""
    return themes.theme


def choose(choice: Choice) -> None:
    """Apply a theme, or the system's, to the application; dark where the system has no preference."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    themes.choice = choice
    light = choice == "light" or (choice == "system" and app.styleHints().colorScheme() is Qt.ColorScheme.Light)
    themes.theme = load("light" if light else "dark")
    app.setPalette(_palette(themes.theme))
    app.setStyleSheet(_style_sheet(themes.theme))
    themes.changed.emit()


def scale_text(scale: float) -> None:
    """Make the text so many times as large."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    if scale != themes.text_scale:
        themes.text_scale = scale
        app.setFont(ui_font())
        choose(themes.choice)


def install(app: QApplication) -> None:
    """Give the application its fonts, style and the system's theme, and follow its changes."""
    app.setStyle("Fusion")
    for file in sorted((places.resources() / "fonts").glob("*.otf")):
        QFontDatabase.addApplicationFont(str(file))
    app.setFont(ui_font())
    choose("system")
    app.styleHints().colorSchemeChanged.connect(lambda _: choose("system") if themes.choice == "system" else None)


def ui_font(points: float = BASE_POINTS, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return the window's font with tabular figures, so that numbers align and do not jitter."""
    font = QFont("Inter")
    if QFontInfo(font).family() != "Inter":
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPointSizeF(points * themes.text_scale)
    font.setWeight(weight)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.window,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.field,
        QPalette.ColorRole.AlternateBase: theme.panel,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.ToolTipBase: theme.raised,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.faint,
        QPalette.ColorRole.Highlight: theme.selection,
        QPalette.ColorRole.HighlightedText: theme.text,
        QPalette.ColorRole.Link: theme.accent,
        QPalette.ColorRole.Accent: theme.accent,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.faint))
    return palette


def _style_sheet(theme: Theme) -> str:
    icons = places.resources() / "icons"
    values = {name: value for name, value in vars(theme).items() if isinstance(value, str)}
    values["chevron"] = (icons / f"chevron-{theme.name}.svg").as_posix()
    values["check"] = (icons / f"check-{theme.name}.svg").as_posix()
    template = (places.resources() / "themes" / "window.qss").read_text(encoding="utf-8")
    # Qt takes a least height of the style sheet for all that a widget needs.
    template = re.sub(
        r"(font-size: |min-height: )([\d.]+)(?=pt|px; /\* text \*/)",
        lambda found: f"{found[1]}{float(found[2]) * themes.text_scale:.2f}",
        template,
    )
    return string.Template(template).substitute(values)
