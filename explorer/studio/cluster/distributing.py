"""Do jobs wherever it is asked for, and tell of them as they are done."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from typing import Any

from explorer.studio.cluster.asked import Cluster, Here, Local
from explorer.studio.cluster.here import do_here
from explorer.studio.cluster.work import Progress, Work
from explorer.studio.extras import is_installed


def distribute(work: Work, jobs: Sequence[Any], cluster: Cluster) -> Generator[Progress, None, None]:
    """Do the jobs, in order as far as that goes, yielding what is done as it is done.

    A worker that is lost is replaced, and only what it was doing is done again. Closing the generator, or an error,
    stops everything at once.

    Raises:
        UserError: the work met a mistake of the user's, or the scheduler cannot be reached.
        RuntimeError: a job failed on a worker, or ended every worker that tried it.
    """
    if not jobs:
        return
    if isinstance(cluster, Here):
        yield from do_here(work, jobs, cluster.threads)
        return
    from explorer.studio.cluster.client import do_on_workers  # brings Dask, which takes its time

    yield from do_on_workers(work, jobs, cluster)


def beside_the_window() -> Cluster:
    """Where work is done that the window asks for: one core is left to it; without the extra, in its own process."""
    return Local(max(1, (os.cpu_count() or 1) - 1)) if is_installed("cluster") else Here()
