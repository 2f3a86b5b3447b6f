"""What FID and KID say of two halves of one set of photographs.

Both halves are of one kind, so a distance should be zero. The Frechet distance
is the larger, the fewer images there are; the kernel distance is not. Each
count is the size of a set that is drawn from the folder and split, over and
over. `--features=inception` needs the weights of FID.

Run: python benchmarks/small_sets.py --image_dir=PHOTOGRAPHS
     [--weights_dir=FOLDER] [--counts=50,100,367] [--features=inception]
"""

import numpy as np
from absl import app
from absl import flags
from PIL import Image

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
flags.DEFINE_list("image_size", ["128", "192"], "Height and width, pixels.")


def all_features():
    """Features of every photograph of the folder."""
    opener = {
        "inception": rulers.fid_extractor,
        rulers.EFFICIENTNET: rulers.efficientnet_extractor,
    }[FLAGS.features]
    extractor = opener(find_protocol("default"), FLAGS.weights_dir)
    height, width = map(int, FLAGS.image_size)
    found = []
    for path in list_images(FLAGS.image_dir):
        image = Image.fromarray(read_image(path))
        image = image.resize((width, height), Image.Resampling.BICUBIC)
        found.append(extractor.extract(np.asarray(image)[None])[0])
    return np.stack(found)


def main(argv):
    del argv
    features = all_features()
    print(
        f"{len(features)} photographs, {features.shape[1]} features of "
        f"{FLAGS.features}; means over {FLAGS.splits} splits, and deviation"
    )
    print("| images | Frechet distance | KID x 1000 |")
    print("| --- | --- | --- |")
    random = np.random.default_rng(0)
    for count in map(int, FLAGS.counts):
        rows = {"frechet": [], "kernel": []}
        for _ in range(FLAGS.splits):
            chosen = random.choice(len(features), count, replace=False)
            halves = np.array_split(features[chosen], 2)
            rows["frechet"].append(frechet_distance(*halves))
            rows["kernel"].append(1000 * kernel_distance(*halves).mean)
        shown = [f"{np.mean(x):.2f} ± {np.std(x):.2f}" for x in rows.values()]
        print(f"| {count} | {shown[0]} | {shown[1]} |")


if __name__ == "__main__":
    app.run(main)
