import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth import gans
from keras_semsynth.discriminators import OASISDiscriminator
from keras_semsynth.gans.average_statistics import AverageStatistics
from keras_semsynth.gans.average_statistics import refresh_average_statistics
from keras_semsynth.generators import OASISGenerator
from keras_semsynth.training.refresh_statistics import RefreshStatistics
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


def tiny_gan(**options):
    """A batch gives it the same statistics every time."""
    generator = OASISGenerator(
        3,
        (32, 32),
        filters=1,
        noise_dim=None,
        hidden_filters=2,
        spectral=False,
    )
    discriminator = OASISDiscriminator(3, (2, 2), 2)
    return gans.OASIS(generator, discriminator, **options)


def statistics_of(network):
    return [
        ops.convert_to_numpy(weight).copy()
        for weight in network.weights
        if weight.name.startswith("moving_")
    ]


class AverageStatisticsTest(SemsynthTestCase):
    def setUp(self):
        keras.utils.set_random_seed(1)
        self.gan = tiny_gan(ema_decay=0.9)
        self.gan.build()
        self.label_maps = random_label_map((6, 32, 32), 3)

    def expected(self, count, momentum):
        """Moves the statistics of a twin by hand, batch after batch."""
        twin = OASISGenerator.from_config(self.gan.generator.get_config())
        twin.build()
        for weight, own in zip(
            twin.weights, self.gan.ema_generator.weights, strict=True
        ):
            weight.assign(ops.convert_to_numpy(own))
        rows = []
        for i in range(count):
            for norm in twin._flatten_layers():
                if hasattr(norm, "momentum"):
                    norm.momentum = momentum
            twin(self.label_maps[2 * i : 2 * i + 2], training=True)
            rows.append(statistics_of(twin))
        return rows

    def check(self, found, expected):
        for one, other in zip(found, expected, strict=True):
            self.assert_close(one, other, 1e-4)

    def test_momentum_updates_replay_the_official_procedure(self):
        expected = self.expected(2, momentum=0.9)[-1]
        images = random((6, 32, 32, 3))
        batches = [
            (self.label_maps[i : i + 2], images[i : i + 2]) for i in (0, 2, 4)
        ]
        seen = refresh_average_statistics(self.gan, batches, count=2)
        self.assertEqual(seen, 2)
        self.check(statistics_of(self.gan.ema_generator), expected)

    def test_cumulative_statistics_are_the_mean_over_the_batches(self):
        rows = self.expected(3, momentum=0.0)
        expected = [
            np.mean(values, axis=0) for values in zip(*rows, strict=True)
        ]
        statistics = AverageStatistics(self.gan, cumulative=True)
        batches = [
            (self.label_maps[i : i + 2], self.label_maps[i : i + 2])
            for i in (0, 2, 4)
        ]
        for _ in range(2):  # the first refresh leaves no trace in the second
            seen = statistics.refresh(batches, count=3)
            self.assertEqual(seen, 3)
            self.check(statistics_of(self.gan.ema_generator), expected)
        norms = [
            layer
            for layer in self.gan.ema_generator._flatten_layers()
            if hasattr(layer, "momentum")
        ]
        self.assertEqual({norm.momentum for norm in norms}, {0.9})

    def test_the_callback_refreshes_when_it_should(self):
        batches = [(self.label_maps[:2], self.label_maps[:2])]
        callback = RefreshStatistics(batches, every_steps=2)
        callback.set_model(self.gan)
        history = [statistics_of(self.gan.ema_generator)[0]]
        for call in (
            lambda: callback.on_train_batch_end(0),
            lambda: callback.on_train_batch_end(1),
            lambda: callback.on_epoch_end(0),
        ):
            call()
            history.append(statistics_of(self.gan.ema_generator)[0])
        moved = [
            bool((one != other).any())
            for one, other in zip(history[1:], history[:-1], strict=True)
        ]
        self.assertEqual(moved, [False, True, True])

    @pytest.mark.slow
    def test_training_goes_on_after_a_refresh(self):
        self.gan.compile()
        images = random((4, 32, 32, 3))
        batches = [(self.label_maps[:2], images[:2])]
        callback = RefreshStatistics(batches, every_steps=1)
        self.gan.fit(
            self.label_maps[:4],
            images,
            batch_size=2,
            epochs=2,
            verbose=0,
            callbacks=[callback],
        )
        for weight in self.gan.weights:
            value = ops.convert_to_numpy(weight)
            self.assertTrue(np.isfinite(value).all(), weight.path)

    def test_a_gan_without_average_is_an_error(self):
        gan = tiny_gan(ema_decay=None)
        gan.build()
        with self.assertRaisesRegex(ValueError, "`ema_decay`"):
            AverageStatistics(gan)
