/**
 * JavaScript's strings may hold half a surrogate pair: a text cut in the middle of an emoji, say. Such a string has no UTF-8,
 * so the service refuses it. Each half becomes U+FFFD, as in every other place of the platform.
 */

/** @param {string} text @returns {string} */
export function wellFormed(text) {
    const string = /** @type {any} */ (text);
    if (string.toWellFormed) return string.toWellFormed();
    return text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (match) => (match.length === 2 ? match : "\ufffd"));
}

/**
 * JSON whose keys and strings are all well-formed.
 * @param {unknown} value
 * @returns {string}
 */
export function wellFormedJSON(value) {
    // JSON.stringify escapes lone surrogates, and no whole pair; other escapes are matched to step over `\\ud800`.
    const escapes = /\\(u[dD][89a-fA-F][0-9a-fA-F]{2}|.)/g;
    return JSON.stringify(value).replace(escapes, (escape) => (escape.length === 6 ? "\\ufffd" : escape));
}

/**
 * A value as it is once it was JSON.
 * @param {unknown} value
 * @returns {any}
 */
export function plain(value) {
    return value === undefined ? undefined : JSON.parse(wellFormedJSON(value));
}

/**
 * Bytes of UTF-8.
 * @param {string} text
 */
export function byteLength(text) {
    return new TextEncoder().encode(text).length;
}
