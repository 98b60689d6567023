"""Runs the tests: every function test_… of the files test_….py. See scripts/browser."""

import argparse
import importlib
import signal
import sys
import time
import traceback
from pathlib import Path

from World import World

HERE = Path(__file__).resolve().parent
WIDTH = 68


def tests(words):
    for file in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(file.stem)
        for name, test in vars(module).items():
            if name.startswith("test_") and callable(test) and (not words or any(word in f"{file.stem} {name}" for word in words)):
                yield file.stem.removeprefix("test_"), name.removeprefix("test_"), test


def run(world, test):
    """What went wrong, or nothing."""
    try:
        test(world)
        complaints = world.complaints()
        return f"the browser's console complains: {complaints[:3]}" if complaints else ""
    except Exception:
        return traceback.format_exc()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--logs", type=Path, required=True)
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    world, failures, count, began = World(), 0, 0, time.monotonic()
    try:
        for file, name, test in tests(options.words):
            count += 1
            print(f"browser: {file + ': ' + name.replace('_', ' '):{WIDTH}}", end=" ", flush=True)
            start = time.monotonic()
            failure = run(world, test)
            print(f"{'FAILED' if failure else 'ok':6} {time.monotonic() - start:5.1f} s", flush=True)
            if failure:
                failures += 1
                print(failure, flush=True)
                world.keep(options.logs, f"{file}-{name}")
            world.test_ended()
    finally:
        world.end()
    if count == 0:
        sys.exit("browser: no test has such a name")
    print(f"browser: {count - failures} of {count} tests passed, in {time.monotonic() - began:.0f} s")
    if failures:
        sys.exit(f"browser: error: {failures} failed; pictures and logs are in {options.logs}")


main()
