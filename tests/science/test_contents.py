"""What is no file is not opened, and what stands in a file's stead is named."""

from __future__ import annotations

import io
import os
import re
import socket
import tarfile
import zipfile
from pathlib import Path

import pytest

from explorer.science.contents import NotAFileError, open_file, read_bytes, special, stand_in

POINTER = (
    b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1\nsize 12345\n"
)


def a_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("model.bin", b"x")
    return file.getvalue()


def a_tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("model.bin"), io.BytesIO())
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (POINTER, "Git LFS pointer.*git lfs pull"),
        (b"<!DOCTYPE html>\n<html>", "web page"),
        (b"\xef\xbb\xbf\n  <HTML><head>", "web page"),
        (b"<?xml version='1.0'?><!DOCTYPE html><html>", "web page"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "server's message"),
        (a_zip(), "ZIP archive: unpack"),
        (a_tar(), "tar archive: unpack"),
        (b"\x1f\x8b\x08\x00", "gzip archive: unpack"),
    ],
)
def test_what_stands_in_a_files_stead_is_named_with_what_to_do(content: bytes, said: str) -> None:
    assert re.search(said, stand_in(content[:1024]))


def test_files_themselves_are_no_stand_ins() -> None:
    for content in (b"\x80\x04\x95", b"MATLAB 5.0 MAT-file", b"\x89HDF\r\n\x1a\n", b"v 1 2 3\n", b"\0" * 600):
        assert stand_in(content) == ""
    assert stand_in(a_zip(), archives=False) == ""


@pytest.fixture(params=["folder", "pipe", "socket", "device"])
def no_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Something of that name that is no file."""
    path = tmp_path / "me.jpg"
    if request.param == "folder":
        path.mkdir()
    elif request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "socket":
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(path))
    else:
        path.symlink_to("/dev/zero")
    return path


def test_what_is_no_file_is_refused_unopened(no_file: Path, request: pytest.FixtureRequest) -> None:
    assert special(no_file)
    with pytest.raises(NotAFileError, match="not a file but"):
        open_file(no_file)


def test_a_file_is_read_through_links(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("file")
    assert special(tmp_path / "link") == ""
    assert read_bytes(tmp_path / "link") == b"content"
    with pytest.raises(FileNotFoundError):
        open_file(tmp_path / "missing")
