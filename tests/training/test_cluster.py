"""Processes that train together: how they are named, and how they meet."""

import json
import socket
import threading
import time
import unittest

import numpy as np

from keras_semsynth.experiments import Experiment
from keras_semsynth.files.run_directory import RunError
from keras_semsynth.training.strategies import Strategy
from keras_semsynth.training.strategies.cluster import Cluster
from keras_semsynth.training.strategies.cluster import ClusterError
from keras_semsynth.training.strategies.cluster import meet
from keras_semsynth.training.strategies.cluster import read_tf_config
from keras_semsynth.training.strategies.lost_peers import is_lost_peer
from keras_semsynth.training.strategies.same_start import of_chief
from keras_semsynth.training.strategies.same_start import require_same_start
from tests.ports import free_ports


def config(workers, index, kind="worker", **groups):
    cluster = {"worker": workers, **groups}
    return json.dumps(
        {"cluster": cluster, "task": {"type": kind, "index": index}}
    )


class Together(Strategy):
    """Workers that say what they are told to."""

    def __init__(self, worker, others):
        super().__init__(2, ("CPU",))
        self.num_workers = 1 + len(others)
        self.worker = worker
        self.others = others

    def gather(self, numbers):
        rows = [np.float64(other) for other in self.others]
        rows.insert(self.worker, np.float64(numbers))
        return np.stack(rows)


class TFConfigTest(unittest.TestCase):
    def test_a_chief_comes_first(self):
        hosts = ["a:1", "b:2"]
        self.assertEqual(
            read_tf_config(config(hosts, 1)), Cluster(("a:1", "b:2"), 1)
        )
        self.assertEqual(
            read_tf_config(config(hosts, 1, chief=["c:3"])),
            Cluster(("c:3", "a:1", "b:2"), 2),
        )
        self.assertEqual(
            read_tf_config(config(hosts, 0, "chief", chief=["c:3"])).worker, 0
        )

    def test_what_is_wrong_is_said_in_a_sentence(self):
        for text, said in (
            ("{", "TF_CONFIG must be JSON"),
            ("[]", "must look like"),
            ('{"cluster": {}, "task": {"index": 0}}', "must look like"),
            (config(["a:1"], 0, ps=["b:2"]), "must look like"),
            (config(["a"], 0), "must look like"),
            (config(["a:1"], None), "must look like"),
            (config(["a:1", "b:1"], 2), "worker 2, but its cluster has 2"),
            (config(["a:1", "a:1"], 0), "a port of its own"),
            (config(["a:1"], 0, "chief"), "is chief 0, but its cluster"),
        ):
            with self.subTest(text):
                with self.assertRaisesRegex(ClusterError, said) as caught:
                    read_tf_config(text)
                self.assertNotIn("\n", str(caught.exception))


class MeetTest(unittest.TestCase):
    def test_workers_wait_for_the_last_one(self):
        addresses = tuple(f"127.0.0.1:{port}" for port in free_ports(3))
        errors, ends = [], [0.0] * 3

        def join(worker):
            time.sleep(0.4 * worker)
            try:
                meet(Cluster(addresses, worker), 20)
            except ClusterError as error:
                errors.append(error)
            ends[worker] = time.monotonic()

        began = time.monotonic()
        threads = [threading.Thread(target=join, args=(i,)) for i in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])
        self.assertGreaterEqual(min(ends) - began, 0.8)
        # The ports are free for TensorFlow then.
        for address in addresses:
            with socket.socket() as server:
                server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                server.bind(("127.0.0.1", int(address.rpartition(":")[2])))

    def test_a_missing_worker_is_named_at_the_deadline(self):
        addresses = tuple(f"127.0.0.1:{port}" for port in free_ports(2))
        began = time.monotonic()
        with self.assertRaisesRegex(
            ClusterError, rf"worker 1 \({addresses[1]}\) did not answer within"
        ):
            meet(Cluster(addresses, 0), 0.5)
        self.assertLess(time.monotonic() - began, 5)

    def test_a_port_that_is_taken_is_named(self):
        with socket.socket() as server:
            server.bind(("", 0))
            server.listen()
            port = server.getsockname()[1]
            addresses = (f"127.0.0.1:{port}", "127.0.0.1:1")
            with self.assertRaisesRegex(ClusterError, f"Port {port} of this"):
                meet(Cluster(addresses, 0), 5)


class SameStartTest(unittest.TestCase):
    def digests(self, experiment, dataset):
        """What a worker says of these."""
        said = []

        class Listening(Together):
            def gather(self, numbers):
                said.append(list(numbers))
                return np.stack([np.float64(numbers)] * 2)

        require_same_start(Listening(0, [None]), experiment, dataset)
        return said[0]

    def test_other_flags_or_data_of_a_worker_are_refused(self):
        mine, data = Experiment(), {"num_classes": 10}
        same = self.digests(mine, data)
        require_same_start(Together(0, [same]), mine, data)
        elsewhere = mine.replace(run={"run_dir": "b", "progress_seconds": 1.0})
        self.assertEqual(self.digests(elsewhere, data), same)
        other = mine.replace(optimizers={"learning_rate": 1e-3})
        for theirs, said in (
            (self.digests(other, data), "Worker 1 has other flags"),
            (self.digests(mine, {"num_classes": 9}), "1 has other data"),
        ):
            with self.assertRaisesRegex(RunError, said):
                require_same_start(Together(0, [theirs]), mine, data)

    def test_all_workers_hear_that_the_chief_failed(self):
        def fail():
            raise ValueError("full")

        with self.assertRaisesRegex(ValueError, "full"):
            of_chief(Together(0, [[0.0]]), fail)
        with self.assertRaisesRegex(RunError, "Worker 0 could not open"):
            of_chief(Together(1, [[1.0]]), self.fail)
        of_chief(Together(1, [[0.0]]), self.fail)

    def test_a_lost_peer_is_told_from_other_errors(self):
        for text in (
            "Collective ops is aborted by: Connection reset by peer",
            "[gloo/transport/tcp/pair.cc:525] Connection closed by peer",
            "UNAVAILABLE: Socket closed",
        ):
            self.assertTrue(is_lost_peer(RuntimeError(text)), text)
        self.assertFalse(is_lost_peer(ValueError("`batch_size` must be 1")))
