"""Ports that nobody listens on."""

import contextlib
import socket


def free_ports(count):
    """Returns ports of this machine that are all different."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(socket.socket()) for _ in range(count)]
        for server in servers:
            server.bind(("127.0.0.1", 0))
        return [server.getsockname()[1] for server in servers]
