import assert from "node:assert/strict";
import { test } from "node:test";
import { SSEDecoder } from "../../../Sources/SessionWeb/events/SSEDecoder.js";

const stream = "\uFEFF: hello\nretry: 2000\n\nevent: state\ndata: {\"version\":7}\n\n:\r\n\r\nevent: message\r\ndata: a\r\ndata:b\r\ndata:  c\r\n\r\nid: 4\rdata\r\rdata: lost";
const expected = [
    { type: "state", data: '{"version":7}' },
    { type: "message", data: "a\nb\n c" },
    { type: "message", data: "" },
];

/** Decodes bytes that arrive in these pieces. */
function decode(pieces) {
    const decoder = new SSEDecoder();
    const text = new TextDecoder();
    const events = pieces.flatMap((piece) => decoder.push(text.decode(piece, { stream: true })));
    return { events, retry: decoder.retry };
}

test("A stream cut at any two points brings the same events", () => {
    const bytes = new TextEncoder().encode(stream);
    for (let first = 0; first <= bytes.length; first += 1) {
        for (let second = first; second <= bytes.length; second += 1) {
            const { events, retry } = decode([bytes.slice(0, first), bytes.slice(first, second), bytes.slice(second)]);
            assert.deepEqual(events, expected, `cut at ${first} and ${second}`);
            assert.equal(retry, 2000);
        }
    }
});

test("A stream that comes byte by byte, with text of four bytes a character", () => {
    const bytes = new TextEncoder().encode("data: 😀\n\n");
    assert.deepEqual(decode([...bytes].map((byte) => Uint8Array.of(byte))).events, [{ type: "message", data: "😀" }]);
});

test("A line that only resembles a field is left out", () => {
    const { events, retry } = decode([new TextEncoder().encode("retry: 2s\nevents: x\ndatum: y\n data: z\n\ndata: 1\n\n")]);
    assert.deepEqual(events, [{ type: "message", data: "1" }]);
    assert.equal(retry, undefined);
});

test("An event without an end is refused, before it fills the memory", () => {
    const decoder = new SSEDecoder();
    decoder.push("data: ");
    assert.throws(() => {
        for (let count = 0; count < 100; count += 1) decoder.push("x".repeat(1024));
    }, RangeError);
});
