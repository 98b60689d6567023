import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import * as web from "../../../Sources/SessionWeb/index.js";
import { until } from "./support/stack.js";
import { ScriptedService, tokenOf } from "./support/ScriptedService.js";

const { SessionApiClient } = web;
let service;
beforeEach(async () => { service = await ScriptedService.start(); });
afterEach(() => service.close());

function client(options = {}) {
    return new SessionApiClient({ baseUrl: `${service.url}/api/`, getToken: () => tokenOf("42"), attemptTimeout: 300, ...options });
}
const busy = { status: 503, headers: { "Retry-After": "0" }, body: { title: "Service Unavailable", detail: "draining" } };
const keys = () => service.requests.map(({ headers }) => headers["idempotency-key"]);

test("A creation is repeated with one key, through every kind of failure that allows it", async () => {
    service.reply("break", { status: 502, type: "text/html", body: "<html>" }, busy, "silence", { status: 201, body: { user_session: { id: "1" } } });
    const created = await client().createSession({ name: "First" });
    assert.deepEqual(created, { user_session: { id: "1" } });
    assert.equal(service.requests.length, 5);
    assert.equal(new Set(keys()).size, 1);
    assert.match(keys()[0], /^[0-9a-f-]{36}$/);
    assert.deepEqual(JSON.parse(service.requests[4].body), { name: "First" });
});

test("Two creations have two keys, and a key that was given is taken", async () => {
    service.reply({ status: 201 }, { status: 201 }, { status: 201 });
    await client().createSession();
    await client().createSession();
    await client().createSession({}, { idempotencyKey: "mine" });
    assert.equal(new Set(keys()).size, 3);
    assert.equal(keys()[2], "mine");
});

test("A move of the lifecycle is repeated only where nothing was written", async () => {
    service.reply(busy, "break");
    await assert.rejects(client().completeSession("1"), web.NetworkError);
    assert.equal(service.requests.length, 2);
});

test("A write with If-Match is not repeated when nobody knows whether it happened", async () => {
    service.reply({ status: 504, body: { title: "Gateway Timeout" } });
    await assert.rejects(client().updateSession("1", { name: "x" }, { ifMatch: 7 }), web.OutcomeUnknownError);
    assert.equal(service.requests[0].headers["if-match"], '"v7"');
    assert.equal(service.requests.length, 1);
});

test("A deletion whose answer was lost finds nothing, and has succeeded", async () => {
    service.reply("break", { status: 404, body: { title: "Not Found" } });
    assert.equal(await client().deleteSession("1"), undefined);
    service.reply({ status: 404, body: { title: "Not Found" } });
    await assert.rejects(client().deleteSession("1"), web.NotFoundError);
});

test("Repeats are bounded, by number and by time", async () => {
    service.reply(busy, busy, busy);
    await assert.rejects(client().getSession("1", { retries: 2 }), web.UnavailableError);
    assert.equal(service.requests.length, 3);
    service.reply({ ...busy, headers: { "Retry-After": "60" } });
    const began = Date.now();
    await assert.rejects(client().getSession("1", { timeout: 1_000 }), ({ retryAfter }) => retryAfter === 60);
    assert.ok(Date.now() - began < 900, "it does not wait for what comes too late");
    service.reply("silence", "silence", "silence", "silence", "silence");
    await assert.rejects(client().getSession("1", { timeout: 500 }), web.TimeoutError);
    assert.ok(Date.now() - began < 2_500);
});

test("A signal ends a request, and a pause, at once and with its reason", async () => {
    const reason = new Error("enough");
    for (const answer of ["silence", { ...busy, headers: { "Retry-After": "20" } }]) {
        service.reply(answer);
        const controller = new AbortController();
        setTimeout(() => controller.abort(reason), 50);
        await assert.rejects(client().getSession("1", { signal: controller.signal }), (error) => error === reason);
    }
    await assert.rejects(client().getSession("1", { signal: AbortSignal.abort(reason) }), (error) => error === reason);
    assert.equal(service.requests.length, 2);
});

test("Each status is an error of its own type, with what the problem document says", async () => {
    const types = {
        400: "InvalidError", 401: "UnauthorizedError", 404: "NotFoundError", 409: "ConflictError", 412: "PreconditionFailedError",
        413: "InvalidError", 415: "InvalidError", 422: "InvalidError", 429: "QuotaError", 503: "UnavailableError",
        502: "OutcomeUnknownError", 504: "OutcomeUnknownError", 405: "SessionError", 500: "SessionError",
    };
    for (const [status, name] of Object.entries(types)) {
        const body = { type: "about:blank", title: "T", status: Number(status), detail: "D", errors: [{ pointer: "/a", detail: "b" }], current_status: "archived", current_version: 9 };
        service.reply({ status: Number(status), body, headers: { "X-Request-ID": "r" } });
        const error = await client().updateSession("1", {}, { retries: 0 }).catch((caught) => caught);
        assert.ok(error instanceof web[name] && error instanceof web.SessionError, status);
        assert.equal(error.name, name);
        assert.deepEqual([error.status, error.title, error.detail, error.message, error.requestId], [Number(status), "T", "D", "D", "r"]);
        assert.deepEqual(error.errors, body.errors);
        if (status === "409") assert.equal(error.currentStatus, "archived");
        if (status === "412") assert.equal(error.currentVersion, 9);
        assert.equal(error.temporary, Number(status) >= 500 || status === "429");
    }
});

test("What isn't the service's answer is none, whatever its status", async () => {
    for (const answer of [{ type: "text/html", body: "<h1>Log in to the hotel's network" }, { status: 404, type: "text/html", body: "<h1>" }, { body: "{" }]) {
        service.reply(answer);
        await assert.rejects(client().getSession("1", { retries: 0 }), web.NetworkError);
    }
});

test("An expired token is renewed once, by all who need it together, and the calls are repeated", async () => {
    let token = tokenOf("42", "old");
    let renewals = 0;
    const renewing = client({
        getToken: () => token,
        onTokenExpired: async () => {
            renewals += 1;
            await new Promise((resolve) => setTimeout(resolve, 30));
            return (token = tokenOf("42", "new"));
        },
    });
    const expired = { status: 401, body: { title: "Unauthorized" } };
    service.reply(expired, expired, { body: { id: "1" } }, { body: { id: "1" } });
    await Promise.all([renewing.getSession("1"), renewing.getSession("1")]);
    assert.equal(renewals, 1);
    assert.deepEqual(service.requests.map(({ headers }) => headers.authorization.at(-1)), ["d", "d", "w", "w"]);
});

test("An application without a new token is not asked over and over", async () => {
    let asked = 0;
    const stuck = client({ onTokenExpired: () => void (asked += 1) });
    for (let call = 0; call < 3; call += 1) {
        service.reply({ status: 401, body: { title: "Unauthorized" } });
        await assert.rejects(stuck.getSession("1"), web.UnauthorizedError);
    }
    assert.equal(asked, 1);
    await assert.rejects(client({ getToken: () => null }).getSession("1"), web.UnauthorizedError);
    await assert.rejects(client({ getToken: () => Promise.reject(new Error("no")) }).getSession("1", { retries: 0 }), web.NetworkError);
});

test("Another user's token is not sent", async () => {
    let token = tokenOf("42");
    const mine = client({ getToken: () => token }).as("42");
    service.reply({ body: {} });
    await mine.getSession("1");
    token = tokenOf("43");
    await assert.rejects(mine.getSession("1"), web.UserChangedError);
    assert.equal(service.requests.length, 1);
});

test("What the headers say: version, replay, durability, write", async () => {
    service.reply({ status: 201, body: { message: { id: "m" } }, headers: { ETag: '"v8"', "Idempotent-Replayed": "true", "Write-Id": "0-1-0", "Preference-Applied": "durability=durable" } });
    let answer;
    const messages = await client().addMessages("1", { role: "user", content: "x" }, { durable: true, wait: 9, onAnswer: (given) => { answer = given; } });
    assert.deepEqual(messages, [{ id: "m" }]);
    assert.deepEqual(answer, { status: 201, etag: '"v8"', version: 8, writeId: "0-1-0", replayed: true, durable: true, requestId: null });
    assert.equal(service.requests[0].headers.prefer, "durability=durable, wait=9");
});

test("Events: data that is no object, and a stream that is none", async () => {
    service.reply({ type: "text/event-stream", body: "retry: 70\n\nevent: state\ndata: {\"version\":1}\n\nevent: odd\ndata: 7\n\ndata: {\n\n" });
    const events = [];
    for await (const event of client().events("1")) events.push(event);
    assert.deepEqual(events, [{ type: "state", data: { version: 1 }, retry: 70 }]);
    service.reply({ body: {} }, { status: 404, body: { title: "Not Found" } }, "silence");
    await assert.rejects(client().events("1").next(), web.NetworkError);
    await assert.rejects(client().events("1").next(), web.NotFoundError);
    await assert.rejects(client().events("1", { silence: 50 }).next(), web.TimeoutError);
});

test("While somebody is asked for a token no time runs out", async () => {
    let token = tokenOf("42", "old");
    const waiting = () => new Promise((resolve) => setTimeout(resolve, 1_200, tokenOf("42", "new")));
    const asking = client({ getToken: () => token, onTokenExpired: waiting, attemptTimeout: 500, retries: 0 });
    service.reply({ status: 401, body: { title: "Unauthorized" } }, { body: { id: "1" } });
    assert.deepEqual(await asking.getSession("1"), { id: "1" });
    token = null;
    service.reply("silence");
    await assert.rejects(asking.getSession("1"), web.TimeoutError);
});

test("While somebody is asked, a token that came by another way is taken", async () => {
    let token = tokenOf("42", "old");
    const asking = client({ getToken: () => token, onTokenExpired: () => new Promise(() => undefined) });
    service.reply({ status: 401, body: { title: "Unauthorized" } }, { body: { id: "1" } });
    setTimeout(() => { token = tokenOf("42", "new"); }, 20);
    assert.deepEqual(await asking.getSession("1"), { id: "1" });
    assert.equal(service.requests.at(-1).headers.authorization.at(-1), "w");
});

test("Nobody looks for a token after the request that needed it has ended", async () => {
    let asked = 0;
    const getToken = () => { asked += 1; return tokenOf("42", "old"); };
    const asking = client({ getToken, onTokenExpired: () => new Promise(() => undefined), retries: 0 });
    service.reply(...Array(3).fill({ status: 401, body: { title: "Unauthorized" } }));
    const over = new AbortController();
    const requests = [1, 2, 3].map((id) => asking.getSession(id, { signal: over.signal }));
    await until(() => service.requests.length === 3);
    over.abort();
    for (const request of requests) await assert.rejects(request);
    const before = asked;
    await new Promise((resolve) => setTimeout(resolve, 2_200)); // they look every 2 s
    assert.equal(asked, before);
});
