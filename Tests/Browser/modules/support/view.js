/** A view of a session, for which nothing may fail, with what a test gives; it ends with the test. */
import assert from "node:assert/strict";
import { uuid } from "../../../../Sources/SessionWeb/client/identifiers.js";
import { SessionView } from "../../../../Sources/SessionWeb/context/SessionView.js";

export function viewOf(t, { settings, ...options }) {
    const view = new SessionView({
        lockName: uuid(), tell: () => undefined, answered: () => undefined, changed: () => undefined,
        failed: (error) => assert.fail(error), gone: () => assert.fail("gone"), ...options,
        settings: { events: false, leader: false, messages: 50, pollInterval: 1_000, activityInterval: 1_000, prefix: "test", ...settings },
    });
    t.after(() => view.end());
    return view;
}
