"""What no file tells of a network."""

from keras_semsynth.checkpoints.official import find_converter


def untold_options(name, network):
    """The options that must be given for a network's file.

    Args:
        name: str. Name of its converter.
        network: The network.
    """
    config = network.get_config()
    names = [option.names[0] for option in find_converter(name).untold]
    return {name: config[name] for name in names if name in config}
