import assert from "node:assert/strict";
import { test } from "node:test";
import { copyOf } from "../../../Sources/SessionWeb/context/copy.js";
import { until } from "./support/stack.js";
import { viewOf } from "./support/view.js";

const session = { id: "s", chat_id: "c", status: "active", session_metadata: {}, mission_id: null };
const message = (number) => ({ id: `m${number}`, sequence_order: number, content: String(number) });

/** What the service answers with that many messages. */
function whole(count) {
    const messages = Array.from({ length: count }, (_, number) => message(number + 1));
    return { ...session, version: count + 1, message_count: count, chat: { messages, has_more: false }, mission: null };
}

/** A view of a chat with two messages; `asked` are the requests for all of it, `shown` how many messages were shown. */
function opened(t) {
    const asked = [];
    const shown = [];
    const client = {
        getSession: (_, { messages, signal }) => new Promise((answer, fail) => {
            signal.addEventListener("abort", () => fail(signal.reason));
            if (messages > 0) asked.push(answer);
        }),
    };
    const view = viewOf(t, { copy: copyOf(whole(2)), client, changed: () => shown.push(view.copy.messages.length) });
    return { view, asked, shown };
}

test("An answer that others have overtaken takes nothing back", async (t) => {
    const { view, asked, shown } = opened(t);
    view.replace(copyOf(whole(1)));
    await until(() => asked.length === 1, "it is asked again");
    view.adopt({ message: message(3), version: 4 });
    asked[0](whole(2)); // from before that message
    await until(() => asked.length === 2, "and again");
    asked[1](whole(3));
    await until(() => view.copy.session.version === 4);
    assert.deepEqual(view.copy.messages.map(({ sequence_order }) => sequence_order), [1, 2, 3]);
    assert.ok(shown.every((count) => count >= 2), String(shown));
});

test("What the service has lost is gone here too", async (t) => {
    const { view, asked } = opened(t);
    view.replace(copyOf(whole(1)));
    await until(() => asked.length === 1);
    asked[0](whole(1));
    await until(() => view.copy.last === 1);
    assert.equal(view.copy.session.version, 2);
});

test("A tab that is told that the service has less looks for itself", async (t) => {
    const { view, asked } = opened(t);
    const { chat, mission, ...less } = whole(1);
    view.heard({ kind: "copy", session: less, messages: [], isLess: false });
    view.heard({ kind: "copy", session: whole(2), messages: [], isLess: true });
    view.heard({ kind: "copy", session: less, messages: [], isLess: true });
    await until(() => asked.length === 1);
    asked[0](whole(1));
    await until(() => view.copy.last === 1);
    assert.equal(asked.length, 1);
});
