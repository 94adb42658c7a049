"""A form made from a pydantic model: one row a field, bounds, units and explanations taken from its metadata."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any, Literal, Union, cast, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QLabel, QWidget

from explorer.ui.base import text_size
from explorer.ui.widgets.number_field import NumberField
from explorer.ui.widgets.quiet import QuietComboBox

LABEL_WIDTH, FIELD_WIDTH, EXPLANATION_WIDTH = 90, 130, 360


class SettingsForm(QWidget):
    """Edits the fields of a model that are numbers, choices or switches.

    Args:
        model: the model whose fields are shown, in their order.
        fields: names of those to show.
        label_width: of the column of names, in logical pixels; forms under each other align.
        explained: whether explanations stand beside their fields, and not in their tips alone.
    """

    changed = Signal(str, object)

    def __init__(
        self,
        model: type[BaseModel],
        fields: Sequence[str],
        parent: QWidget | None = None,
        *,
        label_width: int = LABEL_WIDTH,
        explained: bool = False,
    ) -> None:
        super().__init__(parent)
        self._editors: dict[str, _AnyEditor] = {}
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(10)
        layout.setVerticalSpacing(3)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for name in fields:
            info = model.model_fields[name]
            editor = _editor(name, info)
            label = QLabel(info.title or name.replace("_", " "))
            label.setObjectName("muted")
            text_size.fixed_width(label, label_width)
            label.setToolTip(info.description or "")
            label.setBuddy(editor)
            editor.setToolTip(info.description or "")
            editor.name_parts(info.title or name.replace("_", " "), info.description or "")
            editor.edited.connect(lambda value, name=name: self.changed.emit(name, value))
            layout.addRow(label, _explained(editor, label, info.description or "") if explained else editor)
            self._editors[name] = editor

    def show_values(self, values: BaseModel) -> None:
        """Show a model's values without telling anybody."""
        for name, editor in self._editors.items():
            editor.show_value(getattr(values, name))

    def names(self) -> tuple[str, ...]:
        """Return the fields shown, in order."""
        return tuple(self._editors)

    def editor(self, name: str) -> QWidget:
        """Return the editor of a field."""
        return self._editors[name]


class _Editor(QWidget):
    edited = Signal(object)

    def __init__(self, *parts: QWidget) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for part in parts:
            layout.addWidget(part, 0 if isinstance(part, QCheckBox) else 1)
        self.setFocusProxy(parts[-1])
        self._parts = parts

    def name_parts(self, name: str, explanation: str) -> None:
        """Say to those who cannot see it which setting this is."""
        for part in self._parts:
            switch = isinstance(part, QCheckBox) and len(self._parts) > 1
            part.setAccessibleName(f"state {name}" if switch else name)
            part.setAccessibleDescription(explanation)


class _Choice(_Editor):
    def __init__(self, options: Sequence[object], unit: str) -> None:
        self.box = QuietComboBox()
        for option in options:
            self.box.addItem(f"{option} {unit}".strip(), option)
        super().__init__(self.box)
        self.box.activated.connect(lambda index: self.edited.emit(self.box.itemData(index)))

    def show_value(self, value: Any) -> None:
        self.box.setCurrentIndex(self.box.findData(value))


class _Number(_Editor):
    def __init__(self, field: NumberField) -> None:
        self.field = field
        super().__init__(field)
        field.valueChanged.connect(lambda _: self.edited.emit(field.number()))

    def show_value(self, value: Any) -> None:
        with QSignalBlocker(self.field):
            self.field.setValue(value)


class _Switch(_Editor):
    def __init__(self) -> None:
        self.box = QCheckBox()
        super().__init__(self.box)
        self.box.toggled.connect(self.edited.emit)

    def show_value(self, value: Any) -> None:
        with QSignalBlocker(self.box):
            self.box.setChecked(value)


class _Optional(_Editor):
    """A number behind a check box; unchecked means None."""

    def __init__(self, field: NumberField) -> None:
        self.box = QCheckBox()
        self.field = field
        field.setEnabled(False)
        super().__init__(self.box, field)
        self.box.toggled.connect(self._toggled)
        field.valueChanged.connect(lambda _: self.edited.emit(field.number()))

    def _toggled(self, on: bool) -> None:
        self.field.setEnabled(on)
        self.edited.emit(self.field.number() if on else None)

    def show_value(self, value: Any) -> None:
        with QSignalBlocker(self.box), QSignalBlocker(self.field):
            self.box.setChecked(value is not None)
            self.field.setEnabled(value is not None)
            if value is not None:
                self.field.setValue(value)


# What each of them has besides: `show_value`, which tells nobody. Qt's classes take no abstract base.
_AnyEditor = _Choice | _Number | _Switch | _Optional


def _explained(editor: QWidget, name: QLabel, text: str) -> QWidget:
    """Put an explanation beside an editor: their first lines and the name stand on one line."""
    text_size.fixed_width(editor, FIELD_WIDTH)
    label = QLabel(text)
    label.setObjectName("faint")
    label.setWordWrap(True)
    for one in (name, label):
        one.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(14)
    layout.addWidget(editor, 0, Qt.AlignmentFlag.AlignTop)
    layout.addWidget(label, 1, Qt.AlignmentFlag.AlignTop)
    row.ensurePolished()

    def fit() -> None:
        for one in (name, label):
            one.setContentsMargins(0, max(editor.sizeHint().height() - one.fontMetrics().height(), 0) // 2, 0, 0)
        label.setFixedWidth(text_size.scaled(EXPLANATION_WIDTH))
        label.setMinimumHeight(label.heightForWidth(text_size.scaled(EXPLANATION_WIDTH)))

    text_size.follow(label, fit)
    return row


def _editor(name: str, info: FieldInfo) -> _AnyEditor:
    kind, optional = _strip_optional(info.annotation)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    unit = str(extra.get("unit", ""))
    unit = "" if unit == name else unit
    if get_origin(kind) is Literal:
        return _Choice(get_args(kind), unit)
    if kind is bool:
        return _Switch()
    field = _whole_number(info) if kind is int else _real_number(info)
    if unit:
        field.setSuffix(f" {unit}")
    return _Optional(field) if optional else _Number(field)


def _whole_number(info: FieldInfo) -> NumberField:
    low, high = _bounds(info)
    field = NumberField(low, min(high, 2**31 - 1), 0)
    field.setValue(20)  # for a check box that is ticked where nothing was stated
    return field


def _real_number(info: FieldInfo) -> NumberField:
    low, high = _bounds(info)
    field = NumberField(low, high, 4)
    field.setValue(low + 0.9 * (high - low))  # likewise, in the upper part of the range: 0.9 for a cosine
    return field


def _strip_optional(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        return kinds[0], len(kinds) < len(get_args(annotation))
    return annotation, False


def _bounds(info: FieldInfo) -> tuple[float, float]:
    low, high = 0.0, 1e9
    for rule in info.metadata:
        if isinstance(rule, Ge):
            low = cast(float, rule.ge)
        elif isinstance(rule, Gt):
            low = cast(float, rule.gt) + 1e-4
        elif isinstance(rule, Le):
            high = cast(float, rule.le)
        elif isinstance(rule, Lt):
            high = cast(float, rule.lt) - 1e-4
    return low, high
