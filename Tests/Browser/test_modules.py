"""The modules by themselves, in node: with a scripted service, and with a real one behind a gate that breaks."""

import os
import subprocess
from pathlib import Path

MODULES = Path(__file__).resolve().parent / "modules"
SECONDS = 180


def test_modules_in_node(world):
    environment = os.environ | {
        "SESSIOND_URL": world.stack("TOKENS_LEEWAY=0s").url, "NODE_OPTIONS": f"--import={(MODULES / 'support/webcrypto.js').as_uri()}"}
    ended = subprocess.run(
        ["node", "--test", *sorted(MODULES.glob("*.test.js"))], env=environment, capture_output=True, text=True, timeout=SECONDS)
    output = ended.stdout + ended.stderr
    # All of them, and none left out.
    failures = output[output.find("not ok"):][:4000] + output[-500:]
    assert ended.returncode == 0 and "# skipped 0" in output, failures
