"""Gives single classes of a layout the looks that they have in photographs.

Draws a table: three photographs on top, three classes before the rows (the
layout, pale where the class is not), and in each cell the layout with that
class as in that photograph, everything else by one seed. Prints how far each
cell is from the picture of the seed alone, in mean grey levels, inside the
regions of the class, outside them, and farther than `--near` pixels from them:
convolutions reach a little over a boundary.

Run: python benchmarks/region_looks.py --run=runs/landscapes_inade
The run needs an encoder of regions; its experiment says on which data.
"""

import numpy as np
from absl import app
from absl import flags
from held_out import held_out
from PIL import Image
from scipy import ndimage

from keras_semsynth import Synthesizer
from keras_semsynth.files.pictures import draw_matrix

FLAGS = flags.FLAGS
flags.DEFINE_string("run", None, "Run directory.", required=True)
flags.DEFINE_string("output", "region_looks.png", "The table.")
flags.DEFINE_integer("seed", 0, "Look of all other classes.")
flags.DEFINE_integer("near", 8, "Pixels around a region that may follow it.")
SAMPLES = 64
# Of each class in a photograph.
LEAST_SHARE = 0.04


def main(argv):
    del argv
    synthesizer = Synthesizer.from_preset(FLAGS.run)
    label_maps, photographs = held_out(FLAGS.run, SAMPLES)
    number, ids = _layout(label_maps, len(synthesizer.classes))
    layout = label_maps[number]
    chosen = _photographs(label_maps, photographs, ids)
    (base,) = synthesizer.synthesize(layout, seed=FLAGS.seed)
    print("| class | photograph | inside | outside | farther |")
    print("| --- | --- | --- | --- | --- |")
    rows, left = [], []
    for id in ids:
        inside = layout == id
        far = ndimage.distance_transform_edt(~inside) > FLAGS.near
        row = []
        for i in chosen:
            style = {id: (photographs[i], label_maps[i])}
            (picture,) = synthesizer.synthesize(
                layout, style=style, seed=FLAGS.seed
            )
            difference = np.abs(picture.astype(int) - base).mean(axis=-1)
            values = [difference[x].mean() for x in (inside, ~inside, far)]
            print(
                f"| {synthesizer.class_names[id]} | {i} | "
                f"{' | '.join(f'{value:.2f}' for value in values)} |"
            )
            row.append(picture)
        rows.append(row)
        colors = synthesizer.classes.colors(layout)
        left.append(np.where(inside[..., None], colors, 200 + colors // 5))
    table = draw_matrix(
        rows,
        [x.astype("uint8") for x in left],
        photographs[chosen],
        ("class", "photograph"),
    )
    Image.fromarray(table).save(FLAGS.output)
    print(f"\nTable: {FLAGS.output}, layout {number}")


def _layout(label_maps, num_classes):
    """Finds a layout with three large classes, and returns them too."""
    shares = _shares(label_maps, num_classes)
    thirds = np.sort(shares, axis=1)[:, -3]
    number = int(np.argmax(thirds))
    return number, np.sort(np.argsort(shares[number])[-3:])


def _photographs(label_maps, photographs, ids):
    """Finds three photographs that show the classes in different light."""
    shares = _shares(label_maps, ids.max() + 1)[:, ids].min(axis=1)
    found = np.flatnonzero(shares > LEAST_SHARE)
    light = photographs[found].mean(axis=(1, 2, 3))
    order = found[np.argsort(light)]
    return [int(order[i]) for i in (0, len(order) // 2, -1)]


def _shares(label_maps, num_classes):
    flat = label_maps.reshape(len(label_maps), -1)
    counts = [np.bincount(x, minlength=num_classes)[:num_classes] for x in flat]
    return np.array(counts) / flat.shape[1]


if __name__ == "__main__":
    app.run(main)
