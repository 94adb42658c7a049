"""`likeness evaluate decoder`: table 1 of the Deep Face Decoder, measured here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from explorer.science.decoding.judging import LPIPS_SIDE, MEASURES, MethodRow
from explorer.science.decoding.network import FaceDecoder
from explorer.science.decoding.record import DecoderRecord
from explorer.science.evaluation.same_person import Estimate
from explorer.science.inversion.settings import InversionSettings
from explorer.science.recognition.tapping import tapped
from explorer.studio.catalogue.decoders import decoder_file, load_decoder, read_decoder
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import Networks, attacked_encoder
from explorer.studio.commands._running import run_with_progress
from explorer.studio.commands._sources import Sources
from explorer.studio.commands._train_decoder import bar, key_of, making_of
from explorer.studio.corpus.decoder_faces import DecodedFaces, faces_of_corpus, faces_of_set
from explorer.studio.corpus.decoder_material import corpus_material, drawn_material
from explorer.studio.corpus.decoder_table import Consume, DecoderTable, KnownFaces, decoder_table, judges_of
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import photograph_set

CORPUS = "corpus"
_TITLES = dict(zip(MEASURES, ("PSNR", "SSIM", "LPIPS", "face PSNR", "face SSIM", "face LPIPS"), strict=True))


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("decoder", no_args_is_help=True)(decoder)


def decoder(
    sets: Annotated[
        list[str],
        typer.Argument(
            metavar="SET...",
            help="corpus (its test split, of --work), openpeople, orl, or a folder that holds one for each person.",
        ),
    ],
    encoder: Annotated[
        list[str] | None, typer.Option(help="Only this encoder's decoder; may be repeated. [default: all there are]")
    ] = None,
    layer: Annotated[str | None, typer.Option(help="The decoder of this feature map of the encoder.")] = None,
    file: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A decoder of this file instead; may be repeated.")
    ] = None,
    work: Annotated[Path | None, typer.Option(help="Folder of a corpus, or one that decoders were trained in.")] = None,
    nearest: Annotated[
        int, typer.Option(min=0, help="Without a corpus: how many drawn faces to look the nearest up among.")
    ] = 0,
    inversions: Annotated[int, typer.Option(min=0, help="How many faces to invert for comparison.")] = 0,
    faces: Annotated[int, typer.Option(min=2, help="Faces of each set at most, spread over it.")] = 1000,
    cosines: Annotated[
        int | None, typer.Option(min=2, help="Of each set held-out encoders see so many at most. [default: all]")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Judge decoders: PSNR, SSIM and LPIPS of the whole frame and of the central face, held-out encoders' cosines.

    Beside the mean face, the nearest known face by embedding (of a corpus's training split in --work, or of --nearest
    drawn faces), and as many inversions as --inversions says. Every person counts alike; intervals are by person.
    """
    networks, chosen = Networks(device), _chosen(encoder, layer, file)
    known: dict[str, KnownFaces | None] = {}
    with Sources("set", as_json=as_json) as done:
        for name in sets:
            with done.each(name):
                for one, record in chosen:
                    called = f"{record.settings.encoder} {record.settings.layer} {record.settings.side}"
                    if called not in known:
                        known[called] = _known(networks, record, work, nearest)
                    seen = _faces(networks, record, name, work, faces)
                    with bar("judging") as step:
                        searched = _inverting(inversions, record)
                        table = decoder_table(networks, one, record, seen, known[called], searched, step, cosines)
                    done.records.append(table.model_dump(mode="json"))
                    if not as_json:
                        typer.echo(as_text(table) + "\n")


def _chosen(
    encoders: Sequence[str] | None, layer: str | None, files: Sequence[Path] | None
) -> list[tuple[FaceDecoder, DecoderRecord]]:
    if files:
        return [read_decoder(path)[:2] for path in files]
    names = list(encoders or [name for name in present_encoders() if decoder_file(name, layer).exists()])
    if not names:
        raise UserError("there is no decoder yet: train one with `likeness train decoder --encoder ID --work DIR`")
    return [load_decoder(attacked_encoder(name).id, layer) for name in names]


def _inverting(count: int, record: DecoderRecord) -> tuple[int, Consume] | None:
    """How many faces are inverted, and how each is."""
    settings = InversionSettings(encoder=record.settings.encoder)
    return (count, partial(run_with_progress, title="inversion", settings=settings)) if count else None


def _corpus(work: Path | None) -> CorpusFolder | None:
    return None if work is None or not (work / "recipe.json").exists() else CorpusFolder(work)


def _known(networks: Networks, record: DecoderRecord, work: Path | None, nearest: int) -> KnownFaces | None:
    """What the nearest face is looked up among; None where nothing is named."""
    corpus, settings = _corpus(work), record.settings
    if corpus is not None and settings.layer is None:
        with bar("corpus") as step:
            made = corpus_material(corpus, settings.encoder, settings.side, step)
            fitting = ~made.held_out
        return KnownFaces(made.faces.embeddings[fitting], made.faces.pictures[fitting])
    if not nearest:
        return None
    if work is None:
        raise UserError("--nearest draws faces: give a folder to keep them in by --work")
    recogniser = tapped(networks.recogniser(settings.encoder), settings.layer)
    making = making_of(networks, recogniser, settings)
    with bar("faces") as step:
        drawn = drawn_material(making, key_of(making, settings), nearest, work, step)
    return KnownFaces(drawn.faces.embeddings, drawn.faces.pictures)


def _faces(networks: Networks, record: DecoderRecord, name: str, work: Path | None, most: int) -> DecodedFaces:
    settings, judges = record.settings, judges_of(record)
    if name != CORPUS:
        recogniser = tapped(networks.recogniser(settings.encoder), settings.layer)
        with bar(name) as step:
            return faces_of_set(photograph_set(name), recogniser, judges, networks, most, step)
    corpus = _corpus(work)
    if corpus is None:
        raise UserError("corpus is the test split of a corpus: give its folder by --work")
    if settings.layer is not None:
        raise UserError("a corpus holds no averages of layers: judge a layer's decoder on photographs")
    with bar(name) as step:
        return faces_of_corpus(corpus, settings.encoder, judges, step).first(most)


def as_text(table: DecoderTable) -> str:
    """A table in aligned columns: the measures, and beneath how much better than the mean face each way is."""
    what = table.encoder if table.layer is None else f"{table.encoder} at {table.layer}"
    first = table.rows[0]
    lines = [
        f"{table.set}: {first.faces} faces of {first.people} people, {what}, features of {table.perceptual}, "
        f"{table.side} px, learnt from {table.trained_on} faces",
        f"  {'':<19}" + "".join(f"{title:>25}" for title in _TITLES.values()),
    ]
    for row in table.rows:
        lines.append(_line(row.name, row.measures))
        if row.gains:
            lines.append(_line("  better by", row.gains))
        if row.over_nearest:
            lines.append(_line("  than the nearest", row.over_nearest))
    lines += [f"  cosine, {name}: {'; '.join(_cosine(row, name) for row in table.rows)}" for name in first.cosines]
    unseen = [f"{row.name} {row.without_face} of {row.shown or row.faces}" for row in table.rows if row.without_face]
    if unseen:
        lines.append(f"  pictures in which no face is found: {', '.join(unseen)}")
    lines.append(f"  better by: than the mean face; LPIPS by AlexNet at {LPIPS_SIDE} px; in brackets 95 % by person.")
    return "\n".join([*lines, *([f"  {table.credit}."] if table.credit else [])])


def _line(title: str, values: Mapping[str, Estimate]) -> str:
    return f"  {title:<19}" + "".join(f"{_words(values.get(name), name):>25}" for name in MEASURES)


def _words(estimate: Estimate | None, measure: str) -> str:
    if estimate is None:
        return "–"
    places = 2 if measure.endswith("psnr") else 3
    interval = "" if estimate.low is None else f" [{estimate.low:.{places}f}, {estimate.high:.{places}f}]"
    return f"{estimate.value:.{places}f}{interval}"


def _cosine(row: MethodRow, encoder: str) -> str:
    return f"{row.name} {_words(row.cosines.get(encoder), '')}"
