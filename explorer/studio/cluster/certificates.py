"""An authority of one run's own: whoever has its certificate is a peer of the run, and nobody else."""

from __future__ import annotations

from pathlib import Path

from explorer.studio.cluster.asked import checked_address
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write
from explorer.studio.places import private_folder

FILE, CERTIFICATE, KEY = "cluster.toml", "certificate.pem", "key.pem"


def make_certificates(folder: Path, scheduler: str) -> Path:
    """Write a certificate that is its own authority, its key, and the file that names them and a scheduler.

    The certificate holds for a year. Nothing else can be signed for the run: the key is that of the peers themselves.

    Args:
        folder: that is empty or not there. scheduler: where it is to listen, as HOST:PORT.

    Returns:
        The file, which goes to every machine of the run together with the other two.

    Raises:
        UserError: the folder holds something, or that is no address.
        ModuleNotFoundError: the extra `cluster` is not installed.
    """
    address = checked_address(f"tls://{scheduler.removeprefix('tls://')}", f"--scheduler {scheduler}")
    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"{folder} holds something already: choose a new folder, so that no run takes another's key")
    from distributed import Security  # brings Dask, which takes its time

    made = Security.temporary().get_tls_config_for_role("worker")
    private_folder(folder)
    atomic_write(folder / CERTIFICATE, made["cert"].encode())
    atomic_write(folder / KEY, made["key"].encode())
    lines = {"scheduler": address, "authority": CERTIFICATE, "certificate": CERTIFICATE, "key": KEY}
    return atomic_write(folder / FILE, "".join(f'{name} = "{value}"\n' for name, value in lines.items()).encode())
