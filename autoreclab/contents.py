"""What a result file holds: the columns and rows of a table, and whether anything is drawn in a figure."""

from __future__ import annotations

import csv
import io
import re
import zlib
from dataclasses import dataclass

DELIMITERS = {"csv": ",", "tsv": "\t"}
PICTURES = ("png", "jpg", "jpeg", "svg", "pdf")
LARGEST = 50_000_000  # pixels, or bytes of a stream, that are decoded
DRAWN = 0.001  # of the pixels differ from the commonest colour; the frame of empty axes alone is 0.005
MARKS = 3  # things drawn in an SVG or PDF; matplotlib's empty figure has one, its background
SVG_MARK = re.compile(rb"<(?:path|line|polyline|polygon|circle|ellipse|rect|text|use|image)\b")
PDF_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
PDF_MARK = re.compile(rb"(?:^|\s)(?:S|s|f|f\*|B|B\*|b|Tj|TJ|Do)(?=\s)")


@dataclass(frozen=True)
class Table:
    """The shape of a table."""

    columns: tuple[str, ...]
    rows: int
    """Without the header."""


def table(path: str, content: bytes) -> Table:
    """The shape of a CSV, TSV or Parquet file. Raises `ValueError` for anything else."""
    kind = ending(path)
    if kind == "parquet":
        return _parquet(path, content)
    if kind not in DELIMITERS:
        raise ValueError(f"{path} is no CSV, TSV or Parquet table")
    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=DELIMITERS[kind])
        header, *body = [row for row in rows if row]
    except (csv.Error, ValueError) as error:
        raise ValueError(f"{path} is no table: {error}") from None
    return Table(tuple(name.strip() for name in header), len(body))


def drawn(path: str, content: bytes) -> bool:
    """Is anything drawn in a figure, or is it all one colour? Raises whatever its decoder raises for a broken one."""
    kind = ending(path)
    if kind == "svg":
        return len(SVG_MARK.findall(content)) >= MARKS
    return _pdf(content) if kind == "pdf" else _pixels(path, content)


def ending(path: str) -> str:
    """What follows the last dot of a file's name, in lower case."""
    return path.rpartition("/")[2].rpartition(".")[2].lower()


def _parquet(path: str, content: bytes) -> Table:
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(io.BytesIO(content)) as file:
            return Table(tuple(file.schema_arrow.names), file.metadata.num_rows)
    except (OSError, pyarrow.ArrowException) as error:
        raise ValueError(f"{path} is no table: {str(error).splitlines()[0]}") from None


def _pdf(content: bytes) -> bool:
    if not content.startswith(b"%PDF-"):
        raise ValueError("it is no PDF file")
    return sum(len(PDF_MARK.findall(_inflated(stream))) for stream in PDF_STREAM.findall(content)) >= MARKS


def _inflated(stream: bytes) -> bytes:
    """A stream of a PDF file, decompressed where it is compressed."""
    try:
        return zlib.decompressobj().decompress(stream, LARGEST)
    except zlib.error:
        return stream


def _pixels(path: str, content: bytes) -> bool:
    """Does a share of the pixels differ from the commonest colour? What is transparent is white."""
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        if image.width * image.height > LARGEST:
            raise ValueError(f"{path} is too large to be looked at")
        layered = image.convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")
    counts = flat.histogram()
    commonest = min(max(counts[start : start + 256]) for start in (0, 256, 512))
    return 1 - commonest / (flat.width * flat.height) >= DRAWN
