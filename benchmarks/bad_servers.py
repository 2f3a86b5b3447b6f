"""Shows what the client makes of servers that break rules.

The servers are those of the tests (`tests/client/bad_servers.py`), REST and
gRPC, each with a fresh client. Columns: what the server does, protocol, seconds
allowed and taken, requests made, peak of memory beyond that before the call
(server and client are one process), and the error. Ends with status 1 if one
of them is not as the table of the tests has it.

Run: python benchmarks/bad_servers.py [--timeout=1.5]
"""

import re

from absl import app
from absl import flags

from tests.client import bad_grpc_servers
from tests.client import bad_servers
from tests.client.bad_server_run import attempt
from tests.client.raw_server import RawServer

FLAGS = flags.FLAGS
flags.DEFINE_float("timeout", 1.5, "Seconds of a call.", lower_bound=0.1)
flags.DEFINE_float(
    "grace", 0.3, "Seconds by which a call may be late.", lower_bound=0.0
)


def main(argv):
    del argv
    cases = (*bad_servers.REST, *bad_grpc_servers.grpc_servers())
    server = RawServer()
    failures, late, memory = [], 0.0, 0
    print(
        "| server | protocol | timeout s | seconds | requests | memory MiB | "
        "error |\n| --- | --- | ---: | ---: | ---: | ---: | --- |"
    )
    try:
        for case in cases:
            outcome = attempt(server, case, FLAGS.timeout)
            late = max(late, outcome.seconds - FLAGS.timeout)
            memory = max(memory, outcome.memory or 0)
            if not _as_expected(case, outcome):
                failures.append(case.name)
            text = str(outcome.error).replace("|", "\\|")
            text = text if len(text) < 160 else f"{text[:160]}..."
            print(
                f"| {case.name} | {case.scheme} | {FLAGS.timeout:g} | "
                f"{outcome.seconds:.2f} | {outcome.requests} | "
                f"{(outcome.memory or 0) / 2**20:.1f} | "
                f"{type(outcome.error).__name__}: {text} |",
                flush=True,
            )
    finally:
        server.close()
    print(
        f"\n{len(cases)} servers, {len(failures)} not as expected {failures}; "
        f"at most {max(late, 0.0):.2f} s late and {memory / 2**20:.1f} MiB."
    )
    return int(bool(failures))


def _as_expected(case, outcome):
    return (
        isinstance(outcome.error, case.error)
        and bool(re.search(case.words, str(outcome.error), re.DOTALL))
        and case.requests in (None, outcome.requests)
        and outcome.seconds < FLAGS.timeout + FLAGS.grace
    )


if __name__ == "__main__":
    app.run(main)
