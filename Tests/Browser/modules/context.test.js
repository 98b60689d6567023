import assert from "node:assert/strict";
import { test } from "node:test";
import * as web from "../../../Sources/SessionWeb/index.js";
import { follow } from "../../../Sources/SessionWeb/events/follow.js";
import { needsService, person, token, until } from "./support/stack.js";

const contents = (state) => state.messages.map(({ content }) => content);
const sequence = (state) => state.messages.map(({ sequence_order }) => sequence_order);

test("Recovery creates where there is none, and continues from then on", needsService, async (t) => {
    const her = await person(t);
    const first = await her.open({ newSession: { name: "Mine" } }).recoverSession();
    assert.equal(first.name, "Mine");
    assert.equal((await her.open().recoverSession()).id, first.id, "the stored one");
    const elsewhere = her.open({ store: new web.MemoryStore() });
    assert.equal((await elsewhere.recoverSession()).id, first.id, "the active one");
    assert.equal((await her.direct.listSessions()).total, 1);
});

test("Recovery goes on to the active session when the stored one is completed, archived or deleted", needsService, async (t) => {
    for (const end of ["completeSession", "archiveSession", "deleteSession"]) {
        const her = await person(t);
        const { user_session: active } = await her.direct.createSession({ name: "active" });
        const context = her.open();
        const ended = await context.initializeSession({ name: "ended" });
        context.close();
        await her.direct[end](ended.id);
        assert.equal((await her.open().recoverSession()).id, active.id, end);
    }
});

test("A failed recovery creates nothing, shows what is kept, and goes on trying", needsService, async (t) => {
    const her = await person(t);
    const before = her.open();
    const session = await before.recoverSession();
    await before.addMessage("kept");
    await until(() => before.state.unsent === 0 && before.state.messages.length === 1);
    before.close();
    her.gate.shut();
    const context = her.open();
    assert.equal((await context.recoverSession()).id, session.id);
    assert.deepEqual(contents(context.state), ["kept"]);
    assert.equal(context.state.connection, "offline");
    assert.ok(context.state.sessionError instanceof web.NetworkError);
    her.gate.open();
    await until(() => context.state.connection === "online" && context.state.live);
    assert.equal(context.state.sessionError, null);
    assert.equal((await her.direct.listSessions()).total, 1);
});

test("A browser without anything kept, and no service: nothing to do but wait", needsService, async (t) => {
    const her = await person(t);
    her.gate.shut();
    const context = her.open();
    assert.equal(await context.recoverSession(), null);
    await assert.rejects(context.addMessage("x"), web.NoSessionError);
    her.gate.open();
    await until(() => context.state.currentSession !== null);
    assert.equal((await her.direct.listSessions()).total, 1);
});

test("Ten messages typed while the server is away, the browser closed and opened: all ten there, once, in order", needsService, async (t) => {
    const her = await person(t);
    const before = her.open();
    const { id } = await before.recoverSession();
    her.gate.shut();
    const typed = Array.from({ length: 10 }, (_, number) => `message ${number} 😀`);
    for (const text of typed) await before.addMessage(text);
    assert.deepEqual(contents(before.state), typed);
    assert.ok(before.state.messages.every(({ pending }) => pending));
    before.close();
    const after = her.open();
    await after.recoverSession();
    assert.deepEqual(contents(after.state), typed);
    assert.equal(after.state.unsent, 10);
    her.gate.open();
    await until(() => after.state.unsent === 0);
    const { messages } = await her.direct.listMessages(id);
    assert.deepEqual(messages.map(({ content }) => content), typed);
    await until(() => sequence(after.state).every(Boolean));
    assert.deepEqual(contents(after.state), typed);
    assert.deepEqual(after.state.results.map(({ outcome }) => outcome), typed.map(() => "applied"));
});

test("Answers that are lost: each message once, and it is known that it was there already", needsService, async (t) => {
    const her = await person(t);
    const context = her.open({ events: false });
    const { id } = await context.recoverSession();
    for (let number = 0; number < 5; number += 1) {
        her.gate.loseAnswers(1, "POST");
        await context.addMessage(`message ${number}`);
        await until(() => context.state.unsent === 0);
    }
    const { messages } = await her.direct.listMessages(id);
    assert.deepEqual(messages.map(({ content }) => content), [0, 1, 2, 3, 4].map((number) => `message ${number}`));
    assert.equal(context.state.results.filter(({ outcome }) => outcome === "already-applied").length, 5);
});

test("A message of another device comes within a second, and so do metadata, status and missions", needsService, async (t) => {
    const her = await person(t);
    const context = her.open();
    const { id } = await context.recoverSession();
    await until(() => context.state.live);
    await her.direct.addMessages(id, [{ role: "assistant", content: "one" }, { role: "assistant", content: "two" }]);
    await until(() => context.state.messages.length === 2, "messages", 1_000);
    await her.direct.patchMetadata(id, { panel: "chat" });
    await until(() => context.getSessionMetadata("panel") === "chat", "metadata", 1_000);
    const mission = await her.direct.createMission({ name: "Find out" }, { session_id: id });
    await until(() => context.state.mission?.id === mission.id, "mission", 1_000);
    await her.direct.createHop(mission.id, { name: "Search" });
    await until(() => context.state.mission?.hops.length === 1, "hop", 1_000);
    await her.direct.completeSession(id);
    await until(() => context.state.currentSession.status === "completed", "status", 1_000);
    await until(() => context.state.flushedVersion === context.state.currentSession.version, "flushed", 2_000);
});

test("What was missed while the connection was broken is fetched, in pages", needsService, async (t) => {
    const her = await person(t);
    const context = her.open();
    const { id } = await context.recoverSession();
    await until(() => context.state.live);
    her.gate.shut();
    for (let batch = 0; batch < 7; batch += 1) {
        await her.direct.addMessages(id, Array.from({ length: 100 }, (_, number) => ({ role: "tool", content: String(batch * 100 + number) })));
    }
    her.gate.open();
    await until(() => context.state.messages.length === 700);
    assert.deepEqual(contents(context.state), Array.from({ length: 700 }, (_, number) => String(number)));
});

test("A mission that changed while the connection was broken is fetched, though its session is as it was", needsService, async (t) => {
    const her = await person(t);
    const context = her.open();
    const { id } = await context.recoverSession();
    const mission = await her.direct.createMission({ name: "Find out" }, { session_id: id });
    await until(() => context.state.live && context.state.mission?.id === mission.id);
    her.gate.shut();
    await until(() => !context.state.live, "the break is noticed");
    await her.direct.createHop(mission.id, { name: "Search" });
    her.gate.open();
    await until(() => context.state.mission.hops.length === 1, "the hop");
});

test("Older messages are loaded before those that are shown", needsService, async (t) => {
    const her = await person(t);
    const { user_session: { id } } = await her.direct.createSession();
    await her.direct.addMessages(id, Array.from({ length: 100 }, (_, number) => ({ role: "user", content: String(number) })));
    const context = her.open({ messages: 10 });
    await context.loadSession(id);
    assert.equal(context.state.messages.length, 10);
    assert.ok(context.state.hasOlderMessages);
    await context.loadOlderMessages();
    assert.equal(context.state.messages.length, 100);
    assert.equal(context.state.hasOlderMessages, false);
    assert.deepEqual(sequence(context.state), Array.from({ length: 100 }, (_, number) => number + 1));
});

test("Metadata: only what changed is sent, at once where it is important", needsService, async (t) => {
    const her = await person(t);
    const bodies = [];
    const spy = (url, init) => {
        if (init.method === "PATCH") bodies.push(JSON.parse(init.body));
        return fetch(url, init);
    };
    const context = her.open({ client: { fetch: spy }, newSession: { session_metadata: { keep: 1, gone: 2, panel: { x: 1, y: 2 } } } });
    await context.recoverSession();
    void context.setSessionMetadata("draft", "h");
    void context.setSessionMetadata("draft", "he");
    await context.setSessionMetadata("draft", "hey");
    await context.setSessionMetadata("panel", { x: 1, y: 3 });
    await context.setSessionMetadata("keep", 1);
    assert.deepEqual(context.state.currentSession.session_metadata, { keep: 1, gone: 2, panel: { x: 1, y: 3 }, draft: "hey" });
    assert.equal(bodies.length, 0);
    await context.setSessionMetadata("gone", undefined, { important: true });
    await until(() => context.state.unsent === 0);
    assert.deepEqual(bodies, [{ session_metadata: { draft: "hey", panel: { y: 3 }, gone: null } }]);
    const { session_metadata } = await her.direct.getSession(context.state.currentSession.id);
    assert.deepEqual(session_metadata, { keep: 1, panel: { x: 1, y: 3 }, draft: "hey" });
    assert.ok(Math.abs(context.state.savedAt - Date.now()) < 5_000);
});

test("Metadata is saved by itself after the interval, and what came back to its old value is not", needsService, async (t) => {
    const her = await person(t);
    const context = her.open({ autoSaveInterval: 300 });
    const { id } = await context.recoverSession();
    await context.setSessionMetadata("a", 1);
    await context.setSessionMetadata("a", undefined);
    assert.equal(context.state.unsent, 0);
    await context.setSessionMetadata("b", { deep: [1] });
    assert.equal(context.state.unsent, 1);
    await until(() => context.state.unsent === 0, "saved", 3_000);
    assert.deepEqual((await her.direct.getSession(id)).session_metadata, { b: { deep: [1] } });
});

test("Metadata made offline gives way to what another device did meanwhile, and says so", needsService, async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const her = await person(t);
    const context = her.open({ events: false, autoSaveInterval: 0, newSession: { session_metadata: { theirs: 0, mine: 0 } } });
    const { id } = await context.recoverSession();
    her.gate.shut();
    await context.setSessionMetadata("theirs", 1);
    await context.setSessionMetadata("mine", 1);
    await until(() => context.state.connection === "offline");
    await her.direct.patchMetadata(id, { theirs: 2, other: 3 });
    t.mock.timers.tick(60_000);
    her.gate.open();
    await until(async () => (await context.saveSessionState()) && context.state.unsent === 0);
    assert.deepEqual((await her.direct.getSession(id)).session_metadata, { theirs: 2, mine: 1, other: 3 });
    const conflicts = context.state.results.filter(({ outcome }) => outcome === "conflict");
    assert.deepEqual(conflicts.map(({ kind, server }) => [kind, server]), [["metadata", { theirs: 2 }]]);
    assert.equal(context.getSessionMetadata("theirs"), 2);
    context.close();
    const again = her.open();
    await again.recoverSession();
    assert.equal(again.state.results.length, 1, "kept until it is dismissed");
    await again.dismissResult(conflicts[0].key);
    assert.equal(again.state.results.length, 0);
});

test("A message for a session that was completed meanwhile is a conflict, one that breaks a rule is refused; both are kept", needsService, async (t) => {
    const her = await person(t);
    const context = her.open();
    const { id } = await context.recoverSession();
    await context.addMessage({ content: "bad role", role: "nobody" });
    await until(() => context.state.unsent === 0);
    her.gate.shut();
    await context.addMessage("too late");
    await her.direct.completeSession(id);
    her.gate.open();
    await until(() => context.state.results.length === 2);
    const [refused, conflict] = context.state.results;
    assert.deepEqual([refused.outcome, refused.error.status, refused.body.content], ["refused", 422, "bad role"]);
    assert.deepEqual([conflict.outcome, conflict.server.status, conflict.body.content], ["conflict", "completed", "too late"]);
    await until(() => context.state.currentSession.status === "completed");
});

test("A completion made offline is shown, sent later, and recovery then starts a new session", needsService, async (t) => {
    const her = await person(t);
    const context = her.open();
    const { id } = await context.recoverSession();
    her.gate.shut();
    await context.addMessage("last words");
    await context.completeSession();
    assert.equal(context.state.currentSession.status, "completed");
    context.close();
    her.gate.open();
    const next = await her.open().recoverSession();
    assert.notEqual(next.id, id);
    const whole = await her.direct.getSession(id);
    assert.deepEqual([whole.status, whole.message_count], ["completed", 1]);
});

test("An expired token: a new one is asked for, and nothing is lost", needsService, async (t) => {
    const her = await person(t);
    let current = await token(her.user, 1);
    let renewals = 0;
    const context = her.open({ client: { getToken: () => current, onTokenExpired: async () => { renewals += 1; return (current = her.token); } } });
    const { id } = await context.recoverSession();
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    await context.addMessage("after");
    await until(() => context.state.unsent === 0);
    assert.equal(renewals, 1);
    assert.equal((await her.direct.listMessages(id)).messages.length, 1);
});

test("A login that changes: nothing of the first user is sent with the second's token, and it is sent when he is back", needsService, async (t) => {
    const him = await person(t);
    const her = await person(t);
    let current = him.token;
    const context = him.open({ client: { getToken: () => current } });
    const his = await context.recoverSession();
    him.gate.shut();
    await context.addMessage("his secret");
    await until(() => context.state.connection === "offline");
    current = her.token;
    him.gate.open();
    await until(() => context.state.userId === her.user && context.state.currentSession !== null);
    assert.deepEqual(contents(context.state), []);
    assert.equal(context.state.unsent, 0);
    assert.notEqual(context.state.currentSession.id, his.id);
    assert.equal((await him.direct.listMessages(his.id)).messages.length, 0);
    current = him.token;
    await context.recoverSession();
    await until(() => context.state.unsent === 0 && context.state.messages.length === 1);
    assert.deepEqual((await him.direct.listMessages(his.id)).messages.map(({ content }) => content), ["his secret"]);
    assert.equal((await her.direct.listSessions()).total, 1);
});

test("Leaving sends what is unsent, completes, and clears; what can't be sent stays for the next login", needsService, async (t) => {
    const her = await person(t);
    const context = her.open();
    const { id } = await context.recoverSession();
    await context.setSessionMetadata("draft", "x");
    assert.deepEqual(await context.leave({ complete: true }), { unsent: 0 });
    assert.deepEqual([context.state.userId, context.state.currentSession, context.state.messages.length], [null, null, 0]);
    assert.equal(await her.store.value(her.user, `session:${id}`), undefined);
    const whole = await her.direct.getSession(id);
    assert.deepEqual([whole.status, whole.session_metadata], ["completed", { draft: "x" }]);

    await context.recoverSession();
    her.gate.shut();
    await context.addMessage("unsent");
    assert.deepEqual(await context.leave({ timeout: 500 }), { unsent: 1 });
    assert.equal(await her.store.value(her.user, "current"), undefined);
    assert.equal(context.state.unsent, 0);
    her.gate.open();
    await context.recoverSession();
    await until(() => context.state.unsent === 0 && contents(context.state).includes("unsent"));
});

test("attach: login recovers, logout completes or only detaches", needsService, async (t) => {
    const her = await person(t);
    const calls = [];
    const session = web.attach({
        baseUrl: `${her.gate.url}/api`,
        store: her.store,
        getToken: () => her.token,
        onLogin: (recovered) => calls.push(["in", recovered?.id]),
        onLogout: (left) => calls.push(["out", left]),
    });
    t.after(() => session.context.close());
    const { id } = await session.login();
    await session.logout({ complete: false });
    assert.equal((await session.login()).id, id);
    await session.logout();
    assert.equal(await session.client.getActiveSession(), null);
    const left = { unsent: 0, elsewhere: false };
    assert.deepEqual(calls, [["in", id], ["out", left], ["in", id], ["out", left]]);
});

test("A logout while the login still waits for a token ends the login", needsService, async (t) => {
    const her = await person(t);
    const calls = [];
    let give;
    const session = web.attach({
        baseUrl: `${her.gate.url}/api`,
        store: her.store,
        getToken: () => new Promise((resolve) => { give = () => resolve(her.token); }),
        onLogin: () => calls.push("in"),
        onLogout: () => calls.push("out"),
    });
    t.after(() => session.context.close());
    const login = session.login();
    await until(() => give !== undefined);
    await session.logout();
    give();
    assert.equal(await login, null);
    assert.deepEqual([calls, session.context.state.userId], [["out"], null]);
    assert.equal((await her.direct.listSessions()).total, 0);
});

test("A login that works at the second attempt only hears of another tab's logout as any other", needsService, async (t) => {
    const her = await person(t);
    const left = [];
    let isOffline = true;
    const tabs = [0, 1].map((number) => web.attach({
        baseUrl: `${her.gate.url}/api`,
        store: her.store,
        getToken: () => { if (number === 1 && isOffline) throw new TypeError("offline"); return her.token; },
        onLogout: ({ elsewhere }) => left.push([number, elsewhere]),
    }));
    t.after(() => tabs.forEach(({ context }) => context.close()));
    await tabs[0].login();
    assert.equal(await tabs[1].login(), null);
    isOffline = false;
    await until(() => tabs[1].context.state.currentSession !== null);
    await tabs[0].logout();
    await until(() => left.length === 2);
    assert.deepEqual(left.sort(), [[0, false], [1, true]]);
});

test("A login that another tab's logout overtakes is none", needsService, async (t) => {
    const her = await person(t);
    const calls = [];
    // Unanswered: after a refusal it would show what is kept, and that is a login.
    let isHeld = false;
    const held = (url, init) => !isHeld ? fetch(url, init) : new Promise((_, reject) => {
        init.signal.addEventListener("abort", () => reject(init.signal.reason));
    });
    const tabs = [0, 1].map((number) => web.attach({
        baseUrl: `${her.gate.url}/api`,
        store: her.store,
        fetch: held,
        getToken: () => her.token,
        onLogin: () => calls.push([number, "in"]),
        onLogout: () => calls.push([number, "out"]),
    }));
    t.after(() => tabs.forEach(({ context }) => context.close()));
    await tabs[0].login();
    isHeld = true;
    const login = tabs[1].login();
    await until(() => tabs[1].context.state.userId !== null);
    await tabs[0].logout({ complete: false, timeout: 10 });
    await login;
    await until(() => calls.length === 3);
    assert.deepEqual(calls.filter(([number]) => number === 1), [[1, "out"]]);
});

test("A result that is dismissed as soon as it is seen isn't kept", needsService, async (t) => {
    const her = await person(t);
    const context = her.open();
    const { id } = await context.recoverSession();
    await her.direct.archiveSession(id);
    const dismissed = new Set();
    context.subscribe(({ results }) => {
        for (const { key, outcome } of results) {
            if (outcome !== "conflict" || dismissed.has(key)) continue;
            dismissed.add(key);
            void context.dismissResult(key);
        }
    });
    await context.addMessage("too late");
    await until(() => dismissed.size === 1 && context.state.unsent === 0);
    await context.saveSessionState();
    assert.deepEqual(await her.store.value(her.user, "results"), []);
});

test("What is answered after a logout that discards is not kept", needsService, async (t) => {
    const her = await person(t);
    let refuse;
    const refused = new Promise((resolve) => { refuse = resolve; });
    const headers = { "Content-Type": "application/problem+json" };
    const held = async (url, init) => {
        if (!String(url).endsWith("/messages") || init.method !== "POST") return fetch(url, init);
        await refused;
        return new Response(JSON.stringify({ title: "Refused", status: 422 }), { status: 422, headers });
    };
    const context = her.open({ client: { fetch: held } });
    await context.recoverSession();
    await context.addMessage("never said");
    await until(() => context.state.saving);
    assert.deepEqual(await context.leave({ discard: true, timeout: 50 }), { unsent: 0 });
    refuse();
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(await her.store.value(her.user, "results"), undefined);
});

test("A logout clears and discards also where nothing more can be recorded", needsService, async (t) => {
    const her = await person(t);
    const context = her.open();
    await context.recoverSession();
    her.gate.shut();
    await context.addMessage("unsent");
    her.store.add = () => Promise.reject(new Error("disk full"));
    assert.deepEqual(await context.leave({ complete: true, discard: true, timeout: 100 }), { unsent: 0 });
    assert.deepEqual(await her.store.operations(her.user), []);
    assert.equal(await her.store.value(her.user, "current"), undefined);
});

test("Another user's login is no logout", needsService, async (t) => {
    const [her, him] = [await person(t), await person(t)];
    let who = her;
    const logouts = [];
    const users = new Set();
    const session = web.attach({
        baseUrl: `${her.gate.url}/api`, store: her.store, getToken: () => who.token, onLogout: (left) => logouts.push(left),
    });
    t.after(() => session.context.close());
    await session.login();
    session.context.subscribe(({ userId }) => users.add(userId));
    who = him;
    await session.context.recoverSession();
    assert.equal(session.context.state.userId, him.user);
    assert.deepEqual([...users], [her.user, him.user]);
    assert.deepEqual(logouts, []);
});

test("Switching, starting, deleting; an answer that comes too late is not shown", needsService, async (t) => {
    const her = await person(t);
    const context = her.open();
    const first = await context.recoverSession();
    await context.addMessage("in the first");
    const second = await context.initializeSession({ name: "second" });
    assert.equal(context.state.currentSession.id, second.id);
    assert.deepEqual(contents(context.state), []);
    const slow = context.loadSession(second.id);
    const fast = context.switchToSession(first.id);
    await Promise.all([slow, fast]);
    assert.equal(context.state.currentSession.id, first.id);
    await until(() => contents(context.state).length === 1);
    await context.updateSession({ name: "renamed" });
    assert.equal(context.state.currentSession.name, "renamed");
    await assert.rejects(context.loadSession("00000000-0000-4000-8000-000000000000"), web.NotFoundError);
    assert.equal(context.state.currentSession.id, first.id);
    await context.deleteSession();
    await until(() => context.state.currentSession?.id === second.id);
    await her.direct.deleteSession(second.id);
    await until(() => context.state.currentSession !== null && context.state.currentSession.id !== second.id, "deleted elsewhere");
});

test("A completion whose answer was lost, where events can't be had: it is completed, and shown so", needsService, async (t) => {
    const her = await person(t);
    const context = her.open({ events: false, pollInterval: 60_000 });
    await context.recoverSession();
    her.gate.loseAnswers(1);
    await context.completeSession();
    await until(() => context.state.unsent === 0);
    assert.equal(context.state.results.at(-1).outcome, "already-applied");
    await until(() => context.state.currentSession.status === "completed", "completed", 2_000);
});

test("Activity is told once in an interval", needsService, async (t) => {
    const her = await person(t);
    const context = her.open({ activityInterval: 60_000 });
    const { id, last_activity_at } = await context.recoverSession();
    context.updateActivity();
    await until(() => context.state.currentSession.last_activity_at !== last_activity_at);
    const seen = context.state.currentSession.last_activity_at;
    for (let count = 0; count < 20; count += 1) context.updateActivity();
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal((await her.direct.getSession(id, { touch: false })).last_activity_at, seen);
});

test("What was refused stays until it is dismissed: over what is applied after it, a restart, a logout, another user's login", needsService, async (t) => {
    const her = await person(t);
    const context = her.open();
    await context.recoverSession();
    await context.addMessage({ content: "bad role", role: "nobody" });
    for (let number = 0; number < 60; number += 1) await context.addMessage(String(number));
    await until(() => context.state.unsent === 0);
    const kept = ({ results }) => results.filter(({ outcome }) => outcome === "refused").map(({ body }) => body.content);
    assert.deepEqual(kept(context.state), ["bad role"]);
    assert.equal(context.state.results.length, 51);
    context.close();

    const again = her.open();
    await again.recoverSession();
    assert.deepEqual(kept(again.state), ["bad role"]);
    her.gate.shut();
    await again.addMessage({ content: "at the end", role: "nobody" });
    her.gate.open();
    assert.deepEqual(await again.leave(), { unsent: 2 });
    const other = await person(t);
    her.token = other.token;
    await again.recoverSession();
    assert.deepEqual(kept(again.state), []);
    her.token = await token(her.user);
    await again.recoverSession();
    assert.deepEqual(kept(again.state), ["bad role", "at the end"]);
    await again.leave({ discard: true });
    await again.recoverSession();
    assert.deepEqual(kept(again.state), []);
});

test("What another tab records while this one leaves is not lost", needsService, async (t) => {
    const her = await person(t);
    const context = her.open();
    const { id } = await context.recoverSession();
    const { clear } = her.store;
    her.store.clear = async (...given) => {
        await her.store.add({ user: her.user, sessionId: id, kind: "message", key: "k", body: { id: "5f0c8a52-7b8e-4f0e-9d6a-1c5e3b7d9f01", role: "user", content: "late" }, due: 0, createdAt: 0, bytes: 10 });
        await clear.apply(her.store, given);
    };
    await context.leave();
    her.store.clear = clear;
    await context.recoverSession();
    await until(() => contents(context.state).includes("late") && context.state.unsent === 0);
});

test("Whose tokens they are is the tokens' word; `userId` is for those that say nothing", needsService, async (t) => {
    const her = await person(t);
    const context = her.open({ userId: "ann@example.org" });
    await context.recoverSession();
    await context.addMessage("hers");
    await until(() => context.state.unsent === 0);
    assert.deepEqual([context.state.userId, context.state.sessionError], [her.user, null]);
    context.close();
});

test("A session is resumed, and archived, after what was written before", needsService, async (t) => {
    const her = await person(t);
    const context = her.open();
    const { id } = await context.recoverSession();
    await context.addMessage("the last word");
    await context.completeSession();
    assert.equal((await context.resumeSession()).status, "active");
    await until(() => context.state.unsent === 0);
    assert.equal((await her.direct.getSession(id)).status, "active");
    await context.addMessage("one more");
    await context.setSessionMetadata("draft", "and this");
    assert.equal((await context.archiveSession()).status, "archived");
    await until(() => context.state.unsent === 0);
    assert.deepEqual(context.state.results.filter(({ outcome }) => outcome !== "applied"), []);
    const { status, session_metadata, message_count } = await her.direct.getSession(id);
    assert.deepEqual([status, session_metadata, message_count], ["archived", { draft: "and this" }, 2]);
});

test("What is archived is the session that was shown, and nothing once its user has logged out", needsService, async (t) => {
    const her = await person(t);
    const slow = async (url, init) => {
        if (init.method === "POST" && url.endsWith("/messages")) await new Promise((resolve) => setTimeout(resolve, 300));
        return fetch(url, init);
    };
    const context = her.open({ client: { fetch: slow } });
    const { id } = await context.recoverSession();
    await context.addMessage("slow");
    const archiving = context.archiveSession();
    const other = await context.initializeSession();
    assert.deepEqual([(await archiving).id, (await her.direct.getSession(id)).status], [id, "archived"]);
    assert.equal(context.state.currentSession.id, other.id);
    await context.addMessage("slow, too");
    const late = assert.rejects(context.archiveSession(), web.NoSessionError);
    await context.leave({ timeout: 1 });
    await late;
    assert.equal((await her.direct.getSession(other.id)).status, "active");
});

test("Where events can't be had, a tab that doesn't lead asks by itself", needsService, async (t) => {
    const her = await person(t);
    const context = her.open({ events: false, leader: false, pollInterval: 50 });
    const { id } = await context.recoverSession();
    await her.direct.addMessages(id, { role: "assistant", content: "elsewhere" });
    await until(() => contents(context.state).includes("elsewhere"), "asked", 2_000);
});

test("Where something holds the events back, it asks, and is online", async () => {
    const ended = new AbortController();
    const told = [];
    await follow({
        id: "s", events: true, pollInterval: 10, placeName: "test", signal: ended.signal,
        client: {
            async *events() { throw new web.TimeoutError({ title: "silent" }); },
            getSession: async () => ({ version: 1 }),
        },
        pause: async () => { if (told.length > 4) ended.abort(); },
        heard: () => told.push("heard"), asked: () => told.push("asked"), failed: () => told.push("failed"), live: () => undefined, gone: () => told.push("gone"),
    });
    assert.deepEqual([...new Set(told)], ["asked"]);
});

test("A quota that something else met is over with the next answer", needsService, async (t) => {
    const her = await person(t);
    let refusing = true;
    const once = (url, init) => {
        if (!refusing || !String(url).endsWith("/activity")) return fetch(url, init);
        refusing = false;
        const headers = { "Content-Type": "application/problem+json", "Retry-After": "1" };
        return Promise.resolve(new Response("{}", { status: 429, headers }));
    };
    const context = her.open({ client: { fetch: once }, activityInterval: 10 });
    await context.recoverSession();
    await until(() => context.state.live);
    context.updateActivity();
    await until(() => context.state.sessionError instanceof web.QuotaError);
    await her.direct.patchMetadata(context.state.currentSession.id, { a: 1 });
    await until(() => context.state.sessionError === null);
});

test("A token that can't be had changes nobody's work", needsService, async (t) => {
    const her = await person(t);
    let isThere = true;
    const getToken = () => (isThere ? her.token : Promise.reject(new Error("no network")));
    const context = her.open({ client: { getToken }, userId: "ann@example.org" });
    const { id } = await context.recoverSession();
    isThere = false;
    await context.recoverSession();
    assert.deepEqual([context.state.userId, context.state.currentSession.id], [her.user, id]);
});
