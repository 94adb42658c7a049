"""Numbers as spreadsheets, pandas, R and numpy write them are the same numbers; what is unclear is named."""

from __future__ import annotations

import io

import numpy as np
import pytest

from explorer.studio.faces.vector_text import parse_text

VECTOR = np.array([0.25, -1.5, 3.0, 1e-7, 12.125])
POINT = [repr(float(value)) for value in VECTOR]
COMMA = [number.replace(".", ",") for number in POINT]


def printed(vector: np.ndarray) -> str:
    return np.array2string(vector, max_line_width=20)


def savetxt(vector: np.ndarray, **options: str) -> str:
    file = io.StringIO()
    np.savetxt(file, vector, **options)
    return file.getvalue()


TEXTS = {
    "row": ",".join(POINT),
    "column": "\n".join(POINT),
    "spaces": "  ".join(POINT),
    "tabs": "\t".join(POINT),
    "a comma at the end": ",".join(POINT) + ",",
    "quotes": ",".join(f'"{number}"' for number in POINT),
    "Windows, with a mark": "\ufeff" + ";".join(POINT) + "\r\n",
    "decimal commas in a row": ";".join(COMMA),
    "decimal commas and tabs": "\t".join(COMMA),
    "decimal commas and spaces": " ".join(COMMA),
    "decimal commas in a column": "\n".join(COMMA),
    "decimal commas in quotes": ",".join(f'"{number}"' for number in COMMA),
    "Excel's first line": "sep=;\n" + ";".join(COMMA),
    "a real minus": ",".join(POINT).replace("-1.5", "\N{MINUS SIGN}1.5"),
    "a list": str(VECTOR.tolist()),
    "an array": repr(VECTOR),
    "an array of a type": repr(VECTOR.astype(object)).replace("object", "float64"),
    "a printed array over several lines": printed(VECTOR),
    "numpy's savetxt": savetxt(VECTOR),
    "numpy's savetxt, in a row": savetxt(VECTOR[None]),
    "numpy's savetxt with a header": savetxt(VECTOR, header="made by me"),
    "pandas, a frame of one row": ",0,1,2,3,4\n0," + ",".join(POINT),
    "pandas, without an index": "0,1,2,3,4\n" + ",".join(POINT),
    "pandas, named columns": "e0,e1,e2,e3,e4\n" + ",".join(POINT),
    "pandas, an index of names": ",e0,e1,e2,e3,e4\nme.jpg," + ",".join(POINT),
    "pandas, a series": ",0\n" + "\n".join(f"{place},{number}" for place, number in enumerate(POINT)),
    "pandas, a named series": ",embedding\n" + "\n".join(f"{place},{number}" for place, number in enumerate(POINT)),
    "pandas, a series without an index": "0\n" + "\n".join(POINT),
    "a column with a name": "embedding\n" + "\n".join(POINT),
    "an index from 1, as R writes it": '"x"\n' + "\n".join(f'"{place}" {n}' for place, n in enumerate(POINT, 1)),
    "an index and decimal commas": "\n".join(f"{place};{number}" for place, number in enumerate(COMMA)),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_same_numbers_are_read_however_they_are_written(text: str) -> None:
    values, encoder = parse_text(text.encode())
    np.testing.assert_allclose(values.ravel(), VECTOR, rtol=1e-6)
    assert encoder is None


def test_text_of_windows_is_read_and_an_encoder_is_found() -> None:
    values, encoder = parse_text(("# encoder: sface\n" + ";".join(COMMA)).encode("utf-16"))
    np.testing.assert_array_equal(values.ravel(), VECTOR)
    assert encoder == "sface"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0,125,-0,375,0,500,1,250", "commas seem to be decimal and to separate"),
        ("1.5,2.5,x,3", "line 1 holds 'x'"),
        ("1.5,,2.5", "line 1 has an empty cell"),
        ("1.5\n2.5\nnought\n3.5", "line 3 holds 'nought'"),
        ("name,e0,e1\nme.jpg,1.5,2.5", "line 2 holds 'me.jpg'"),
        ("[0.1 0.2 ... 0.5]", "holds '...'"),
        ("1_000,2", "holds '1_000'"),
        ("1.234,5;2", "holds '1.234,5'"),
        ("1,2\n3,4,5", "different lengths"),
        ("a" * 100, "holds 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…'"),
    ],
)
def test_what_is_unclear_is_named(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_text(text.encode())
