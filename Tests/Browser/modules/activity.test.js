import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Turns } from "../../../Sources/SessionWeb/activity/Turns.js";
import { uuid } from "../../../Sources/SessionWeb/client/identifiers.js";
import { copyOf } from "../../../Sources/SessionWeb/context/copy.js";
import { install } from "./support/locks.js";
import { browserStore, needsService, person, until } from "./support/stack.js";
import { viewOf } from "./support/view.js";

before(install);

test("Tabs that show different sessions take turns in telling activity, also after one was closed", needsService, async (t) => {
    const her = await person(t);
    const interval = 300;
    const calls = [];
    const noting = (url, init) => {
        const told = /([^/]+)\/activity$/.exec(String(url));
        if (told) calls.push(told[1]);
        return fetch(url, init);
    };
    const turns = [];
    const setValue = her.store.setValue.bind(her.store);
    her.store.setValue = (user, name, value) => {
        if (name === "activity") turns.push(value);
        return setValue(user, name, value);
    };
    const open = async () => {
        const context = her.open({ client: { fetch: noting }, activityInterval: interval });
        await context.initializeSession();
        return context;
    };
    const tabs = await Promise.all([open(), open(), open()]);
    const use = (end) => until(() => {
        for (const tab of tabs) tab.updateActivity();
        return calls.length >= end;
    });
    await use(9);
    tabs.pop().close();
    tabs.push(await open());
    await use(15);
    assert.ok(turns.length >= calls.length, "no call without a turn");
    const gaps = turns.slice(1).map((at, index) => at - turns[index]);
    // A timer may fire a millisecond early.
    assert.ok(Math.min(...gaps) >= interval - 1, gaps.join(" "));
    for (let first = 0; first + 3 <= 9; first += 3) {
        assert.equal(new Set(calls.slice(first, first + 3)).size, 3, "each has its turn");
    }
    assert.equal(new Set(calls).size, 4);
});

/** Views of a browser's tabs, on sessions of these statuses; `called` are the sessions whose activity was told. */
async function openViews(t, interval, statuses) {
    const called = [];
    const client = {
        getSession: () => new Promise(() => undefined),
        updateSessionActivity: async (id) => {
            called.push(id);
            return { status: "active", last_activity_at: "2026-01-01T00:00:00.000Z", abandons_at: "2026-01-02T00:00:00.000Z" };
        },
    };
    const turns = new Turns({ store: browserStore(), user: "ann", lockName: uuid(), interval });
    const views = statuses.map((status, id) => viewOf(t, {
        copy: copyOf({ id, version: 1, message_count: 0, status, mission_id: null, chat: { messages: [] }, mission: null }),
        client, turns, settings: { leader: true, activityInterval: interval, pollInterval: 60_000 },
    }));
    await until(() => views.every(({ leads }) => leads));
    const becomes = (id, status) => {
        views[id].heard({ kind: "copy", session: { ...views[id].copy.session, status }, messages: [], isLess: false });
    };
    return { views, called, becomes };
}

test("An abandoned session's person is back at once, whosever turn it is", async (t) => {
    const { views, called, becomes } = await openViews(t, 60_000, ["active", "active", "abandoned"]);
    views[0].used();
    await until(() => called.length === 1);
    for (const view of views.slice(1)) view.used();
    await until(() => called.length === 2);
    becomes(1, "abandoned"); // while it waits
    views[1].used();
    await until(() => called.length === 3);
    assert.deepEqual(called, [0, 2, 1]);
});

test("What is completed before its turn comes is left alone", async (t) => {
    const { views, called, becomes } = await openViews(t, 2_000, ["active", "active", "active"]);
    for (const view of views) view.used();
    await until(() => called.length === 1);
    becomes(1, "completed");
    await until(() => called.length === 2);
    assert.deepEqual(called, [0, 2]);
});

test("A tab that stands still while it has the turn holds the others up for minutes, not for ever", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    const turns = new Turns({ store: browserStore(), user: "ann", lockName: "stuck", interval: 1_000 });
    void navigator.locks.request("stuck", () => new Promise(() => undefined));
    await settled();
    let isDue = false;
    const turn = turns.next(new AbortController().signal).then(() => { isDue = true; });
    await settled();
    t.mock.timers.tick(5 * 60_000 - 1);
    await settled();
    assert.equal(isDue, false);
    t.mock.timers.tick(1);
    await turn;
});
