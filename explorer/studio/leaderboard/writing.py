"""The files of a leaderboard: the page, the document, and the numbers."""

from __future__ import annotations

from pathlib import Path

from explorer.studio.export.provenance import bare_record, write_sidecar
from explorer.studio.files import atomic_write
from explorer.studio.leaderboard.document import document_of
from explorer.studio.leaderboard.page import page_of
from explorer.studio.leaderboard.values import Board

KIND = "leaderboard"


def write_board(board: Board, out: Path, command: list[str]) -> list[Path]:
    """Write leaderboard.html, leaderboard.pdf and leaderboard.json; the first with its provenance beside it, too.

    Raises:
        UserError: the folder cannot be written to.
    """
    record = bare_record(
        kind=KIND,
        sets=list(board.sets),
        encoders=list(board.encoders),
        credits=list(dict.fromkeys(one.credit for one in board.pieces if one.credit)),
        command=command,
        device=board.machine.get("device", ""),
        versions=board.versions,
        networks=board.networks,
    )
    page = atomic_write(out / "leaderboard.html", page_of(board, record).encode())
    return [
        page,
        write_sidecar(page, record),
        atomic_write(out / "leaderboard.pdf", document_of(board, record)),
        atomic_write(out / "leaderboard.json", board.model_dump_json(indent=1).encode()),
    ]
