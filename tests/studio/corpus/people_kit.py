"""A folder of people, and networks that see in a photograph what its colour says."""

from types import SimpleNamespace

import cv2
import numpy as np
import torch
from PIL import Image

from explorer.science.faces.face import FaceError
from explorer.science.leakage.labels import Labels
from explorer.studio.cluster.work import Progress
from explorer.studio.commands import _train_photograph_probes as command
from explorer.studio.corpus import photographs_seen

PEOPLE, EACH = 24, 4
BLANK = 250  # so bright a photograph shows no face


def write_people(folder, people=PEOPLE, each=EACH):
    """Photographs of one colour each: red says who smiles, green who is a man, blue who it is."""
    random = np.random.default_rng(0)
    for person in range(people):
        (folder / f"p{person:02d}").mkdir(parents=True)
        for number in range(each):
            red, green = random.integers(40, 200), 60 + 120 * (person % 2)
            colour = (int(red), green, 8 * person)
            Image.new("RGB", (32, 32), colour).save(folder / f"p{person:02d}" / f"{number}.png")
    return folder


def labels_of(colour):
    """What the labellers say of a colour."""
    red, green, blue = (float(one) for one in colour)
    zeros = np.zeros(3, np.float32)
    counts = np.zeros((3, 256), np.int32)
    counts[np.arange(3), [int(red), int(green), int(blue)]] = 100
    return Labels(
        landmarks=np.random.default_rng(5).uniform(60, 160, (68, 2)).astype(np.float32) + red / 50,
        blendshapes=np.zeros(52, np.float32),
        smile=red / 240,
        areas=np.zeros(19, np.float32),
        eyeglasses=0.0,
        hat=0.0,
        expression=np.eye(7, dtype=np.float32)[int(red > 120)],
        age=20 + blue / 8,
        male=green / 240,
        pose=zeros + red / 10,
        histogram=counts,
    )


def see_colours(monkeypatch):
    """Put such networks, and this process alone, in the place of the real ones; a list of what was looked at."""
    looked = []

    def meant_face(photograph, detector, points):
        colour = photograph.pixels[0, 0]
        if min(colour) >= BLANK:
            raise FaceError("no face")
        looked.append((photograph.name, points))
        return colour

    def embed(recognisers, photograph, face):
        random = torch.Generator().manual_seed(int(face[0]) * 65536 + int(face[1]) * 256 + int(face[2]))
        vector = torch.randn(128, generator=random) * 0.1
        vector[:3] += torch.tensor([float(one) for one in face]) / 100 - 1
        return dict.fromkeys(recognisers, vector)

    def load(work):
        recognisers = {name: SimpleNamespace() for name in work.encoders}
        return photographs_seen.SeeingLoaded(None, recognisers, lambda frame, kept: labels_of(frame[0, 0]))

    def distribute(work, jobs, workers):
        loaded = work.load()
        for job in jobs:
            work.run(loaded, job, lambda: None)
            yield Progress(job, finished=True)

    def crop_frame(photograph, face, size):
        return SimpleNamespace(frame=cv2.resize(photograph.pixels, (size, size)))

    monkeypatch.setattr(photographs_seen, "meant_face", meant_face)
    monkeypatch.setattr(photographs_seen, "embed", embed)
    monkeypatch.setattr(photographs_seen, "crop_frame", crop_frame)
    monkeypatch.setattr(photographs_seen.SeeingWork, "load", load)
    monkeypatch.setattr(command, "distribute", distribute)
    monkeypatch.setattr(command, "require_networks", lambda encoders: None)
    return looked
