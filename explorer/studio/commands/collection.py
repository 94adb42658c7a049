"""`likeness collection make | info | index | search | export | forget`: very many faces in memory-mapped arrays."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.science.names import shown
from explorer.studio.commands._sources import say
from explorer.studio.errors import UserError
from explorer.studio.outputs import as_folder, result_folder

if TYPE_CHECKING:
    from explorer.studio.arrays import Vector
    from explorer.studio.collection.layout import Precision
    from explorer.studio.collection.reading import Collection

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
FORMATS = ("webdataset", "parquet")
PRECISIONS: dict[str, Precision] = {"float16": "float16", "float32": "float32"}
_SAID_EVERY = 10_000

Folder = Annotated[Path, typer.Argument(help="The collection's folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def add_to(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="collection", help="Very many faces in memory-mapped arrays.")


@app.command()
def make(
    sources: Annotated[
        list[Path],
        typer.Argument(help="Folders of photographs; shards (.tar); arrays of embeddings (.npy).", metavar="SOURCE..."),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the collection.")],
    encoder: Annotated[str, typer.Option(help="The encoder; `likeness models list` shows them.")] = "arcface-mbf",
    precision: Annotated[str, typer.Option(help="Of the vectors: float16 or float32.")] = "float16",
) -> None:
    """Make a collection of the faces of photographs, or of embeddings that there are.

    Embeddings and thumbnails are biometric data: files are written for their owner only.
    """
    from explorer.science.recognition.registry import encoder_spec
    from explorer.studio.catalogue.networks import Networks, best_device, known_encoder
    from explorer.studio.collection.making import rows_of
    from explorer.studio.collection.writing import CollectionWriter
    from explorer.studio.gallery.pictures import small_jpeg

    known_encoder(encoder)
    if precision not in PRECISIONS:
        raise UserError(f"--precision {precision}: vectors are kept as {' or '.join(PRECISIONS)}")
    networks = Networks(best_device())
    with (
        result_folder(as_folder(out), say) as result,
        CollectionWriter(result.folder, encoder, encoder_spec(encoder).dimension, PRECISIONS[precision]) as writer,
    ):
        for row in itertools.chain.from_iterable(rows_of(one, encoder, networks, small_jpeg, say) for one in sources):
            writer.add(row)
            if writer.rows % _SAID_EVERY == 0:
                say(f"{writer.rows:,} faces")
    typer.echo(f"{writer.rows:,} faces under {encoder}: {result.place}")


@app.command()
def info(folder: Folder, as_json: AsJson = False) -> None:
    """Say what a collection holds, and how well its index finds."""
    from explorer.studio.collection.exporting import about
    from explorer.studio.collection.index import index_facts
    from explorer.studio.collection.reading import open_collection

    one = open_collection(folder)
    facts = index_facts(one.header)
    search = "exact search: it has no index" if facts is None else facts.says
    if as_json:
        typer.echo(json.dumps({**about(one), "people": len(one.people) - 1, "search": search}))
        return
    kept = f"{one.header.dimension} numbers of {one.header.encoder} as {one.header.precision}"
    typer.echo(f"{int(one.present.sum()):,} faces of {len(one.people) - 1:,} people, {kept}")
    typer.echo(search)


@app.command()
def index(folder: Folder) -> None:
    """Make what approximate search needs, and measure how much of the ten nearest it finds; kept in the cache."""
    from explorer.science.iteration import Steps
    from explorer.science.recognition.registry import encoder_spec
    from explorer.studio.collection.index import make_cached_index
    from explorer.studio.collection.reading import open_collection
    from explorer.studio.extras import require

    require("scale")
    one = open_collection(folder)
    running = Steps(make_cached_index(one, encoder_spec(one.header.encoder).measure))
    before = ""
    for what, _, _ in running:
        if what != before:
            before = what
            say(what)
    typer.echo(running.result.says)


@app.command()
def search(
    folder: Folder,
    photo: Annotated[Path, typer.Argument(help="A photograph, or a file of an embedding (.npy, .csv, .json).")],
    count: Annotated[int, typer.Option(help="How many.", min=1, max=1000)] = 10,
    as_json: AsJson = False,
) -> None:
    """Find the faces that are nearest to a photograph's, or to an embedding, and say how they were found."""
    from explorer.science.recognition.block_search import BlockSearch
    from explorer.science.recognition.registry import encoder_spec
    from explorer.studio.collection.index import cached_search
    from explorer.studio.collection.reading import open_collection

    one = open_collection(folder)
    measure = encoder_spec(one.header.encoder).measure
    vector = _vector(photo, one)
    known = cached_search(one, measure)
    if known is None:
        found, some = BlockSearch(one.vectors, measure, one.present).nearest(vector[None], count)
        rows, scores, says = found[0], some[0], "exact search"
    else:
        rows, scores = known[0].nearest(vector, count)
        says = known[1].says
    faces = [
        {"key": one.key(row), "name": one.name(row), "person": one.person(row), "score": float(score)}
        for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
        if one.present[row]
    ]
    if as_json:
        typer.echo(json.dumps({"search": says, "faces": faces}))
        return
    for face in faces:
        typer.echo(f"{face['score']:.4f}  {shown(str(face['name']))}  {shown(str(face['person']))}")
    typer.echo(says)


@app.command()
def export(
    folder: Folder,
    out: Annotated[Path, typer.Option(help="Folder for what is written.")],
    kind: Annotated[str, typer.Option("--format", help="webdataset or parquet.")] = "webdataset",
    per_file: Annotated[int, typer.Option(help="Faces in a shard, or in a part of the table.", min=1)] = 100_000,
) -> None:
    """Write a collection as WebDataset shards, or as Parquet in parts."""
    from explorer.studio.collection import exporting
    from explorer.studio.collection.reading import open_collection

    if kind not in FORMATS:
        raise UserError(f"--format {kind}: a collection is written as {' or '.join(FORMATS)}")
    one = open_collection(folder)
    write = exporting.as_shards if kind == "webdataset" else exporting.as_parquet
    done = 0
    with result_folder(as_folder(out), say) as result:
        for done in write(one, result.folder, per_file):
            if done % _SAID_EVERY == 0:
                say(f"{done:,} faces")
    typer.echo(f"{done:,} faces: {result.place}")


@app.command()
def forget(
    folder: Folder,
    keys: Annotated[list[str], typer.Argument(help="Faces or photographs, as `search --json` names them.")],
) -> None:
    """Overwrite everything that a collection and its index hold of faces."""
    from explorer.studio.collection.forgetting import forget_faces

    photographs = {key for key in keys if "/" not in key}
    gone = forget_faces(folder, lambda key: key in keys or key.partition("/")[0] in photographs, set(keys), photographs)
    if not gone:
        raise UserError(f"{folder} holds none of these faces")
    typer.echo(f"{gone} faces are forgotten")


def _vector(photo: Path, one: Collection) -> Vector:
    from explorer.science.evaluation.scoring import embed_face
    from explorer.studio.catalogue.networks import Networks, best_device
    from explorer.studio.faces.vectors import belonging, is_vector_file, load_vector
    from explorer.studio.inversion.targets import open_photograph

    if is_vector_file(photo):
        return belonging(load_vector(photo), one.header.dimension, one.header.encoder)
    networks = Networks(best_device())
    photograph, face = open_photograph(networks, photo)
    vector: Vector = embed_face(networks.recogniser(one.header.encoder), photograph, face).numpy()
    return vector
