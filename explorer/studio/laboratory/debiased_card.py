"""The card beside a debiased encoder, as Markdown."""

from __future__ import annotations

from explorer.science.debiasing.record import DebiasedRecord
from explorer.science.recognition.registry import encoder_spec
from explorer.studio.laboratory.debiased_judged import verified_line


def debiased_card(record: DebiasedRecord, faces_words: str, options: str) -> str:
    """The card.

    Args:
        faces_words: what it learnt from. options: of the command.
    """
    settings, spec = record.settings, encoder_spec(record.encoder)
    second = " and one of three layers of 256" if settings.wide else ""
    rows = [
        f"| {one.attribute} told afresh, {when}; probes learnt on {one.learnt_from} | {told.words()} |"
        for one in record.leaks
        for when, told in (("before", one.before), ("after", one.after))
    ]
    rows += [f"| verification | {verified_line(one)} |" for one in record.verified]
    beside = [f"{name} x {getattr(settings, name):g}" for name in ("keep", "moments") if getattr(settings, name)]
    return "\n".join(
        [
            f"# debiased {record.encoder}: embeddings from which {record.hidden} should not be read",
            "",
            f"What it does: embeds faces as {record.encoder} does, trained on against adversaries that tell",
            f"{record.hidden} (`explorer/science/training/debiasing.py`; thesis, section 3.3).",
            "",
            "| | |",
            "|---|---|",
            f"| adversaries | {settings.layers} layers of {settings.width}{second}; {settings.adversary_steps} updates "
            f"for each of the encoder, {settings.pretraining} epochs alone before |",
            f"| made small | eqs. 3.2 to 3.5, lambda {settings.adversarial:g}, s = {settings.scale:g}, "
            f"m = {settings.margin:g}{''.join(f'; {one}' for one in beside)} |",
            f"| recipe | {record.steps} steps of {settings.batch} pictures, {settings.optimiser} at "
            f"{settings.rate:g} (backbone), {settings.classifier_rate:g} (people), {settings.adversary_rate:g} "
            f"(adversaries), {settings.schedule}; seed {settings.seed} |",
            f"| classes | {'; '.join(f'{one.name}: ' + ', '.join(one.classes) for one in record.attributes)} |",
            f"| command | `likeness train debiased{options} --work DIR` |",
            f"| data | {faces_words}; learnt from: {record.pictures:,} pictures of {record.people:,} people |",
            *rows,
            "| file | safetensors; by how much weights differ from the encoder's, most of them as signed bytes |",
            f"| terms | those of {record.encoder} ({spec.licence}), and of the pictures |",
            "",
            "Told afresh: the best of three probes (linear, three layers of 256, nearest neighbours), trained on the",
            "embeddings as they are handed out and judged on people of whom neither they nor the encoder has learnt.",
            "",
        ]
    )
