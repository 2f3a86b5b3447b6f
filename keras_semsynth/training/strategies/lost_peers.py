"""What the backends say when another worker is gone."""

import re

# Of TensorFlow's collectives and gRPC, of gloo in JAX and PyTorch, of NCCL.
_SIGNS = re.compile(
    r"[Cc]ollective ops is aborted|[Cc]onnection (was )?(closed|reset|refused)"
    r"|Socket closed|[Bb]roken pipe|failed to connect to all addresses"
    r"|[Hh]eartbeat|NCCL (error|communicator was aborted)|[Dd]isconnected"
    r"|Task .* (not available|unavailable)|Gloo .*failed",
    re.DOTALL,
)


def is_lost_peer(error: BaseException) -> bool:
    """Whether an error means that another worker has ended.

    Args:
        error: Exception, raised by a step or a collective.

    Returns:
        bool.
    """
    return _SIGNS.search(str(error)) is not None
