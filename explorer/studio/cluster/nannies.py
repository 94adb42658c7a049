"""What starts a worker's process and starts another where it is lost; asked to end, it does not wait for a job."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import suppress
from typing import Any

from distributed import Nanny

from explorer.studio.cluster.access import PAGES
from explorer.studio.cluster.threads import ONE_THREAD


class PromptNanny(Nanny):
    """A nanny of one thread that ends its worker at once: what was half-made is not there, as after any loss."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(
            *given,
            **(
                named | {"env": ONE_THREAD, "nthreads": 1, "memory_limit": 0, "silence_logs": logging.CRITICAL, **PAGES}
            ),
        )

    async def close(self, timeout: float | None = 5, reason: str = "nanny-close") -> Any:
        """End the worker and this."""
        closing = asyncio.ensure_future(super().close(5 if timeout is None else timeout, reason))
        await asyncio.sleep(0)  # from here on no other worker is started
        process = self.process
        if process is not None and process.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        return await closing
