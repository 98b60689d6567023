import assert from "node:assert/strict";
import { test } from "node:test";
import { wellFormed, wellFormedJSON } from "../../../Sources/SessionWeb/client/text.js";
import { userOf, uuid } from "../../../Sources/SessionWeb/client/identifiers.js";

test("Half a surrogate pair becomes U+FFFD; whole ones, and text that looks like an escape, stay", () => {
    assert.equal(JSON.parse(wellFormedJSON({ "k\ud800": "a\ud83dz 😀 \udc00" }))["k\ufffd"], "a\ufffdz 😀 \ufffd");
    for (const text of ["\\ud800", '\\\\"\\ud800', "\u0000\n\t", "😀\\", "\ud83d\ude00"]) assert.equal(JSON.parse(wellFormedJSON(text)), text);
    const present = String.prototype.toWellFormed;
    try {
        delete String.prototype.toWellFormed;
        assert.equal(wellFormed("a\ud83dz 😀 \udc00\ud83d\ude00"), "a\ufffdz 😀 \ufffd😀");
    } finally {
        if (present) Object.defineProperty(String.prototype, "toWellFormed", { value: present, configurable: true, writable: true });
    }
});

test("The user of a token, for keeping local data apart", () => {
    const token = (payload) => `e30.${Buffer.from(payload).toString("base64url")}.x`;
    assert.equal(userOf(token('{"sub":"Jürgen 😀??>>"}')), "Jürgen 😀??>>");
    assert.equal(userOf(token('{"sub":42}')), "42");
    for (const other of [null, undefined, "", "opaque", "a.b.c", token("{}"), token("null"), token('{"sub":{}}')]) assert.equal(userOf(other), null);
});

test("A UUID, in an insecure context too", () => {
    const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    assert.match(uuid(), form);
    const present = crypto.randomUUID;
    try {
        crypto.randomUUID = undefined;
        assert.match(uuid(), form);
    } finally {
        crypto.randomUUID = present;
    }
});
