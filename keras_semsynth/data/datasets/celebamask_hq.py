"""CelebAMask-HQ: faces with their parts."""

import os

import numpy as np

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.datasets.dataset import Dataset
from keras_semsynth.data.file_dataset import FileReader
from keras_semsynth.data.file_dataset import make_file_dataset
from keras_semsynth.data.label_rule import Advice
from keras_semsynth.data.label_rule import LabelRule
from keras_semsynth.data.pairing import phase_of
from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.files.images import read_label_values
from keras_semsynth.files.images import read_size
from keras_semsynth.files.listing import read_lines
from keras_semsynth.files.listing import stem

# Parts in the order of their ids in merged masks, which start at 1; a later
# one covers those before it. With the name in the files of single parts.
PARTS = {
    "skin": "skin",
    "nose": "nose",
    "eye_g": "glasses",
    "l_eye": "left eye",
    "r_eye": "right eye",
    "l_brow": "left brow",
    "r_brow": "right brow",
    "l_ear": "left ear",
    "r_ear": "right ear",
    "mouth": "mouth",
    "u_lip": "upper lip",
    "l_lip": "lower lip",
    "hair": "hair",
    "hat": "hat",
    "ear_r": "earring",
    "neck_l": "necklace",
    "neck": "neck",
    "cloth": "cloth",
}
BACKGROUND = len(PARTS)
# Faces in each folder of single parts.
FACES_IN_FOLDER = 2000
_IMAGES, _MASKS = "CelebA-HQ-img", "CelebAMaskHQ-mask"
_PARTS = "CelebAMask-HQ-mask-anno"
# Which photograph of CelebA each face is; it comes with the archive.
_MAPPING = "CelebA-HQ-to-CelebA-mapping.txt"
# CelebA's own list: 0 is training, 1 validation, 2 testing.
_PARTITION = "list_eval_partition.txt"
_PARTS_OF_CELEBA = {"train": 0, "test": 2}
# What it says of the 202,599 photographs, in the order of their numbers.
_LAST_TRAINING, _LAST_VALIDATION = 162_770, 182_637


class FaceReader(FileReader):
    """Reads a face's mask at the size of its photograph.

    Masks are half as large as photographs; each pixel is repeated, so that
    resizing both to one size picks the pixels of the mask itself.

    Args:
        classes: `Classes`.
        data_dir: str. Root folder of the dataset.
    """

    def __init__(self, classes: Classes, data_dir: str):
        super().__init__(classes)
        self.data_dir = data_dir

    def read_values(self, path: str) -> np.ndarray:
        values = self._read_mask(path)
        image = _image_path(self.data_dir, _face(path))
        height, width = read_size(image)
        rows, columns = height // len(values), width // values.shape[1]
        if rows > 1 and columns > 1:
            values = values.repeat(rows, 0).repeat(columns, 1)
        return values

    def _read_mask(self, path):
        if not stem(path).endswith("_skin"):
            return super().read_values(path)
        merged = None
        for i, part in enumerate(PARTS, start=1):
            file = path.replace("_skin.png", f"_{part}.png")
            if not os.path.isfile(file):
                continue  # Not every face has every part.
            mask = read_label_values(file)
            mask = mask if mask.ndim == 2 else mask[..., 0]
            if merged is None:
                merged = np.zeros(mask.shape, "uint8")
            merged[mask > 0] = i
        return merged


def find(
    data_dir: str | os.PathLike,
    split: str = "train",
    max_dataset_size: int | None = None,
) -> SemanticDataset:
    """Finds the faces of CelebAMask-HQ, 18 parts and the background.

    Id `k` is part `k + 1` of the merged masks; the background, 0 there, comes
    last. Without merged masks the files of single parts are merged. Faces are
    split as CelebA is; those of its validation split are in neither split
    here.

    Args:
        data_dir: str. Root folder: holds `CelebA-HQ-img/<face>.jpg`, the
            merged masks `CelebAMaskHQ-mask/<face>.png` or the single parts
            `CelebAMask-HQ-mask-anno/<folder>/<face>_<part>.png`, and
            `CelebA-HQ-to-CelebA-mapping.txt`, perhaps with CelebA's
            `list_eval_partition.txt`. The lists `train_list.txt` and
            `test_list.txt` of faces, one a line, replace CelebA's split.
        split: str. Others than `"train"` are the test split. Defaults to
            `"train"`.
        max_dataset_size: int or `None`. Use the first samples only.
            Defaults to `None`.

    Returns:
        `SemanticDataset`.
    """
    phase = phase_of(split, held_out="test")
    listing, faces = _faces(data_dir, phase)
    merged = os.path.isdir(os.path.join(data_dir, _MASKS))
    label_path = _mask_path if merged else _skin_path
    rows, problems = [], []
    for face in faces:
        row = _image_path(data_dir, face), label_path(data_dir, face)
        missing = [path for path in row if not os.path.isfile(path)]
        problems += [
            f"{path} does not exist, but face {face} is in the {phase} split "
            f"of {listing}."
            for path in missing
        ]
        if not missing:
            rows.append(row)
    return make_file_dataset(
        "celebamask_hq",
        phase_of(split),
        rows,
        problems,
        CELEBAMASK_HQ.classes,
        max_dataset_size,
        FaceReader(CELEBAMASK_HQ.classes, data_dir),
    )


def _faces(data_dir, phase):
    """Returns the file that decides the split, and its faces."""
    lists = {
        name: os.path.join(data_dir, f"{name}_list.txt")
        for name in _PARTS_OF_CELEBA
    }
    listing = lists[phase]
    if os.path.isfile(listing):
        return listing, [stem(line.split()[0]) for line in read_lines(listing)]
    mapping = os.path.join(data_dir, _MAPPING)
    given = [path for path in lists.values() if os.path.isfile(path)]
    if given:
        raise ValueError(
            f"{given[0]} exists, but {listing} does not: write both lists of "
            f"faces, or remove the one to split as CelebA does ({_MAPPING})."
        )
    if not os.path.isfile(mapping):
        raise ValueError(
            f"The file {mapping} does not exist: restore it from the archive "
            "CelebAMask-HQ.zip, or write the numbers of the faces of each "
            "split, one a line, to train_list.txt and test_list.txt beside it."
        )
    part_of = _celeba_split(os.path.join(data_dir, _PARTITION))
    faces = []
    for number, line in enumerate(read_lines(mapping), start=1):
        words = line.split()
        if number == 1 and not words[0].isdigit():
            continue  # names the columns
        if len(words) != 3 or part_of(words[2]) is None:
            raise ValueError(
                f"{mapping}, line {number}: expected the number of a face, an "
                f"index and a photograph of CelebA. Received: {line!r}."
            )
        if part_of(words[2]) == _PARTS_OF_CELEBA[phase]:
            faces.append(words[0])
    return mapping, faces


def _celeba_split(path):
    """Returns a function from the name of a photograph to its part."""
    if os.path.isfile(path):
        rows = (line.split() for line in read_lines(path))
        known = {row[0]: int(row[1]) for row in rows if len(row) == 2}
        return known.get

    def part_of(name):
        number = stem(name)
        if not number.isdigit():
            return None
        return (int(number) > _LAST_TRAINING) + (int(number) > _LAST_VALIDATION)

    return part_of


def _face(path):
    """The number of a face, from any of its files."""
    return stem(path).partition("_")[0]


def _image_path(data_dir, face):
    # Names of single parts have leading zeros, those of photographs not.
    name = str(int(face)) if face.isdigit() else face
    return os.path.join(data_dir, _IMAGES, f"{name}.jpg")


def _mask_path(data_dir, face):
    return os.path.join(data_dir, _MASKS, f"{face}.png")


def _skin_path(data_dir, face):
    number = int(face)
    folder = str(number // FACES_IN_FOLDER)
    return os.path.join(data_dir, _PARTS, folder, f"{number:05d}_skin.png")


CELEBAMASK_HQ = Dataset(
    "celebamask_hq",
    find,
    source="CelebAMask-HQ is at https://github.com/switchablenorms/"
    "CelebAMask-HQ, for research that is not commercial.",
    classes=Classes(
        (*PARTS.values(), "background"),
        unknown_id=BACKGROUND,
        label_rule=LabelRule(
            len(PARTS),
            id_map={
                0: BACKGROUND,
                **{raw: raw - 1 for raw in range(1, len(PARTS) + 1)},
                255: BACKGROUND,
            },
            extra_class=True,
            advice=Advice(
                ids="merged masks of CelebAMask-HQ hold 0 (background) to 18: "
                "give those files, or correct this one"
            ),
        ),
    ),
    preprocessing={
        "mode": "fixed",
        "load_size": 512,
        "crop_size": (512, 512),
    },
    image_size=(512, 512),
    metrics=("fid", "lpips"),
)
