import assert from "node:assert/strict";
import { test } from "node:test";
import * as web from "../../../Sources/SessionWeb/index.js";
import { deliver, isLate } from "../../../Sources/SessionWeb/outbox/deliver.js";
import { Outbox } from "../../../Sources/SessionWeb/outbox/Outbox.js";
import { Sender } from "../../../Sources/SessionWeb/outbox/Sender.js";
import { until } from "./support/stack.js";

function outbox(store = new web.MemoryStore(), user = "42") {
    return new Outbox({ store, user, prefix: "test", changed: () => undefined, recorded: () => undefined });
}

/** A sender that writes down what it delivers. */
function sending(box, deliverOne) {
    const sent = [];
    const reports = [];
    const sender = new Sender({
        outbox: box,
        deliver: async (operation) => {
            sent.push(operation);
            return deliverOne(operation, sent.length);
        },
        delivered: async (operation, outcome) => void reports.push(outcome.outcome),
        report: ({ error }) => { if (error) reports.push(error.name); },
    });
    return { sender, sent, reports };
}

test("It is full at 1,000 operations, says so, and takes more once some are gone", async () => {
    const box = outbox();
    for (let number = 0; number < 1_000; number += 1) await box.record("message", "s", { id: String(number) });
    await assert.rejects(box.record("message", "s", { id: "more" }), web.OutboxFullError);
    await assert.rejects(box.recordMetadata("s", "key", undefined, 1, 0), web.OutboxFullError);
    await box.settle(box.operations[0]);
    await box.record("message", "s", { id: "more" });
    assert.equal(box.operations.length, 1_000);
});

test("Full, it still takes what goes into a change that is there, and no more of that than it has room for", async () => {
    const box = outbox();
    for (let number = 0; number < 999; number += 1) await box.record("message", "s", { id: String(number) });
    await box.recordMetadata("s", "draft", undefined, "h", 0);
    const typed = ["he", "hel"].map((draft, index) => box.recordMetadata("s", "draft", ["h", "he"][index], draft, 0));
    await Promise.all(typed);
    assert.deepEqual([box.operations.length, box.operations.at(-1).body], [1_000, { draft: "hel" }]);
    await assert.rejects(box.recordMetadata("other", "draft", undefined, "h", 0), web.OutboxFullError);

    const heavy = outbox();
    const text = "x".repeat(1024 * 1024);
    for (let number = 0; number < 7; number += 1) await heavy.recordMetadata("s", `key ${number}`, undefined, text, 0);
    await assert.rejects(heavy.recordMetadata("s", "key 7", undefined, text, 0), web.OutboxFullError);
    await heavy.recordMetadata("s", "key 6", text, `${text} more`, 0);
    assert.equal(heavy.operations.length, 1);
    const growing = outbox();
    const half = { a: "x".repeat(5 * 1024 * 1024) };
    await growing.recordMetadata("s", "document", undefined, half, 0);
    await assert.rejects(growing.recordMetadata("s", "document", half, { ...half, b: half.a }, 0), web.OutboxFullError);
});

test("What is taken back after it was sealed is taken back by a change of its own", async () => {
    const box = outbox();
    await box.recordMetadata("s", "draft", undefined, "h", 50);
    const waiting = box.recordMetadata("s", "draft", "h", "he", 50);
    box.seal();
    await Promise.all([waiting, box.recordMetadata("s", "draft", "he", undefined, 50)]);
    assert.deepEqual(box.operations.map(({ body }) => body.draft), ["he", null]);
});

test("It is full at 8 MiB", async () => {
    const box = outbox();
    const content = "x".repeat(1024 * 1024);
    for (let number = 0; number < 7; number += 1) await box.record("message", "s", { content });
    await assert.rejects(box.record("message", "s", { content }), web.OutboxFullError);
});

test("What was recorded is shown before it is stored, and is there for the next tab once it is", async () => {
    const store = new web.MemoryStore();
    const box = outbox(store);
    const recorded = box.record("message", "s", { id: "1" });
    assert.deepEqual(box.operations.map(({ body }) => body), [{ id: "1" }]);
    await recorded;
    const next = outbox(store);
    await next.refresh();
    assert.deepEqual(next.operations.map(({ body, key }) => [body, key]), box.operations.map(({ body, key }) => [body, key]));
    const others = outbox(store, "43");
    await others.refresh();
    assert.deepEqual(others.operations, []);
});

/** A localStorage, until the test ends. */
function storage(t) {
    const kept = new Map();
    const methods = {
        setItem: (name, text) => kept.set(name, text), getItem: (name) => kept.get(name) ?? null, removeItem: (name) => kept.delete(name),
    };
    const names = { ownKeys: () => [...kept.keys()], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) };
    globalThis.localStorage = new Proxy(methods, names);
    t.after(() => delete globalThis.localStorage);
    return kept;
}

test("What a page left although the store had it isn't sent again, once another tab has sent it", async (t) => {
    const kept = storage(t);
    const store = new web.MemoryStore();
    const closed = outbox(store);
    const added = closed.record("message", "s", { id: "1" });
    closed.leave();
    const left = new Map(kept);
    await added;
    assert.deepEqual([left.size, kept.size], [1, 0]);
    // Its page was closed before it could take that away.
    for (const [name, text] of left) kept.set(name, text);
    const open = outbox(store);
    await open.refresh();
    await open.settle(open.operations[0]);
    await open.open();
    assert.deepEqual(open.operations, []);
});

test("What a page left is taken over whole, or stays", async (t) => {
    const kept = storage(t);
    const store = new web.MemoryStore();
    const closed = outbox(store);
    await closed.open();
    const add = store.add.bind(store);
    store.add = () => new Promise(() => undefined); // its page is closed before
    for (const content of ["one", "two"]) void closed.record("message", "s", { content });
    await new Promise((resolve) => setImmediate(resolve));
    closed.leave();
    assert.equal(kept.size, 1);

    let places = 1;
    store.add = (operation) => (places-- > 0 ? add(operation) : Promise.reject(new Error("full")));
    await assert.rejects(outbox(store).open(), /full/);
    assert.equal(kept.size, 1, "the second has no other place");
    store.add = add;
    const opened = outbox(store);
    await opened.open();
    assert.deepEqual(opened.operations.map(({ body }) => body.content), ["one", "two"]);
    assert.equal(kept.size, 0);
});

test("What was saved by another way stays where a request that is under way may undo it", async () => {
    const box = outbox();
    await box.recordMetadata("s", "draft", undefined, "hel", Date.now() + 60_000);
    const sent = await box.claim(box.operations[0].position);
    await box.recordMetadata("s", "draft", "hel", "hello", Date.now() + 60_000);
    const seen = box.operations;
    await box.settleSaved(seen);
    assert.deepEqual(box.operations.map(({ body }) => body.draft), ["hel", "hello"]);
    assert.ok(box.operations.every(({ due }) => due <= Date.now()), "it is sent soon");
    await box.settle(sent);
    await box.settleSaved(seen);
    assert.deepEqual(box.operations.map(({ body }) => body.draft), ["hello"], "nobody knows which arrived last");
    await box.settleSaved(box.operations);
    assert.deepEqual(box.operations, []);
});

test("A store that fails rejects, and shows nothing that is not kept", async () => {
    const store = new web.MemoryStore();
    store.add = () => Promise.reject(new Error("disk full"));
    const box = outbox(store);
    await assert.rejects(box.record("message", "s", { id: "1" }), /disk full/);
    assert.deepEqual(box.operations, []);
});

test("Metadata becomes one patch against what was there first, until it is sent first", async () => {
    const box = outbox();
    await box.recordMetadata("s", "panel", { x: 1 }, undefined, 50);
    await box.recordMetadata("s", "panel", undefined, { y: 2 }, 40);
    await box.recordMetadata("s", "draft", undefined, "a", 60);
    assert.deepEqual(box.operations.map(({ body, base, due }) => [body, base, due]), [[{ panel: { x: null, y: 2 }, draft: "a" }, { panel: { x: 1 }, draft: undefined }, 40]]);
    await box.claim(box.operations[0].position);
    await box.recordMetadata("s", "draft", "a", "b", 60);
    assert.deepEqual(box.operations.map(({ body }) => body), [{ panel: { x: null, y: 2 }, draft: "a" }, { draft: "b" }]);
});

test("Each session's operations are sent in order, up to what is due", async () => {
    const box = outbox();
    const later = Date.now() + 60_000;
    await box.recordMetadata("a", "k", undefined, 1, later);
    await box.record("message", "a", { id: "1" });
    await box.recordMetadata("b", "k", undefined, 2, later);
    const { sender, sent } = sending(box, () => ({ outcome: "applied" }));
    sender.lead(true);
    await until(() => box.operations.length === 1);
    assert.deepEqual(sent.map(({ sessionId, kind }) => [sessionId, kind]), [["a", "metadata"], ["a", "message"]]);
    sender.lead(false);
});

test("A temporary failure stops everything behind it; a refusal does not; a 500 that stays is one", async (t) => {
    t.mock.method(Math, "random", () => 0);
    const box = outbox();
    for (const id of ["1", "2", "3"]) await box.record("message", "s", { id });
    const { sender, sent, reports } = sending(box, ({ body }, attempt) => {
        if (attempt <= 3) throw new web.UnavailableError({ status: 503 });
        if (body.id === "1") return { outcome: "refused" };
        if (body.id === "2") throw new web.SessionError({ status: 500 });
        return { outcome: "applied" };
    });
    sender.lead(true);
    await until(() => box.operations.length === 0);
    sender.lead(false);
    assert.deepEqual(sent.map(({ body }) => body.id), ["1", "1", "1", "1", ...Array(10).fill("2"), "3"]);
    assert.equal(new Set(sent.slice(0, 4).map(({ key }) => key)).size, 1);
    assert.deepEqual(reports, [...Array(3).fill("UnavailableError"), "refused", ...Array(9).fill("SessionError"), "refused", "applied"]);
});

test("A key that the service may have forgotten: the message is looked for before it is sent again", async () => {
    const asked = [];
    const present = [{ id: "m", sequence_order: 3 }];
    const client = {
        listMessages: async (_, { before }) => (asked.push(before), before === 900 ? { messages: present, has_more: true } : { messages: [{ id: "x", sequence_order: 900 }], has_more: true }),
        addMessages: async () => [{ id: "sent" }],
    };
    const operation = { kind: "message", sessionId: "s", key: "k", body: { id: "m" }, sentAt: Date.now() - 24 * 3600 * 1000 };
    assert.deepEqual(await deliver(operation, client), { outcome: "already-applied", message: present[0] });
    assert.deepEqual(asked, [undefined, 900]);
    assert.equal((await deliver({ ...operation, body: { id: "other" } }, client)).message.id, "sent");
    assert.equal(asked.length, 2 + 4, "bounded");
    assert.equal((await deliver({ ...operation, sentAt: Date.now() - 1000 }, client)).message.id, "sent");
});

test("A late patch in a chat whose version changes all the time gets through", async () => {
    let patches = 0;
    const session = { version: 1, session_metadata: { theirs: 1 } };
    const client = {
        getSession: async () => ({ ...session, chat: {}, mission: null }),
        patchMetadata: async (_, patch, { ifMatch }) => {
            patches += 1;
            if (ifMatch !== undefined) throw new web.PreconditionFailedError({ status: 412 });
            return { ...session, session_metadata: patch };
        },
    };
    const operation = { kind: "metadata", sessionId: "s", body: { mine: 1 }, base: { mine: undefined }, due: Date.now() - 60_000 };
    assert.equal((await deliver(operation, client)).outcome, "applied");
    assert.equal(patches, 4);
});

test("Two tabs change one key in turn: the newest is shown, and sent last", async () => {
    const store = new web.MemoryStore();
    const [one, other] = [outbox(store), outbox(store)];
    const later = Date.now() + 60_000;
    await one.recordMetadata("s", "draft", undefined, "A1", later);
    await other.recordMetadata("s", "draft", "A1", "B1", later);
    await one.refresh(); // so it is told
    await one.recordMetadata("s", "draft", "B1", "A2", later);
    await one.recordMetadata("s", "draft", "A2", "A3", later);
    await one.recordMetadata("s", "panel", undefined, 1, later);
    assert.deepEqual(one.operations.map(({ body }) => body), [{ draft: "A1" }, { draft: "B1" }, { draft: "A3", panel: 1 }]);
});

test("A clock that is set back holds nothing up", async (t) => {
    const box = outbox();
    const now = Date.now();
    t.mock.method(Date, "now", () => now + 3_600_000);
    await box.recordMetadata("s", "k", undefined, 1, Date.now() + 30_000);
    await box.record("message", "s", { id: "1" });
    Date.now.mock.restore();
    const { operation } = await box.next();
    assert.deepEqual([operation.kind, isLate(operation)], ["metadata", true]);
    await box.settle(box.operations[0]);
    assert.equal((await box.next()).operation.kind, "message");
});

test("A chat that is full refuses its message; a quota that is free again soon is waited for", async () => {
    const error = (retryAfter) => new web.QuotaError({ status: 429 }, { retryAfter });
    const operation = { kind: "message", sessionId: "s", key: "k", body: { id: "1" } };
    const client = (retryAfter) => ({ addMessages: () => Promise.reject(error(retryAfter)) });
    assert.equal((await deliver(operation, client(3_600))).outcome, "refused");
    await assert.rejects(deliver(operation, client(60)), web.QuotaError);
});
