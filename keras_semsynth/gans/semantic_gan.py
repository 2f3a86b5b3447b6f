import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.gans.two_player_model import TwoPlayerModel


class SemanticGAN(TwoPlayerModel):
    """A generator and a discriminator, trained in turn on label maps.

    One training step on a batch: the generator (with its encoder) is updated
    against the discriminator, then the discriminator against the updated
    generator's new images. A subclass says what the losses are:

    - `generator_weights`, `discriminator_weights`: dicts, name of a term ->
      weight, fixed at construction;
    - `generator_terms(batch, training)`: returns `(terms, fake)`;
    - `discriminator_terms(batch, fake, training)`: returns `terms`.

    `terms` maps the same names to unweighted scalars. Everything else is here:
    logging, EMA, optimizers, saving, the three backends, distribution.

    Args:
        generator: `generators.Generator`.
        discriminator: `keras.Model`.
        generator_weights: dict, term -> float.
        discriminator_weights: dict, term -> float.
        encoder: `keras.Model` from images to the parameters of a style code,
            trained with the generator. Defaults to `None`.
        ema_decay: float in `(0, 1)`. Decay of the moving average of the
            generator's weights, which then is what `call`, `predict` and
            `evaluate` use. Statistics and spectral vectors are copied.
            Defaults to `None`: no average.
        discriminator_steps: int `k`. Each training batch holds `k`
            mini-batches: one generator step on the first, one discriminator
            step on each. Defaults to `1`.
        reuse_fake: bool. Whether the discriminator step takes the images of
            the generator step instead of generating anew. Saves a forward
            pass; differs from the official procedure. Defaults to `False`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        inputs: Integer tensor `(batch, height, width)`, or a dict with
            `"label_map"` and, if the generator reads one, `"edge_map"`
            `(batch, height, width, 1)`.
        latent, seed: As for the generator.

    `fit` and `evaluate` take `(inputs, image)` with `image` a float tensor
    `(batch, height, width, 3)` in `[-1, 1]`.

    Returns:
        float32 image `(batch, height, width, 3)` in `[-1, 1]`.

    Raises:
        ValueError: If an argument is out of range.
        FloatingPointError: Out of `fit`, if a loss term is NaN or infinite.

    Reference:
        - [GAN, NeurIPS 2014](https://arxiv.org/abs/1406.2661)
    """

    def __init__(
        self,
        generator,
        discriminator,
        generator_weights,
        discriminator_weights,
        encoder=None,
        ema_decay=None,
        discriminator_steps=1,
        reuse_fake=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if ema_decay is not None and not 0 < ema_decay < 1:
            raise ValueError(
                "`ema_decay` must be between 0 and 1, or None for no average. "
                f"Received: ema_decay={ema_decay}."
            )
        if not isinstance(discriminator_steps, int) or discriminator_steps < 1:
            raise ValueError(
                "`discriminator_steps` must be a positive integer. "
                f"Received: discriminator_steps={discriminator_steps}."
            )
        self.generator = generator
        self.discriminator = discriminator
        self.encoder = encoder
        self.ema_decay = ema_decay
        self.discriminator_steps = discriminator_steps
        self.reuse_fake = reuse_fake
        self.generator_weights = dict(generator_weights)
        self.discriminator_weights = dict(discriminator_weights)
        self.seed_generator = keras.random.SeedGenerator()
        self.ema_generator = None
        if ema_decay is not None:
            self.ema_generator = type(generator).from_config(
                generator.get_config()
            )
            self.ema_generator.trainable = False
        self._trackers = {
            name: keras.metrics.Mean(name=name) for name in self.term_names
        }

    @property
    def term_names(self):
        """Names of everything that is logged, in order."""
        return [
            f"{player}/{term}"
            for player, weights in (
                ("generator", self.generator_weights),
                ("discriminator", self.discriminator_weights),
            )
            for term in [*weights, "total"]
        ]

    @property
    def inference_generator(self):
        """The generator to use and to ship: the averaged one if there is."""
        return (
            self.generator
            if self.ema_generator is None
            else (self.ema_generator)
        )

    @property
    def metrics(self):
        return list(self._trackers.values())

    # --- what a paper's subclass supplies ------------------------------------

    def generator_terms(self, batch, training=True):
        """Returns `(terms, fake)`: unweighted scalars by name, and images.

        Args:
            batch: dict of `label_map`, `image` and `edge_map` (or `None`).
            training: bool.
        """
        raise TypeError(
            f"{type(self).__name__} has no objective: override "
            "`generator_terms` and `discriminator_terms`."
        )

    def discriminator_terms(self, batch, fake, training=True):
        """Returns unweighted scalars by name; `fake` is a constant."""
        raise TypeError(
            f"{type(self).__name__} has no objective: override "
            "`generator_terms` and `discriminator_terms`."
        )

    # --- pieces that objectives share ----------------------------------------

    def generate(self, batch, latent=None, training=True):
        """Generates images for a batch.

        The generator in training, the averaged one if there is one otherwise.
        """
        network = self.generator if training else self.inference_generator
        return network(
            batch["label_map"],
            latent=latent,
            edge_map=batch["edge_map"],
            training=training,
        )

    def discriminate(self, batch, fake, training=True):
        """Judges fake and real images in one pass of the discriminator.

        Returns:
            `(fake_outputs, real_outputs)`, each of the structure that the
            discriminator returns.
        """

        def twice(x):
            return None if x is None else ops.concatenate([x, x], axis=0)

        outputs = self.discriminator(
            ops.concatenate([fake, ops.cast(batch["image"], fake.dtype)]),
            twice(batch["label_map"]),
            edge_map=twice(batch["edge_map"]),
            training=training,
        )
        # Halved by reshaping: splitting needs a static batch size.
        return tuple(
            keras.tree.map_structure(
                lambda x, i=i: ops.reshape(x, (2, -1, *ops.shape(x)[1:]))[i],
                outputs,
            )
            for i in range(2)
        )

    def draw_noise(self, shape):
        """Draws standard normal noise, different on every replica."""
        return backend.normal(shape, self.seed_generator)

    # --- the two-player step -------------------------------------------------

    def gan_step(self, data):
        """One training step, in stateful style; see `backend`."""
        batches = self._mini_batches(data)
        fake = self._generator_step(batches[0])
        for batch in batches:
            if not self.reuse_fake:
                fake = None
            self._discriminator_step(batch, fake)
        self._update_average()
        return self._logs()

    def _generator_step(self, batch):
        def loss():
            terms, fake = self.generator_terms(batch)
            total, terms = self._weigh(self.generator_weights, terms)
            return total, (terms, fake)

        variables = self.generator_variables()
        optimizer = self.optimizer.generator
        total, (terms, fake), gradients = self.value_and_gradients(
            loss, variables, optimizer
        )
        self.apply_clipped(optimizer, gradients, variables)
        self._track("generator", total, terms)
        return ops.stop_gradient(fake)

    def _discriminator_step(self, batch, fake):
        if fake is None:
            with backend.no_gradients():
                _, fake = self.synthesize(batch)
            fake = ops.stop_gradient(fake)

        def loss():
            terms = self.discriminator_terms(batch, fake)
            return self._weigh(self.discriminator_weights, terms)

        variables = self.discriminator.trainable_variables
        optimizer = self.optimizer.discriminator
        total, terms, gradients = self.value_and_gradients(
            loss, variables, optimizer
        )
        self.apply_clipped(optimizer, gradients, variables)
        self._track("discriminator", total, terms)

    def synthesize(self, batch, training=True):
        """Returns `(terms, fake)`: images for either step, and what they cost.

        `terms` are those that arise with the images, such as KL; or `None`.
        """
        return None, self.generate(batch, training=training)

    def gan_test_step(self, data):
        """One evaluation step, in stateful style; see `backend`."""
        for batch in self._mini_batches(data, 1):
            terms, fake = self.generator_terms(batch, training=False)
            total, terms = self._weigh(self.generator_weights, terms)
            self._track("generator", total, terms)
            terms = self.discriminator_terms(batch, fake, training=False)
            total, terms = self._weigh(self.discriminator_weights, terms)
            self._track("discriminator", total, terms)
        return self._logs()

    def generator_variables(self):
        """What the generator's optimizer updates."""
        variables = list(self.generator.trainable_variables)
        if self.encoder is not None:
            variables += self.encoder.trainable_variables
        return variables

    def _mini_batches(self, data, count=None):
        inputs, image, _ = keras.utils.unpack_x_y_sample_weight(data)
        if image is None:
            raise ValueError(
                "A GAN trains on pairs `(inputs, image)`. Received no image."
            )
        batch = {**_as_dict(inputs), "image": image}
        # `train_on_batch` on PyTorch hands over NumPy arrays.
        batch = {
            key: None if value is None else ops.convert_to_tensor(value)
            for key, value in batch.items()
        }
        count = count or self.discriminator_steps
        if count == 1:
            return [batch]
        size = batch["image"].shape[0]
        if size is not None and size % count:
            raise ValueError(
                f"`discriminator_steps={count}` needs batches that hold "
                f"{count} mini-batches. Received: batch size {size}."
            )
        parts = [{} for _ in range(count)]
        for key, value in batch.items():
            for i, part in enumerate(parts):
                part[key] = None if value is None else _part(value, i, count)
        return parts

    def _weigh(self, weights, terms):
        if set(weights) != set(terms):
            raise ValueError(
                "The terms of an objective must have the names of its weights."
                f" Expected: {sorted(weights)}. Received: {sorted(terms)}."
            )
        weighted = {
            name: ops.cast(terms[name], "float32") * weight
            for name, weight in weights.items()
        }
        return sum(weighted.values()), weighted

    def _update_average(self):
        if self.ema_generator is None:
            return
        for average, variable in zip(
            self.ema_generator.weights, self.generator.weights, strict=True
        ):
            value = ops.convert_to_tensor(variable)
            if variable.trainable:
                old = ops.convert_to_tensor(average)
                value = old + (1 - self.ema_decay) * (value - old)
            average.assign(value)

    def _track(self, player, total, terms):
        for name, value in [*terms.items(), ("total", total)]:
            self._trackers[f"{player}/{name}"].update_state(value)

    def _logs(self):
        return {
            name: tracker.result() for name, tracker in self._trackers.items()
        }

    # --- Keras ---------------------------------------------------------------

    def build(self, input_shape=None):
        for network in (self.generator, self.discriminator, self.encoder):
            if network is not None and not network.built:
                network.build()
        if self.ema_generator is not None:
            self.ema_generator.build()
            for average, variable in zip(
                self.ema_generator.weights, self.generator.weights, strict=True
            ):
                # Through NumPy: on JAX the two must not share a buffer.
                average.assign(ops.convert_to_numpy(variable))
        self.built = True
        self._build_optimizers()

    def call(self, inputs, latent=None, seed=None, training=None):
        inputs = _as_dict(inputs)
        return self.inference_generator(
            inputs["label_map"],
            latent=latent,
            edge_map=inputs["edge_map"],
            seed=seed,
        )

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "generator": serialize(self.generator),
            "discriminator": serialize(self.discriminator),
            "encoder": serialize(self.encoder),
            "ema_decay": self.ema_decay,
            "discriminator_steps": self.discriminator_steps,
            "reuse_fake": self.reuse_fake,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = {
            key: keras.saving.deserialize_keras_object(
                value, custom_objects=custom_objects
            )
            if key != "dtype"
            else value
            for key, value in config.items()
        }
        return cls(**config)


def _as_dict(inputs):
    """Returns `inputs` as a dict that has both maps."""
    if not isinstance(inputs, dict):
        inputs = {"label_map": inputs}
    unknown = sorted(set(inputs) - {"label_map", "edge_map"})
    if unknown or "label_map" not in inputs:
        raise ValueError(
            "Inputs must be a label map, or a dict with `label_map` and, if "
            f"the model reads one, `edge_map`. Received keys: {sorted(inputs)}."
        )
    return {
        "label_map": inputs["label_map"],
        "edge_map": inputs.get("edge_map"),
    }


def _part(x, index, count):
    size = ops.shape(x)[0] // count
    return x[index * size : (index + 1) * size]
