"""A collection as files of others' formats: WebDataset shards, or Parquet in parts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from explorer.studio.collection.layout import Header
from explorer.studio.collection.reading import Collection
from explorer.studio.collection.shards import Sample, ShardWriter, read_samples
from explorer.studio.collection.writing import Row
from explorer.studio.export.provenance import bare_record, write_sidecar
from explorer.studio.files import replacing
from explorer.studio.places import private_folder

PER_PART = 100_000
VECTOR = "vector.npy"


def about(one: Collection) -> dict[str, Any]:
    """What is recorded of a collection beside what is made of it; no name and no key."""
    header: Header = one.header
    return {
        "encoder": header.encoder,
        "network": header.network,
        "dimension": header.dimension,
        "precision": header.precision,
        "faces": int(one.present.sum()),
        "collection": header.id,
        "generation": header.generation,
    }


def as_shards(one: Collection, out: Path, per_shard: int) -> Iterator[int]:
    """Write each face as a sample: its vector, its thumbnail, and what is known of it. Yields how many are done."""
    writer = ShardWriter(out, about(one), per_shard)
    for row in np.flatnonzero(one.present).tolist():
        buffer = BytesIO()
        np.save(buffer, np.asarray(one.vectors[row]))
        said = {
            "photograph": one.key(row).partition("/")[0],
            "number": int(one.columns["number"][row]),
            "name": one.name(row),
            "person": one.person(row),
            "encoder": one.header.encoder,
            "values": {name: float(values[row]) for name, values in one.values.items()},
        }
        files = {VECTOR: buffer.getvalue(), "json": json.dumps(said).encode()}
        thumbnail = one.thumbnail(row)
        writer.write({**files, "jpg": thumbnail} if thumbnail else files)
        yield writer.samples
    writer.close()


def row_of_sample(sample: Sample) -> Row | None:
    """A face of a collection from a sample, as `as_shards` writes it; None where it has no vector."""
    said, data = sample.record(), sample.files.get(VECTOR, sample.files.get("npy"))
    if data is None or not isinstance(said.get("photograph"), str):
        return None
    vector = np.load(BytesIO(data), allow_pickle=False)
    values = said.get("values")
    return Row(
        np.asarray(vector, np.float32),
        said["photograph"],
        int(said.get("number", 0)),
        str(said.get("name", ""))[:2000],
        str(said.get("person", ""))[:2000],
        sample.files.get("jpg", b""),
        {str(name): float(number) for name, number in values.items()} if isinstance(values, dict) else {},
    )


def rows_of_shards(shards: list[Path]) -> Iterator[Row]:
    """The faces of shards that `as_shards` wrote."""
    return (row for sample in read_samples(shards) if (row := row_of_sample(sample)) is not None)


def as_parquet(one: Collection, out: Path, per_part: int = PER_PART) -> Iterator[int]:
    """Write the faces as a table in parts, a file each; which encoder made it is in the names and in every schema.

    Columns: photograph, number, name, person, the values, and vector, a list of as many numbers as it has.
    Yields how many are done.
    """
    import pyarrow as pa
    from pyarrow import parquet

    folder = private_folder(out / f"encoder={one.header.encoder}")
    record = bare_record(kind="collection", **about(one))
    rows = np.flatnonzero(one.present)
    for part, start in enumerate(range(0, len(rows), per_part)):
        some = rows[start : start + per_part]
        columns: dict[str, Any] = {
            "photograph": pa.array([one.key(row).partition("/")[0] for row in some.tolist()]),
            "number": pa.array(one.columns["number"][some]),
            "name": pa.array([one.name(row) for row in some.tolist()]),
            "person": pa.array([one.person(row) for row in some.tolist()]),
            **{name: pa.array(values[some]) for name, values in one.values.items()},
            "vector": pa.FixedSizeListArray.from_arrays(
                pa.array(np.asarray(one.vectors[some]).ravel()), one.header.dimension
            ),
        }
        table = pa.table(columns).replace_schema_metadata({"likeness": json.dumps(record, sort_keys=True)})
        with replacing(folder / f"part-{part:05d}.parquet") as temporary:
            parquet.write_table(table, temporary)
        yield start + len(some)
    # Readers of tables pass over what begins so.
    write_sidecar(out / "_collection", record)
