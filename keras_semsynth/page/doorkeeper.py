"""Who may stay when more come than there is room for."""

import collections
from collections.abc import Iterator
from typing import TYPE_CHECKING

from keras_semsynth.page.limits import Limits
from keras_semsynth.page.notices import Notices

if TYPE_CHECKING:
    from keras_semsynth.page.connection import Connection


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
        same = [
            other
            for other in self._inside
            if other.address == connection.address
        ]
        full = ()
        if len(same) >= self.limits.per_address:
            full = same
        elif len(self._inside) >= self.limits.connections:
            full = list(self._inside)
        if full and not self._drop_one(full):
            self.notices.add(
                "Connections refused because all others are at work",
                connection.address,
            )
            connection.refuse(503, "Too many requests are under way.")
            return
        self._inside[connection] = None

    def leave(self, connection: "Connection") -> None:
        """Forgets a connection that has ended."""
        self._inside.pop(connection, None)

    def look(self) -> None:
        """Ends the connections that have taken too long."""
        for connection in list(self._inside):
            waited = connection.waited()
            stage = connection.seen[0]
            if stage == stage.HEAD and waited > self.limits.head_seconds:
                self._end_head(connection)
            elif stage == stage.ANSWER and waited > self.limits.answer_seconds:
                self.notices.add(
                    "Connections closed that did not take their answer within "
                    f"{self.limits.answer_seconds:g} s",
                    connection.address,
                )
                connection.drop()

    def _end_head(self, connection):
        seconds = self.limits.head_seconds
        self.notices.add(
            "Connections closed that sent no complete request within "
            f"{seconds:g} s",
            connection.address,
        )
        if connection.has_begun:
            connection.refuse(
                408, f"The request's head did not arrive within {seconds:g} s."
            )
        else:
            connection.transport.close()

    def _drop_one(self, connections):
        """Drops the connection whose loss is smallest; whether there is one."""
        numbers = collections.Counter(other.address for other in connections)
        waiting = [
            (other.stage, -numbers[other.address], -other.waited(), i)
            for i, other in enumerate(connections)
            if other.stage != other.stage.WORK
        ]
        if not waiting:
            return False
        dropped = connections[min(waiting)[-1]]
        self.notices.add(
            "Slow or idle connections closed to make room for others",
            dropped.address,
        )
        self.leave(dropped)
        dropped.drop()
        return True
