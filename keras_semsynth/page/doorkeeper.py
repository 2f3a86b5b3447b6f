"""Who may stay when more come than there is room for."""

import collections
from collections.abc import Collection
from collections.abc import Iterator
from typing import TYPE_CHECKING

from keras_semsynth.page.limits import Limits
from keras_semsynth.page.notices import Notices

if TYPE_CHECKING:
    from keras_semsynth.page.connection import Connection

# Seconds in which nobody is sent away, so that what he has sent can be read.
GRACE = 0.1


class Doorkeeper:
    """Counts connections, ends slow ones, and makes room for others.

    Where there is no room, the connection goes whose loss is smallest: one
    that has sent no complete request, then an idle one, one that still sends
    its body, one that does not take its answer; among these, one of the
    address that has most, and the one that waits longest. So whoever sends
    his request and reads his answer gets in, however many others do not.

    Args:
        limits: `Limits`.
        notices: `Notices`.
    """

    def __init__(self, limits: Limits, notices: Notices):
        self.limits = limits
        self.notices = notices
        self._inside = {}

    def __iter__(self) -> Iterator["Connection"]:
        return iter(list(self._inside))

    def __len__(self) -> int:
        return len(self._inside)

    def enter(self, connection: "Connection") -> None:
        """Lets a connection in, in place of another if need be."""
        others = list(self)
        self._inside[connection] = None
        if len(others) < self.limits.connections + self.limits.burst:
            return
        if not self._make_room(others, 1, grace=0):
            self.notices.add(
                "Connections refused because all others are at work",
                connection.address,
            )
            connection.refuse(503, "Too many requests are under way.")

    def leave(self, connection: "Connection") -> None:
        """Forgets a connection that has ended."""
        self._inside.pop(connection, None)

    def look(self) -> None:
        """Ends connections that take too long, or are too many."""
        for connection in self:
            self._end_slow(connection)
        groups = collections.defaultdict(list)
        for connection in self:
            groups[connection.address].append(connection)
        for same in groups.values():
            self._make_room(same, len(same) - self.limits.per_address, GRACE)
        excess = len(self) - self.limits.connections
        self._make_room(self._inside, excess, GRACE)
        self._make_memory()

    def _end_slow(self, connection):
        limits = self.limits
        waited = connection.waited()
        stage = connection.stage
        if stage == stage.HEAD and waited > limits.head_seconds:
            self.notices.add(
                "Connections closed that sent no complete request within "
                f"{limits.head_seconds:g} s",
                connection.address,
            )
            if connection.has_begun:
                connection.refuse(
                    408,
                    "The head of the request did not arrive within "
                    f"{limits.head_seconds:g} s.",
                )
            else:
                connection.transport.close()
        elif stage == stage.ANSWER and waited > limits.answer_seconds:
            self.notices.add(
                "Connections closed that did not take their answer within "
                f"{limits.answer_seconds:g} s",
                connection.address,
            )
            connection.drop()

    def _make_room(
        self, connections: Collection["Connection"], number: int, grace: float
    ) -> int:
        """Drops those whose loss is smallest; returns how many it could."""
        if number <= 0:
            return 0
        ranked = _rank(connections, grace)[:number]
        for connection in ranked:
            self.notices.add(
                "Slow or idle connections closed to make room for others",
                connection.address,
            )
            self._drop(connection)
        return len(ranked)

    def _make_memory(self):
        """Drops answers that nobody takes until the rest is small enough."""
        slow = [x for x in self if x.stage == x.stage.ANSWER]
        held = sum(x.unsent for x in slow)
        if held <= self.limits.answer_bytes:
            return
        for connection in _rank(slow, 0.0):
            # A later look finds it, before others go in its place.
            if connection.waited() < GRACE:
                return
            held -= connection.unsent
            self.notices.add(
                "Connections closed because too many do not take their answer",
                connection.address,
            )
            self._drop(connection)
            if held <= self.limits.answer_bytes:
                return

    def _drop(self, connection):
        self.leave(connection)
        connection.drop()


def _rank(connections, grace):
    """Returns those that may be dropped, the smallest loss first."""
    groups = collections.defaultdict(list)
    for connection in connections:
        stage, waited = connection.stage, connection.waited()
        if stage != stage.WORK and waited >= grace:
            groups[connection.address].append((-stage, waited, connection))
    ranked = []
    for same in groups.values():
        same.sort(key=lambda one: one[:2])
        # The later in its address, the sooner it goes.
        ranked += [(-one[0], -i, one[2]) for i, one in enumerate(same)]
    ranked.sort(key=lambda one: one[:2])
    return [connection for _, _, connection in ranked]
