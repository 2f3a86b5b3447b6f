"""Says once a minute what happened often, instead of each time."""

import collections
import ipaddress
import logging
import time

SECONDS = 60
# Somebody who comes from many addresses must not fill the memory either.
MOST_ADDRESSES = 1000

_LOGGER = logging.getLogger(__name__)


def network_of(host: str | None) -> str:
    """Returns whom an address belongs to.

    Args:
        host: str or `None`. What a socket or a proxy says of its other end.

    Returns:
        str: An IPv4 address, or the /64 of an IPv6 address, since whoever has
        one has all of them.
    """
    try:
        address = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return "an unknown address"
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))


class Notices:
    """Counts what slow and broken peers do, and logs one line a kind.

    Args:
        seconds: float. Time over which is counted, from the first event on.
            Defaults to a minute.
    """

    def __init__(self, seconds: float = SECONDS):
        self.seconds = seconds
        self._counts = {}
        self._since = None

    def add(self, event: str, address: str | None = None) -> int:
        """Counts an event.

        Args:
            event: str. What happened, as a plural at the start of a sentence.
            address: str, as `network_of` returns it, or `None`.

        Returns:
            int. How often it happened in this minute.
        """
        if self._since is None:
            self._since = time.monotonic()
        counts = self._counts.setdefault(event, collections.Counter())
        if address not in counts and len(counts) >= MOST_ADDRESSES:
            address = "other addresses"
        counts[address] += 1
        return counts.total()

    def add_mistake(self, error: BaseException) -> None:
        """Counts a mistake of the server; the first has its traceback."""
        kind = type(error).__name__
        if self.add(f"Answers with status 500 because of {kind}") == 1:
            _LOGGER.error(
                "A request met a mistake of the server.", exc_info=error
            )

    def say_if_due(self) -> None:
        """Logs what there is, if the minute is over."""
        if self._since and time.monotonic() - self._since >= self.seconds:
            self.say()

    def say(self) -> None:
        """Logs what there is, and begins anew."""
        counted, self._counts, self._since = self._counts, {}, None
        for event, counts in counted.items():
            ((address, most),) = counts.most_common(1)
            total = counts.total()
            text = f"{event}: {total}"
            if address is not None and total > 1:
                text += f", most from {address} ({most})"
            elif address is not None:
                text += f", from {address}"
            _LOGGER.warning("%s.", text)
