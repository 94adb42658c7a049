"""A value of the queue's slice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.studio.batch.job import Job
from explorer.studio.batch.state import BATCHES, BatchState
from explorer.studio.session.slices import Slice


def samples() -> Mapping[Slice[Any], Any]:
    return {BATCHES: (BatchState("batch-1", Job(kind="embed"), Path("/in"), Path("/out"), "interrupted"),)}
