"""`likeness train decoder-table`: the rows of table 1 of the Deep Face Decoder, trained from one start and judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from explorer.science.decoding.judging import LPIPS_SIDE, MethodRow
from explorer.science.decoding.settings import PRESETS, VGG16, DecoderSettings
from explorer.science.decoding.table_rows import TableRow, table_rows
from explorer.science.evaluation.same_person import Estimate
from explorer.science.training.decoder import DecoderState
from explorer.science.training.loop import Compute
from explorer.studio.catalogue.networks import Networks, attacked_encoder
from explorer.studio.commands._train_decoder import bar, key_of, making_of
from explorer.studio.corpus.decoder_faces import DecodedFaces, faces_of_corpus, faces_of_set
from explorer.studio.corpus.decoder_material import corpus_material, drawn_material, joined
from explorer.studio.corpus.decoder_rows import (
    MEAN_FACE,
    DecoderRows,
    RowFolder,
    SharedFaces,
    TrainedRow,
    judged_row,
    judges_of_rows,
    kept_row,
    row_of,
    seen_by,
    trained_row,
)
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.files import atomic_write
from explorer.studio.places import private_folder

CORPUS = "corpus"
_ENCODERS = ("arcface-mbf", "dlib-resnet")
_SETS = ("openpeople", "orl")
_TITLES = {"psnr": "PSNR", "ssim": "SSIM", "lpips": "LPIPS"}


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("decoder-table")(decoder_table)


def decoder_table(
    work: Annotated[Path, typer.Option(help="Folder for rows and tables; a corpus in it is learnt from.")],
    corpus: Annotated[Path | None, typer.Option(help="Folder of the corpus. [default: that of --work]")] = None,
    encoder: Annotated[
        list[str] | None,
        typer.Option(help="An encoder of the lower half; may be repeated. [default: arcface-mbf, dlib-resnet]"),
    ] = None,
    perceptual: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Whose features, {VGG16} or an encoder; may be repeated. [default: the encoders themselves]"
        ),
    ] = None,
    side: Annotated[int, typer.Option("--size", help="Of the pictures: 64 or 112.")] = 64,
    minutes: Annotated[float, typer.Option(min=0.01, help="Of a row's training at most.")] = 8.0,
    faces: Annotated[int, typer.Option(min=8, help="How many faces all rows learn from.")] = 8000,
    epochs: Annotated[int, typer.Option(min=1, max=1000, help="Passes over the faces at most.")] = 2,
    batch: Annotated[int, typer.Option(min=1, max=512, help="Faces of a step.")] = 16,
    width: Annotated[int | None, typer.Option(min=2, max=512, help="Channels of the smallest maps.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the first weights, the order and what is left out.")] = 1,
    judged: Annotated[int, typer.Option(min=2, help="Faces of each set that rows are judged on at most.")] = 200,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", help="corpus, openpeople, orl or a folder; may be repeated. [default: these three]"),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train a decoder for each row of table 1 from one start, judge all of them alike, and write the table.

    The upper half: the first encoder's decoder by the last network's features, losses left out. The lower half: each
    encoder with each network's features. All rows learn from the same faces, of a corpus or drawn. The same command
    goes on where it was stopped; the program's own decoders stay as they are.
    """
    given = {"epochs": epochs, "batch": batch, "seed": seed} | ({} if width is None else {"width": width})
    rows = _rows(side, given, encoder or _ENCODERS, perceptual)
    place = private_folder(work / "decoder-table")
    source = corpus if corpus is not None else work
    known = CorpusFolder(source) if (source / "recipe.json").exists() else None
    if corpus is not None and known is None:
        raise UserError(f"--corpus {corpus}: there is no corpus; make one with `likeness train corpus`")
    judging = _Judging(Networks(device), rows, known, judged)
    chosen = list(sets or [*([CORPUS] if known is not None else []), *_SETS])
    if CORPUS in chosen and known is None:
        raise UserError("corpus is the test split of a corpus: give its folder by --corpus")
    made_of = _Source(judging.networks, known, work, faces)
    made = _Made(judging, made_of, place, minutes, chosen)
    table = DecoderRows(side=side, seed=seed, minutes=minutes, words=made_of.words, judges=judging.judges)
    for number, row in enumerate(rows, 1):
        typer.echo(f"row {number} of {len(rows)}: {row.settings.encoder}, {row.name}")
        trained = [*table.rows, made.row(row, Compute.on(device))]
        news = {"rows": trained, "mean_face": dict(made.mean_face), "credits": dict(judging.credits)}
        table = table.model_copy(update=news)
        atomic_write(place / "table.json", table.model_dump_json(indent=1).encode())
        atomic_write(place / "table.md", as_markdown(table).encode())
    typer.echo(as_markdown(table))
    typer.echo(f"{place / 'table.md'}\n{place / 'table.json'}")


def _rows(
    side: int, given: Mapping[str, int], encoders: Sequence[str], perceptual: Sequence[str] | None
) -> list[TableRow]:
    """The rows of the encoders that were named.

    Raises:
        UserError: one of them is not there or only judges, or there is no such side.
    """
    preset = next((one for size, one in PRESETS.items() if size == side), None)
    if preset is None:
        raise UserError(f"--size {side}: there are {', '.join(map(str, PRESETS))}")
    names = tuple(dict.fromkeys(attacked_encoder(one).id for one in encoders))
    features = tuple(dict.fromkeys(one if one == VGG16 else attacked_encoder(one).id for one in perceptual or encoders))
    try:
        base = DecoderSettings.model_validate(preset.model_dump() | dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"--{'-'.join(map(str, first['loc']))}: {first['msg']}") from error
    return table_rows(base, names, features, (names[0], features[-1]))


class _Source:
    """The faces that rows learn from, of one encoder at a time: they are many."""

    def __init__(self, networks: Networks, corpus: CorpusFolder | None, work: Path, faces: int) -> None:
        self._networks, self._corpus, self._work, self._faces = networks, corpus, work, faces
        self._now: tuple[tuple[str, int], SharedFaces] | None = None

    @property
    def words(self) -> str:
        """Where they come from."""
        if self._corpus is None:
            return f"{self._faces} drawn faces"
        return f"the first {self._faces} faces of a corpus of seed {self._corpus.recipe.get('seed', 'unknown')}"

    def of(self, settings: DecoderSettings) -> SharedFaces:
        """Those of an encoder at a side."""
        wanted = (settings.encoder, settings.side)
        if self._now is None or self._now[0] != wanted:
            self._now = None
            self._now = (wanted, self._read(settings))
        return self._now[1]

    def _read(self, settings: DecoderSettings) -> SharedFaces:
        if self._corpus is not None:
            with bar("corpus") as step:
                found = corpus_material(self._corpus, settings.encoder, settings.side, step, self._faces)
        else:
            making = making_of(self._networks, self._networks.recogniser(settings.encoder), settings)
            with bar("faces") as step:
                found = drawn_material(making, key_of(making, settings), self._faces, self._work, step)
        return SharedFaces(joined([found]), found.words)


class _Judging:
    """The faces of sets as all encoders see them, each set read once and where it is first asked for."""

    def __init__(self, networks: Networks, rows: Sequence[TableRow], corpus: CorpusFolder | None, most: int) -> None:
        self.networks, self._corpus, self._most = networks, corpus, most
        self._encoders = tuple(dict.fromkeys(row.settings.encoder for row in rows))
        self.judges = judges_of_rows(rows)
        self._sets: dict[str, DecodedFaces] = {}
        self.credits: dict[str, str] = {}

    @property
    def most(self) -> int:
        """Faces of each set at most."""
        return self._most

    def faces(self, name: str, encoder: str) -> DecodedFaces:
        """A set as an encoder sees it.

        Raises:
            UserError: a corpus was not embedded by the encoder.
        """
        if name not in self._sets:
            typer.echo(f"  {name} is read…")
            seen = self._read(name)
            # All embeddings in one place, the first encoder's as well.
            together = {self._encoders[0]: seen.embeddings, **seen.held_out}
            self._sets[name] = DecodedFaces(seen.name, seen.embeddings, seen.frames, seen.people, together, seen.credit)
            self.credits |= {seen.name: seen.credit} if seen.credit else {}
        if encoder not in self._sets[name].held_out:
            raise UserError(f"{name} holds no embeddings of {encoder}: name another encoder, or other sets by --set")
        return seen_by(encoder, self._sets[name], self.judges)

    def _read(self, name: str) -> DecodedFaces:
        first, *others = self._encoders
        with bar(name) as step:
            if name == CORPUS:
                assert self._corpus is not None, "it was looked for"
                return faces_of_corpus(self._corpus, first, (*others, *self.judges), step).first(self._most)
            recogniser, judges = self.networks.recogniser(first), (*others, *self.judges)
            return faces_of_set(photograph_set(name), recogniser, judges, self.networks, self._most, step)


class _Made:
    """Makes rows, and says in a line what came of each. mean_face: that of the training faces, by set."""

    def __init__(self, judging: _Judging, source: _Source, place: Path, minutes: float, sets: Sequence[str]) -> None:
        self._judging, self._source, self._place = judging, source, place
        self._minutes, self._sets = minutes, sets
        self.mean_face: dict[str, MethodRow] = {}

    def row(self, row: TableRow, compute: Compute) -> TrainedRow:
        """Train a row and judge it."""
        settings, networks = row.settings, self._judging.networks
        place = RowFolder(self._place, row, self._source.words, self._minutes)
        with bar("epochs") as step:

            def told(state: DecoderState) -> None:
                step(round(1000 * state.epochs), 1000 * settings.epochs)

            known = partial(self._source.of, settings)
            decoder, record, seconds = trained_row(networks, row, place, self._minutes, known, compute, told)
        typer.echo(f"  {record.epochs:.2f} epochs of {record.trained_on} faces in {seconds / 60:.1f} minutes")
        found = dict[str, MethodRow]()
        for name in self._sets:
            called = f"{Path(name).name}-{self._judging.most}"
            faces = partial(self._judging.faces, name, settings.encoder)
            judged = partial(judged_row, networks, decoder, faces)
            found[name] = kept_row(place.judged(called), judged)
            typer.echo(f"  {name}: {_words(found[name], self._judging.judges)}")
            if name not in self.mean_face:
                kept = place.judged(f"{called}-mean-face")
                self.mean_face[name] = kept_row(kept, partial(judged, mean=True))
        return row_of(row, record, seconds, found)


def _words(row: MethodRow, judges: Sequence[str]) -> str:
    said = [f"{title} {_short(row.measures.get(name), name)}" for name, title in _TITLES.items()]
    said += [f"cosine {name} {_short(row.cosines.get(name), '')}" for name in judges]
    return ", ".join(said)


def _short(estimate: Estimate | None, measure: str) -> str:
    if estimate is None:
        return "–"
    places = 2 if measure == "psnr" else 3
    interval = "" if estimate.low is None else f" [{estimate.low:.{places}f}, {estimate.high:.{places}f}]"
    return f"{estimate.value:.{places}f}{interval}"


def as_markdown(table: DecoderRows) -> str:
    """The table: a section a set, the halves as the paper has them."""
    judges = [f"cosine, {name}" for name in table.judges]
    lines = [
        "# Table 1 of the Deep Face Decoder",
        "",
        f"Decoders of {table.side} px from one start (seed {table.seed}), {table.minutes:g} minutes each at most, of "
        f"{table.words}. LPIPS by AlexNet at {LPIPS_SIDE} px; in brackets 95 % by person; cosines are of encoders that "
        "took part in no row.",
    ]
    for name in table.mean_face:
        first = table.rows[0].sets[name]
        heads = ["", "epochs", *_TITLES.values(), *judges]
        lines += ["", f"## {name}: {first.faces} faces of {first.people} people", ""]
        lines += [_line(heads), _line(["---"] * len(heads))]
        half = ""
        for row in table.rows:
            if row.half != half:
                half = row.half
                of = f"{row.encoder}, features of {row.perceptual}"
                lines.append(_line([f"*{of}*" if half == "losses" else "*all losses*", *[""] * (len(heads) - 1)]))
            lines.append(_line([row.name, f"{row.epochs:.2f}", *_cells(row.sets[name], table.judges)]))
        lines.append(_line([MEAN_FACE, "–", *_cells(table.mean_face[name], table.judges)]))
    lines += [f"\n{credit}." for credit in table.credits.values()]
    return "\n".join([*lines, ""])


def _cells(row: MethodRow, judges: Sequence[str]) -> list[str]:
    measured = [_short(row.measures.get(name), name) for name in _TITLES]
    return [*measured, *(_short(row.cosines.get(name), "") for name in judges)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
