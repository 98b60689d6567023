/**
 * Which failures are tried again, and when.
 *
 *   what happened                    was it written?   repeated
 *   429, 503                         no                always
 *   502, 504, no answer, time-out    nobody knows      GET, DELETE, PUT and merge patches without If-Match (they say what is
 *                                                      to be, so twice is once), and POSTs with an Idempotency-Key
 *   anything else                    no                never: it would fail again
 *
 * With If-Match a repeat would only say that the first attempt has changed the version. Moves of the lifecycle ("complete")
 * are not repeated either: the second would be refused because of the first.
 */
import { QuotaError, UnavailableError, UnreachableError } from "./errors.js";

/** Milliseconds before the first repeat, at most; each further one may take twice as long. */
const BASE_MS = 300;
/** The longest pause without a Retry-After. */
const CAP_MS = 10_000;

/**
 * Whether to send it again.
 * @param {unknown} error
 * @param {boolean} repeatable of an unknown outcome
 */
export function mayRepeat(error, repeatable) {
    if (error instanceof QuotaError || error instanceof UnavailableError) return true;
    return error instanceof UnreachableError && repeatable;
}

/**
 * Exponential backoff with full jitter: anything from nothing to the bound, so that many clients that failed together don't
 * come back together. A Retry-After is waited for first, and then jittered all the same.
 * @param {number} repeat 0 for the first
 * @param {number | null} [retryAfter] seconds
 */
export function backoff(repeat, retryAfter = null, { base = BASE_MS, cap = CAP_MS } = {}) {
    if (retryAfter !== null) return retryAfter * 1000 + Math.random() * base;
    return Math.random() * Math.min(cap, base * 2 ** repeat);
}

/**
 * Seconds of a Retry-After header (RFC 9110: seconds, or a date).
 * @param {string | null} header
 * @returns {number | null}
 */
export function retryAfter(header) {
    if (header === null) return null;
    const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
    return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}
