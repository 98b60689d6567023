"""Followers of many sessions, and changes that each must be told of: scripts/followers runs it.

    followers.py URL FOLLOWERS RATE

Makes a session for each of FOLLOWERS people on a development server and says "ready". Then it does what it is told on standard
input, line by line, and answers each line with one:

    follow          each follows theirs, over a connection of its own
    change SECONDS  RATE changes a second: a message to one session after another
    leave           nobody follows any more
    report          of what changed while they followed: changes, told, wrong; p50, p99 and longest delay from a change's
                    answer to its event (ms; less than 0 where the event came first)

It ends with its input, and fails where a change was not told once, in order.
"""

import asyncio
import json
import os
import sys
import time
from contextlib import suppress
from urllib.parse import urlsplit


def give_way():
    """These people would be on other machines: here they get what CPU is left. Where each login session has a share of its own
    (autogroup, sched(7)), that takes a session of its own that wants little: to be nice counts within one only."""
    with suppress(OSError):
        os.setsid()
    os.nice(19)
    with suppress(OSError), open("/proc/self/autogroup", "w") as autogroup:
        autogroup.write("19")


class Follower:
    def __init__(self, session, token):
        self.session, self.token = session, token
        self.version = 1
        self.position = None
        self.told = {}  # when, by version
        self.wrong = 0
        self.task = None


class People:
    def __init__(self, url, count, rate):
        split = urlsplit(url)
        self.host, self.port, self.count, self.rate = split.hostname, split.port, count, rate
        self.followers = []
        self.answered = []  # follower, version and when, of changes that are to be told
        self.ended = 0

    async def request(self, method, path, token=None, body=None):
        """One request on a connection of its own; its JSON."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        content = json.dumps(body).encode() if body is not None else b""
        head = f"{method} {path} HTTP/1.0\r\nHost: {self.host}\r\nContent-Length: {len(content)}\r\n"
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

    async def make(self):
        # No more at a time than nginx lets one address have, with room for others.
        gate = asyncio.Semaphore(32)

        async def made(number):
            async with gate:
                user = {"user_id": f"follower-{number}"}
                token = (await self.request("POST", "/api/development/tokens", body=user))["token"]
                session = (await self.request("POST", "/api/sessions/", token, {}))["user_session"]["id"]
                return Follower(session, token)

        self.followers = await asyncio.gather(*(made(number) for number in range(self.count)))

    async def follow(self):
        for start in range(0, self.count, 32):
            group = self.followers[start : start + 32]
            began = [asyncio.Event() for _ in group]
            for follower, event in zip(group, began):
                follower.task = asyncio.create_task(self.read(follower, event))
            await asyncio.gather(*(self.began(follower, event) for follower, event in zip(group, began)))

    async def began(self, follower, event):
        waiter = asyncio.create_task(event.wait())
        done, _ = await asyncio.wait({follower.task, waiter}, timeout=60, return_when=asyncio.FIRST_COMPLETED)
        if waiter not in done:
            raise RuntimeError("no follower") from (follower.task.exception() if follower.task in done else None)

    async def read(self, follower, began):
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(
                f"GET /api/sessions/{follower.session}/events HTTP/1.0\r\nHost: {self.host}\r\n"
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
        finally:
            writer.close()

    async def leave(self):
        tasks = [follower.task for follower in self.followers if follower.task]
        self.ended += sum(task.done() for task in tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for follower in self.followers:
            follower.task = follower.position = None

    async def change(self, seconds):
        async def change(follower):
            body = {"role": "user", "content": "hello"}
            await self.request("POST", f"/api/sessions/{follower.session}/messages", follower.token, body)
            follower.version += 1
            if follower.task:
                self.answered.append((follower, follower.version, time.monotonic()))

        begin, changes = time.monotonic(), []
        for number in range(int(self.rate * seconds)):
            await asyncio.sleep(max(0, begin + number / self.rate - time.monotonic()))
            changes.append(asyncio.create_task(change(self.followers[number % self.count])))
        await asyncio.gather(*changes)
        deadline = time.monotonic() + 10
        while self.told() < len(self.answered) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)

    def told(self):
        return sum(len(follower.told) for follower in self.followers)

    def wrong(self):
        return self.ended + sum(follower.wrong for follower in self.followers)

    def report(self):
        told = ((follower.told.get(version), when) for follower, version, when in self.answered)
        delays = sorted((at - when) * 1000 for at, when in told if at is not None) or [0]
        p50, p99 = delays[len(delays) // 2], delays[int(len(delays) * 0.99)]
        return f"{len(self.answered)} {self.told()} {self.wrong()} {p50:.1f} {p99:.1f} {delays[-1]:.1f}"


async def main():
    people = People(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
    await people.make()
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while words := (await loop.run_in_executor(None, sys.stdin.readline)).split():
        answer = "done"
        match words:
            case ["follow"]:
                await people.follow()
            case ["change", seconds]:
                await people.change(float(seconds))
            case ["leave"]:
                await people.leave()
            case ["report"]:
                answer = people.report()
            case _:
                sys.exit(f"unknown: {words}")
        print(answer, flush=True)
    await people.leave()
    sys.exit(0 if people.told() == len(people.answered) and people.wrong() == 0 else 1)


give_way()
asyncio.run(main())
