"""Zip containers and XML inside them, read within limits: no bombs, no entities, no paths.

Nothing is ever unpacked to disk; a member's name is a label and never a place.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Any

from pipeline.errors import PipelineError
from pipeline.ingest.extract import Limits

MAX_MEMBERS = 10_000
MAX_RATIO = 200  # unpacked to packed: text reaches 20, deflate's ceiling of 1032 means a bomb
_SMALL = 1_000_000  # a member this small may have any ratio


def open_zip(data: bytes, limits: Limits) -> zipfile.ZipFile:
    """The container, after its directory was found to promise no more than ``limits`` allow."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError) as error:
        raise PipelineError(f"a damaged or cut-off zip ({error}); fetch the file again") from error
    if len(members) > MAX_MEMBERS:
        raise PipelineError(f"a zip of {len(members)} files; at most {MAX_MEMBERS} are opened")
    total = sum(member.file_size for member in members)
    if total > limits.max_bytes * 4:
        raise PipelineError(
            f"a zip that unpacks to {total:,} bytes, a bomb or not meant for reading; at most "
            f"{limits.max_bytes * 4:,} are unpacked (4 x ingest.max_bytes)"
        )
    return archive


def read_member(archive: zipfile.ZipFile, name: str | zipfile.ZipInfo, limits: Limits) -> bytes:
    """Bytes of one member; never more than its directory entry promises."""
    member = archive.getinfo(name) if isinstance(name, str) else name
    if member.flag_bits & 1:
        raise PipelineError("locked with a password; save it without one and ingest again")
    if member.file_size > limits.max_bytes:
        raise PipelineError(
            f"{member.filename} unpacks to {member.file_size:,} bytes; ingest.max_bytes is "
            f"{limits.max_bytes:,}"
        )
    if member.file_size > _SMALL and member.file_size > MAX_RATIO * max(1, member.compress_size):
        raise PipelineError(f"{member.filename} is a zip bomb (packed more than {MAX_RATIO}-fold)")
    try:
        with archive.open(member) as stream:
            content = stream.read(member.file_size + 1)
    except (
        zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError,
    ) as error:  # fmt: skip
        raise PipelineError(
            f"{member.filename} is damaged ({error}); fetch the file again"
        ) from error
    return content


def parse_xml(data: bytes, what: str) -> Any:
    """Root element; refuses document types that declare entities, reaches no network.

    Raises:
        PipelineError: entity declarations, or XML that cannot be parsed.
    """
    from lxml import etree

    refuse_entities(data, what)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, recover=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise PipelineError(f"{what} is broken XML ({error}); save the file again") from error


def refuse_entities(data: bytes, what: str) -> None:
    """Raises PipelineError when XML declares entities: bombs and file theft are made of them."""
    # NULs are taken out so that UTF-16 is seen through as well.
    if re.search(rb"<!ENTITY", data.replace(b"\x00", b""), re.IGNORECASE):
        raise PipelineError(
            f"{what} declares XML entities, which can expand without end or name other files; "
            "refused, save it without them"
        )
