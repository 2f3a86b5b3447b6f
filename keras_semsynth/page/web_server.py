"""Uvicorn, with a door."""

import asyncio
import functools
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from keras_semsynth.page.connection import Connection
from keras_semsynth.page.doorkeeper import Doorkeeper
from keras_semsynth.page.limits import Limits
from keras_semsynth.page.notices import Notices

# What a body that still arrives has when the server stops.
BODY_SECONDS = 1


class WebServer(uvicorn.Server):
    """The server of the page.

    A first SIGTERM or Ctrl-C lets it finish what is under way; then `run`
    returns. A second one ends it at once.

    Args:
        app: ASGI application.
        limits: `Limits`. Defaults to its defaults.
        notices: `Notices`, shared with `app`. Defaults to its own.
        **options: Further ones of `uvicorn.Config`.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: Limits | None = None,
        notices: Notices | None = None,
        **options: Any,
    ):
        limits = limits or Limits()
        self.notices = notices or Notices()
        self.doorkeeper = Doorkeeper(limits, self.notices)
        super().__init__(
            uvicorn.Config(
                app,
                http=functools.partial(Connection, self.doorkeeper),
                ws="none",
                # Its own set-up closes the log handlers of the whole process.
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                h11_max_incomplete_event_size=limits.head_bytes,
                timeout_keep_alive=limits.idle_seconds,
                timeout_graceful_shutdown=limits.stop_seconds,
                # So many are accepted before the first of them is looked at,
                # and each is an open file.
                backlog=128,
                **options,
            )
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Uvicorn would raise the signal again when all is answered, and end
        # with the status of somebody who was killed.
        self.force_exit = self.should_exit
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        self.doorkeeper.look()
        self.notices.say_if_due()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list | None = None) -> None:
        for server in self.servers:
            server.close()
        # What was sent before is read, and is then under way.
        await asyncio.sleep(0.2)
        asyncio.get_running_loop().call_later(
            BODY_SECONDS, self._refuse_unfinished
        )
        await super().shutdown(sockets)
        await asyncio.sleep(0.05)  # in which what was given up is answered
        for connection in self.doorkeeper:
            connection.drop()
        await asyncio.sleep(0)
        self.notices.say()

    def _refuse_unfinished(self):
        for connection in self.doorkeeper:
            if connection.stage == connection.stage.BODY:
                connection.refuse(503, "The server stops.")
