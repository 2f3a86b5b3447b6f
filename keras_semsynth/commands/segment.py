"""Makes label maps of photographs, to train on them.

    semsynth segment --image_dir=photos --output_dir=segmented \\
        --scorer=deeplabv2_resnet101 --weights_dir=weights

A segmentation network names the class of every pixel, as SPADE's paper does
with landscapes of Flickr. Writes labels/ (indexed PNGs of class ids, of the
names and sizes of the photographs), palette.txt (names and colours of the
classes), classes.json (what was used) and contact_sheet.png (look at it), and
prints the flags to train with. The same command again goes on where it ended;
no label map is ever replaced.

A photograph that cannot be read is named and skipped; the exit status is then
1.
"""

import functools
import sys

from keras_semsynth.commands.command import Command
from keras_semsynth.commands.generate import say_skipped
from keras_semsynth.evaluation import SegmentedFolder
from keras_semsynth.evaluation import segment_folder
from keras_semsynth.files.listing import count_of


@functools.wraps(segment_folder)
def _segment_folder(**arguments):
    return segment_folder(**arguments, on_skip=say_skipped)


def _tell(result: SegmentedFolder) -> int:
    before = f", {result.kept} were there already" if result.kept else ""
    print(f"{count_of(result.made, 'label map')} made{before}.")
    if result.sheet:
        print(f"Look at {result.sheet}.")
    print(
        "\n# Flags to train with\n--dataset=folder\n"
        f"--image_dir={result.image_dir}\n--label_dir={result.label_dir}\n"
        f"--palette={result.palette}"
    )
    if result.skipped:
        print(
            f"{count_of(len(result.skipped), 'photograph')} could not be used "
            "(see above): move them out of the folder before training.",
            file=sys.stderr,
        )
    return int(bool(result.skipped))


main = Command(
    _segment_folder,
    __doc__,
    short=("image_dir", "output_dir", "scorer", "weights_dir"),
    finish=_tell,
    interrupted="Interrupted; the same command goes on from here.",
)
