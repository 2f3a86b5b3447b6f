"""The sections of the page about a run."""

import numpy as np

from keras_semsynth.discriminators import Discriminator
from keras_semsynth.explanations import fake_evidence
from keras_semsynth.explanations import heat_map
from keras_semsynth.explanations.class_pictures import class_pictures
from keras_semsynth.explanations.label_dependence import LabelDependence
from keras_semsynth.explanations.label_dependence import inner_pixels
from keras_semsynth.explanations.page import Figure
from keras_semsynth.explanations.page import Section
from keras_semsynth.explanations.samples import Samples
from keras_semsynth.explanations.trained_run import TrainedRun
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.files.progress_line import ProgressLine
from keras_semsynth.scorers import UNetSegmenter

FAKE = 'Where the discriminator sees "fake"'
CLASSES = "What each class looks like"
LABELS = "Which labels a pixel depends on"

KINDS = ("photograph", "generated")
# Rows and columns of the maps of labels.
CELLS = 16

# Section -> what it does not show, and why.
LEFT_OUT = {
    "fake": (
        "Guided backpropagation is left out: tf-keras-vis exchanges the "
        "activations of the layers of a functional model, and those of these "
        "networks are operations inside; its pictures would be those of "
        "Saliency.",
        "Score-CAM is left out: tf-keras-vis weighs the channels by one vector "
        "of scores for each image, and these networks answer with maps.",
        "Layers are not looked up by name or kind, which tf-keras-vis cannot "
        "do inside these networks: Grad-CAM is given the last features before "
        "each map of verdicts.",
    ),
    "classes": (
        "Pictures that maximize a patch or pyramid discriminator are left out: "
        "they judge an image by its layout and have no classes of their own.",
    ),
}


def fake_section(
    samples: Samples,
    smooth_samples: int,
) -> Section:
    """Where the discriminator sees "fake", on photographs and images.

    Args:
        samples: `Samples`.
        smooth_samples: int. Noisy copies of SmoothGrad.

    Returns:
        `Section`.
    """
    run = samples.run
    section = Section(
        FAKE,
        [
            f"The {type(run.discriminator).__name__} of training step "
            f"{run.step} looks at held-out photographs and at what the "
            "generator makes of their layouts. Its own verdicts come first: "
            "patch scores from red (fake) over white (undecided) to blue "
            "(real), and for segmentation discriminators the probability of "
            '"fake" at every pixel, from black (0) to yellow (1).',
            "Grad-CAM shows the cells whose features speak for fake, Saliency "
            "the pixels on which the verdict depends, SmoothGrad the same "
            "averaged over noisy copies, for the generated image. Both explain "
            "all verdicts together. Every picture has a scale of its own: "
            "compare places, not pictures.",
        ],
    )
    looked = []
    for i in range(len(samples)):
        edge_map = None if run.edge_maps is None else run.edge_maps[i]
        if not getattr(run.discriminator, "use_edge_map", False):
            edge_map = None
        views = fake_evidence.fake_views(
            run.discriminator, run.label_maps[i], edge_map
        )
        pair = (run.photographs[i].astype("float32"), samples.images[i])
        looked.append((views, [[v.verdicts(x) for v in views] for x in pair]))
    limits = _limits(looked)
    line = ProgressLine("Discriminator", len(samples), "layouts")
    for i, (views, verdicts) in enumerate(looked):
        real, fake = (
            _judged(samples, i, views, verdicts, limits, kind) for kind in KINDS
        )
        layout = Figure(f"fake_{i}_layout", samples.layout(i), "layout")
        section.rows += [
            (f"Layout {i + 1}", [layout, *real]),
            ("", [*fake, *_explained(samples, i, views, smooth_samples)]),
        ]
        line.update(i + 1)
    return section


def _limits(looked):
    """The largest patch score of each view, over all samples."""
    count = len(looked[0][0])
    return [
        max(
            float(np.abs(scores[k]).max())
            for _, verdicts in looked
            for scores in verdicts
        )
        for k in range(count)
    ]


def _judged(samples, i, views, verdicts, limits, kind):
    """One image and what the discriminator says of it."""
    place = KINDS.index(kind)
    image = (samples.run.photographs, samples.images)[place][i]
    pixels = to_uint8(image)
    yield Figure(f"fake_{i}_{kind}", pixels, kind)
    for k, (view, values) in enumerate(
        zip(views, verdicts[place], strict=True)
    ):
        if view.kind == "classes":
            picture = heat_map.hot(values, 1.0)
            text = f"p(fake), mean {values.mean():.2f}"
        else:
            picture = heat_map.signed(values, limits[k])
            text = f"{view.name}, mean {values.mean():+.2f}"
        picture = heat_map.enlarge(picture, pixels.shape[:2])
        yield Figure(f"fake_{i}_{kind}_verdict_{k}", picture, text)
    if views[0].kind == "classes":
        picture = samples.run.synthesizer.classes.colors(
            views[0].classes(image)
        )
        yield Figure(f"fake_{i}_{kind}_classes", picture, "classes seen")


def _explained(samples, i, views, smooth_samples):
    image = samples.images[i]
    pixels = to_uint8(image)
    for k, view in enumerate(views):
        cam = view.grad_cam(image)
        yield Figure(
            f"fake_{i}_grad_cam_{k}",
            heat_map.overlay(pixels, cam),
            f"Grad-CAM, {view.name}",
        )
    for name, copies in (("Saliency", 0), ("SmoothGrad", smooth_samples)):
        values = fake_evidence.saliency(views, image, copies)
        yield Figure(
            f"fake_{i}_{name.lower()}",
            heat_map.hot(values),
            name,
        )


def names_classes(discriminator: Discriminator | None) -> bool:
    """Tells whether a discriminator says which class it sees."""
    return "logits" in getattr(discriminator, "output_names", ())


def classes_section(
    run: TrainedRun,
    scorer: UNetSegmenter | None,
    steps: int,
    seed: int,
) -> Section:
    """What each class looks like to a scorer and to the discriminator.

    One of them must name classes.

    Args:
        run: `TrainedRun`.
        scorer: `UNetSegmenter` or `None`.
        steps: int.
        seed: int.

    Returns:
        `Section`.
    """
    size = run.label_maps.shape[1:]
    names = list(run.synthesizer.class_names)
    section = Section(
        CLASSES,
        [
            "Images found by activation maximization: from grey, each step "
            "makes the network surer that every pixel shows the class. What "
            "appears is what the network looks for (textures and colours), "
            "not what it was shown. Below each, the mean probability reached.",
        ],
    )
    networks = []
    if scorer is not None:
        ids = np.arange(scorer.num_classes)
        networks.append(
            (
                "scorer",
                f"The scorer ({type(scorer).__name__})",
                scorer,
                ids,
                list(scorer.class_names),
            )
        )
    discriminator = run.discriminator
    if names_classes(discriminator):
        networks.append(
            (
                "discriminator",
                f"The discriminator ({type(discriminator).__name__})",
                lambda image: discriminator(image, training=False)["logits"],
                np.arange(len(names) + 1),
                ["fake", *names],
            )
        )
    line = ProgressLine("Class pictures", len(networks), "networks")
    for done, network in enumerate(networks, start=1):
        key, heading, network, channels, labels = network
        images, sure = class_pictures(network, channels, size, steps, seed)
        figures = [
            Figure(f"class_{key}_{c}", image, f"{label}, {p:.2f}")
            for c, image, label, p in zip(
                channels, to_uint8(images), labels, sure, strict=True
            )
        ]
        section.rows.append((heading, figures))
        line.update(done)
    return section


def labels_section(
    samples: Samples,
    pixels: int = 3,
) -> Section:
    """Which labels generated pixels depend on.

    Args:
        samples: `Samples`.
        pixels: int. Pixels of each layout. Defaults to `3`.

    Returns:
        `Section`.
    """
    names = samples.run.synthesizer.class_names
    section = Section(
        LABELS,
        [
            f"The {type(samples.generator).__name__} gets each layout as class "
            "weights (one-hot, but differentiable). Bright places are those "
            "whose labels the ringed pixel depends on: how much it would "
            "change if the labels there faded, added up over a grid of "
            f"{CELLS} by {CELLS} cells and drawn as its square root. The "
            "shares are those of the classes in the sum.",
        ],
    )
    line = ProgressLine("Labels", len(samples), "layouts")
    for i in range(len(samples)):
        label_map = samples.run.label_maps[i]
        dependence = LabelDependence(
            samples.generator, samples.layouts[i], samples.looks[i]
        )
        factor = max(1, -(-128 // len(label_map)))
        figures = [
            Figure(f"labels_{i}_layout", samples.layout(i), "layout"),
            Figure(
                f"labels_{i}_generated",
                to_uint8(samples.images[i]),
                "generated",
            ),
        ]
        for k, (row, column) in enumerate(inner_pixels(label_map, pixels)):
            values, shares = dependence.dependence(row, column)
            picture = heat_map.overlay(samples.layout(i), _cells(values))
            listed = ", ".join(
                f"{names[c]} {100 * share:.0f} %"
                for c, share in list(shares.items())[:3]
            )
            figures.append(
                Figure(
                    f"labels_{i}_pixel_{k}",
                    heat_map.mark(picture, row, column, factor),
                    f"pixel of {names[label_map[row, column]]}: {listed}",
                )
            )
        section.rows.append((f"Layout {i + 1}", figures))
        line.update(i + 1)
    return section


def _cells(values):
    """Sums over cells of a sixteenth of the sides, and their square root.

    Single pixels of the grid that coarse blocks see would not be visible, nor
    anything beside the strongest cells.
    """
    rows, columns = (max(1, side // CELLS) for side in values.shape)
    values = np.add.reduceat(values, range(0, len(values), rows), axis=0)
    values = np.add.reduceat(values, range(0, values.shape[1], columns), axis=1)
    return np.sqrt(values)
