"""The line under a figure that says how the run was made, for a reader without the file's provenance."""

from __future__ import annotations

from explorer.science.evaluation.score import strangers_range
from explorer.studio.inversion.figure_scores import scientific
from explorer.studio.inversion.record import InversionRun

_CHANGES_WRITTEN = 4
_OPTIMISERS = {"adam": "Adam", "sgd": "gradient descent"}
_ENDS = {
    "steps": "ended after its last step",
    "cosine": "ended at the wanted cosine",
    "plateau": "ended for want of progress",
    "user": "stopped by hand",
}

# Of a photograph that is itself inverted.
_KNOWN = {"photograph": "from the encoder's answer to the photograph", "mean": "from the mean face"}


def _starts(run: InversionRun) -> str:
    """How many starts of which kind took part, and of which kind the winner was; or that it went on from a step."""
    settings = run.settings
    if run.branch is not None:
        return f"from step {run.branch.step} of an earlier run, {run.branch.steps} steps from its start"
    drawn = f"psi {settings.truncation:g}, seed {settings.seed}"
    if run.begun_from in _KNOWN:
        return _KNOWN[run.begun_from]
    if not run.proposed_starts:
        return f"best of {settings.starts} random starts ({drawn})"
    winner = "proposed" if run.begun_from == "regressor" else "random"
    by = "its decoded picture" if any(name.startswith("decoder-") for name in run.networks) else "the regressor"
    shares = f"{run.proposed_starts} proposed by {by} and {settings.starts} random ({drawn})"
    return f"best of {run.proposed_starts + settings.starts} starts, {shares}, a {winner} one won"


def caption(run: InversionRun, *, source_shown: bool) -> str:
    """Describe a run in a few sentences: source, search, weights, end, machine, versions. Names no file."""
    settings = run.settings
    what = "Face itself and its embedding" if settings.targets == "picture" else "Embedding"
    kind = "photograph" if run.target.kind == "photograph" else "vector file"
    altered = f", altered before it was inverted ({run.target.alterations})" if run.target.alterations else ""
    shown = "" if source_shown else ", not shown"
    end = "" if run.best_index == run.steps[-1].index else f", the result is step {run.best_index}"
    sentences = [
        f"{what} of {run.target.encoder} from a {kind} (sha256 {run.target.sha256[:12]}…{shown}){altered}, "
        f"inverted through {settings.generator} in {settings.space}: "
        f"{_starts(run)}, "
        f"{run.steps[-1].index} steps of {_OPTIMISERS[settings.optimiser]} at rate {settings.rate:g} "
        f"({settings.schedule} schedule), {_resolutions(run)}",
        f"Weights: {_weights(run)}{_sought(run)}",
        f"The run {_ENDS[run.stopped_by]}{end}; {run.seconds:.0f} s on {run.device}",
        "Rings mark the steps shown, the dot marks the result",
    ]
    if run.scores:
        sentences.append(
            "Scores are taken on the saved image, detected and aligned again; cosines in the curves, of the image in "
            "the loop. Above threshold: at least as near as the threshold at FMR 10⁻³ (generated impostors"
            f"{_strangers(run)}); FMR and rank are among generated faces, too; "
            "the attacked encoder's score says little, as the search went by it"
        )
    made = ", ".join(f"{name} {run.versions[name]}" for name in ("likeness", "torch") if name in run.versions)
    return ". ".join([*sentences, made] if made else sentences) + "."


def _strangers(run: InversionRun) -> str:
    """Such as "; of strangers on photographs pass 0 to 9·10⁻⁵ on ORL"; empty of a run that does not know."""
    passing = strangers_range(run.scores, scientific)
    return f"; of strangers on photographs pass {passing}" if passing else ""


def _sought(run: InversionRun) -> str:
    """Such as "; targets of landmarks and histogram from the photograph"."""
    if not run.sought:
        return ""
    origin = "taken from the photograph" if "photograph" in run.sought.values() else "predicted from the vector"
    return f"; {' and '.join(run.sought)} that are sought: {origin}"


def _resolutions(run: InversionRun) -> str:
    """Such as "256 px in the loop, 512 px from step 76 on"."""
    first = {step.resolution: step.index for step in reversed(run.steps)}
    (begun, _), *later = sorted(first.items(), key=lambda one: one[1])
    return ", ".join([f"{begun} px in the loop", *(f"{size} px from step {index} on" for size, index in later)])


def _weights(run: InversionRun) -> str:
    first = run.steps[0].weights
    written = ", ".join(f"{term} {weight:g}" for term, weight in first.items())
    changes = run.weight_changes
    if len(changes) > _CHANGES_WRITTEN:
        return f"{written}; sliders moved {len(changes)} times, as this file's provenance lists"
    moved = ", ".join(f"{change.term} {change.weight:g} from step {change.step}" for change in changes)
    return f"{written}; {moved}" if moved else written
