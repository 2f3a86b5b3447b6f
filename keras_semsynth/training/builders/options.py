"""From flags to constructor arguments."""


def given(**options):
    """Returns the options that are set; classes have defaults for the rest."""
    return {name: value for name, value in options.items() if value is not None}


def patch_objective(gan_class):
    """Returns the builder of a GAN with patch scores and feature matching.

    Args:
        gan_class: `gans.Pix2PixHD` or a subclass.
    """

    def objective(
        values, generator, discriminator, unknown_class=None, **options
    ):
        return gan_class(
            generator,
            discriminator,
            **given(
                adversarial=values.adversarial,
                feature_matching_weight=values.feature_matching_weight,
            ),
            **options,
        )

    return objective
