import assert from "node:assert/strict";
import { test } from "node:test";
import { showKept } from "../../../Sources/SessionWeb/page/kept.js";

/** Longer than who types is left alone. */
const REST_MS = 2_100;

/** A field, and a context that records a text when it is told to. */
function setUp() {
    const listeners = new Set();
    let text = "A";
    /** @type {((isRecorded: boolean) => void)[]} */
    const recordings = [];
    const context = {
        state: { currentSession: { id: "1", status: "active" } },
        subscribe: (listener) => listeners.add(listener),
        getSessionMetadata: () => text,
        setSessionMetadata: (key, value) => new Promise((resolve) => {
            recordings.push((isRecorded) => {
                if (isRecorded) text = value ?? undefined;
                for (const listener of listeners) listener();
                resolve();
            });
        }),
    };
    const field = Object.assign(new EventTarget(), { value: "" });
    showKept(context, field, "draft");
    const type = (value) => { field.value = value; field.dispatchEvent(new Event("input")); };
    const elsewhere = (value) => { text = value; for (const listener of listeners) listener(); };
    return { field, recordings, type, elsewhere };
}
const rest = () => new Promise((resolve) => setTimeout(resolve, REST_MS));

test("What couldn't be recorded stays in the field, also behind what could", async () => {
    const { field, recordings, type } = setUp();
    assert.equal(field.value, "A");
    for (const value of ["AB", "ABC"]) type(value);
    recordings.shift()(true);
    recordings.shift()(false);
    await rest();
    assert.equal(field.value, "ABC");
    type("ABCD");
    recordings.shift()(false);
    await rest();
    assert.equal(field.value, "ABCD");
});

test("What another device writes is shown once the typing rests", async () => {
    const { field, recordings, type, elsewhere } = setUp();
    type("AB");
    elsewhere("theirs");
    recordings.shift()(false);
    assert.equal(field.value, "AB");
    await rest();
    assert.equal(field.value, "theirs");
});
