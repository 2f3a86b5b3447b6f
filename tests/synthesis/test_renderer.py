import tempfile
import unittest

import keras
import numpy as np

from keras_semsynth.files.image_resizing import resize_floats
from keras_semsynth.generators import CCFPSEGenerator
from keras_semsynth.generators import SCGANGenerator
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.synthesis import Layout
from keras_semsynth.synthesis import Look
from keras_semsynth.synthesis import Renderer
from keras_semsynth.synthesis import Repainting
from tests import finished_run
from tests import golden
from tests import golden_networks
from tests.semsynth_test_case import settle_spectral_vectors


class RendererTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.edges = finished_run.write_run(folder.name, use_edge_map=True)
        cls.noise = finished_run.write_run(folder.name, noise=True)
        # Otherwise nearly all is black or white, whatever the batch.
        settle_spectral_vectors(cls.noise)

    def layouts(self, generator, count):
        sizes = ((32, 32), (40, 50), (64, 32), (32, 64))
        return [
            Layout.fit(
                generator,
                finished_run.layout(sizes[i % 4], (i % 3, 1, (i + 1) % 3)),
                size="network" if i % 5 == 1 else "layout",
            )
            for i in range(count)
        ]

    def test_many_of_mixed_sizes_are_those_one_at_a_time(self):
        layouts = self.layouts(self.noise, 32)
        looks = [Look(seed=i // 2) for i in range(32)]
        renderer = Renderer(self.noise, compile_after=8)
        pictures = renderer.render(layouts, looks)
        # Elsewhere one of each size: a picture alone takes much longer.
        compared = 32 if keras.backend.backend() == "tensorflow" else 4
        for i, picture in enumerate(pictures[:compared]):
            layout = layouts[i]
            (alone,) = renderer.render([layout], [looks[i]])
            np.testing.assert_allclose(picture, alone, atol=1e-6)
            self.assertEqual(picture.shape, (*layout.size, 3))
            self.assertEqual(picture.dtype, np.float32)

    @golden.slow_on_jax
    def test_pictures_are_those_of_the_generator(self):
        layout = Layout.fit(self.edges, finished_run.layout())
        direct = self.edges(
            layout.label_map[None],
            edge_map=layout.edge_map[None],
            training=False,
        )
        (picture,) = Renderer(self.edges).render([layout], [Look()])
        np.testing.assert_allclose(
            picture, keras.ops.convert_to_numpy(direct)[0], atol=1e-5
        )

    def test_a_picture_is_brought_back_in_floats(self):
        ids = finished_run.layout((40, 50))
        pair = [
            Layout.fit(self.noise, ids, size=s) for s in ("layout", "network")
        ]
        back, made = Renderer(self.noise).render(pair, [Look(seed=1)] * 2)
        self.assertEqual(made.shape, (32, 64, 3))
        np.testing.assert_array_equal(back, resize_floats(made, (40, 50)))

    @golden.slow_on_jax
    def test_all_kinds_of_looks_and_layouts_go_together(self):
        ids = finished_run.layout()
        layouts = [
            Layout.fit(self.noise, given)
            for given in (ids, np.eye(4, dtype="float32")[ids], ids, ids)
        ]
        new = Look(1, inside=Look(2), region=ids == 0)
        looks = [Look(1), Look(1), new, Look(1, toward=new, share=0.5)]
        renderer = Renderer(self.noise, batch_size=2)
        first, soft, other, halfway = renderer.render(layouts, looks)
        np.testing.assert_allclose(first, soft, atol=1e-4)
        for picture in (other, halfway):
            self.assertGreater(np.abs(picture - first).max(), 1e-3)

    @golden.slow_on_jax
    def test_a_photograph_may_be_in_the_place_of_a_layout(self):
        with tempfile.TemporaryDirectory() as folder:
            generator = finished_run.write_translation_run(folder)
        photographs = [finished_run.photograph((20, 24), i) for i in range(3)]
        jobs = [
            Repainting.fit(generator, source, photographs[0])
            for source in photographs[1:]
        ]
        renderer = Renderer(generator)
        pictures = renderer.render(jobs, [Look()] * 2)
        for job, picture in zip(jobs, pictures, strict=True):
            self.assertEqual(picture.shape, (20, 24, 3))
            (alone,) = renderer.render([job], [Look()])
            np.testing.assert_allclose(picture, alone, atol=1e-6)
        self.assertGreater(np.abs(pictures[0] - pictures[1]).max(), 1e-3)

    def test_one_layout_in_many_styles_is_read_once(self):
        ids = finished_run.layout((64, 32))
        for make in (SPADEGenerator, CCFPSEGenerator, SCGANGenerator):
            with self.subTest(make.__name__):
                generator = make(
                    4,
                    (64, 32),
                    filters=2,
                    style_dim=3,
                    hidden_filters=2,
                    initializer="xavier_uniform",
                )
                generator.build()
                settle_spectral_vectors(generator)
                one, two, three = (Layout.fit(generator, ids) for _ in "123")
                renderer = Renderer(generator)
                looks = [Look(seed=i) for i in range(3)]
                expected = renderer.render([one, two, three], looks)
                with golden_networks.recorded(network=generator) as calls:
                    pictures = renderer.render([one] * 3, looks)
                given, _ = calls["network"]
                self.assertEqual(given["label_map"].shape, (1, 64, 32))
                np.testing.assert_allclose(pictures, expected, atol=1e-5)
                difference = np.abs(expected[0] - expected[1]).max()
                self.assertGreater(difference, 1e-3)

    def test_each_layout_needs_a_look(self):
        with self.assertRaisesRegex(ValueError, "1 looks for 2 layouts"):
            Renderer(self.noise).render(self.layouts(self.noise, 2), [Look(1)])
        self.assertEqual(Renderer(self.noise).render([], []), [])
