"""What can be known of deploy/ without TensorFlow Serving's binary."""

import http.server
import json
import pathlib
import shutil
import socket
import subprocess
import threading
import unittest

import pytest
from google.protobuf import descriptor_pb2
from google.protobuf import descriptor_pool
from google.protobuf import message_factory
from google.protobuf import text_format
from google.protobuf import wrappers_pb2

from tests.serving_doubles.batcher import read_parameters

DEPLOY = pathlib.Path(__file__).resolve().parents[1] / "deploy"
FIELD = descriptor_pb2.FieldDescriptorProto


def message_class(name, fields, *others):
    """Makes a message class of `(name, type, type name)` of its fields."""
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{name}.proto", package="test", syntax="proto3"
    )
    file.dependency.append(wrappers_pb2.DESCRIPTOR.name)
    for other, other_fields in [*others, (name, fields)]:
        message = file.message_type.add(name=other)
        for number, (field, kind, type_name) in enumerate(other_fields, 1):
            message.field.add(
                name=field,
                number=number,
                type=kind,
                type_name=type_name or None,
                label=FIELD.LABEL_OPTIONAL,
            )
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    descriptor = pool.FindMessageTypeByName(f"test.{name}")
    return message_factory.GetMessageClass(descriptor)


class ConfigurationTest(unittest.TestCase):
    def test_batching_parameters_parse(self):
        # tensorflow_serving/servables/tensorflow/session_bundle_config.proto
        number = (FIELD.TYPE_MESSAGE, ".google.protobuf.Int64Value")
        kind = message_class(
            "BatchingParameters",
            [
                ("max_batch_size", *number),
                ("batch_timeout_micros", *number),
                ("max_enqueued_batches", *number),
                ("num_batch_threads", *number),
            ],
        )
        text = (DEPLOY / "batching.txt").read_text(encoding="utf-8")
        message = text_format.Parse(text, kind())
        own = read_parameters(DEPLOY / "batching.txt")
        self.assertEqual(
            own, {field.name: v.value for field, v in message.ListFields()}
        )

    def test_monitoring_configuration_parses(self):
        # tensorflow_serving/config/monitoring_config.proto
        kind = message_class(
            "MonitoringConfig",
            [("prometheus_config", FIELD.TYPE_MESSAGE, ".test.Prometheus")],
            (
                "Prometheus",
                [
                    ("enable", FIELD.TYPE_BOOL, ""),
                    ("path", FIELD.TYPE_STRING, ""),
                ],
            ),
        )
        text = (DEPLOY / "monitoring.txt").read_text(encoding="utf-8")
        message = text_format.Parse(text, kind())
        self.assertTrue(message.prometheus_config.enable)
        scraped = (DEPLOY / "prometheus.yml").read_text(encoding="utf-8")
        self.assertIn(
            f"metrics_path: {message.prometheus_config.path}", scraped
        )

    def test_compose_file_names_files_that_exist(self):
        yaml = pytest.importorskip("yaml", reason="needs PyYAML")
        text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
        services = yaml.safe_load(text)["services"]
        mounted = {}
        for service in services.values():
            for volume in service["volumes"]:
                if isinstance(volume, str):
                    source, target, mode = volume.split(":")
                    self.assertEqual(mode, "ro")
                    self.assertTrue((DEPLOY / source).is_file(), source)
                    mounted[target] = source
            for port in service["ports"]:
                self.assertTrue(port.startswith("127.0.0.1:"), port)
        for argument in services["serving"]["command"]:
            if argument.startswith("--") and "file=" in argument:
                self.assertIn(argument.split("=")[1], mounted)
        self.assertIn(services["serving"]["healthcheck"]["test"][-1], mounted)


@unittest.skipUnless(shutil.which("bash"), "needs bash")
class HealthTest(unittest.TestCase):
    """`healthy.sh` against answers in the form of TensorFlow Serving."""

    def serve(self, states):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # noqa: N802
                status, content = 404, {"error": "Could not find any versions"}
                if self.path == "/v1/models/spade":
                    status, content = (
                        200,
                        {
                            "model_version_status": [
                                {
                                    "version": str(i),
                                    "state": state,
                                    "status": {"error_code": "OK"},
                                }
                                for i, state in enumerate(states, 1)
                            ]
                        },
                    )
                body = json.dumps(content, indent=1).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_address[1]

    def healthy(self, port, model="spade"):
        result = subprocess.run(
            ["bash", DEPLOY / "healthy.sh", model, str(port)],
            capture_output=True,
        )
        return result.returncode == 0

    def test_a_loaded_version_is_healthy(self):
        self.assertTrue(self.healthy(self.serve(["AVAILABLE"])))
        self.assertTrue(self.healthy(self.serve(["END", "AVAILABLE"])))

    def test_anything_else_is_not(self):
        port = self.serve(["LOADING"])
        self.assertFalse(self.healthy(port))
        self.assertFalse(self.healthy(port, "oasis"))
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        self.assertFalse(self.healthy(port))
