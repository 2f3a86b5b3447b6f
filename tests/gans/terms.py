"""The terms of a GAN as numbers, and their weights, by name."""


def generator_terms(gan, batch, training=True):
    """Returns unweighted terms and the generated images."""
    seen = gan.see(batch, training=training)
    terms = {term.name: term(seen) for term in gan.terms_of("generator")}
    return terms, seen["generated.image"]


def discriminator_terms(gan, batch, fake, training=True):
    """Returns unweighted terms."""
    seen = gan.see(batch, fake, training)
    return {term.name: term(seen) for term in gan.terms_of("discriminator")}


def weights(gan, player):
    """Returns the weights of a player's terms, in order."""
    return {term.name: term.weight for term in gan.terms_of(player)}
