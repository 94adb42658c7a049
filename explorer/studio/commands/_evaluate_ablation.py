"""`likeness evaluate ablation | figure`: table 4.1 and figures 4.2 to 4.6 of the thesis, on the user's photographs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from matplotlib.figure import Figure

from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import StartCache
from explorer.science.names import name_of
from explorer.studio import places
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.regressors import trained_objectives
from explorer.studio.commands._encoders import say_missing_encoders
from explorer.studio.commands._formats import figure_formats
from explorer.studio.commands._running import chosen_device, run_with_progress
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._sources import Sources, refuse_folder, say, say_others
from explorer.studio.errors import UserError
from explorer.studio.evaluation.ablation import VARIANTS, Shown, Variant, reconstruct
from explorer.studio.evaluation.ablation_table import as_csv, as_latex, as_text, draw_likeness, rows_of
from explorer.studio.evaluation.direct_regression import direct_regression
from explorer.studio.evaluation.paper_figures import PAPER_FIGURES, draw_paper_figure, sheet_of
from explorer.studio.export.drawings import SheetSpec
from explorer.studio.export.page import save
from explorer.studio.export.picture_grid import GridOptions
from explorer.studio.export.provenance import Provenance, bare_record, read_provenance, write_sidecar
from explorer.studio.files import atomic_write, fitting_name
from explorer.studio.inversion.provenance import provenance
from explorer.studio.inversion.record import InversionRun
from explorer.studio.inversion.targets import OpenedTarget, open_target
from explorer.studio.outputs import as_folder
from explorer.studio.reproducing.kinds import command_record

Photographs = Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="Photographs, each with a face.")]
Out = Annotated[Path, typer.Option(help="Folder for the results; what is there already is not made again.")]
Formats = Annotated[str, typer.Option("--formats", help="Formats of the figures, of png, svg and pdf.")]
Mark = Annotated[bool, typer.Option(help="Mark results as reconstructions.")]
Device = Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")]

_ORIGINS = {"vector": "predicted from the vector", "photograph": "from the photograph"}


def add_to(evaluate: typer.Typer) -> None:
    """Add the commands to those of `likeness evaluate`."""
    evaluate.command("ablation", no_args_is_help=True)(ablation)
    evaluate.command("figure", no_args_is_help=True)(figure)


@with_settings(InversionSettings)
def ablation(
    photographs: Photographs,
    settings: dict[str, Any],
    out: Out,
    formats: Formats = "png",
    mark: Mark = True,
    device: Device = None,
) -> None:
    """Invert photographs by identity alone, with landmarks, and with the histogram too (table 4.1, figure 4.6).

    Writes every result with its record, table.txt, table.csv, table.tex, and the figures 4.3 and 4.6. Targets are
    predicted from the vector unless --targets says photograph. Can be interrupted; the same command goes on.
    """
    chosen = figure_formats(formats)
    base = _settings(settings)
    networks, sources = Networks(chosen_device(device)), Sources()
    say_missing_encoders()
    with places.output_folder(as_folder(out)):
        opened = _opened(networks, photographs, base, sources)
        shown = _reconstructions(networks, opened, base, out, mark, VARIANTS)
        results = [one.about for _, variants in shown for one in variants]
        rows, origin = rows_of(results), _ORIGINS[base.targets]
        typer.echo(as_text(rows, origin))
        runs = [one.run for one in results]
        _clear(out, ("table", "figure-4-3", "figure-4-6"), runs)
        written = [
            atomic_write(out / "table.txt", (as_text(rows, origin) + "\n").encode()),
            atomic_write(out / "table.csv", as_csv(results).encode()),
            atomic_write(out / "table.tex", as_latex(rows, origin).encode()),
        ]
        command = _command("ablation", [path for path, _ in opened], settings, mark)
        written += [write_sidecar(one, _record("table 4.1", runs, base, command)) for one in written]
        faces = [(one.frame, variants) for one, variants in shown]
        grid = draw_paper_figure("4.3", faces, [], GridOptions(mark=mark))
        sheet = sheet_of(PAPER_FIGURES["4.3"], [[one.about.variant for one in variants] for _, variants in shown], mark)
        written += _save(grid, out, "figure-4-3", chosen, _record("4.3", runs, base, command, sheet))
        written += _save(draw_likeness(results), out, "figure-4-6", chosen, _record("4.6", runs, base, command))
    for path in written:
        typer.echo(f"  {path}")
    sources.end()


@with_settings(InversionSettings)
def figure(
    number: Annotated[str, typer.Argument(help=f"Which figure of the thesis: {', '.join(PAPER_FIGURES)}.")],
    photographs: Photographs,
    settings: dict[str, Any],
    out: Out,
    formats: Formats = "png",
    mark: Mark = True,
    device: Device = None,
) -> None:
    """Make a figure of the thesis on photographs.

    4.2: direct regression, by every regressor there is, beside optimisation. 4.3: the ablation. 4.4: the same person
    twice; photographs come in pairs. 4.5: photograph and reconstruction. What `ablation` left in the folder is used.
    """
    if number not in PAPER_FIGURES:
        raise UserError(f"figure {number}: there are {', '.join(PAPER_FIGURES)}")
    wanted, chosen = PAPER_FIGURES[number], figure_formats(formats)
    if len(photographs) % wanted.together:
        raise UserError(f"figure {number} shows photographs in pairs, not {len(photographs)}: give an even number")
    base, networks, sources = _settings(settings), Networks(chosen_device(device)), Sources()
    variants = [variant for variant in VARIANTS if variant.name in wanted.variants]
    with places.output_folder(as_folder(out)):
        # Where there is none, that is said before the long part.
        objectives = trained_objectives(base.encoder, "W") if wanted.regression else ()
        opened = _opened(networks, photographs, base, sources, wanted.together)
        shown = _reconstructions(networks, opened, base, out, mark, variants)
        regressed = [
            {objective: direct_regression(networks, one.target, objective) for objective in objectives}
            for one, _ in shown
        ]
        rows = [(one.frame, results) for one, results in shown]
        drawn = draw_paper_figure(number, rows, regressed, GridOptions(mark=mark))
        runs = [one.about.run for _, variants in shown for one in variants]
        listed = [[one.about.variant for one in variants] for _, variants in shown]
        sheet = None if wanted.regression else sheet_of(wanted, listed, mark)
        command = _command(f"figure {number}", [path for path, _ in opened], settings, mark)
        name = f"figure-{number.replace('.', '-')}"
        _clear(out, (name,), runs)
        written = _save(drawn, out, name, chosen, _record(number, runs, base, command, sheet))
    for path in written:
        typer.echo(f"  {path}")
    sources.end()


def _settings(given: dict[str, Any]) -> InversionSettings:
    base = InversionSettings(**{"targets": "vector", **given})
    if base.targets == "none":
        raise UserError("--targets none: an ablation compares what targets do; choose vector or photograph")
    return base


def _opened(
    networks: Networks, photographs: Sequence[Path], base: InversionSettings, sources: Sources, together: int = 1
) -> list[tuple[Path, OpenedTarget]]:
    """The photographs that can be used; together: how many are shown with each other, or none of them.

    Raises:
        Exit: there is none.
    """
    found: list[tuple[Path, OpenedTarget]] = []
    for first in range(0, len(photographs), together):
        row = []
        for path in photographs[first : first + together]:
            with sources.each(path):
                refuse_folder(path)
                one = open_target(networks, path, base.encoder, others=_say_others)
                if one.frame is None:
                    raise UserError(
                        f"{path.name} is a bare embedding: there is no photograph to hold the result against"
                    )
                row.append((path, one))
        if len(row) == together:
            found += row
        elif row:
            say(f"{', '.join(path.name for path, _ in row)}: left out with the other of its pair")
    if not found:
        sources.end()
    return found


_say_others = partial(say_others, how="by cutting the photograph")


def _clear(out: Path, names: Sequence[str], runs: Sequence[InversionRun]) -> None:
    """Take away tables and figures of other runs, which an earlier call left, and say so: a folder shows one set."""
    now = json.loads(json.dumps([provenance(run) for run in runs]))
    stale = []
    for path in sorted(out.iterdir()):
        if path.is_file() and path.name.partition(".")[0] in names:
            try:
                before = read_provenance(path)
            except UserError:
                continue  # it is none of ours
            if before.get("runs") != now:
                stale.append(path)
    if stale:
        for path in stale:
            path.unlink()
        say(f"removed, for they show other photographs or settings: {', '.join(path.name for path in stale)}")


def _reconstructions(
    networks: Networks,
    opened: Sequence[tuple[Path, OpenedTarget]],
    base: InversionSettings,
    out: Path,
    mark: bool,
    variants: Sequence[Variant],
) -> list[tuple[OpenedTarget, list[Shown]]]:
    """Every photograph by every variant; each photograph has a folder, named by its file and its content."""
    shown = []
    for number, (path, one) in enumerate(opened, 1):
        folder = out / fitting_name(Path(name_of(path)).stem, f"-{one.target.record.sha256[:8]}")
        results, memory = [], StartCache()
        for variant in variants:
            title = f"{name_of(path)} ({number} of {len(opened)}), {variant.title}"
            consume = partial(run_with_progress, title=title, settings=base)
            results.append(reconstruct(networks, one, variant, base, folder, consume, mark, memory))
            if not sys.stderr.isatty():
                typer.echo(title, err=True)
        shown.append((one, results))
    return shown


def _command(name: str, photographs: Sequence[Path], settings: Mapping[str, Any], mark: bool) -> list[str]:
    marked = {} if mark else {"mark": False}
    return command_record(
        f"evaluate {name}", [name_of(path) for path in photographs], {**settings, **marked, "out": "DIR"}
    )


def _record(
    number: str,
    runs: Sequence[InversionRun],
    base: InversionSettings,
    command: list[str],
    drawing: SheetSpec | None = None,
) -> Provenance:
    """How the runs were made; a sheet of them can be made again by this alone, what else is drawn by the command."""
    about = bare_record() if not runs else provenance(runs[0], drawing=drawing)
    return about | {
        "figure": number,
        "command": command,
        "base_settings": base.model_dump(mode="json"),
        "runs": [provenance(run) for run in runs],
    }


def _save(drawn: Figure, out: Path, name: str, formats: Sequence[str], record: Provenance) -> list[Path]:
    return [save(drawn, out / f"{name}.{kind}", record) for kind in formats]
