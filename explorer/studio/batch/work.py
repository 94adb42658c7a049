"""What a batch does to one file, by the kind of its job: each yields after every step and returns the table's row."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from pathlib import Path

import numpy as np

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Photograph
from explorer.science.generation.registry import generator_spec
from explorer.science.geometry.refinement import RefinementSettings
from explorer.science.leakage.readout import picture_origin
from explorer.science.names import name_of
from explorer.studio.batch.folder import Work
from explorer.studio.batch.job import Job, Kind
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.catalogue.probes import load_probes
from explorer.studio.export.drawings import FigureSpec, ImageSpec
from explorer.studio.export.tables import Value
from explorer.studio.faces.vector_encoder import open_vector
from explorer.studio.faces.vector_export import export_vector
from explorer.studio.faces.vectors import is_vector_file
from explorer.studio.geometry.fit_export import export_fit
from explorer.studio.geometry.fit_numbers import fit_record
from explorer.studio.geometry.fitting import FittedFace, fit_face, load_morphable_model
from explorer.studio.geometry.landmark_sources import landmark_source
from explorer.studio.inversion.export import DrawnRun, write_run
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.running import FinishedInversion, run_inversion
from explorer.studio.inversion.targets import open_photograph, open_target
from explorer.studio.leakage.reading import read_vector
from explorer.studio.leakage.readings import Reading
from explorer.studio.leakage.reconstructing import Subject, read_three_ways, settings_of_runs
from explorer.studio.leakage.reconstructions import ThreeReadings

Row = dict[str, Value]
Working = Generator[object, None, Row]


def work_of(job: Job, networks: Networks) -> Work:
    """What a job does to a file.

    Raises:
        UserError: there is no such encoder, or it has no probes.
        AbsentGeneratorError: the generator of its inversions is not on this machine.
    """
    known_encoder(job.encoder)
    if job.kind == "invert" or job.by == "reconstruction":
        generator_spec(job.settings.generator)
    makers: dict[Kind, type[_Work]] = {"invert": _Invert, "embed": _Embed, "probe": _Probe, "fit": _Fit}
    return makers[job.kind](job, networks)


class _Work(ABC):
    """Holds what all files share, and is made before the first of them, so that what is missing is said by then."""

    def __init__(self, job: Job, networks: Networks) -> None:
        self.job, self.networks = job, networks

    @abstractmethod
    def __call__(self, path: Path, folder: Path) -> Working:
        """Treat one file, and write what comes of it to a folder of its own."""


class _Faces:
    """Told of other faces than the one that is taken. count: how many a photograph shows."""

    count: int = 1

    def __call__(self, photograph: Photograph, taken: int, count: int) -> None:
        self.count = count


class _Invert(_Work):
    """Result, figures and record of an inversion."""

    def __call__(self, path: Path, folder: Path) -> Working:
        job, networks = self.job, self.networks
        settings = job.settings.model_copy(update={"encoder": job.encoder})
        yield f"reading {name_of(path)}"
        faces = _Faces()
        opened = open_target(networks, path, job.encoder, others=faces)
        finished: FinishedInversion = yield from run_inversion(networks, opened.target, settings)  # type: ignore[assignment]
        yield "writing"
        run = finished.run
        vector = opened.target.embedding.numpy() if opened.frame is None else None
        drawn = DrawnRun(run, finished.latents, finished.native, opened.frame, vector)
        write_run(folder / "result.png", ImageSpec(mark=job.mark), networks, drawn)
        for kind in job.figure:
            yield f"drawing the figure as {kind}"
            write_run(folder / f"figure.{kind}", FigureSpec(source=job.source, mark=job.mark), networks, drawn)
        scores = {
            f"{'attacked' if one.attacked else 'held_out'}_{one.encoder}_{one.measure}": one.score for one in run.scores
        }
        return {
            "encoder": job.encoder,
            "faces": None if opened.frame is None else faces.count,
            "steps": run.steps[-1].index,
            "best_step": run.best_index,
            "stopped_by": run.stopped_by,
            "step_cosine": run.steps[run.best_index].cosine,
            "face_found": run.result_face_found,
            **scores,
            "run_seconds": run.seconds,
        }


class _Embed(_Work):
    """The embedding of the most prominent face."""

    def __call__(self, path: Path, folder: Path) -> Working:
        encoder = self.job.encoder
        yield f"reading {name_of(path)}"
        faces = _Faces()
        photograph, face = open_photograph(self.networks, path, others=faces)
        yield f"embedding {name_of(path)}"
        vector = embed_face(self.networks.recogniser(encoder), photograph, face).numpy()
        export_vector(folder / "embedding.npy", vector, encoder, photograph, face)
        return {
            "encoder": encoder,
            "dimension": len(vector),
            "norm": float(np.linalg.norm(vector)),
            "face_score": round(float(face.score), 4),
            "faces": faces.count,
        }


class _Probe(_Work):
    """What the probes read, and off the faces made of an embedding, without landmarks and histograms, which are no
    numbers for a row."""

    def __init__(self, job: Job, networks: Networks) -> None:
        super().__init__(job, networks)
        self.probes = load_probes(job.encoder)
        if job.by == "reconstruction":
            settings_of_runs(job.settings, job.runs)
            networks.labellers()

    def __call__(self, path: Path, folder: Path) -> Working:
        encoder, networks = self.job.encoder, self.networks
        yield f"reading {name_of(path)}"
        faces = _Faces()
        subject = self._opened(path, encoder, faces)
        yield f"asking the probes about {name_of(path)}"
        row: Row = {"encoder": encoder, "faces": None if subject.frame is None else faces.count}
        if self.job.by == "reconstruction":
            return row | (yield from self._three_ways(subject))
        read = read_vector(networks, self.probes, encoder, subject.vector, subject.frame, subject.origin)
        return row | _of_probes(read)

    def _opened(self, path: Path, encoder: str, faces: _Faces) -> Subject:
        if is_vector_file(path):
            bare = open_vector(path, encoder)
            return Subject(TargetRecord.of_vector(bare.name, bare.sha256, encoder, bare.vector), bare.vector)
        photograph, face = open_photograph(self.networks, path, others=faces)
        vector = embed_face(self.networks.recogniser(encoder), photograph, face).numpy()
        record = TargetRecord.of_face(photograph, face, encoder, vector)
        frame = crop_frame(photograph, face).frame
        return Subject(record, vector, photograph, face, frame, picture_origin(photograph))

    def _three_ways(self, subject: Subject) -> Working:
        """A row that says what the faces show, and the photograph, behind what the probes say."""
        job = self.job
        reading = read_three_ways(self.networks, self.probes, subject, job.settings, job.runs)
        three: ThreeReadings = yield from reading  # type: ignore[assignment]
        made = three.reconstruction
        row = _of_probes(three.vector) | {"runs": len(made.runs), "without_face": made.without_face}
        row |= {
            "landmark_error_reconstruction": made.landmark_error,
            "histogram_error_reconstruction": made.histogram_error,
        }
        for where, readouts in (("reconstruction", made.readouts), ("photograph", three.photograph)):
            for one in readouts:
                if isinstance(one.value, np.ndarray):
                    continue
                name = f"{one.probe}_{where}"
                row[name] = one.value
                if one.probability is not None:
                    row[f"{name}_probability"] = one.probability
                if where == "reconstruction":
                    low, high = one.interval or (None, None)
                    row |= {f"{name}_low": low, f"{name}_high": high, f"{name}_tells": one.tells}
        return row


def _of_probes(reading: Reading) -> Row:
    row: Row = {}
    for one in reading.readouts:
        if not isinstance(one.value, np.ndarray):
            row[one.probe] = one.value
            if one.probability is not None:
                row |= {f"{one.probe}_probability": one.probability, f"{one.probe}_usual": one.usual}
            row[f"{one.probe}_tells"] = one.tells
    row["calibrated_for"] = next((one.origin for one in reading.readouts if one.origin), None)
    return row | {"landmark_error": reading.landmark_error, "histogram_error": reading.histogram_error}


class _Fit(_Work):
    """Mesh, textures and numbers of a fitted model."""

    def __init__(self, job: Job, networks: Networks) -> None:
        super().__init__(job, networks)
        self.model = load_morphable_model()
        self.landmarks = landmark_source("auto")

    def __call__(self, path: Path, folder: Path) -> Working:
        yield f"reading {name_of(path)}"
        faces = _Faces()
        photograph, face = open_photograph(self.networks, path, others=faces)
        yield f"fitting {name_of(path)}"
        settings = RefinementSettings() if self.job.refine else None
        fitted: FittedFace = fit_face(photograph, face, self.model, self.landmarks, settings)
        yield "writing"
        yaw, pitch, roll = fitted.angles()
        row: Row = {
            "model": fitted.model.name,
            "yaw": yaw,
            "pitch": pitch,
            "roll": roll,
            "landmark_error": fitted.fit.error,
            "relative_landmark_error": fitted.relative_error(),
            "refined": fitted.refinement is not None,
            "faces": faces.count,
        }
        about = fit_record(photograph, face, fitted, self.landmarks, model=None)
        export_fit(folder, path.stem, fitted, {**about, **row})
        return row
