"""Networks whose variables have shapes but no values, to be counted."""

import math
import random
from collections.abc import Callable
from collections.abc import Iterable
from concurrent import futures
from typing import TypeVar

import keras

T = TypeVar("T")


def unallocated(make: Callable[[], T]) -> T:
    """Calls a function whose variables get no values, and so no memory.

    What is built in it can say its shapes and must not be computed with.
    Neither Keras nor the random state remembers it.

    Args:
        make: Function without arguments, which makes and builds networks and
            returns what is asked of them.

    Returns:
        What `make` returned.

    Raises:
        Exception: What `make` raised.
    """
    policy = keras.config.dtype_policy()

    def make_inside():
        keras.config.set_dtype_policy(policy)
        with keras.StatelessScope(initialize_variables=False):
            return make()

    state = random.getstate()
    try:
        # Keras has its list of variables that wait for values, and its names,
        # per thread. They end with this one, so nobody ever gives the values.
        with futures.ThreadPoolExecutor(1) as executor:
            return executor.submit(make_inside).result()
    finally:
        # Initial values draw their seeds when layers are made.
        random.setstate(state)


def count_numbers(variables: Iterable[keras.Variable]) -> int:
    """Counts the numbers in variables, each variable once.

    Args:
        variables: Iterable of `keras.Variable`, with values or without.

    Returns:
        int.
    """
    unique = {id(variable): variable for variable in variables}
    return sum(math.prod(variable.shape) for variable in unique.values())


def count_variables(make: Callable[[], keras.Model]) -> int:
    """Counts the numbers in a network's variables, and makes none of them.

    Args:
        make: Function without arguments that returns a network of the
            library, not built.

    Returns:
        int. Most of them are trained; statistics and random states count too.

    Raises:
        Exception: What `make`, or building the network, raised.

    Example:

    >>> count_variables(lambda: keras_semsynth.generators.SPADEGenerator(5))
    92233539
    """

    def count():
        network = make()
        network.build()
        return count_numbers(network.variables)

    return unallocated(count)
