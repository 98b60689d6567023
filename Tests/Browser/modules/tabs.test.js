import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as web from "../../../Sources/SessionWeb/index.js";
import { withLock } from "../../../Sources/SessionWeb/tabs/locks.js";
import { install } from "./support/locks.js";
import { needsService, person, until } from "./support/stack.js";

before(install);
const contents = (state) => state.messages.map(({ content }) => content);

/** Two tabs of one browser, showing one session. */
async function twoTabs(t, options) {
    const her = await person(t);
    const [one, two] = [her.open(options), her.open(options)];
    await Promise.all([one.recoverSession(), two.recoverSession()]);
    await until(() => one.state.isLeader || two.state.isLeader);
    return { her, one, two, leader: one.state.isLeader ? one : two, other: one.state.isLeader ? two : one };
}

test("Two tabs that start together recover one session, and one of them leads", needsService, async (t) => {
    const { her, one, two } = await twoTabs(t);
    assert.equal(one.state.currentSession.id, two.state.currentSession.id);
    assert.equal((await her.direct.listSessions()).total, 1);
    assert.deepEqual([one.state.isLeader, two.state.isLeader].sort(), [false, true]);
    await until(() => one.state.live && two.state.live);
});

test("A message in one tab is in the other, at once and once, whichever leads", needsService, async (t) => {
    const { her, one, two } = await twoTabs(t);
    for (let number = 0; number < 10; number += 1) {
        const [from, to] = number % 2 ? [one, two] : [two, one];
        await from.addMessage(String(number));
        await until(() => contents(to.state).includes(String(number)), "in the other tab", 1_000);
    }
    const all = Array.from({ length: 10 }, (_, number) => String(number));
    await until(() => [one, two].every(({ state }) => state.unsent === 0 && state.messages.every(({ pending }) => !pending)));
    for (const { state } of [one, two]) assert.deepEqual(contents(state), all);
    assert.deepEqual((await her.direct.listMessages(one.state.currentSession.id)).messages.map(({ content }) => content), all);
    for (const { state } of [one, two]) assert.equal(state.results.length, 10);
});

test("A tab that comes later, or loads anew, leaves the leading tab live", needsService, async (t) => {
    const { her, leader, other } = await twoTabs(t);
    await until(() => leader.state.live && other.state.live);
    await other.loadSession();
    const third = her.open();
    await third.recoverSession();
    await until(() => third.state.live);
    assert.ok(leader.state.live && other.state.live);
});

test("A tab that may not lead is live as long as another leads, and then asks by itself", needsService, async (t) => {
    const her = await person(t);
    const leading = her.open();
    const { id } = await leading.recoverSession();
    const other = her.open({ leader: false, pollInterval: 200 });
    await other.recoverSession();
    await until(() => leading.state.live && other.state.live);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    assert.ok(other.state.live);
    leading.close();
    await until(() => !other.state.live, "it knows that nobody leads", 2_000);
    await her.direct.addMessages(id, { role: "assistant", content: "afterwards" });
    await until(() => contents(other.state).includes("afterwards"), "asked", 2_000);
});

test("What another device does reaches the tab that doesn't lead", needsService, async (t) => {
    const { her, leader, other } = await twoTabs(t);
    await until(() => leader.state.live && other.state.live);
    const { id } = other.state.currentSession;
    await her.direct.addMessages(id, { role: "assistant", content: "hello" });
    await until(() => contents(other.state).includes("hello"), "message", 1_000);
    await her.direct.patchMetadata(id, { a: 1 });
    await until(() => other.getSessionMetadata("a") === 1, "metadata", 1_000);
    await her.direct.createMission({ name: "M" }, { session_id: id });
    await until(() => other.state.mission?.name === "M", "mission", 1_000);
});

test("Two tabs change different keys, and different keys within one: all stay", needsService, async (t) => {
    const { her, one, two } = await twoTabs(t, { newSession: { session_metadata: { panel: { x: 0, y: 0 } } } });
    await Promise.all([
        one.setSessionMetadata("one", 1, { important: true }),
        two.setSessionMetadata("two", 2, { important: true }),
        one.setSessionMetadata("panel", { x: 1, y: 0 }, { important: true }),
    ]);
    await two.setSessionMetadata("panel", { ...two.getSessionMetadata("panel"), y: 1 }, { important: true });
    assert.ok(await one.saveSessionState());
    assert.ok(await two.saveSessionState());
    const all = { panel: { x: 1, y: 1 }, one: 1, two: 2 };
    assert.deepEqual((await her.direct.getSession(one.state.currentSession.id)).session_metadata, all);
    await until(() => [one, two].every(({ state }) => Object.keys(state.currentSession.session_metadata).length === 3));
});

test("The leading tab is closed with work left: the other takes over", needsService, async (t) => {
    const { her, leader, other } = await twoTabs(t);
    her.gate.shut();
    await leader.addMessage("from the leader");
    await other.addMessage("from the other");
    await until(() => other.state.unsent === 2);
    assert.deepEqual(contents(other.state), ["from the leader", "from the other"]);
    leader.close();
    her.gate.open();
    await until(() => other.state.isLeader && other.state.unsent === 0 && other.state.live);
    assert.deepEqual((await her.direct.listMessages(other.state.currentSession.id)).messages.map(({ content }) => content), ["from the leader", "from the other"]);
});

test("Without Web Locks both tabs send everything, and the service has it once", needsService, async (t) => {
    const { locks } = globalThis.navigator;
    t.after(() => { globalThis.navigator.locks = locks; });
    globalThis.navigator.locks = undefined;
    const her = await person(t);
    const [one, two] = [her.open(), her.open()];
    const { id } = await one.recoverSession();
    await two.recoverSession();
    await until(() => one.state.isLeader && two.state.isLeader);
    her.gate.shut();
    for (let number = 0; number < 10; number += 1) await (number % 2 ? one : two).addMessage(String(number));
    await until(() => one.state.unsent === 10 && two.state.unsent === 10);
    her.gate.open();
    await until(() => one.state.unsent === 0 && two.state.unsent === 0, "sent", 20_000);
    assert.deepEqual((await her.direct.listMessages(id)).messages.map(({ content }) => content), Array.from({ length: 10 }, (_, number) => String(number)));
});

test("Activity in both tabs is one call", needsService, async (t) => {
    const her = await person(t);
    let calls = 0;
    const spy = (url, init) => {
        if (String(url).endsWith("/activity")) calls += 1;
        return fetch(url, init);
    };
    const tabs = [her.open({ client: { fetch: spy } }), her.open({ client: { fetch: spy } })];
    for (const tab of tabs) await tab.recoverSession();
    await until(() => tabs.some(({ state }) => state.isLeader));
    for (let count = 0; count < 50; count += 1) for (const tab of tabs) tab.updateActivity();
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(calls, 1);
});

test("Tabs with different sessions: each is live, and one sends for both", needsService, async (t) => {
    const { her, one, two } = await twoTabs(t);
    await two.initializeSession({ name: "second" });
    await until(() => one.state.isLeader && two.state.isLeader && one.state.live && two.state.live);
    await one.addMessage("in the first");
    await two.addMessage("in the second");
    await until(() => [one, two].every(({ state }) => state.unsent === 0 && state.messages.length === 1 && !state.messages[0].pending));
    await her.direct.addMessages(two.state.currentSession.id, { role: "tool", content: "more" });
    await until(() => two.state.messages.length === 2, "live", 1_000);
    assert.deepEqual(contents(one.state), ["in the first"]);
});

test("Logging out in one tab logs out the other", needsService, async (t) => {
    const her = await person(t);
    const left = [];
    const tabs = [0, 1].map((number) => web.attach({
        baseUrl: `${her.gate.url}/api`, store: her.store, getToken: () => her.token, onLogout: (how) => left.push([number, how.elsewhere]),
    }));
    t.after(() => tabs.forEach(({ context }) => context.close()));
    for (const tab of tabs) await tab.login();
    await tabs[1].context.setSessionMetadata("draft", "x");
    await tabs[0].logout();
    await until(() => left.length === 2);
    assert.deepEqual(left.sort(), [[0, false], [1, true]]);
    assert.equal(tabs[1].context.state.userId, null);
    assert.equal(await her.direct.getActiveSession(), null);
    assert.equal(await her.store.value(her.user, "current"), undefined);
});

test("What one tab's logout discards no other tab counts as unsent", needsService, async (t) => {
    const her = await person(t);
    const left = [];
    const tabs = [0, 1].map(() => web.attach({
        baseUrl: `${her.gate.url}/api`, store: her.store, getToken: () => her.token, onLogout: (how) => left.push(how),
    }));
    t.after(() => tabs.forEach(({ context }) => context.close()));
    for (const tab of tabs) await tab.login();
    her.gate.shut();
    await tabs[0].context.addMessage("never said");
    await until(() => tabs[1].context.state.unsent === 1);
    await tabs[0].logout({ complete: false, discard: true, timeout: 100 });
    await until(() => left.length === 2);
    for (const how of left) assert.equal(how.unsent, 0);
});

test("Where the browser refuses Web Locks a tab leads, and is alone", needsService, async (t) => {
    const { locks } = navigator;
    navigator.locks = { request: async () => { throw new DOMException("Access to the Locks API is denied.", "SecurityError"); } };
    t.after(() => { navigator.locks = locks; });
    const her = await person(t);
    const context = her.open({ store: new web.MemoryStore() });
    await context.recoverSession();
    await until(() => context.state.isLeader && context.state.live);
    await context.addMessage("hello");
    await until(() => context.state.unsent === 0);
});

test("What a lock is held for fails by itself, and isn't done twice", async () => {
    let done = 0;
    const work = async () => { done += 1; throw new DOMException("its own", "SecurityError"); };
    await assert.rejects(withLock("failing", {}, work), /its own/);
    assert.equal(done, 1);
});

test("A refused text stays kept when another tab, which doesn't know of it yet, dismisses something", needsService, async (t) => {
    const her = await person(t);
    const [one, two] = [her.open(), her.open()];
    await one.recoverSession();
    const { id } = one.state.currentSession;
    await one.addMessage("first");
    await until(() => one.state.unsent === 0);
    const refused = (key) => ({ key, outcome: "refused", kind: "message", sessionId: id, body: { content: key }, at: 1 });
    await her.store.setValue(her.user, "results", [refused("trifle")]);
    await two.recoverSession();
    await her.store.setValue(her.user, "results", [refused("trifle"), refused("typed")]);
    await Promise.all([two.dismissResult("trifle"), two.dismissResult("never there")]);
    assert.deepEqual((await her.store.value(her.user, "results")).map(({ key }) => key), ["typed"]);
});
