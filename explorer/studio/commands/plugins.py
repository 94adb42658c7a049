"""`likeness plugins list | enable NAME | disable NAME`: parts that installed packages bring, off until switched on."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from explorer.science.names import shown
from explorer.studio import places
from explorer.studio.errors import UserError
from explorer.studio.plugins.installed import Plugin, canonical_name, installed_plugins
from explorer.studio.plugins.switches import PluginSwitches, Switch

PackageArgument = Annotated[str, typer.Argument(help="The package that brings it.", metavar="PACKAGE")]
PartsArgument = Annotated[
    list[str] | None,
    typer.Argument(help="Its parts, as `likeness plugins list` names them; all where left out.", metavar="[PART]..."),
]

plugins = typer.Typer(help="Plug-ins: list, enable, disable.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.add_typer(plugins, name="plugins")


@plugins.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False) -> None:
    """List the plug-ins that are installed, by what their packages say of themselves; nothing of them is run."""
    switches = _switches()
    known = {plugin.switch: plugin for plugin in installed_plugins()}
    gone = [switch for switch in switches.on if switch not in known]
    if as_json:
        rows = [_record(plugin, plugin.switch in switches.on) for plugin in known.values()]
        rows += [switch.model_dump() | {"on": True, "installed": False} for switch in gone]
        typer.echo(json.dumps(rows, indent=2))
        return
    if not known and not gone:
        typer.echo("no plug-in is installed")
    told = ""
    for switch, plugin in known.items():
        if str(plugin.origin) != told:
            told = str(plugin.origin)
            typer.echo(f"{told}: {plugin.summary}" if plugin.summary else told)
        typer.echo(f"  {'on ' if switch in switches.on else 'off'}  {_named(switch)} ({shown(plugin.value)})")
    for switch in gone:
        typer.echo(f"{switch.distribution}: {_named(switch)} is switched on, and is not installed")


@plugins.command()
def enable(package: PackageArgument, parts: PartsArgument = None) -> None:
    """Switch plug-ins on. From then on their code is imported when Likeness starts, and may do whatever you may do.

    A part is named as in the list, encoders:shades, or by its name alone.
    """
    switches = _switches()
    chosen = _chosen(package, parts, [plugin.switch for plugin in installed_plugins()], "installed")
    for switch in chosen:
        switches.set(switch, True)
        typer.echo(f"{_named(switch)} of {switch.distribution} is on")
    _try(chosen)


@plugins.command()
def disable(package: PackageArgument, parts: PartsArgument = None) -> None:
    """Switch plug-ins off; also those that are no longer installed."""
    switches = _switches()
    for switch in _chosen(package, parts, list(switches.on), "switched on"):
        switches.set(switch, False)
        typer.echo(f"{_named(switch)} of {switch.distribution} is off")


def _switches() -> PluginSwitches:
    switches = PluginSwitches()
    trouble = switches.persist_in(places.config())
    if trouble is not None:
        raise UserError(f"{trouble}; remove the file, and switch plug-ins on again")
    return switches


def _chosen(package: str, parts: list[str] | None, known: list[Switch], state: str) -> list[Switch]:
    canonical = canonical_name(package)
    of_package = [switch for switch in known if switch.distribution == canonical]
    if not of_package:
        there = sorted({switch.distribution for switch in known})
        raise UserError(
            f"no plug-in of a package called {shown(package)} is {state}; "
            + (f"there are {', '.join(there)}" if there else "there is none")
        )
    chosen = list[Switch]()
    for part in parts or []:
        meant = [switch for switch in of_package if part in (switch.name, _named(switch))]
        if not meant:
            raise UserError(
                f"{canonical} has no part called {shown(part)} that is {state}; "
                f"there are {', '.join(map(_named, of_package))}"
            )
        chosen += meant
    return list(dict.fromkeys(chosen or of_package))


def _try(chosen: list[Switch]) -> None:
    """Load what was switched on, so that a broken one is told of at once; panels are tried by the window."""
    if all(switch.group == "panels" for switch in chosen):
        return
    from explorer.studio.plugins.loading import load_plugins

    for problem in load_plugins():
        if problem.switch in chosen:
            typer.echo(f"note: {problem.text}", err=True)


def _named(switch: Switch) -> str:
    return f"{switch.group}:{shown(switch.name)}"


def _record(plugin: Plugin, on: bool) -> dict[str, Any]:
    return plugin.switch.model_dump() | {
        "version": plugin.origin.version,
        "summary": plugin.summary,
        "value": plugin.value,
        "on": on,
        "installed": True,
    }
