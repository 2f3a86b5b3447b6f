"""A stand-in for Hugging Face's hub: models as folders, served over HTTP.

It knows the messages that `huggingface_hub` sends to read and to write a model,
and nothing of accounts.
"""

import base64
import hashlib
import http.server
import json
import pathlib
import re
import threading
import urllib.parse


class HubDouble:
    """Serves the models below a folder until the block ends.

    Args:
        folder: Path; `user/name/` in it is the model `user/name`.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.asked = []

    def __enter__(self):
        handler = type("Handler", (_Handler,), {"hub": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()

    def files(self, model):
        """dict, name of a file -> its bytes."""
        return {
            path.name: path.read_bytes()
            for path in sorted((self.folder / model).glob("*"))
        }


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self._get(with_body=False)

    def do_GET(self):
        self._get(with_body=True)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        path = urllib.parse.urlsplit(self.path).path
        self.hub.asked.append(("POST", path))
        if path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked.get('organization') or 'user'}/{asked['name']}"
            (self.hub.folder / name).mkdir(parents=True, exist_ok=True)
            return self._json({"url": f"{self.hub.address}/{name}", "id": name})
        if path == "/api/validate-yaml":
            return self._json({"errors": [], "warnings": []})
        match = re.fullmatch(r"/api/models/([^/]+/[^/]+)/(\w+)/[^/]+", path)
        if match is None:
            return self._json({"error": "Not found"}, 404)
        name, action = match.groups()
        if action == "preupload":
            files = json.loads(body)["files"]
            return self._json(
                {
                    "files": [
                        {
                            "path": file["path"],
                            "uploadMode": "regular",
                            "shouldIgnore": False,
                        }
                        for file in files
                    ]
                }
            )
        for line in body.splitlines():
            entry = json.loads(line)
            if entry["key"] == "file":
                file = self.hub.folder / name / entry["value"]["path"]
                file.write_bytes(base64.b64decode(entry["value"]["content"]))
        commit = self._commit(name)
        return self._json(
            {
                "commitUrl": f"{self.hub.address}/{name}/commit/{commit}",
                "commitOid": commit,
            }
        )

    def _commit(self, name):
        content = repr(self.hub.files(name)).encode()
        return hashlib.sha1(content).hexdigest()

    def _get(self, with_body):
        path = urllib.parse.urlsplit(self.path).path
        self.hub.asked.append((self.command, path))
        match = re.fullmatch(
            r"/api/models/([^/]+/[^/]+)(?:/(revision|tree)/[^/]+)?", path
        )
        if match and (self.hub.folder / match[1]).is_dir():
            name = match[1]
            files = self.hub.files(name)
            if match[2] == "tree":
                return self._json(
                    [
                        {
                            "type": "file",
                            "path": file,
                            "size": len(content),
                            "oid": hashlib.sha1(content).hexdigest(),
                        }
                        for file, content in files.items()
                    ]
                )
            return self._json(
                {
                    "id": name,
                    "modelId": name,
                    "sha": self._commit(name),
                    "private": False,
                    "siblings": [{"rfilename": file} for file in files],
                }
            )
        match = re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/([^/]+)", path)
        file = match and self.hub.folder / match[1] / match[2]
        if file and file.is_file():
            content = file.read_bytes()
            headers = {
                "ETag": f'"{hashlib.sha1(content).hexdigest()}"',
                "X-Repo-Commit": self._commit(match[1]),
            }
            return self._send(content, 200, headers, with_body)
        headers = {"X-Error-Code": "RepoNotFound"}
        return self._send(b"{}", 404, headers, with_body)

    def _json(self, value, status=200):
        self._send(
            json.dumps(value).encode(),
            status,
            {"Content-Type": "application/json"},
        )

    def _send(self, content, status, headers, with_body=True):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_body:
            self.wfile.write(content)
