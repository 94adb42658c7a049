"""What altered, averaged and attacked photographs come to, by the records of `likeness lab` commands.

Every number is one of a record that a command has written; nothing is computed here.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import Part
from benchmarks.laboratory_kit import SETS, Figure, Plan, Words, command_words, figure, part_of, recorded, run
from explorer.science.evaluation.same_person import Estimate
from explorer.science.laboratory.defences import Decoded
from explorer.studio.catalogue.decoders import decoder_file, missing_decoder
from explorer.studio.laboratory.attack_sets_judged import AttackSetRecord, EncoderAttacks, SeenThrough
from explorer.studio.laboratory.geometry_judged import AlterationRow, EncoderTable, GeometryRecord, Share
from explorer.studio.laboratory.templates_judged import TemplatesRecord, as_text

ROTATED = "rotated-30"
LARGEST = 10
_BUDGET = 8
# Faces that maps are fitted on; more of them take longer than the photographs.
_GENERATED = 300
# Faces are found again in pictures that were altered as in table 2; this takes longer than all else.
_TABLE_2 = (ROTATED, "shifted-left", "scaled-0.5")
_REALIGNMENTS: Mapping[str, Sequence[str]] = {"without": (), "with": _TABLE_2}


def measure_geometry(plan: Plan) -> Part:
    """Rotated, shifted and scaled faces: TAR at FAR 0.1 % without maps, and with maps of either kind.

    Every alteration without realignment, as in the paper; those of table 2 with it, as systems do, and there with maps
    of photographs alone. Generated faces are seen for the first set alone: the others take its maps.
    """
    figures, sets = dict[str, Figure](), dict[str, Any]()
    maps: Words = []
    for name in plan.sets or SETS:
        for mode, alterations in _REALIGNMENTS.items():
            out = plan.folder(name if mode == "without" else f"{Path(name).name}-{mode}")
            asked: Words = ["--set", name, "--realignment", mode, *_named("--alteration", alterations)]
            fitted = (maps or _generated(plan)) if mode == "without" else ["--generated", "0"]
            words: Words = ["lab", "geometry", *asked, *_encoders(plan), *fitted, "--out", out]
            record = GeometryRecord.model_validate_json(recorded(words, out / "geometry.json"))
            command = command_words(words)
            sets.setdefault(record.set, {})[f"{mode} realignment"] = {"command": command, **_geometry_details(record)}
            if mode == "without":
                maps = maps or _named("--maps", sorted((out / "maps").glob("*-generated.safetensors")))
            if mode == "without" and name == plan.set_of("orl"):
                figures = geometry_figures(record, plan.encoder, command)
    return part_of("geometry", figures, sets=sets)


def _named(option: str, values: Sequence[str | Path]) -> Words:
    return [word for value in values for word in (option, value)]


def geometry_figures(record: GeometryRecord, encoder: str, command: str) -> dict[str, Figure]:
    """Faces turned by 30 degrees and not aligned again, as in the paper, beside upright ones."""
    table = next(one for one in record.encoders if one.encoder == encoder)
    row = next(one for one in table.rows if (one.alteration, one.mode) == (ROTATED, "template"))
    shares: dict[str, tuple[Share | None, str]] = {
        "tar_rotated": (row.without, "one of each pair turned by 30 degrees, without a map"),
        "tar_rotated_mapped": (row.photographs, "the same behind a map fitted on photographs of other people"),
        "tar_upright": (table.upright, "photographs as they are"),
    }
    return {
        key: figure(
            share.tar,
            f"TAR at FAR {100 * record.far:g} %, {what}",
            record.set,
            encoder,
            command,
            Estimate(value=share.passing / record.impostors),
        )
        for key, (share, what) in shares.items()
        if share is not None
    }


def _geometry_details(record: GeometryRecord) -> dict[str, Any]:
    about = {"credit", "protocol", "people", "photographs", "genuine", "impostors", "far", "seeds"}
    tables = {
        one.encoder: {
            "upright": _share(one.upright),
            "rows": [_alteration(row) for row in one.rows],
            "cosine_falls": _cosine_falls(one),
        }
        for one in record.encoders
    }
    return {**record.model_dump(mode="json", include=about), "encoders": tables}


def _alteration(row: AlterationRow) -> dict[str, Any]:
    ways = {"without": row.without, "generated": row.generated, "photographs": row.photographs}
    about = {"alteration": row.alteration, "mode": row.mode, "found": row.found}
    return about | {way: _share(share) for way, share in ways.items() if share is not None}


def _share(share: Share) -> dict[str, Any]:
    return share.model_dump(mode="json", include={"tar", "gained", "cosine", "passing"}, exclude_none=True)


def _cosine_falls(table: EncoderTable) -> list[str]:
    """Where a map takes embeddings away from the upright ones."""
    found = []
    for row in table.rows:
        for way, share in (("generated", row.generated), ("photographs", row.photographs)):
            if share is None or share.cosine is None or row.without.cosine is None:
                continue
            if share.cosine.value < row.without.cosine.value:
                found.append(f"{row.alteration}, {row.mode}, {way}")
    return found


def measure_templates(plan: Plan) -> Part:
    """Templates of one to many photographs, as they are and made worse."""
    figures, sets = dict[str, Figure](), dict[str, Any]()
    for name in plan.sets or SETS:
        with tempfile.TemporaryDirectory(dir=plan.work) as out:
            words: Words = ["lab", "templates", "--set", name, *_encoders(plan), "--out", Path(out)]
            said = json.loads(run([*words, "--work", plan.folder(name), "--json"]))
        record = TemplatesRecord.model_validate({key: one for key, one in said.items() if key != "files"})
        print(as_text(record), flush=True)
        command = command_words(words)
        details = record.model_dump(mode="json", include={"credit", "people", "photographs", "most", "far"})
        sets[record.set] = {"command": command, **details, "rows": [_template_row(record, row) for row in record.rows]}
        if name == plan.set_of("openpeople"):
            figures = template_figures(record, plan.encoder, command)
    return part_of("templates", figures, sets=sets)


def template_figures(record: TemplatesRecord, encoder: str, command: str) -> dict[str, Figure]:
    """Templates of one photograph and of ten, or of as many as the set's largest have, of photographs as they are."""
    row = record.of(encoder, "upright")
    if row is None:
        return {}
    points = {point.photographs: point for point in row.curve.points}
    wanted = {f"tar_template_{number}": number for number in (1, LARGEST) if number in points}
    return {
        key: figure(
            points[number].tar,
            f"TAR at FAR {100 * record.far:g} %, templates of {number} photographs",
            record.set,
            encoder,
            command,
            Estimate(value=points[number].passing / row.curve.impostors),
        )
        for key, number in wanted.items()
    }


def _template_row(record: TemplatesRecord, row: Any) -> dict[str, Any]:
    points = [point.model_dump(mode="json", include={"photographs", "tar"}) for point in row.curve.points]
    about = row.model_dump(mode="json", include={"encoder", "condition", "weighting"})
    return {**about, "falls": list(row.curve.falls), "points": points}


def measure_attacks(plan: Plan) -> Part:
    """Targeted FGSM at 8/255 towards another person, as pictures are and behind defences, which attacks know or not."""
    defences = ["jpeg", "blur", *(["decoder"] if decoder_file(plan.encoder).exists() else [])]
    if "decoder" not in defences:
        print(f"attack_success_defended is not measured: {missing_decoder(plan.encoder)}", flush=True)
    figures, sets = dict[str, Figure](), dict[str, Any]()
    behind = [word for one in defences for word in ("--defence", one)]
    for name in plan.sets or SETS:
        attack = ["--encoder", plan.encoder, "--method", "fgsm", "--budget", str(_BUDGET), *behind, "--knowing"]
        words: Words = ["lab", "attack", "--set", name, *attack, "--out", plan.folder(name)]
        record = AttackSetRecord.model_validate_json(recorded(words, plan.folder(name) / "attacks.json"))
        command = command_words(words)
        about = {"credit", "settings", "people", "photographs", "attacked", "without_face", "reached", "each"}
        sets[record.set] = {
            "command": command,
            **record.model_dump(mode="json", include=about),
            "encoders": [one.model_dump(mode="json", exclude={"curves"}) for one in record.encoders],
        }
        if name == plan.set_of("orl"):
            figures = attack_figures(record, plan.encoder, command)
    return part_of("attacks", figures, sets=sets)


def attack_figures(record: AttackSetRecord, encoder: str, command: str) -> dict[str, Figure]:
    """Success on the attacked encoder at its threshold, against the photograph that the attack was given."""
    found = dict[str, Figure]()
    seen = next(one for one in record.encoders if one.encoder == encoder)
    for key, defence in (("attack_success", ""), ("attack_success_defended", Decoded.name)):
        view = _view(seen, defence)
        if view is None or view.generated is None:
            continue
        left = view.generated.clean.own
        price = "" if left is None else f"; of the person's own photographs {100 * left.value:.1f} % pass there"
        behind = f", behind {defence}, which the attack does not know{price}" if defence else ""
        what = f"attacked pictures that pass for the photograph aimed at, FMR 1e-3 of generated impostors{behind}"
        estimate, passing = view.generated.attacked.aimed, view.generated.false_matches
        found[key] = figure(estimate, what, record.set, encoder, command, passing)
    return found


def _view(seen: EncoderAttacks, defence: str) -> SeenThrough | None:
    return next((one for one in seen.views if one.defence == defence and not one.knowing), None)


def _encoders(plan: Plan) -> list[str]:
    return [word for encoder in plan.judging for word in ("--encoder", encoder)]


def _generated(plan: Plan) -> Words:
    return ["--generated", str(_GENERATED if plan.generated is None else plan.generated)]
