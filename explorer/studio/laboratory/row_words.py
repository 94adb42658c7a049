"""What was done to a face, in few words."""

from __future__ import annotations

from explorer.studio.laboratory.values import LabRow


def row_title(row: LabRow) -> str:
    """Such as "rotated-30", "eyes, rectangle hidden", "FGSM 8/255 away from itself"."""
    choice = row.choice
    if choice.operation == "alter":
        again = ", aligned again" if choice.alter.realigned else ""
        return f"{choice.alter.name.replace('+', ', ')}{again}"
    if choice.operation == "occlusion":
        drawn = len(choice.occlusion.patches)
        parts = [*choice.occlusion.regions, *([f"{drawn} drawn"] if drawn else [])]
        again = ", aligned again" if choice.occlusion.realign else ""
        return f"{', '.join(parts)} hidden{again}" if parts else "as it is"
    if choice.operation == "attack":
        bound = "" if choice.attack.method == "cw-full" else f" {choice.attack.budget:g}/255"
        where = "away from itself" if row.aim is None else f"towards {row.aim.record.name}"
        return f"{choice.attack.method.upper()}{bound} on {row.encoder}, {where}"
    return f"{row.encoder} without {choice.modify.attribute}"
