"""What an exported file says about how it was made (DESIGN, decision 7): written into it, and read back.

A PNG carries it in an international text chunk, an SVG in a metadata element, a PDF in its information
dictionary, anything else in a JSON file beside it. What is read comes from strangers: sizes are limited
before anything is decoded, and an SVG that declares entities is refused.
"""

from __future__ import annotations

import io
import json
import logging
import re
import struct
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngImageFile, PngInfo
from pypdf import PdfReader, PdfWriter

from explorer import __version__
from explorer.science.contents import read_bytes
from explorer.science.names import name_of, shown
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write, record_beside

Provenance = dict[str, Any]

FORMAT = "likeness-provenance/1"
PNG_KEY = "likeness"
# Of zlib: a photograph is hardly larger than at its own 6, and is written in about half the time.
PNG_LEVEL = 4
PDF_KEY = "/Likeness"
SVG_NAMESPACE = "urn:likeness:provenance:1"

LARGEST_FILE = 256 * 2**20
LARGEST_RECORD = 1_000_000

# Without a handler, Python itself writes what a library logs of a damaged file onto the standard error.
logging.getLogger("pypdf").addHandler(logging.NullHandler())

_SVG_START = re.compile(rb"<svg\b[^>]*>")
_LOOKS_LIKE_XML = re.compile(rb"\s*(<\?xml|<!--|<!DOCTYPE|<svg)", re.IGNORECASE)


def bare_record(**about: Any) -> Provenance:
    """Describe an export that no run made: which program wrote it and when, with whatever else is known."""
    return {
        "format": FORMAT,
        "program": {"name": "likeness", "version": __version__},
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        **about,
    }


def source_record(name: str, sha256: str) -> dict[str, str]:
    """Describe the photograph or vector file that an export was made from; the name without its directories."""
    return {"name": without_directories(name), "sha256": sha256}


def with_text_chunk(png: bytes, record: Mapping[str, Any]) -> bytes:
    """Return a PNG that another library encoded with the provenance in a text chunk, its pixels untouched."""
    text = b"\x00".join([PNG_KEY.encode(), b"\x01", b"en", b"provenance", zlib.compress(_encoded(record).encode())])
    chunk = b"iTXt" + text
    whole = struct.pack(">I", len(text)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    # The header's chunk comes first and has a fixed length: signature 8, length 4, kind 4, content 13, check 4.
    return png[:33] + whole + png[33:]


def png_info(record: Mapping[str, Any]) -> PngInfo:
    """Return the text chunk for Pillow's `save(..., pnginfo=...)`."""
    info = PngInfo()
    info.add_itxt(PNG_KEY, _encoded(record), lang="en", tkey="provenance", zip=True)
    return info


def png_bytes(image: NDArray[np.uint8], record: Mapping[str, Any]) -> bytes:
    """Encode an (H, W, 3) uint8 RGB image as PNG with its provenance."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG", pnginfo=png_info(record), compress_level=PNG_LEVEL)
    return buffer.getvalue()


def into_svg(svg: bytes, record: Mapping[str, Any]) -> bytes:
    """Return an SVG with a metadata element that holds the provenance as JSON."""
    start = _SVG_START.search(svg)
    if start is None:
        raise ValueError("no <svg> element to write the provenance into")
    element = (
        f'\n <metadata id="likeness-provenance"><likeness:provenance xmlns:likeness="{SVG_NAMESPACE}">'
        f"{escape(_encoded(record))}</likeness:provenance></metadata>"
    )
    return svg[: start.end()] + element.encode() + svg[start.end() :]


def into_pdf(pdf: bytes, record: Mapping[str, Any]) -> bytes:
    """Return a PDF whose information dictionary holds the provenance as JSON."""
    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    writer.add_metadata({PDF_KEY: _encoded(record)})
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def sidecar(path: Path) -> Path:
    """Return where the JSON beside an exported file lies: `film.mp4.json` for `film.mp4`."""
    return record_beside(path)


def write_sidecar(path: Path, record: Mapping[str, Any]) -> Path:
    """Write the JSON beside an exported file; return its path.

    Raises:
        UserError: it cannot be written; then the exported file goes as well, as nobody could tell what made it.
    """
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    try:
        return atomic_write(sidecar(path), text.encode(errors="backslashreplace"))
    except UserError:
        path.unlink(missing_ok=True)
        raise


def read_provenance(path: Path) -> Provenance:
    """Read the provenance of a PNG, SVG or PDF, of a sidecar, or of any file with a sidecar beside it.

    What a file is, its first bytes decide, not its name.

    Raises:
        UserError: the file cannot be read, is too large or broken, or has no provenance of this program.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise UserError(f"{name_of(path)} has {size / 2**20:.0f} MB; at most {LARGEST_FILE // 2**20} MB are read")
        data = read_bytes(path)
    except OSError as error:
        raise UserError(f"cannot read {shown(path)}: {error.strerror or error}") from error
    text = _embedded(data, path.name)
    own = text is not None and not (path.suffix.lower() == ".json" and sidecar(path).is_file())
    if not own and sidecar(path).is_file():
        return read_provenance(sidecar(path))
    if text is None:
        raise UserError(f"{path.name} holds no provenance; choose a figure that this program has written")
    return _decoded(text, path.name)


def provenance_in(data: bytes, name: str) -> Provenance:
    """Read the provenance in the bytes of a PNG, SVG or PDF.

    Raises:
        UserError: they are broken, or hold no provenance of this program.
    """
    text = _embedded(data, name)
    if text is None:
        raise UserError(f"{name} holds no provenance; choose a figure that this program has written")
    return _decoded(text, name)


def _embedded(data: bytes, name: str) -> str | None:
    """Return the record as text, or None where the file is of a kind or make that carries none."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _from_png(data, name)
    if data.startswith(b"%PDF-"):
        return _from_pdf(data, name)
    head = data[:256].removeprefix(b"\xef\xbb\xbf")
    # A page of HTML has its record beside it.
    if _LOOKS_LIKE_XML.match(head) and not head.lower().startswith(b"<!doctype html"):
        return _from_svg(data, name)
    if head.lstrip().startswith(b"{"):
        if len(data) > LARGEST_RECORD:
            raise UserError(f"{name} is too large for a provenance record: {len(data)} bytes")
        return data.decode(errors="replace")
    return None


def _from_png(data: bytes, name: str) -> str | None:
    # Pillow stops before the pixels here, and limits what a text chunk may inflate to.
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            assert isinstance(image, PngImageFile)
            text = image.info.get(PNG_KEY)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError(f"{name} is damaged, or not a PNG that can be trusted: {error}") from error
    return text if isinstance(text, str) else None


def _from_pdf(data: bytes, name: str) -> str | None:
    try:
        information = PdfReader(io.BytesIO(data)).metadata
        text = None if information is None else information.get(PDF_KEY)
    except Exception as error:
        # A crafted file can make the parser stumble in any way; each is the file's fault.
        raise UserError(f"{name} is damaged, or not a PDF that can be trusted: {error}") from error
    return str(text) if text is not None else None


def _from_svg(data: bytes, name: str) -> str | None:
    """Collect the text of the provenance element; entities are refused at their declaration."""
    pieces: list[str] = []
    inside = False
    collected = 0

    def started(tag: str, _attributes: object) -> None:
        nonlocal inside
        inside = tag == f"{SVG_NAMESPACE} provenance"

    def ended(_tag: str) -> None:
        nonlocal inside
        inside = False

    def characters(text: str) -> None:
        nonlocal collected
        if inside:
            collected += len(text)
            if collected > LARGEST_RECORD:
                raise UserError(f"{name} holds a provenance record of more than {LARGEST_RECORD} characters")
            pieces.append(text)

    def refused(*_: object) -> int:
        raise UserError(f"{name} declares XML entities, which a figure has no need of; it is not read")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = characters
    parser.EntityDeclHandler = refused
    parser.ExternalEntityRefHandler = refused
    try:
        parser.Parse(data, True)
    except UserError:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:  # an encoding that Python has not, or not for this
        raise UserError(f"{name} is damaged: {error}") from error
    return "".join(pieces) or None


def _encoded(record: Mapping[str, Any]) -> str:
    text = json.dumps(record, sort_keys=True, ensure_ascii=True, allow_nan=False)
    if len(text) > LARGEST_RECORD:
        raise UserError(f"the provenance has {len(text)} characters; at most {LARGEST_RECORD} go into a file")
    return text


def _decoded(text: str, name: str) -> Provenance:
    if len(text) > LARGEST_RECORD:
        raise UserError(f"{name} holds a provenance record of more than {LARGEST_RECORD} characters")
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"the provenance in {name} is damaged: {error}") from error
    if isinstance(record, dict) and "format" not in record and isinstance(record.get("provenance"), dict):
        record = record["provenance"]  # the numbers of a fit hold it among them
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise UserError(f"{name} holds no provenance of this program (expected format {FORMAT!r})")
    return record


def without_directories(name: str) -> str:
    """A file's name without the folders before it: these say where and whose it was."""
    return shown(name.replace("\\", "/").rsplit("/", 1)[-1])
