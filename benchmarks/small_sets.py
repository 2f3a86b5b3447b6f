"""What FID and KID say of two halves of one set of photographs.

Both halves are of one kind, so a distance should be zero. The Frechet distance
is the larger, the fewer images there are; the kernel distance is not. For
contrast, the second half is also compared blurred (a Gaussian of `--blur`
pixels): what a distance should notice. Each count is the size of a set that is
drawn from the folder and split, over and over. `--features=inception` needs the
weights of FID.

Run: python benchmarks/small_sets.py --image_dir=PHOTOGRAPHS
     [--weights_dir=FOLDER] [--counts=50,100,367] [--features=inception]
"""

import numpy as np
from absl import app
from absl import flags
from PIL import Image
from PIL import ImageFilter

from keras_semsynth.evaluation import rulers
from keras_semsynth.evaluation.protocols import find_protocol
from keras_semsynth.files.images import read_image
from keras_semsynth.files.listing import list_images
from keras_semsynth.metrics import frechet_distance
from keras_semsynth.metrics import kernel_distance

FLAGS = flags.FLAGS
flags.DEFINE_string("image_dir", None, "Folder of photographs.", required=True)
flags.DEFINE_string("weights_dir", None, "Folder of the public weights.")
flags.DEFINE_enum(
    "features",
    rulers.EFFICIENTNET,
    [rulers.EFFICIENTNET, "inception"],
    "Network.",
)
flags.DEFINE_list("counts", ["50", "100", "367"], "Images that are split.")
flags.DEFINE_integer("splits", 20, "How often each is drawn and split.")
flags.DEFINE_float("blur", 1.0, "Deviation of the blur, pixels.")
flags.DEFINE_list("image_size", ["128", "192"], "Height and width, pixels.")


def all_features():
    """Features of every photograph of the folder, as it is and blurred."""
    opener = {
        "inception": rulers.fid_extractor,
        rulers.EFFICIENTNET: rulers.efficientnet_extractor,
    }[FLAGS.features]
    extractor = opener(find_protocol("default"), FLAGS.weights_dir)
    height, width = map(int, FLAGS.image_size)
    sharp, blurred = [], []
    blur = ImageFilter.GaussianBlur(FLAGS.blur)
    for path in list_images(FLAGS.image_dir):
        image = Image.fromarray(read_image(path))
        image = image.resize((width, height), Image.Resampling.BICUBIC)
        for found, x in ((sharp, image), (blurred, image.filter(blur))):
            found.append(extractor.extract(np.asarray(x)[None])[0])
    return np.stack(sharp), np.stack(blurred)


def main(argv):
    del argv
    sharp, blurred = all_features()
    print(
        f"{len(sharp)} photographs, {sharp.shape[1]} features of "
        f"{FLAGS.features}; means over {FLAGS.splits} splits, and deviation"
    )
    print(
        "| images | Frechet distance | one half blurred | KID x 1000 | "
        "one half blurred |"
    )
    print("| --- | --- | --- | --- | --- |")
    random = np.random.default_rng(0)
    for count in map(int, FLAGS.counts):
        rows = [[], [], [], []]
        for _ in range(FLAGS.splits):
            chosen = random.choice(len(sharp), count, replace=False)
            first, second = np.array_split(chosen, 2)
            others = sharp[second], blurred[second]
            values = [frechet_distance(sharp[first], x) for x in others]
            values += [
                1000 * kernel_distance(sharp[first], x).mean for x in others
            ]
            for row, value in zip(rows, values, strict=True):
                row.append(value)
        shown = [f"{np.mean(x):.0f} ± {np.std(x):.0f}" for x in rows]
        print(f"| {count} | {' | '.join(shown)} |")


if __name__ == "__main__":
    app.run(main)
