"""The card of a corpus whose labels are known, its sheets, and a person's answers."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.science.leakage.labels import LABELS
from explorer.science.leakage.labels.expression import EXPRESSIONS
from explorer.science.training.corpus import SPLITS, CorpusRecipe, split_of
from explorer.science.training.corpus_card import prevalence, wavering
from explorer.studio.app import cli
from explorer.studio.corpus import card as corpus_card
from explorer.studio.corpus.shards import CorpusFolder, ShardName, begin
from explorer.studio.errors import UserError

FACES = 60
RECIPE = CorpusRecipe(faces=FACES, per_shard=30, test=0.3)


def labels(faces: int, seed: int) -> dict[str, torch.Tensor]:
    """Made-up labels: every face has glasses, every second one smiles, nobody wears a hat, all are sad."""
    random = torch.Generator().manual_seed(seed)
    made = {name: torch.rand(faces, *spec.shape, generator=random) for name, spec in LABELS.items()}
    made["landmarks"] = made["landmarks"] * 200 + 12
    made["eyeglasses"] = torch.full((faces,), 0.05)
    made["smile"] = torch.arange(faces) % 2 * 0.9
    made["hat"] = torch.zeros(faces)
    made["expression"] = torch.eye(7)[[EXPRESSIONS.index("sad")] * faces]
    made["age"] = torch.full((faces,), 33.0)
    made["histogram"] = torch.full((faces, 3, 256), 196, dtype=torch.int32)
    return made


@pytest.fixture
def corpus(tmp_path) -> CorpusFolder:
    made = begin(tmp_path / "corpus", RECIPE)
    for number in range(2):
        index = torch.arange(30) + 30 * number
        repeat = torch.arange(0, 30, 10)
        first = labels(30, number)
        tensors = {
            "index": index,
            "split": torch.tensor([SPLITS.index(split_of(RECIPE, int(one))) for one in index], dtype=torch.uint8),
            "repeat_rows": repeat,
            **{f"labels/{name}": values for name, values in first.items()},
            **{f"repeat/{name}": values[repeat] for name, values in first.items()},
        }
        frames = [np.full((224, 224, 3), 4 * int(one), np.uint8) for one in index]
        made.write(ShardName("base", number), tensors, frames, {})
    return made


@pytest.fixture
def answers(tmp_path, monkeypatch) -> Path:
    """Where this test's person answers."""
    file = tmp_path / "answers.csv"
    monkeypatch.setattr(corpus_card, "hand_labels", lambda: file)
    return file


def test_the_card_counts_and_the_sheets_show_the_test_split(corpus, answers, capsys):
    assert cli.main(["train", "corpus-card", "--work", str(corpus.folder)]) == 0
    text = (corpus.folder / "card.md").read_text()
    tested = [index for index in range(FACES) if split_of(RECIPE, index) == "test"]
    assert "| base faces | 60 |" in text
    assert f"| test split | {len(tested)} |" in text
    assert "| eyeglasses | 100.0% | 100.0% | 100.0% |" in text
    assert "| hat | 0.0% | 0.0% | 0.0% |" in text
    assert "| sad | 100.0% | 100.0% | 100.0% |" in text
    assert "| age | 33 (33 to 33) |" in text
    assert "6 faces labelled again" in text
    assert "| landmarks | 0.0% of the interocular distance |" in text
    assert "Agreement" not in text
    with (corpus.folder / "hand-labels.csv").open() as lines:
        assert [int(row["index"]) for row in csv.DictReader(lines)] == tested
    for name in ("blind", "checked"):
        sheet = np.array(Image.open(corpus.folder / f"sheet-{name}-1.png"))
        assert sheet.shape[1] == 8 * 224
    assert str(corpus.folder / "card.md") in capsys.readouterr().out
    # Without labels, the picture is as it was kept.
    blind = np.array(Image.open(corpus.folder / "sheet-blind-1.png"))
    assert np.abs(blind[100, 100].astype(int) - 4 * tested[0]).max() <= 3


def test_a_persons_answers_are_compared(corpus, answers):
    corpus_card.write_card(corpus, corpus.folder / "card.md")
    with (corpus.folder / "hand-labels.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        smiles = str(int(row["index"]) % 2)
        row |= {"smile": smiles, "eyeglasses": "0", "hat": "", "expression": "sad", "age": "1", "pose": "0"}
    rows[0]["hat"] = "1"
    with answers.open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(rows)
    corpus_card.write_card(corpus, corpus.folder / "card.md")
    text, count = (corpus.folder / "card.md").read_text(), len(rows)
    assert f"| smile | 100.0% of {count}: 0 of" in text
    assert f"| eyeglasses | 0.0% of {count}: {count} of {count} wrongly seen, 0 of 0 missed |" in text
    assert "| hat | 0.0% of 1: 0 of 0 wrongly seen, 1 of 1 missed |" in text
    assert f"| expression | 100.0% of {count} |" in text
    assert f"| age | 100.0% of {count} found right |" in text
    assert "| landmarks | none found right |" in text
    assert f"| pose | 0.0% of {count} found right |" in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("index,smile\n1,1\n", "lacks the columns eyeglasses"),
        ("index,smile,eyeglasses,hat,male,expression,landmarks,age,pose\n1,2,,,,,,,\n", "'2' in smile"),
        (
            "index,smile,eyeglasses,hat,male,expression,landmarks,age,pose\n1,,,,,gleeful,,,\n",
            "'gleeful' in expression",
        ),
        ("index,smile,eyeglasses,hat,male,expression,landmarks,age,pose\n999,,,,,,,,\n", "face 999"),
    ],
)
def test_answers_that_were_not_asked_for_are_refused(corpus, answers, content, said):
    answers.write_text(content)
    with pytest.raises(UserError, match=said):
        corpus_card.write_card(corpus, corpus.folder / "card.md")


def test_a_corpus_without_faces_has_no_card(tmp_path, answers):
    with pytest.raises(UserError, match="holds no faces yet"):
        corpus_card.write_card(begin(tmp_path / "corpus", RECIPE), tmp_path / "card.md")


def test_wavering_counts_what_changes():
    first = {name: values.numpy() for name, values in labels(10, 0).items()}
    second = {name: values.copy() for name, values in first.items()}
    second["smile"][:3] = 1 - second["smile"][:3]
    second["pose"] = first["pose"] + np.array([5, -2, 0], np.float32)
    second["age"] = first["age"] + 4
    said = {one.about: one.value for one in wavering(first, second)}
    assert said["smile"] == "30.0% change sides"
    assert said["yaw"] == "5.0 degrees"
    assert said["pitch"] == "2.0 degrees"
    assert said["age"] == "4.0 years"
    assert said["histogram"].startswith("EMD 0.00")


def test_prevalence_is_the_share():
    said = {one.about: one.value for one in prevalence({n: v.numpy() for n, v in labels(10, 0).items()})}
    assert said["smile"] == "50.0%"
    assert said["sad"] == "100.0%"
    assert said["age"] == "33 (33 to 33)"
