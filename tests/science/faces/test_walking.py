"""Photographs in folders: told by ending or content; what else lies there is counted, and nothing else is opened."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image

from explorer.science.faces.walking import PassedOver, photographs_in


def picture(path: Path, kind: str = "JPEG") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), "grey").save(path, kind)


def walked(root: Path) -> tuple[list[str], PassedOver]:
    passed = PassedOver()
    return [path.relative_to(root).as_posix() for path in photographs_in(root, passed)], passed


def test_every_usual_ending_is_a_photograph_and_so_is_what_has_none(tmp_path: Path) -> None:
    names = ["a.jfif", "b.jpe", "c.JPG", "d", "e.jpg_large", "f.2019", "g.dib"]
    for name in names:
        picture(tmp_path / name, "BMP" if name == "g.dib" else "JPEG")
    found, passed = walked(tmp_path)
    assert found == ["a.jfif", "b.jpe", "c.JPG", "d", "e.jpg_large", "f.2019", "g.dib"]
    assert passed.words() == ""


def test_a_wrong_ending_of_another_format_is_no_reason_to_pass_a_photograph_over(tmp_path: Path) -> None:
    picture(tmp_path / "renamed.heic")
    assert walked(tmp_path)[0] == ["renamed.heic"]


def test_what_is_passed_over_is_counted_with_the_reason(tmp_path: Path) -> None:
    picture(tmp_path / "me.jpg")
    for name in ("1.heic", "2.heic", "3.HEIC"):
        (tmp_path / name).write_bytes(b"\0\0\0\x18ftypheic")
    (tmp_path / "4.gif").write_bytes(b"GIF89a")
    (tmp_path / "5.dng").write_bytes(b"II*\0")  # begins as TIFF does
    (tmp_path / "6").write_bytes(b"\0\0\0\x18ftypavif")
    (tmp_path / "7.jpg.crdownload").write_bytes(b"\xff\xd8\xff\xe0")
    (tmp_path / "notes.txt").write_text("no picture")
    os.mkfifo(tmp_path / "8.jpg")
    (tmp_path / "9.png").symlink_to("/dev/zero")
    found, passed = walked(tmp_path)
    assert found == ["me.jpg"]
    assert passed.words() == (
        "3 .heic, 1 .gif, 1 .dng and 1 without an ending (formats that are not read: save as JPEG or PNG), "
        "1 unfinished download, 2 pipes, sockets or devices, 1 file that is no photograph"
    )
    assert len(passed) == 10


def test_what_systems_put_there_is_neither_read_nor_counted(tmp_path: Path) -> None:
    for name in ("@eaDir/me.jpg/SYNOPHOTO_THUMB_M.jpg", ".thumbnails/a.png", "__MACOSX/._me.jpg", "a/#recycle/b.jpg"):
        picture(tmp_path / name)
    for name in ("._me.jpg", "Thumbs.db", ".DS_Store", "desktop.ini"):
        (tmp_path / name).write_bytes(b"\x00\x05\x16\x07")
    found, passed = walked(tmp_path)
    assert found == []
    assert passed.words() == ""


def test_names_that_are_no_utf8_or_hold_line_breaks_are_found(tmp_path: Path) -> None:
    names = {os.fsdecode(b"caf\xe9.jpg"), "a\nb.jpg"}
    for name in names:
        picture(tmp_path / name)
    assert set(walked(tmp_path)[0]) == names


def test_a_link_that_leads_nowhere_is_left_to_whoever_opens_it(tmp_path: Path) -> None:
    (tmp_path / "gone.jpg").symlink_to("nowhere.jpg")
    assert walked(tmp_path)[0] == ["gone.jpg"]
