"""What the functions of `explorer.api` return: readouts, a run that is iterated, and a fitted face."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.contents import open_file
from explorer.science.evaluation.score import EncoderScore
from explorer.science.faces.face import FaceCrop
from explorer.science.geometry.projection import Pose
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep
from explorer.science.iteration import Steps
from explorer.science.leakage.picture_readout import PictureReadout
from explorer.science.leakage.readout import Readout
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.export.drawings import ImageSpec
from explorer.studio.faces.values import Edits
from explorer.studio.geometry.fitting import FittedFace
from explorer.studio.inversion.running import FinishedInversion, InversionTarget, run_inversion, score_result
from explorer.studio.inversion.targets import photograph_target
from explorer.studio.leakage.readings import FaceRead, Reading
from explorer.studio.leakage.reconstructions import ThreeReadings
from explorer.studio.outputs import result_files, result_folder

if TYPE_CHECKING:
    import pandas


class Readouts(Mapping[str, Readout]):
    """The probes' answers to one embedding, by probe.

    reading: the embedding and, of a photograph, what its picture shows.
    reconstruction: what image labellers see in the faces that were made from the embedding alone, by probe;
        photograph: in the photograph itself. Empty where it was not read so.

    Example:
        >>> import explorer as lk
        >>> import numpy as np
        >>> readouts = lk.read(np.sin(np.arange(512)), "arcface-mbf")
        >>> readouts["landmarks"].value.shape
        (68, 2)
        >>> sorted({row["probe"] for row in readouts.rows()}) == sorted(readouts)
        True
    """

    def __init__(self, reading: Reading, three: ThreeReadings | None = None) -> None:
        self.reading = reading
        self._three = three
        made, seen = ((), ()) if three is None else (three.reconstruction.readouts, three.photograph)
        self.reconstruction: Mapping[str, PictureReadout] = {one.probe: one for one in made}
        self.photograph: Mapping[str, PictureReadout] = {one.probe: one for one in seen}
        self._by_probe = {readout.probe: readout for readout in reading.readouts}

    def __getitem__(self, probe: str) -> Readout:
        if probe not in self._by_probe:
            raise KeyError(f"no probe called {probe!r}; there are {', '.join(self._by_probe)}")
        return self._by_probe[probe]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_probe)

    def __len__(self) -> int:
        return len(self._by_probe)

    def rows(self) -> list[dict[str, Any]]:
        """The table of `likeness probe --out`: a row for each probability, number, coordinate and share."""
        from explorer.studio.leakage.export import as_rows
        from explorer.studio.leakage.three_ways_export import three_ways_rows

        if self._three is not None:
            return [dict(row) for row in three_ways_rows(self._three)]
        read = FaceRead("", self.reading.encoder, Edits(), self.reading, self.reading)
        return [dict(row) for row in as_rows(read)]

    def to_frame(self) -> pandas.DataFrame:
        """The rows as a pandas DataFrame.

        Raises:
            UserError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise UserError("a DataFrame needs pandas: pip install pandas; rows() gives the same without it") from None
        return pandas.DataFrame(self.rows())


class Inversion:
    """One inversion: iterated for its steps, from the chosen start to the last, and asked for what came of them.

    A loop that was left can be gone on with. `result`, `image`, `scores` and `save` run whatever is left.

    Example:
        >>> import explorer as lk
        >>> import numpy as np
        >>> quick = {"steps": 1, "starts": 1, "contest": 0, "finish": 0, "resolution": 128}
        >>> run = lk.invert(np.sin(np.arange(512)), "arcface-mbf", **quick, regressor=False)
        >>> run.image.shape
        (1024, 1024, 3)
        >>> run.result.run.stopped_by, len(run.result.latents)
        ('steps', 2)
    """

    def __init__(self, networks: Networks, target: InversionTarget, settings: InversionSettings) -> None:
        self._networks, self._target, self.settings = networks, target, settings
        self._stopped = False
        self._events = Steps(run_inversion(networks, target, settings, should_stop=lambda: self._stopped))

    def __iter__(self) -> Iterator[InversionStep]:
        return (event for event in self._events if isinstance(event, InversionStep))

    def stop(self) -> None:
        """End with the step under way; the result is the best one until then."""
        self._stopped = True

    @property
    def result(self) -> FinishedInversion:
        """The native image, the latents and the run's record.

        Raises:
            UserError: it was stopped before there was a step.
        """
        finished = self._events.result
        if finished is None:
            raise UserError("the inversion was stopped before its first step: there is no result")
        return finished

    @property
    def image(self) -> NDArray[np.uint8]:
        """(1024, 1024, 3) RGB, the result as it is scored; without the mark that `save` puts on it."""
        return self.result.native

    def scores(self, face: FaceCrop | None = None) -> list[EncoderScore]:
        """How near the result comes under every encoder whose target is known, the attacked one first.

        Args:
            face: the face that the vector came from, by which held-out encoders judge as well. A run that began with
                a face knows it already.

        Returns:
            Nothing where no face is found in the result.
        """
        if face is None:
            return list(self.result.run.scores)
        seen = photograph_target(self._networks, face.photograph, face.face, self.settings.encoder).target
        target = replace(self._target, held_out=seen.held_out)
        return score_result(self._networks, target, self.settings, self.image)

    def save(self, path: str | Path, *, mark: bool = True) -> list[Path]:
        """Write the result as PNG, with how it was made in it and beside it, readable by its owner only.

        A folder that is missing is made; an earlier result of the name is replaced.

        Args:
            path: it ends in .png. mark: that it is a reconstruction and not a photograph.

        Raises:
            UserError: another ending, a folder of that name, the photograph or vector that was inverted, or it cannot
                be written. What can be known before is said before the steps that are left are made.
        """
        from explorer.studio.inversion.export import DrawnRun, write_run

        path = Path(path)
        if path.suffix.lower() != ".png" and not path.is_dir():
            raise UserError(f"{path.name}: a result is written as .png; choose this ending")
        _refuse_source(path, self._target.record.sha256)
        with result_files(path) as result:
            drawn = DrawnRun(self.result.run, self.result.latents, self.image)
            written = write_run(result.folder / path.name, ImageSpec(mark=mark), self._networks, drawn)
        return result.settled(written)


@dataclass(frozen=True, eq=False)
class Fit:
    """A face in 3D.

    fitted: model, landmarks, coefficients, light and frame. record: what it takes to make it again.

    Example:
        >>> import explorer as lk
        >>> fitted = lk.fit(samples / "astronaut.png", landmarks="mediapipe", refine=False)
        >>> fitted.vertices.shape == (len(fitted.fitted.model.mean), 3)
        True
        >>> int(fitted.triangles.max()) < len(fitted.vertices)
        True
    """

    fitted: FittedFace
    record: Mapping[str, Any]

    @property
    def vertices(self) -> NDArray[np.float32]:
        """(V, 3) millimetres: x right, y up, z out of the face."""
        return self.fitted.vertices().numpy()

    @property
    def triangles(self) -> NDArray[np.int64]:
        """(T, 3) indices of vertices."""
        return self.fitted.model.triangles.numpy()

    @property
    def pose(self) -> Pose:
        """The camera that lays the vertices on the frame."""
        return self.fitted.fit.pose

    @property
    def angles(self) -> tuple[float, float, float]:
        """Yaw, pitch and roll in degrees."""
        return self.fitted.angles()

    def save(self, path: str | Path, *, level: int = 1, texture: int = 512) -> list[Path]:
        """Write the textured mesh (.glb, .obj), or everything into a folder, readable by its owner only.

        A file of the name is replaced, as on the command line; a fit in the folder stays, and this one goes to the next
        folder with a free number, which a warning says.

        Args:
            level: of detail of the mesh, 0 to 2. texture: side of the textures in pixels.

        Returns:
            The files, where they are.

        Raises:
            UserError: another ending, the photograph that was fitted to, or it cannot be written.
        """
        from explorer.studio.geometry.fit_export import MESHES, NUMBERS, PICTURES, FitFiles, export_fit, file_name

        path, kind = Path(path), Path(path).suffix.lower().removeprefix(".")
        if not kind or path.is_dir():
            names = {file_name(path.name, part) for part in (*PICTURES, *MESHES, NUMBERS)}
            with result_folder(path, _warn, names.__contains__) as result:
                written = export_fit(result.folder, path.name, self.fitted, self.record, level, texture)
            return result.settled(written)
        if kind not in MESHES:
            raise UserError(
                f"{path.name}: a mesh is written as .glb or .obj; or give a folder for all files of the fit"
            )
        _refuse_source(path, str(self.record.get("sha256", "")))
        with result_files(path) as result:
            written = FitFiles(self.fitted, self.record, level, texture).write(kind, result.folder / path.name)
        return result.settled(written)


def _warn(line: str) -> None:
    """Say where a result goes that does not go where it was asked to."""
    warnings.warn(line, stacklevel=6)  # the caller of `save`


def _refuse_source(path: Path, sha256: str) -> None:
    """Refuse to write onto what was read, be it by a link or as a copy.

    Raises:
        UserError: a file lies there whose content has this hash.
    """
    try:
        with open_file(path) as file:
            lies_there = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return  # there is nothing, or nothing that can be read
    if sha256 and lies_there == sha256:
        raise UserError(f"{path} is what was read, and would be overwritten: choose another name for what is written")
