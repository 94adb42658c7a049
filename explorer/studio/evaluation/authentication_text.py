"""Table 4, as text and as rows of a table."""

from __future__ import annotations

from explorer.science.evaluation.same_person import Estimate
from explorer.studio.evaluation.authentication import ArmResult, AuthenticationRecord, Rejection
from explorer.studio.evaluation.authentication_settings import TITLES
from explorer.studio.export.tables import Row, Value


def table_rows(record: AuthenticationRecord) -> list[Row]:
    """A row for each set and each FAR that is told."""
    return [_row(record, arm, one) for arm in record.arms for one in arm.rejections]


def _row(record: AuthenticationRecord, arm: ArmResult, one: Rejection) -> Row:
    row: dict[str, Value] = {"trained_on": arm.arm, "people": arm.people, "women": arm.women, "pictures": arm.pictures}
    row |= {"tested_on": record.test["people"], "far": one.far}
    row |= _parts("frr", one.frr) | _parts("frr_women", one.women) | _parts("frr_men", one.men)
    row |= _parts("less_than_target", one.less)
    return row | {f"frr_training_{number}": value for number, value in enumerate(one.by_training, 1)}


def as_text(record: AuthenticationRecord) -> str:
    """What was trained, on whom it was tested, and how often these were turned away."""
    test, settings = record.test, record.settings
    lines = [
        f"MobileNetV2 at {settings.side} px with ArcFace's loss, {settings.steps} steps; trainings of each "
        f"set: {settings.trainings}; target set: {record.target}",
        f"tested on {test['pictures']} pictures of {test['people']} others of it ({test['women']} women, {test['men']} "
        f"men): {test['genuine']:,} pairs of one person, {test['impostors']:,} of two",
        f"  {'trained on':<20} {'people':>6} {'women':>6} {'pictures':>8}  {'FAR':<6} {'FRR in %':<20} "
        f"{'women':<20} {'men':<20} less than alone",
    ]
    for arm in record.arms:
        title = f"  {TITLES[arm.arm]:<20} {arm.people:>6} {arm.women:>6} {arm.pictures:>8}"
        if not arm.rejections:
            lines.append(title)
        for one in arm.rejections:
            cells = " ".join(f"{_words(value):<20}" for value in (one.frr, one.women, one.men))
            lines.append(f"{title}  {one.far:<6.0e} {cells} {_words(one.less)}".rstrip())
    lines += [
        f"  FAR {far:.0e} cannot be told from {test['impostors']:,} impostor pairs: {10 / far:,.0f} are needed"
        for far in record.untold
    ]
    lines.append("  In brackets the 95 % interval by person and training; thresholds are those of all people.")
    return "\n".join(lines)


def _parts(name: str, found: Estimate | None) -> dict[str, Value]:
    if found is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def _words(found: Estimate | None) -> str:
    if found is None:
        return ""
    value = f"{100 * found.value:.2f}"
    if found.low is None or found.high is None:
        return value
    return f"{value} [{100 * found.low:.2f}, {100 * found.high:.2f}]"
