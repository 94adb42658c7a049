"""How Dask is used: no page of its own, no files of its own but in a folder that goes, nothing said but by us."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import dask
from distributed import Security

from explorer.studio import places
from explorer.studio.cluster.asked import Address
from explorer.studio.cluster.threads import ONE_THREAD
from explorer.studio.errors import UserError

# So many times a job may lose its worker before it counts as what ends workers.
ALLOWED_LOSSES = 10
# Dask always starts a server of pages: here without a page, and where no other machine reaches it.
PAGES: dict[str, Any] = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
# Seconds to wait for a scheduler.
PATIENCE = 20
# A worker's process reads it before anything that it is told.
_LOGGING = "DASK_LOGGING__DISTRIBUTED"
# What whoever starts a worker sets in its own environment, for the worker to inherit.
_SET_HERE = (*ONE_THREAD, "MALLOC_TRIM_THRESHOLD_", "PYTHONHASHSEED", "__DASK_PARENT_PID", _LOGGING)


def security_of(address: Address) -> Security | None:
    """What connections are made with; None where there is no TLS.

    Raises:
        UserError: Dask's own settings are to name certificates, and name none.
    """
    if not address.address.startswith("tls://"):
        return None
    if address.certificates is None:
        found = Security(require_encryption=True)
        named = found.get_tls_config_for_role("client")
        if not (named["ca_file"] and named["cert"]):
            raise UserError(
                f"{address.address} needs certificates: give a file of `likeness cluster certificates`, or set "
                "DASK_DISTRIBUTED__COMM__TLS__CA_FILE and those of the client"
            )
        return found
    files = address.certificates
    certificate, key = str(files.certificate), str(files.key)
    return Security(
        require_encryption=True,
        tls_ca_file=str(files.authority),
        tls_client_cert=certificate,
        tls_client_key=key,
        tls_scheduler_cert=certificate,
        tls_scheduler_key=key,
        tls_worker_cert=certificate,
        tls_worker_key=key,
    )


@contextmanager
def quiet_dask() -> Iterator[Path]:
    """Settings of Dask, the environment as it was, and a folder for what its workers write, which goes at the end."""
    settings = {
        "distributed.scheduler.allowed-failures": ALLOWED_LOSSES,
        "distributed.worker.profile.enabled": False,
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
        "distributed.comm.timeouts.connect": PATIENCE,
        # Its own warnings are of what we say ourselves, such as a lost worker.
        "logging": {"distributed": "critical", "tornado": "critical"},
    }
    host = None
    with suppress(places.NoHomeError, OSError):
        host = places.private_folder(places.cache())
    loggers = [logging.getLogger(name) for name in ("distributed", "tornado")]
    levels = [one.level for one in loggers]
    before = {name: os.environ.get(name) for name in _SET_HERE}
    for one in loggers:
        one.setLevel(logging.CRITICAL)
    os.environ[_LOGGING] = "critical"
    try:
        with dask.config.set(settings), tempfile.TemporaryDirectory(prefix=".likeness-dask-", dir=host) as folder:
            yield Path(folder)
    finally:
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
