"""Draws the instance maps of COCO-Stuff from COCO's JSON file.

    semsynth coco_instances \\
        --annotations=annotations/instances_train2017.json \\
        --label_dir=coco/stuffthingmaps/train2017 \\
        --output_dir=coco/train_inst

The archives of COCO-Stuff have label maps only, and SPADE and CC-FPSE also read
the edges between objects. Each instance map is the label map with the polygons
of its objects filled with their numbers. Files that exist stay, so that the
same command again goes on where it ended.
"""

from keras_semsynth.commands.command import Command
from keras_semsynth.data import InstanceMaps
from keras_semsynth.data import draw_coco_instances
from keras_semsynth.files.listing import count_of


def _tell(result: InstanceMaps) -> None:
    print(
        f"{count_of(result.made, 'instance map')} with "
        f"{count_of(result.instances, 'object')} drawn into {result.folder}; "
        f"{count_of(result.kept, 'file')} there already; "
        f"{count_of(result.crowds, 'crowd')} left out."
    )


main = Command(
    draw_coco_instances,
    __doc__,
    short=("annotations", "label_dir", "output_dir"),
    finish=_tell,
    interrupted="Interrupted; the same command goes on from here.",
)
