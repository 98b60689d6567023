"""Followers of many sessions, and changes that each must be told of: scripts/followers runs it.

    followers.py URL FOLLOWERS RATE SECONDS [alone]

Makes a session for each of FOLLOWERS people on a development server, follows each over a connection of its own, and says
"following". A line on standard input begins the changes: RATE a second for SECONDS, a message to one session after another.
Then a line on standard output: changes, told, wrong, p50, p99 and longest delay from the change's answer to its event (ms;
less than 0 where the event came first). Another line on standard input ends it. Fails where a change was not told once.
Alone nobody follows: the same changes, for comparison.
"""

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit


class Follower:
    def __init__(self, session, token):
        self.session, self.token = session, token
        self.position = None
        self.told = {}  # when, by version
        self.wrong = 0


async def request(host, port, method, path, token=None, body=None):
    """One request on a connection of its own; its JSON."""
    reader, writer = await asyncio.open_connection(host, port)
    content = json.dumps(body).encode() if body is not None else b""
    head = f"{method} {path} HTTP/1.0\r\nHost: {host}\r\nContent-Length: {len(content)}\r\n"
    if body is not None:
        head += "Content-Type: application/json\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    writer.write(head.encode() + b"\r\n" + content)
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    status, rest = int(answer.split(b" ", 2)[1]), answer.split(b"\r\n\r\n", 1)[1]
    if status not in (200, 201):
        raise RuntimeError(f"{method} {path}: {status} {rest[:200]!r}")
    return json.loads(rest)


async def make(host, port, number):
    token = (await request(host, port, "POST", "/api/development/tokens", body={"user_id": f"follower-{number}"}))["token"]
    session = (await request(host, port, "POST", "/api/sessions/", token, {}))["user_session"]["id"]
    return Follower(session, token)


async def follow(host, port, follower, began):
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(
        f"GET /api/sessions/{follower.session}/events HTTP/1.0\r\nHost: {host}\r\n"
        f"Authorization: Bearer {follower.token}\r\n\r\n".encode()
    )
    status = await reader.readline()
    if b" 200 " not in status:
        raise RuntimeError(f"following: {status!r}")
    name = None
    while line := await reader.readline():
        if line.startswith(b"event: "):
            name = line[7:].strip().decode()
        elif line.startswith(b"data: "):
            data = json.loads(line[6:])
            if name == "message":
                if data["version"] != follower.position + 1 or data["message_count"] != data["version"] - 1:
                    follower.wrong += 1
                follower.told[data["version"]] = time.monotonic()
                follower.position = data["version"]
            elif name == "flushed":
                # The first says that changes are heard from here on.
                follower.position = data["version"]
                began.set()


async def main():
    url, count, rate, seconds = urlsplit(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    alone = len(sys.argv) > 5
    host, port = url.hostname, url.port
    # No more at a time than nginx lets one address have, with room for others.
    gate = asyncio.Semaphore(32)

    async def made(number):
        async with gate:
            return await make(host, port, number)

    followers = await asyncio.gather(*(made(number) for number in range(count)))
    tasks = []
    for start in range(0, 0 if alone else count, 32):
        events = []
        for follower in followers[start : start + 32]:
            events.append(asyncio.Event())
            tasks.append(asyncio.create_task(follow(host, port, follower, events[-1])))
        await asyncio.wait_for(asyncio.gather(*(event.wait() for event in events)), 60)
    print("following", flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.readline)

    answered = []

    async def change(follower):
        body = {"role": "user", "content": "hello"}
        await request(host, port, "POST", f"/api/sessions/{follower.session}/messages", follower.token, body)
        answered.append((follower, time.monotonic()))

    begin, changes = time.monotonic(), []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0, begin + number / rate - time.monotonic()))
        changes.append(asyncio.create_task(change(followers[number % count])))
    await asyncio.gather(*changes)
    if alone:
        print(len(changes), 0, 0, 0, 0, 0, flush=True)
        return
    deadline = time.monotonic() + 10
    while sum(len(follower.told) for follower in followers) < len(changes) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    delays = []
    seen = {}
    for follower, when in answered:
        seen[follower] = seen.get(follower, 1) + 1
        told = follower.told.get(seen[follower])
        if told is not None:
            delays.append((told - when) * 1000)
    delays.sort()
    told = sum(len(follower.told) for follower in followers)
    wrong = sum(follower.wrong for follower in followers)
    ended = sum(task.done() for task in tasks)
    p50, p99 = delays[len(delays) // 2], delays[int(len(delays) * 0.99)]
    print(len(changes), told, wrong + ended, f"{p50:.1f} {p99:.1f} {delays[-1]:.1f}", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    sys.exit(0 if told == len(changes) and wrong + ended == 0 else 1)


asyncio.run(main())
