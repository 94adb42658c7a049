"""A scheduler, and workers of one, as processes that stay until they are ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

from distributed import Scheduler, Security
from distributed.comm.core import connect

from explorer.studio.cluster.access import PAGES, PATIENCE, quiet_dask, security_of
from explorer.studio.cluster.asked import Address
from explorer.studio.cluster.nannies import PromptNanny
from explorer.studio.errors import UserError


def serve_scheduler(address: Address, say: Callable[[str], object]) -> None:
    """Hand out work at an address of this machine until the process is ended; say when it can be reached.

    Raises:
        UserError: nothing can listen there.
    """

    async def serve() -> None:
        parts = urlsplit(address.address)
        scheduler = Scheduler(
            host=parts.hostname,
            port=parts.port or 0,
            protocol=f"{parts.scheme}://",
            security=security_of(address),
            **PAGES,
        )
        try:
            async with scheduler:
                say(f"a scheduler listens at {scheduler.address}")
                await scheduler.finished()
        except OSError as error:
            raise UserError(f"no scheduler can listen at {address.address}: {error.strerror or error}") from error

    with quiet_dask():
        asyncio.run(serve())


def serve_workers(address: Address, count: int, say: Callable[[str], object]) -> None:
    """Work for a scheduler with so many processes, each with one thread, until this process is ended or it is gone.

    Raises:
        UserError: no scheduler answers there.
    """

    async def serve(folder: str) -> None:
        nannies = [
            PromptNanny(address.address, security=security_of(address), local_directory=folder) for _ in range(count)
        ]
        try:
            # A worker would wait for its scheduler for ever, be it that there is none or that it takes no stranger.
            reached = (security_of(address) or Security()).get_connection_args("worker")
            await (await connect(address.address, timeout=PATIENCE, **reached)).close()
            await asyncio.gather(*nannies)
            say(f"{count} {'workers work' if count > 1 else 'worker works'} for {address.address}")
            await asyncio.gather(*(one.finished() for one in nannies))  # type: ignore[no-untyped-call]
        except (OSError, TimeoutError) as error:
            why = " ".join(str(error.__cause__ or error).split())[:200]
            raise UserError(f"no scheduler that takes this certificate answers at {address.address}: {why}") from error
        finally:
            await asyncio.gather(*(one.close() for one in nannies), return_exceptions=True)

    with quiet_dask() as folder:
        asyncio.run(serve(str(folder)))
