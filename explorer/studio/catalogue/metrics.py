"""A bijective metric's file, read and written, with its card."""

from __future__ import annotations

from pathlib import Path

from explorer.science.contents import read_bytes
from explorer.science.flows.bijection import Bijection
from explorer.science.flows.record import MetricFileError, MetricRecord, decode_metric, encode_metric
from explorer.science.names import shown
from explorer.studio.catalogue.weight_files import read_weights
from explorer.studio.files import atomic_write


def load_metric(file: Path) -> tuple[Bijection, MetricRecord]:
    """A metric and what is known of it.

    Raises:
        UserError: it is missing or damaged.
    """
    missing = f"{shown(file)}: there is no such file: train one with `likeness train metric`"
    return read_weights(file, lambda path, _: decode_metric(read_bytes(path)), MetricFileError, missing)


def save_metric(bijection: Bijection, record: MetricRecord, options: str, file: Path) -> Path:
    """Write a metric, and its card beside it; options: of the command."""
    atomic_write(file.with_suffix(".md"), metric_card(record, options).encode())
    return atomic_write(file, encode_metric(bijection, record))


def metric_card(record: MetricRecord, options: str) -> str:
    """The card beside a metric, as Markdown."""
    settings = record.settings
    where = "in a row (eq. 13)" if settings.means == "published" else f"on a sphere of radius {settings.radius:g}"
    loss = "" if record.loss is None else f"; {record.loss:.3f} nats a number in its last batch"
    return "\n".join(
        [
            "# bijective metric: distances of pictures, taken between latents",
            "",
            "What it does: maps pictures one to one onto latents (`explorer/science/flows/bijection.py`; Vec2Face-v2,",
            "section IV).",
            "",
            "| | |",
            "|---|---|",
            f"| pictures | {settings.channels} colours at {settings.side} px |",
            f"| network | {settings.mappings} mappings of {settings.couplings} couplings, two residual blocks of "
            f"{settings.width} maps each |",
            f"| classes | {record.classes}, their Gaussians {where} |",
            f"| recipe | `explorer/science/training/metric.py`: eq. 12, {settings.steps} steps of {settings.batch}, "
            f"Adam at {settings.rate:g}, seed {settings.seed}{loss} |",
            f"| command | `likeness train metric{options} --work DIR` |",
            f"| data | {record.learnt_from} |",
            "| terms | those of the pictures |",
            "",
        ]
    )
