"""How an exported figure was drawn: the part of its provenance that says what its run does not, to draw it again."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

DOUBLE_COLUMN = 180.0
SMALLEST, WIDEST = 60.0, 400.0

Millimetres = Annotated[float, Field(ge=SMALLEST, le=WIDEST, allow_inf_nan=False)]
Resolution = Annotated[float, Field(ge=36, le=1200, allow_inf_nan=False)]


# Of an SVG: text that names its typeface, text with the typeface inside the file, or outlines.
Lettering = Literal["named", "embedded", "outlines"]


# Of a GIF: its colours are chosen once for the whole film, or anew for each frame.
Palette = Literal["film", "frame"]


class _Drawing(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class FigureSpec(_Drawing):
    """The figure of one run. source: whether the photograph or vector is shown. mark: whether results are marked."""

    kind: Literal["inversion"] = "inversion"
    width: Millimetres = DOUBLE_COLUMN
    dpi: Resolution = 300
    source: bool = True
    mark: bool = True
    lettering: Lettering = "embedded"


class ImageSpec(_Drawing):
    """One picture of a run: its result, or a step of it as the run showed that."""

    kind: Literal["image"] = "image"
    step: Annotated[int, Field(ge=0)] | None = None
    mark: bool = True


class FilmSpec(_Drawing):
    """The film of a run. side: of each picture in pixels. rate: pictures a second. hold: of the last one, in seconds.

    every: of so many steps one is shown, and the last. palette: of a GIF's colours, one for the film or one a frame.
    """

    kind: Literal["film"] = "film"
    source: bool = True
    mark: bool = True
    side: int = Field(320, ge=64, le=1024, description="size of each picture", json_schema_extra={"unit": "px"})
    rate: int = Field(12, ge=1, le=60, description="pictures a second", json_schema_extra={"unit": "a second"})
    hold: float = Field(
        1.5, ge=0, le=10, allow_inf_nan=False, description="how long the last picture stands",
        json_schema_extra={"unit": "s"},
    )  # fmt: skip
    every: int = Field(
        1, ge=1, le=100, description="of so many steps one is shown", json_schema_extra={"unit": "steps"}
    )
    palette: Palette = "film"

    @model_validator(mode="before")
    @classmethod
    def _without_palette(cls, given: Any) -> Any:
        """A complete record that lacks the palette is from when there was one for each frame."""
        if isinstance(given, dict) and "palette" not in given and given.keys() >= {"side", "rate", "hold", "every"}:
            return {**given, "palette": "frame"}
        return given


class VariationSpec(_Drawing):
    """The figure of several inversions of one embedding, or one of its pictures."""

    kind: Literal["variation"] = "variation"
    width: Millimetres = DOUBLE_COLUMN
    dpi: Resolution = 300
    source: bool = True
    mark: bool = True
    lettering: Lettering = "embedded"
    part: Literal["figure", "mean", "map"] = "figure"


class SheetSpec(_Drawing):
    """Pictures of several runs in rows and columns, as the papers lay them out.

    title: begins the note below. columns: their titles. cells: row by row, what stands under each title:
    "photograph:N" for the face that the N-th run sought, "run:N" for its result, empty for an empty place.
    """

    kind: Literal["sheet"] = "sheet"
    title: str = Field("", max_length=400)
    columns: list[Annotated[str, Field(max_length=200)]] = Field(min_length=1, max_length=40)
    cells: list[list[Annotated[str, Field(pattern=r"^$|^(photograph|run):\d{1,3}$")]]] = Field(
        min_length=1, max_length=100
    )
    width: Annotated[float, Field(ge=40, le=WIDEST, allow_inf_nan=False)] = DOUBLE_COLUMN
    dpi: Resolution = 300
    source: bool = True
    mark: bool = True
    lettering: Lettering = "embedded"

    @model_validator(mode="after")
    def _rectangular(self) -> SheetSpec:
        if any(len(row) != len(self.columns) for row in self.cells):
            raise ValueError(f"every row needs {len(self.columns)} cells")
        return self

    @property
    def runs(self) -> int:
        """How many runs it takes."""
        return 1 + max((int(cell.partition(":")[2]) for row in self.cells for cell in row if cell), default=-1)


Drawing = Annotated[FigureSpec | ImageSpec | FilmSpec | VariationSpec | SheetSpec, Field(discriminator="kind")]


class ReadoutsSpec(_Drawing):
    """The figure of what an embedding tells. source: whether the photograph is shown."""

    width: Annotated[float, Field(ge=40, le=WIDEST, allow_inf_nan=False)] = DOUBLE_COLUMN
    dpi: Resolution = 300
    source: bool = False
    lettering: Lettering = "named"
