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


class Answers(asyncio.Protocol):
    """One connection that stays, with one request at a time. What is here is next to what is measured: it is to be light."""

    transport = waiting = None

    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""

    async def ask(self, request):
        """The answer's status and content."""
        self.waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await asyncio.wait_for(self.waiting, 30)

    def data_received(self, data):
        self.buffer += data
        head, end, content = self.buffer.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]) if end else 0
        if end and len(content) >= length:
            self.buffer = b""
            self.waiting.set_result((int(head.split(b" ", 2)[1]), content))

    def connection_lost(self, _):
        self.transport = None
        if self.waiting and not self.waiting.done():
            self.waiting.set_exception(ConnectionError("the connection was closed"))


class Follower(asyncio.Protocol):
    """A session with whom it belongs to. As a protocol, the connection over which it is followed."""

    def __init__(self, session, token):
        self.session, self.token = session, token
        self.version = 1
        self.position = None
        self.told = {}  # when, by version
        self.wrong = 0
        self.transport = self.began = None

    def begin(self, host):
        self.buffer = b""
        self.began = asyncio.get_running_loop().create_future()
        self.transport.write(
            f"GET /api/sessions/{self.session}/events HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {self.token}\r\n\r\n".encode()
        )

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        *blocks, self.buffer = (self.buffer + data).split(b"\n\n")
        for block in blocks:
            name, _, content = block.rpartition(b"\ndata: ")
            if name.endswith(b"event: message"):
                told = json.loads(content)
                if told["version"] != self.position + 1 or told["message_count"] != told["version"] - 1:
                    self.wrong += 1
                self.told[told["version"]] = time.monotonic()
                self.position = told["version"]
            elif name.endswith(b"event: flushed"):
                # The first says that changes are heard from here on.
                self.position = json.loads(content)["version"]
                if not self.began.done():
                    self.began.set_result(None)

    def connection_lost(self, _):
        self.transport = self.position = None
        if self.began and not self.began.done():
            self.began.set_exception(ConnectionError(f"following ended: {self.buffer[:200]!r}"))


class People:
    def __init__(self, url, count, rate):
        split = urlsplit(url)
        self.host, self.port, self.count, self.rate = split.hostname, split.port, count, rate
        # So many requests at a time: no more than nginx lets one address have, with room for others.
        self.idle = asyncio.Queue()
        for _ in range(32):
            self.idle.put_nowait(Answers())
        self.followers = []
        self.answered = []  # follower, version and when, of changes that are to be told
        self.ended = 0

    async def request(self, path, token=None, body=None):
        """A POST; its JSON."""
        content = json.dumps(body).encode()
        authorization = f"Authorization: Bearer {token}\r\n" if token else ""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {len(content)}\r\n"
            f"Content-Type: application/json\r\n{authorization}\r\n"
        )
        answers = await self.idle.get()
        if answers.transport is None:
            await asyncio.get_running_loop().create_connection(lambda: answers, self.host, self.port)
        status, answer = await answers.ask(head.encode() + content)
        self.idle.put_nowait(answers)
        if status not in (200, 201):
            raise RuntimeError(f"{path}: {status} {answer[:200]!r}")
        return json.loads(answer)

    async def make(self):
        async def made(number):
            user = {"user_id": f"follower-{number}"}
            token = (await self.request("/api/development/tokens", body=user))["token"]
            session = (await self.request("/api/sessions/", token, {}))["user_session"]["id"]
            return Follower(session, token)

        self.followers = await asyncio.gather(*(made(number) for number in range(self.count)))

    async def follow(self):
        loop = asyncio.get_running_loop()
        for start in range(0, self.count, 32):
            group = self.followers[start : start + 32]
            for follower in group:
                await loop.create_connection(lambda: follower, self.host, self.port)
                follower.begin(self.host)
            await asyncio.wait_for(asyncio.gather(*(follower.began for follower in group)), 60)

    async def leave(self):
        self.ended += sum(follower.transport is None for follower in self.followers)
        for follower in self.followers:
            if follower.transport:
                follower.transport.close()
        while any(follower.transport for follower in self.followers):
            await asyncio.sleep(0.05)

    async def change(self, seconds):
        async def change(follower):
            body = {"role": "user", "content": "hello"}
            await self.request(f"/api/sessions/{follower.session}/messages", follower.token, body)
            follower.version += 1
            if follower.transport:
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
    sys.exit(0 if people.told() == len(people.answered) and people.wrong() == 0 else 1)


give_way()
asyncio.run(main())
