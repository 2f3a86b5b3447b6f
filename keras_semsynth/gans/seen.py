from collections.abc import Callable
from collections.abc import Mapping
from typing import Any


class Seen:
    """What the terms of a step read by name, made when it is first read.

    `seen["image"]` is a value, `seen["fake.scores"]` an entry of one. So every
    network passes as often as the terms need it, and in their order.

    Args:
        values: Mapping, name -> value. What is there already.
        makers: Mapping, name -> function without arguments that makes the
            value.

    Raises:
        KeyError: If nothing of that name can be read.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        makers: Mapping[str, Callable[[], Any]],
    ):
        self.values = dict(values)
        self.makers = dict(makers)

    def __contains__(self, name: str) -> bool:
        return name in self.values or name in self.makers

    def __getitem__(self, name: str) -> Any:
        name, _, entry = name.partition(".")
        if name not in self.values:
            self.values[name] = self.makers[name]()
        return self.values[name][entry] if entry else self.values[name]
