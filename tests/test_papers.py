"""The pages on papers and their code: each flag that they name is tried."""

import dataclasses
import functools
import pathlib
import re
import unittest

import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth.commands.command import FLAT
from keras_semsynth.commands.train import main as train_command
from keras_semsynth.experiments import LabelSpace
from keras_semsynth.experiments import build_gan
from keras_semsynth.experiments import build_generator
from keras_semsynth.experiments import compile_gan
from keras_semsynth.experiments import find_choice
from keras_semsynth.experiments import published_label_space
from keras_semsynth.experiments import run_settings
from keras_semsynth.experiments.arguments import arguments_of
from keras_semsynth.experiments.build import adam_pair
from keras_semsynth.experiments.build import preprocessing
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.presets import PRESETS
from keras_semsynth.scorers import VGG19Features
from tests.experiments.small import small
from tests.gans.terms import generator_terms

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "papers"
PAPER_FILES = sorted((ROOT / "configs").glob("*_paper.cfg"))
# Their official code was not at hand.
WITHOUT_CODE = ("projected_gan", "r3gan", "augmentation")
PAGES = sorted(
    path
    for path in FOLDER.glob("*.md")
    if path.stem not in ("README", *WITHOUT_CODE)
)
HEADER = ["what", "paper", "official code", "here", "the other way"]
PRESET = re.compile(r"`--preset=(\w+)`:$", re.MULTILINE)
FLAGS = re.compile(r"`(--[a-z][^`]*)`")
SPACE = LabelSpace(3, False, (64, 64))
# What follows the link of a citation, and the numbers in it.
CITED = re.compile(r"arxiv\.org/abs/([\d.]+\d)\)([^\[\"]{0,60})")
NUMBERED = re.compile(
    r"(eq\.|figure|table) (\d+(?:(?:, | and | to )\d+)*)", re.I
)
# Paper -> its last equation, figure and table, the appendix included.
LAST = {
    "1903.07291": {"eq.": 3, "figure": 21, "table": 5},
    "1910.06809": {"eq.": 4, "figure": 6, "table": 2},
    "2109.07053": {"eq.": 10, "figure": 12, "table": 8},
    "2210.04085": {"eq.": 9, "figure": 10, "table": 8},
}
PLACES = ("code", "paper", "own")
VGG19 = VGG19Features(width_divisor=16)


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of a table: the preset above it, and its cells."""

    page: str
    preset: str
    what: str
    here: str
    other: str


def rows(path):
    """Yields the rows of a page's tables."""
    preset = None
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        found = PRESET.findall(block)
        if found:
            preset = found[-1]
        if not block.startswith("| what "):
            continue
        lines = [
            [cell.strip() for cell in line.strip().strip("|").split(" | ")]
            for line in block.strip().splitlines()
        ]
        assert lines[0] == HEADER, (path.name, lines[0])
        for cells in lines[2:]:
            assert len(cells) == len(HEADER), (path.name, cells)
            yield Row(path.stem, preset, cells[0], cells[3], cells[4])


def parse(preset, flags=""):
    arguments = [f"--preset={preset}", *flags.split()]
    return train_command.parse(arguments)["experiment"]


def without_names(value):
    """Drops the names that Keras numbers through."""
    if isinstance(value, dict):
        return {k: without_names(v) for k, v in value.items() if k != "name"}
    if isinstance(value, (list, tuple)):
        return [without_names(item) for item in value]
    return value


def perceptual(experiment):
    """The perceptual loss of an experiment on a small network, or `None`."""
    if run_settings(experiment).perceptual == "off":
        return None
    settings = experiment.settings()["objective"]
    known = arguments_of(PerceptualLoss)
    loss = PerceptualLoss(
        VGG19, **{k: v for k, v in settings.items() if k in known}
    )
    # The network says the weights of its layers.
    loss.build()
    return loss


@functools.cache
def built(preset, flags=""):
    """What is made of a preset and flags: networks, objective and the rest."""
    experiment = parse(preset, flags)
    edges = experiment.data.arguments.get(
        "use_edge_map", experiment.data.name in ("coco_stuff", "cityscapes")
    )
    gan = build_gan(
        small(experiment),
        LabelSpace(3, edges, (64, 64)),
        perceptual(experiment),
    )
    widths = [
        part.arguments.get(name)
        for part in (experiment.generator, experiment.discriminator)
        for name in ("filters", "start_filters", "vector_filters")
    ]
    widths.append(experiment.settings()["encoder"].get("style_dim"))
    pair = adam_pair(experiment, steps_per_epoch=10)
    return without_names(
        {
            "generator": gan.generator.get_config(),
            "discriminator": gan.discriminator.get_config(),
            "encoder": gan.encoder and gan.encoder.get_config(),
            "objective": gan.get_config(),
            "widths": widths,
            "optimizers": [
                optimizer.get_config() for optimizer in pair.make(gan)
            ],
            "step": experiment.settings()["optimizers"],
            "data": {
                **dict(experiment.data.arguments),
                **vars(preprocessing(experiment, training=True)),
            },
            "run": vars(run_settings(experiment)),
        }
    )


def gan_of(preset, flags="", like=None):
    """A small GAN of a preset and flags, with the weights of another."""
    gan = build_gan(small(parse(preset, flags)), SPACE)
    gan.build()
    if like is not None:
        gan.set_weights(like.get_weights())
    return gan


def batch():
    """Two random samples."""
    random = np.random.RandomState(0)
    return {
        "label_map": random.randint(0, 3, (2, 64, 64)).astype("int32"),
        "image": random.uniform(-1, 1, (2, 64, 64, 3)).astype("float32"),
        "edge_map": None,
    }


def numbers(gan):
    keras.utils.set_random_seed(0)
    terms, _ = generator_terms(gan, batch(), training=False)
    return {name: float(value) for name, value in terms.items()}


def changed_flags(one, other):
    """Yields what another experiment changes: a flag's name, and its value
    once as it is and once as a function that reads it from a text."""
    for kind, name, _, value in one.differences(other, free={}):
        part = getattr(other, kind)
        if name == "name":
            yield kind, value, str
        elif name != "run_dir":
            argument = find_choice(kind, part.name).arguments[name]
            prefix = "" if kind in FLAT else f"{kind}."
            yield prefix + name, value, argument.parse


class PapersTest(unittest.TestCase):
    def test_every_model_of_the_papers_has_a_page(self):
        self.assertLessEqual(
            {
                "spade",
                "clade",
                "pix2pixhd",
                "ccfpse",
                "oasis",
                "scgan",
                "dpgan",
                "inade",
            },
            {path.stem for path in PAGES},
        )
        index = (FOLDER / "README.md").read_text(encoding="utf-8")
        for path in PAGES:
            self.assertIn(f"({path.name})", index)
            self.assertGreater(len(list(rows(path))), 8, path.name)

    def test_every_row_says_whose_way_is_the_default(self):
        for row in (row for path in PAGES for row in rows(path)):
            with self.subTest(row.page, what=row.what):
                self.assertIsNotNone(row.preset)
                self.assertIn(re.match(r"\w*", row.here)[0], PLACES)

    def test_every_row_has_flags_or_a_reason(self):
        for row in (row for path in PAGES for row in rows(path)):
            with self.subTest(row.page, what=row.what):
                if not FLAGS.findall(row.other):
                    self.assertRegex(row.other, r"^no option.*[:.] .{10}")

    @pytest.mark.slow
    def test_flags_beside_the_default_change_nothing(self):
        for row in (row for path in PAGES for row in rows(path)):
            for flags in FLAGS.findall(row.here):
                with self.subTest(row.page, what=row.what, flags=flags):
                    self.assertEqual(
                        built(row.preset, flags), built(row.preset)
                    )

    def test_flags_of_the_other_way_change_what_is_built(self):
        for row in (row for path in PAGES for row in rows(path)):
            for flags in FLAGS.findall(row.other):
                with self.subTest(row.page, what=row.what, flags=flags):
                    self.assertNotEqual(
                        built(row.preset, flags), built(row.preset)
                    )

    def test_paper_flag_files_have_what_the_pages_say(self):
        self.assertGreater(len(PAPER_FILES), 8)
        for path in PAPER_FILES:
            page = path.stem.split("_")[-2]
            said = [
                flag.removeprefix("--").split("=")
                for row in rows(FOLDER / f"{page}.md")
                for flags in FLAGS.findall(row.other)
                for flag in flags.split()
            ]
            code = path.with_name(path.name.replace("_paper", ""))
            theirs, ours = (
                train_command.parse([f"--flagfile={file}"])["experiment"]
                for file in (code, path)
            )
            changed = list(changed_flags(theirs, ours))
            with self.subTest(path.name):
                self.assertTrue(changed)
                for flag, value, read in changed:
                    values = [read(text) for name, text in said if name == flag]
                    self.assertIn(value, values, flag)
                self.assertIn(path.name, (FOLDER / f"{page}.md").read_text())

    def test_citations_are_within_the_papers(self):
        checked = 0
        for path in sorted((ROOT / "keras_semsynth").rglob("*.py")):
            text = " ".join(path.read_text(encoding="utf-8").split())
            for paper, words in CITED.findall(text):
                for kind, numbers in NUMBERED.findall(words):
                    for number in re.findall(r"\d+", numbers):
                        last = LAST.get(paper, {}).get(kind.lower())
                        if last is not None:
                            self.assertLessEqual(int(number), last, path.name)
                            checked += 1
        self.assertGreater(checked, 15)

    @pytest.mark.slow
    def test_the_papers_own_hyperparameters_train(self):
        for name in (name for name in PRESETS if name.endswith("_paper")):
            with self.subTest(name):
                experiment = small(parse(name))
                gan = build_gan(experiment, SPACE, perceptual(experiment))
                gan.build()
                compile_gan(gan, experiment, steps_per_epoch=1)
                gan.run_eagerly = keras.backend.backend() == "tensorflow"
                image = batch()["image"]
                logs = gan.train_on_batch(
                    {"label_map": batch()["label_map"]}, image, return_dict=True
                )
                for term, value in logs.items():
                    self.assertTrue(np.isfinite(float(value)), term)

    def test_beta_2_reaches_the_optimizers(self):
        for flags, beta_2 in (("", 0.9), ("--beta_2=0.999", 0.999)):
            for optimizer in built("spade_ade20k_256", flags)["optimizers"]:
                self.assertEqual(optimizer["beta_2"], beta_2)

    def test_noise_makes_the_images_of_one_layout_differ(self):
        label_map = np.zeros((1, 64, 64), "int32")
        for preset, flags in (
            ("scgan_ade20k_256", "--generator.start=noise "),
            ("spade_style_ade20k_256", "--encoder=none "),
        ):
            with self.subTest(preset):
                flags += "--generator.style_dim=256"
                experiment = small(parse(preset, flags))
                generator = build_generator(experiment, SPACE)
                one, other = (
                    ops.convert_to_numpy(generator(label_map, seed=seed))
                    for seed in (1, 2)
                )
                self.assertTrue(np.any(one != other))

    def test_the_kl_term_is_divided(self):
        preset = "spade_style_ade20k_256"
        gan = gan_of(preset)
        mean = gan_of(preset, "--objective.kl_divisor=32", like=gan)
        value = numbers(gan)["kl"]
        self.assertGreater(value, 0)
        self.assertAlmostEqual(numbers(mean)["kl"] / value, 8 / 32, delta=1e-4)

    def test_unknown_pixels_of_ade20k_move(self):
        for flags, unknown in (("", 0), ("--ade_label_shift=true", 150)):
            space = published_label_space(parse("spade_ade20k_256", flags))
            self.assertEqual(space.unknown_class, unknown)

    def test_files_are_resized_as_meant(self):
        for flags, size in (
            ("", (256, 256)),
            ("--preprocess_mode=resize_and_crop", (286, 286)),
        ):
            experiment = parse("oasis_ade20k_256", flags)
            made = preprocessing(experiment, training=True)
            self.assertEqual(made.resized_size(480, 640), size)
            self.assertEqual(made.image_size, (256, 256))
