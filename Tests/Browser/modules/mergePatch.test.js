import assert from "node:assert/strict";
import { test } from "node:test";
import { applyPatch, equal, patchBetween, splitPatch } from "../../../Sources/SessionWeb/context/mergePatch.js";
import { random } from "./support/random.js";

const { seed, below } = random();

/** JSON as metadata may be: no null within objects, since a merge patch can't say it. */
function json(depth) {
    const kind = below(depth > 0 ? 7 : 4);
    if (kind < 4) return [1, "text", true, ""][kind];
    if (kind === 4) return [1, { a: 2 }].slice(below(3));
    return object(depth - 1);
}

function object(depth) {
    return Object.fromEntries(["a", "b", "c", "__proto__", "constructor"].filter(() => below(2)).map((key) => [key, json(depth)]));
}

test(`What lies between two values leads from one to the other (seed ${seed})`, () => {
    for (let round = 0; round < 5_000; round += 1) {
        const [from, to] = [object(3), object(3)];
        const patch = patchBetween(from, to);
        assert.ok(equal(applyPatch(from, patch ?? {}), to), JSON.stringify({ from, to, patch }));
        if (equal(from, to)) assert.equal(patch, undefined);
    }
});

test(`Two that change different keys both stay, in whichever order they come (seed ${seed})`, () => {
    for (let round = 0; round < 5_000; round += 1) {
        const base = { one: object(2), two: object(2), three: json(2) };
        const mine = patchBetween(base, { ...base, one: object(2) }) ?? {};
        const yours = patchBetween(base, { ...base, two: object(2) }) ?? {};
        assert.ok(equal(applyPatch(applyPatch(base, mine), yours), applyPatch(applyPatch(base, yours), mine)));
        const split = splitPatch(mine, base, applyPatch(base, yours));
        assert.deepEqual(split.theirs, {});
    }
});

test("Examples of RFC 7396, appendix A", () => {
    const examples = [
        [{ a: "b" }, { a: "c" }, { a: "c" }],
        [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
        [{ a: "b" }, { a: null }, {}],
        [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
        [{ a: ["b"] }, { a: "c" }, { a: "c" }],
        [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
        [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
        [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
        [["a", "b"], ["c", "d"], ["c", "d"]],
        [{ a: "b" }, ["c"], ["c"]],
        [{ a: "foo" }, null, null],
        [{ e: null }, { a: 1 }, { e: null, a: 1 }],
        [[1, 2], { a: "b", c: null }, { a: "b" }],
        [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ];
    for (const [target, patch, result] of examples) assert.deepEqual(applyPatch(target, patch), result);
});

test("A late patch: what is there, what can be applied, and what somebody else has changed", () => {
    const base = { a: 1, b: 1, c: 1, panel: { x: 1, y: 1 } };
    const patch = { a: 2, b: 2, c: null, panel: { x: 2 }, d: 5 };
    const server = { a: 1, b: 3, panel: { x: 1, y: 9 }, d: 5 };
    assert.deepEqual(splitPatch(patch, base, server), { mine: { a: 2, panel: { x: 2 } }, theirs: { b: 3 } });
    assert.deepEqual(splitPatch({ b: 2 }, { b: 1 }, {}), { mine: {}, theirs: { b: null } });
});
