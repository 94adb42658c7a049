"""An attack on one photograph, in words and in rows."""

from __future__ import annotations

from explorer.science.evaluation.score import AT_THRESHOLD
from explorer.science.names import shown
from explorer.studio.export.tables import Row
from explorer.studio.laboratory.attack_values import AttackRecord, EncoderView


def as_text(record: AttackRecord) -> str:
    """What came of an attack: what changed, and what every encoder says of the saved picture."""
    psnr = "" if record.psnr is None else f", {record.psnr:.1f} dB"
    lines = [
        shown(f"{record.source.name}: {record.title}"),
        f"  the largest change is {record.largest}/255, its length {record.length:.3f}{psnr}, "
        f"{record.share:.0%} of the pixels; shown {record.amplification} times",
        f"  in the attack's own eyes {record.scores[0]:.3f} to {record.scores[-1]:.3f}, "
        f"{'reached' if record.reached else 'not reached'} before the picture was rounded",
    ]
    if not record.found:
        lines.append("  no face is found in the saved picture where it was")
    towards = not record.away
    heading = f"  {'encoder':<24} {'threshold':>9} {'own':>7}" + (f" {'aim before':>11} {'aim':>7}" if towards else "")
    lines.append(f"{heading}  success")
    lines += [_line(view, towards) for view in record.encoders]
    return "\n".join([*lines, f"  own: against the photograph itself; at the {AT_THRESHOLD}."])


def _line(view: EncoderView, towards: bool) -> str:
    name = view.encoder + ("" if view.attacked else " (held out)")
    scores = [view.own, *((view.aim_before, view.aim) if towards else ())]
    widths = (7, 11, 7)
    told = " ".join(
        f"{'–' if score is None else f'{score:.3f}':>{width}}" for score, width in zip(scores, widths, strict=False)
    )
    success = "–" if view.success is None else "yes" if view.success else "no"
    threshold = "–" if view.threshold is None else f"{view.threshold:.3f}"
    return f"  {name:<24} {threshold:>9} {told}  {success}"


def rows_of(record: AttackRecord) -> list[Row]:
    """A row an encoder, for a table."""
    return [
        {
            "photograph": record.source.name,
            "aim": None if record.aim is None else record.aim.name,
            "method": record.settings.method,
            "objective": record.settings.objective,
            "knows": record.knows or None,
            "largest_change": record.largest,
            "length": record.length,
            "psnr_db": record.psnr,
            "encoder": view.encoder,
            "role": "attacked" if view.attacked else "held out",
            "measure": view.measure,
            "threshold": view.threshold,
            "own": view.own,
            "aim_before": view.aim_before,
            "aim_after": view.aim,
            "success": view.success,
        }
        for view in record.encoders
    ]
