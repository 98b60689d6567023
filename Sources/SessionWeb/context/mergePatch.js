/**
 * Merge patches (RFC 7396): made, applied, and held against what somebody else did meanwhile. All values are JSON; undefined
 * stands for "is not there".
 *
 * A patch says only what changed, so two tabs that change different keys, at any depth, don't undo each other.
 */

/** @typedef {any} Value */

/** @param {Value} value */
function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Whether two are the same JSON; the order of keys does not count.
 * @param {Value} a
 * @param {Value} b
 * @returns {boolean}
 */
export function equal(a, b) {
    if (a === b) return true;
    if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]));
    if (!isObject(a) || !isObject(b)) return false;
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}

/**
 * What leads from one value to another; undefined where nothing is to be done.
 * @param {Value} from
 * @param {Value} to
 * @returns {Value}
 */
export function patchBetween(from, to) {
    if (to === null || to === undefined) return from === null || from === undefined ? undefined : null;
    if (!isObject(to)) return equal(from, to) ? undefined : to;
    if (!isObject(from)) return to;
    /** @type {[string, Value][]} */
    const changes = [];
    for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
        const change = patchBetween(own(from, key), own(to, key));
        if (change !== undefined) changes.push([key, change]);
    }
    return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

/** @param {Value} target @param {Value} patch @returns {Value} a new value */
export function applyPatch(target, patch) {
    if (!isObject(patch)) return patch;
    const values = new Map(isObject(target) ? Object.entries(target) : []);
    for (const [key, change] of Object.entries(patch)) {
        if (change === null) values.delete(key);
        else values.set(key, applyPatch(values.get(key), change));
    }
    return Object.fromEntries(values);
}

/**
 * Of a patch that was made on `base`, what can still be applied to what the service has now (`mine`), and the service's
 * values where somebody else has changed the same meanwhile (`theirs`, as a patch). What is there already is in neither.
 * @param {Value} patch @param {Value} base @param {Value} server
 * @returns {{mine: Record<string, Value>, theirs: Record<string, Value>}}
 */
export function splitPatch(patch, base, server) {
    /** @type {[string, Value][]} */
    const mine = [];
    /** @type {[string, Value][]} */
    const theirs = [];
    for (const [key, change] of Object.entries(patch)) {
        const was = own(base, key);
        const is = own(server, key);
        if (equal(is, change === null ? undefined : applyPatch(was, change))) continue;
        if (equal(is, was)) {
            mine.push([key, change]);
        } else if (isObject(change) && isObject(was) && isObject(is)) {
            const inner = splitPatch(change, was, is);
            if (Object.keys(inner.mine).length > 0) mine.push([key, inner.mine]);
            if (Object.keys(inner.theirs).length > 0) theirs.push([key, inner.theirs]);
        } else {
            theirs.push([key, is ?? null]);
        }
    }
    return { mine: Object.fromEntries(mine), theirs: Object.fromEntries(theirs) };
}

/**
 * Not what an object inherits: a key may be called "constructor".
 * @param {Value} object
 * @param {string} key
 * @returns {Value}
 */
function own(object, key) {
    return isObject(object) && Object.hasOwn(object, key) ? object[key] : undefined;
}
