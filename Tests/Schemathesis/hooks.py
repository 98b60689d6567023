"""What config/openapi.yaml says in words only, told to schemathesis, for scripts/schemathesis.

Of the requests it makes to be accepted it mends those that break such a rule, and most of the ids in their paths become
ids of things that there are: schemathesis would seldom find a tool step of a hop of a mission by itself.
"""

import itertools
import os
import re

import requests
import schemathesis

URL = os.environ["SESSIOND_URL"]
TOKEN = os.environ["SESSIOND_TOKEN"]
ENTITY_TAGS = re.compile(r'\*|(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*')
numbers = itertools.count(1)


def post(path, body):
    answer = requests.post(f"{URL}/api{path}", json=body, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    answer.raise_for_status()
    return answer.json()


class Things:
    """A session, a mission with a hop, a tool step and an asset, and a mission without. There are new ones when requests have
    used them up: a completed session would refuse everything."""

    REQUESTS = 40
    names = {"session", "chat", "mission", "hop", "step", "asset"}

    def __init__(self):
        self.ids = {}
        self.bare = None
        self.left = 0

    def get(self, name, needs_no_hop):
        if self.left == 0:
            session = post("/sessions/", {})["user_session"]
            mission = post("/missions/", {"name": "mission"})["id"]
            hop = post(f"/missions/{mission}/hops", {"name": "hop"})["id"]
            step = post(f"/missions/{mission}/hops/{hop}/tool-steps", {"tool_id": "tool", "name": "step"})["id"]
            asset = post(f"/missions/{mission}/assets", {"name": "asset", "role": "input", "content": {"rows": 3}})["id"]
            self.ids = dict(
                session=session["id"], chat=session["chat_id"], mission=mission, hop=hop, step=step, asset=asset
            )
            self.bare = post("/missions/", {"name": "without a hop"})["id"]
            self.left = self.REQUESTS
        self.left -= 1
        return self.bare if needs_no_hop and name == "mission" else self.ids[name]

    def used_up(self):
        self.left = 0


things = Things()


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = case.headers or {}
    # An empty header is as good as none: a web server does not tell them apart.
    for name in [name for name, value in headers.items() if not str(value).strip()]:
        del headers[name]
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    number = next(numbers)
    mend_headers(headers, number)
    mend_query(case.query or {})
    mend_body(case.body)
    # In sequences of requests the ids are those of the answers before.
    if case.meta.phase.name.value != "stateful" and number % 8 != 0:
        for name in (case.path_parameters or {}).keys() & things.names:
            case.path_parameters[name] = things.get(name, needs_no_hop(case))


@schemathesis.hook
def after_call(context, case, response):
    moves = ("/complete", "/archive", "/resume", "/status")
    changes = case.method.upper() in ("DELETE", "PUT") or case.path.endswith(moves) or needs_no_hop(case)
    if changes and response.status_code < 300:
        things.used_up()


def needs_no_hop(case):
    return case.method.upper() == "POST" and case.path.endswith("/hops")


def mend_headers(headers, number):
    for name in headers:
        if name.lower() == "idempotency-key":
            # One that was used before for something else is refused.
            headers[name] = f"key-{number}"
        if name.lower() in ("if-match", "if-none-match") and not ENTITY_TAGS.fullmatch(headers[name]):
            # Made as any other header, whatever its pattern.
            headers[name] = "*"


def mend_query(query):
    if "before" in query:
        query.pop("after", None)
    if "page" in query or "per_page" in query:
        query.pop("cursor", None)
        query.pop("limit", None)
    if int(query.get("page", 1)) * int(query.get("per_page", 20)) > 10_000:
        del query["page"]


def mend_body(body):
    if not isinstance(body, dict):
        return
    # No message's id twice.
    if isinstance(body.get("messages"), list):
        for message in body["messages"]:
            message.pop("id", None)
    # An asset's scope is where it is.
    if body.get("scope_id") is not None or body.get("scope_type") == "hop":
        body.pop("scope_id", None)
        body.pop("scope_type", None)
