import assert from "node:assert/strict";
import { before, test } from "node:test";
import { needsService, person, until } from "./support/stack.js";

/** As much of a page as `watchPage` listens to. Real interaction is tested in a real browser: no script can make it. */
before(() => {
    globalThis.window = new EventTarget();
    globalThis.document = Object.assign(new EventTarget(), { visibilityState: "visible" });
});

function show(visibilityState) {
    document.visibilityState = visibilityState;
    document.dispatchEvent(new Event("visibilitychange"));
}

async function page(t, { answers = true } = {}) {
    const her = await person(t);
    const requests = [];
    const spy = async (url, init) => {
        requests.push({ method: init.method, url: String(url), keepalive: init.keepalive, body: init.body && JSON.parse(init.body) });
        if (!answers && init.keepalive) throw new TypeError("gone");
        return fetch(url, init);
    };
    const context = her.open({ client: { fetch: spy } });
    await context.recoverSession();
    return { her, context, patches: () => requests.filter(({ method }) => method === "PATCH"), requests };
}

test("A page that is hidden, and closed right after, saves what changed in one request that survives it", needsService, async (t) => {
    const { her, context, patches } = await page(t);
    await context.setSessionMetadata("draft", "half a sent");
    const waiting = context.setSessionMetadata("scroll", 7); // not even stored yet
    show("hidden");
    window.dispatchEvent(new Event("pagehide"));
    await waiting;
    await until(() => patches().length > 0);
    assert.deepEqual(patches().map(({ keepalive, body }) => [keepalive, body]), [[true, { session_metadata: { draft: "half a sent", scroll: 7 } }]]);
    await until(async () => (await her.direct.getSession(context.state.currentSession.id)).session_metadata.scroll === 7);
    await until(() => context.state.savedAt !== null);
    show("visible");
    show("hidden");
    assert.equal(patches().length, 1, "nothing is left to save");
    show("visible");
});

test("What is taken back while it is saved is taken back at the service, too", needsService, async (t) => {
    const her = await person(t);
    let answer;
    const held = new Promise((resolve) => { answer = resolve; });
    const slow = async (url, init) => {
        const response = await fetch(url, init);
        if (init.keepalive) await held;
        return response;
    };
    const context = her.open({ client: { fetch: slow } });
    const { id } = await context.recoverSession();
    const draft = async () => (await her.direct.getSession(id)).session_metadata.draft;
    await context.setSessionMetadata("draft", "h");
    show("hidden");
    await until(async () => (await draft()) === "h");
    show("visible");
    await context.setSessionMetadata("draft", null);
    answer();
    await until(() => context.state.savedAt !== null);
    await context.saveSessionState();
    assert.deepEqual([await draft(), context.getSessionMetadata("draft")], [undefined, undefined]);
});

test("What browsers don't take with keepalive is sent without", needsService, async (t) => {
    const { context, patches } = await page(t);
    await context.setSessionMetadata("notes", "x".repeat(61 * 1024));
    show("hidden");
    await until(() => patches().length === 1 && context.state.unsent === 0);
    assert.equal(patches()[0].keepalive, false);
    show("visible");
});

test("Where that request fails, the outbox sends it", needsService, async (t) => {
    const { her, context } = await page(t, { answers: false });
    await context.setSessionMetadata("draft", "typed");
    show("hidden");
    await until(() => context.state.unsent === 0);
    assert.deepEqual((await her.direct.getSession(context.state.currentSession.id)).session_metadata, { draft: "typed" });
    show("visible");
});

test("What is late, and others may have changed, is left to the outbox", needsService, async (t) => {
    const { her, context, requests } = await page(t);
    const { id } = context.state.currentSession;
    her.gate.shut();
    await context.setSessionMetadata("draft", "yesterday's");
    await her.direct.patchMetadata(id, { draft: "today's" });
    const now = Date.now;
    t.mock.method(Date, "now", () => now() + 60_000);
    her.gate.open();
    show("hidden");
    await until(() => context.state.unsent === 0);
    assert.equal((await her.direct.getSession(id)).session_metadata.draft, "today's");
    assert.equal(context.state.results.at(-1).outcome, "conflict");
    assert.ok(!requests.some(({ keepalive }) => keepalive));
    show("visible");
});

test("A hidden page does not ask; one that is looked at again does, at once", needsService, async (t) => {
    const her = await person(t);
    const context = her.open({ events: false, pollInterval: 50 });
    const { id } = await context.recoverSession();
    show("hidden");
    await new Promise((resolve) => setTimeout(resolve, 200));
    await her.direct.addMessages(id, { role: "assistant", content: "while away" });
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(context.state.messages.length, 0);
    show("visible");
    await until(() => context.state.messages.length === 1, "asked", 1_000);
});

test("Scripted events are no activity", needsService, async (t) => {
    const { context, requests } = await page(t);
    await until(() => context.state.isLeader);
    for (const type of ["pointerdown", "keydown", "wheel", "focus"]) window.dispatchEvent(new Event(type));
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(!requests.some(({ url }) => url.endsWith("/activity")));
});
