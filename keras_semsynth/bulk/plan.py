"""What a bulk generation reads and writes, decided before it starts."""

import dataclasses
import json
from collections.abc import Sequence

from keras_semsynth.bulk import files as bulk_files
from keras_semsynth.files.json_file import parse_json
from keras_semsynth.files.json_form import TEXT
from keras_semsynth.files.json_form import fields
from keras_semsynth.files.json_form import list_of
from keras_semsynth.files.json_form import optional
from keras_semsynth.files.json_form import whole
from keras_semsynth.files.listing import composed
from keras_semsynth.files.listing import say_skipped
from keras_semsynth.files.outputs import identity
from keras_semsynth.synthesis.room import require_room

_JOB = fields(
    {
        "source": TEXT,
        "outputs": list_of(TEXT),
        "seeds": list_of(optional(whole())),
        "instances": optional(TEXT),
    },
    closed=True,
)


@dataclasses.dataclass(frozen=True)
class Job:
    """One label map and the images that come of it.

    Args:
        source: str. Relative to the input folder.
        outputs: Sequence of str. Relative to the output folder, one an image.
        seeds: Sequence of int or `None`, one an image.
        instances: str or `None`. Path of the instance map.
    """

    source: str
    outputs: tuple[str, ...]
    seeds: tuple[int | None, ...]
    instances: str | None = None

    def to_json(self) -> str:
        """Returns the job as one line."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, line: str) -> "Job":
        """Makes a job from the result of `to_json`.

        Raises:
            JSONError: If it is none.
        """
        job = parse_json(
            line.encode(),
            "The list of jobs",
            _JOB,
            "remove the folder of the pipeline, and start it again",
        )
        for name in ("outputs", "seeds"):
            job[name] = tuple(job[name])
        return cls(**job)


def plan(
    source: str,
    target: str,
    seeds: Sequence[int | None],
    instances: str | None = None,
) -> list[Job]:
    """Lists the label maps of a folder and the images they become.

    Args:
        source: str. Folder of label maps.
        target: str. Folder for the images, which may hold earlier ones.
        seeds: Sequence of int or `None`, one for each image of a layout.
        instances: str or `None`. Folder of instance maps.

    Returns:
        List of `Job`.

    Raises:
        ValueError: If there is nothing to read, two label maps would become
            one image, or the folders are one and the same.
    """
    if source == target or _is_same(source, target):
        raise ValueError(
            "`input` and `output` are the same folder: a pipeline writes "
            "images to a folder of their own."
        )
    try:
        files = bulk_files.list_label_maps(source)
    except ValueError as error:
        raise ValueError(
            f"`input={source}` does not exist: give a folder of label maps."
        ) from error
    if target.startswith(source.rstrip("/") + "/"):
        # An earlier output inside the input folder is no input.
        inside = target.rstrip("/")[len(source.rstrip("/")) + 1 :] + "/"
        files = [name for name in files if not name.startswith(inside)]
    if not files:
        raise ValueError(
            f"`input={source}` holds no label maps, which are PNG or other "
            f"files without loss{say_skipped(source)}."
        )
    disk = None if bulk_files.is_remote(target) else target
    require_room(len(files), len(seeds), disk, "`count`")
    maps = _instance_maps(instances)
    jobs, writers = [], {}
    for name in files:
        stem = name.rpartition(".")[0]
        outputs = [f"{stem}{end}.png" for end in _endings(seeds)]
        for output in outputs:
            if output in writers:
                raise ValueError(
                    f"{name} and {writers[output]} in {source} would both "
                    f"become {output}: rename one of them."
                )
            writers[output] = name
        # One that is missing is a matter of this layout alone.
        found = None
        if instances is not None:
            found = maps.get(composed(stem), "")
        jobs.append(Job(name, tuple(outputs), tuple(seeds), found))
    return jobs


def _is_same(source, target):
    """Whether two paths of this machine lead to one folder, as by a link."""
    if bulk_files.is_remote(source) or bulk_files.is_remote(target):
        return False
    return identity(source) == identity(target)


def _endings(seeds):
    return [""] if len(seeds) == 1 else [f"_seed{seed}" for seed in seeds]


def _instance_maps(folder):
    """Returns the paths of instance maps by their names without suffix."""
    if folder is None:
        return {}
    return {
        composed(name.rpartition(".")[0]): bulk_files.join(folder, name)
        for name in reversed(bulk_files.list_label_maps(folder))
    }
