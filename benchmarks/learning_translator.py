"""The part `translator` of `benchmarks.learning`: what the handles behind W+ tell, and what edits by them come to."""

from __future__ import annotations

from benchmarks.common import Part
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._evaluate_translator import (
    EDITED,
    FACES,
    STEPS,
    edit_rows,
    edits_text,
    elements_text,
    generated_table,
    inverse_error_of,
    openpeople_table,
)
from explorer.studio.corpus.translator_judged import EditRow
from explorer.studio.errors import UserError
from explorer.studio.handles.editing import HandleEditor, load_editor

# Whose edits the headlines are means of.
ATTRIBUTES = ("smiling", "gender")


def measure_translator(people: int, editor: HandleEditor | None = None) -> Part:
    """The program's own translator.

    Args:
        people: how many faces are edited, and photographs read, at most. editor: another one.
    """
    editor, networks = editor or load_editor(), Networks("cpu")
    tables = [generated_table(networks, editor)]
    try:
        tables.append(openpeople_table(networks, editor, min(people, FACES), STEPS))
    except (MissingNetwork, UserError) as error:
        print(f"openpeople is left out: {error}")
    rows = edit_rows(networks, editor, min(people, EDITED))
    print("\n".join([*map(elements_text, tables), edits_text(rows)]))
    headline = {"translator_inverse_error": inverse_error_of(networks, editor)}
    aucs = tables[0].aucs
    named = {"smile_auc": "smiling", "gender_auc": "gender"}
    headline |= {key: aucs[name].value for key, name in named.items() if name in aucs}
    headline |= means_of(rows)
    details = {
        "elements": [table.model_dump(mode="json") for table in tables],
        "edits": [row.model_dump(mode="json") for row in rows],
        "record": editor.record.model_dump(mode="json", include={"settings", "steps", "trained_on", "unseen"}),
    }
    return Part(headline, {"translator": details})


def means_of(rows: list[EditRow]) -> dict[str, float]:
    """Means over smile and gender; of cosines where both have some."""
    some = [row for row in rows if row.attribute in ATTRIBUTES]
    found = {"edit_flip_rate": [row.flips.value for row in some]}
    cosines = [(row.cosine, row.cosine_linear) for row in some]
    paired = [(one.value, linear.value) for one, linear in cosines if one is not None and linear is not None]
    found["edit_cosine"] = [one for one, _ in paired]
    found["edit_cosine_linear"] = [linear for _, linear in paired]
    return {name: sum(values) / len(values) for name, values in found.items() if values}
