"""A real stack (redis-server, sessiond, nginx) in a temporary folder, on a port of its own."""

import json
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Stack:
    def __init__(self, *settings, folder=None):
        """With sessiond's settings: "LIFECYCLE_ABANDON_AFTER=4s". A folder of a former one is not removed."""
        self.folder = folder or tempfile.mkdtemp(prefix="sdweb-", dir="/tmp")
        self.own = folder is None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        # A session of its own: Ctrl-C reaches the tests, which end it in order.
        self.process = subprocess.Popen(
            [HERE / "stack", self.folder, str(port), "LOG_LEVEL=warning", *settings],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self._answer("ready")

    def start(self, name):
        self._tell(f"start {name}", "started")

    def stop(self, name):
        self._tell(f"stop {name}", "stopped")

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait(60)
        if self.own:
            shutil.rmtree(self.folder, ignore_errors=True)

    def token(self, user, seconds=None):
        fields = {"user_id": user} if seconds is None else {"user_id": user, "seconds": seconds}
        return self._request("POST", "/development/tokens", None, fields)["token"]

    def api(self, method, path, user, body=None, type="application/json"):
        """The answer's body. What is not 2xx is an AssertionError."""
        return self._request(method, path, self.token(user), body, type)

    def _request(self, method, path, token, body=None, type="application/json"):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": type} | ({"Authorization": f"Bearer {token}"} if token else {})
        request = urllib.request.Request(f"{self.url}/api{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode(errors='replace')[:300]}") from None
        return json.loads(text) if text else None

    def _tell(self, command, expected):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        self._answer(expected)

    def _answer(self, expected):
        line = self.process.stdout.readline().strip()
        if line != expected:
            raise RuntimeError(f"the stack said {line!r} instead of {expected!r}; its logs were in {self.folder}")
