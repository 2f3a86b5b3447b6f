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
COMPOSE_FILES = ("compose.yaml", "compose.proxy.yaml")
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

    def services(self, name):
        yaml = pytest.importorskip("yaml", reason="needs PyYAML")
        text = (DEPLOY / name).read_text(encoding="utf-8")
        return yaml.safe_load(text)["services"]

    def test_compose_files_name_files_that_exist(self):
        for name in COMPOSE_FILES:
            for service in self.services(name).values():
                for volume in service["volumes"]:
                    if isinstance(volume, dict):
                        self.assertIs(volume["read_only"], True)
                        self.assertIn(":?", volume["source"])
                    elif volume.startswith("."):
                        source, _, mode = volume.split(":")
                        self.assertEqual(mode, "ro")
                        self.assertTrue((DEPLOY / source).is_file(), source)
        services = self.services("compose.yaml")
        mounted = str(services["serving"]["volumes"])
        for argument in services["serving"]["command"]:
            if argument.startswith("--") and "file=" in argument:
                self.assertIn(f":{argument.split('=')[1]}:ro", mounted)
        check = services["serving"]["healthcheck"]["test"][-1]
        self.assertIn(f":{check}:ro", mounted)

    def test_only_the_proxy_lets_others_in(self):
        for name in COMPOSE_FILES:
            for service, settings in self.services(name).items():
                for port in settings["ports"]:
                    local = port.startswith("127.0.0.1:")
                    self.assertEqual(local, service != "proxy", port)

    def test_every_service_is_confined(self):
        for name in COMPOSE_FILES:
            for service, settings in self.services(name).items():
                with self.subTest(service=service):
                    # One version, whatever was published since.
                    self.assertRegex(
                        settings["image"],
                        r"^[a-z/-]+:\$\{[A-Z_]+_TAG:-v?\d+\.\d+\.\d+[a-z-]*\}$",
                    )
                    self.assertIs(settings["read_only"], True)
                    self.assertEqual(settings["cap_drop"], ["ALL"])
                    self.assertEqual(
                        settings["security_opt"], ["no-new-privileges:true"]
                    )
                    for limit in ("cpus", "mem_limit", "pids_limit"):
                        self.assertIn(limit, settings)
                    self.assertIn("max-size", settings["logging"]["options"])
                    for key in ("privileged", "network_mode", "devices"):
                        self.assertNotIn(key, settings)

    def test_the_proxy_has_no_password_of_its_own(self):
        text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
        self.assertIn("auth_basic_user_file /etc/semsynth/secrets/users", text)
        self.assertEqual(text.count("proxy_pass"), 1)
        self.assertEqual(text.count("grpc_pass"), 1)
        # What lets in without a password stands in a file of the user's.
        self.assertNotRegex(text, r'(?m)^\s*".*"\s+off;')
        for file in DEPLOY.iterdir():
            self.assertNotIn(file.name, ("users", "tokens", "key.pem"))


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
