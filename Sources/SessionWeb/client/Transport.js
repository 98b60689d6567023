/**
 * One call to the service: its attempts, the pauses between them, and the token.
 *
 *   call ── attempt ── fetch ──► 2xx: the answer
 *    │ ▲       │                 401: a new token (asked for once), and at once again
 *    │ └ pause ┴◄── temporary failure that may be repeated, time left, repeats left (retries.js)
 *    └► any other failure: a typed error (errors.js)
 *
 * Each attempt has a time-out, and the call has one over all; a person who is asked for a token has longer. What isn't JSON was
 * not written by the service: the login page of a hotel's network, say, or a server's that is being set up. It counts as no
 * answer, whatever its status, since a "200" or a "404" from there would have messages thrown away.
 */
import { NetworkError, NotFoundError, TimeoutError, UserChangedError, errorOf } from "./errors.js";
import { userOf, uuid } from "./identifiers.js";
import { linked } from "./linked.js";
import { pause } from "./pause.js";
import { backoff, mayRepeat, retryAfter } from "./retries.js";
import { byteLength, wellFormedJSON } from "./text.js";
import { Tokens } from "./Tokens.js";

const CALL_MS = 30_000;
const ATTEMPT_MS = 10_000;
/** How long a person may take who is asked for a token, in an attempt. The next one waits for the same answer. */
const PERSON_MS = 120_000;
const RETRIES = 4;
/** The service's own, where `wait` is left out. */
const DURABLE_WAIT_SECONDS = 5;
/** Browsers refuse a request with keepalive when the bodies of all that are under way exceed 64 KiB; some is left to others. */
const KEEPALIVE_BYTES_MAX = 60 * 1024;
/** Statuses that a web server in between gives by itself, in whatever format it likes. */
const FROM_BETWEEN = new Set([401, 408, 429, 502, 503, 504]);

/**
 * @typedef {import("../index.js").CallOptions} CallOptions
 * @typedef {import("../index.js").ClientOptions} ClientOptions
 * @typedef {RequestInit & {headers: Record<string, string>}} Init
 * @typedef {object} Call
 * @property {"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} method
 * @property {string} path
 * @property {Record<string, unknown>} [query] undefined values are left out
 * @property {unknown} [body]
 * @property {string} [type] of the body
 * @property {boolean} [creates] it takes an Idempotency-Key
 * @property {boolean} [repeatable] twice is the same as once (where it doesn't create)
 */

export class Transport {
    /** @param {ClientOptions & {user?: string | null, tokens?: Tokens}} options `user`: whose tokens alone are sent */
    constructor(options) {
        const { baseUrl = "/api", fetch = globalThis.fetch, timeout = CALL_MS, attemptTimeout = ATTEMPT_MS } = options;
        this.options = { ...options, timeout, attemptTimeout, retries: options.retries ?? RETRIES };
        this.baseUrl = baseUrl.replace(/\/+$/, "");
        this.tokens = options.tokens ?? new Tokens(options);
        this.user = options.user ?? null;
        // A browser's `fetch` refuses to be called as another object's method.
        this.fetch = /** @type {typeof globalThis.fetch} */ ((...request) => fetch(...request));
    }

    /** @param {Call} call @param {CallOptions} [options] @returns {Promise<any>} the body of the answer */
    async call(call, options = {}) {
        // An answer that waits for SQLite takes that much longer.
        const waiting = options.durable ? (options.wait ?? DURABLE_WAIT_SECONDS) * 1000 : 0;
        const end = Date.now() + (options.timeout ?? this.options.timeout + waiting);
        const retries = options.retries ?? this.options.retries;
        const headers = headersOf(call, options);
        const body = call.body === undefined ? undefined : wellFormedJSON(call.body);
        const repeatable = call.creates || (call.repeatable === true && options.ifMatch === undefined);
        for (let repeat = 0; ; repeat += 1) {
            const limit = Math.min(this.options.attemptTimeout + waiting, end - Date.now());
            const sent = { method: call.method, headers, body, keepalive: options.keepalive };
            try {
                return await this.attempt(this.url(call), sent, limit, options);
            } catch (error) {
                // To a repeated deletion it says that an earlier attempt did it.
                if (call.method === "DELETE" && repeat > 0 && error instanceof NotFoundError) return undefined;
                if (repeat >= retries || !mayRepeat(error, repeatable)) throw error;
                const wait = backoff(repeat, /** @type {any} */ (error).retryAfter);
                if (Date.now() + wait >= end) throw error;
                await pause(wait, options.signal);
            }
        }
    }

    /**
     * One request, with its time-out over the token, the headers and the body.
     * @param {string} url
     * @param {Init} init
     * @param {number} limit milliseconds
     * @param {CallOptions} options
     */
    async attempt(url, init, limit, { signal, onAnswer }) {
        const { controller, release } = linked(signal);
        const late = () => controller.abort(new TimeoutError({ title: `No answer within ${limit} ms.` }));
        let timer = setTimeout(late, Math.max(0, limit));
        /** @type {import("./Tokens.js").Untimed} */
        const untimed = async (renewal) => {
            clearTimeout(timer);
            timer = setTimeout(late, PERSON_MS);
            try {
                return await renewal;
            } finally {
                clearTimeout(timer);
                // What is sent then has all of its time.
                if (!controller.signal.aborted) timer = setTimeout(late, this.options.attemptTimeout);
            }
        };
        try {
            const response = await this.send(url, init, controller.signal, untimed);
            const value = response.status === 204 ? undefined : await json(response);
            onAnswer?.(answerOf(response));
            return value;
        } catch (error) {
            throw controller.signal.aborted ? controller.signal.reason : error;
        } finally {
            clearTimeout(timer);
            release();
        }
    }

    /**
     * Sends it with a token, and once more with a new one when that has expired. The signal ends the waiting for a token too.
     * @param {string} url
     * @param {Init} init
     * @param {AbortSignal} signal
     * @param {import("./Tokens.js").Untimed} [untimed]
     * @returns {Promise<Response>} of 2xx
     */
    async send(url, init, signal, untimed) {
        const aborted = new Promise((_, reject) => {
            if (signal.aborted) reject(signal.reason);
            signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        });
        return Promise.race([aborted, this.sendWithToken(url, { ...init, signal }, untimed)]);
    }

    /**
     * @param {string} url
     * @param {Init & {signal: AbortSignal}} init
     * @param {import("./Tokens.js").Untimed} [untimed]
     */
    async sendWithToken(url, init, untimed) {
        const token = (init.keepalive && this.tokens.last) || (await this.tokens.present(init.signal, untimed));
        let response = await this.fetchAs(token, url, init);
        if (response.status === 401) {
            const another = await this.tokens.instead(token, init.signal, untimed);
            if (another) response = await this.fetchAs(another, url, init);
        }
        if (response.ok) return response;
        throw await failure(response);
    }

    /** @param {string} token @param {string} url @param {Init} init */
    async fetchAs(token, url, init) {
        const owner = userOf(token);
        if (this.user !== null && owner !== null && owner !== this.user) {
            throw new UserChangedError({ status: 401, title: "The token is another user's; nothing was sent." });
        }
        const body = init.body;
        const keepalive = init.keepalive && (typeof body !== "string" || byteLength(body) <= KEEPALIVE_BYTES_MAX);
        try {
            return await this.fetch(url, {
                ...init,
                keepalive: keepalive === true,
                headers: { ...init.headers, Authorization: `Bearer ${token}` },
                credentials: "omit",
                cache: "no-store",
            });
        } catch (cause) {
            throw new NetworkError({ title: "The server could not be reached." }, { cause });
        }
    }

    /** @param {Call} call */
    url({ path, query = {} }) {
        const parameters = Object.entries(query).filter(([, value]) => value !== undefined);
        const search = new URLSearchParams(parameters.map(([name, value]) => [name, String(value)])).toString();
        return this.baseUrl + path + (search ? `?${search}` : "");
    }
}

/** @param {Response} response */
async function json(response) {
    const type = response.headers.get("Content-Type") ?? "";
    if (!/^application\/(problem\+)?json\b/.test(type)) throw notTheService(response);
    const text = await response.text().catch((cause) => {
        throw new NetworkError({ title: "The connection broke within the answer." }, { cause });
    });
    try {
        return JSON.parse(text);
    } catch {
        throw notTheService(response);
    }
}

/** @param {Response} response */
function notTheService(response) {
    return new NetworkError({ title: `Something other than the service answered (${response.status}).` });
}

/** @param {Response} response */
async function failure(response) {
    const circumstances = {
        retryAfter: retryAfter(response.headers.get("Retry-After")),
        requestId: response.headers.get("X-Request-ID"),
    };
    try {
        return errorOf(response.status, await json(response), circumstances);
    } catch (error) {
        if (!FROM_BETWEEN.has(response.status)) return error;
        return errorOf(response.status, { title: response.statusText }, circumstances);
    }
}

/** @param {Response} response @returns {import("../index.js").Answer} */
function answerOf({ status, headers }) {
    const etag = headers.get("ETag");
    const version = etag?.match(/^"v(\d+)"$/)?.[1];
    return {
        status,
        etag,
        version: version === undefined ? null : Number(version),
        writeId: headers.get("Write-Id"),
        replayed: headers.get("Idempotent-Replayed") === "true",
        durable: /\bdurability=durable\b/.test(headers.get("Preference-Applied") ?? ""),
        requestId: headers.get("X-Request-ID"),
    };
}

/** @param {Call} call @param {CallOptions} options */
function headersOf({ body, type = "application/json", creates }, { idempotencyKey, ifMatch, durable, wait }) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = type;
    if (creates) headers["Idempotency-Key"] = idempotencyKey ?? uuid();
    if (ifMatch !== undefined) headers["If-Match"] = typeof ifMatch === "number" ? `"v${ifMatch}"` : ifMatch;
    if (durable) headers.Prefer = wait === undefined ? "durability=durable" : `durability=durable, wait=${wait}`;
    return headers;
}
