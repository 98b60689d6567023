/**
 * Sends one operation, once, and says what became of it. Throws only what may be tried again: a temporary failure, or a token
 * that is missing.
 *
 *   message    POST with the operation's key and id; a replayed answer means that it was there already
 *   metadata   a merge patch. Where it is late, it is held against what the service has now, and what somebody else has
 *              changed since is left as it is: a conflict
 *   complete   POST; a conflict that says "completed" means that it was so already
 */
import { ConflictError, PreconditionFailedError, QuotaError, SessionError, UnauthorizedError } from "../client/errors.js";
import { splitPatch } from "../context/mergePatch.js";

/** Metadata sent so long after it was due is late: the browser was offline or closed, and other devices may have gone on. */
const LATE_MS = 10_000;
/**
 * How often a late patch is checked anew when the version has changed meanwhile. After that it is sent without If-Match: in a
 * busy chat every message changes the version, and the keys were read milliseconds ago.
 */
const CHECKS_MAX = 4;
/** The service knows idempotency keys for 24 h. What was first sent before that is looked for in the chat instead. */
const KEY_KNOWN_MS = 23 * 3600 * 1000;
/** A quota that is free again only after so long isn't: a full chat's says an hour. What came behind would wait for ever. */
const FULL_SECONDS = 15 * 60;
/** How far back it is looked for, in pages of 500 messages. */
const PAGES_MAX = 4;

/**
 * @typedef {import("../index.js").Operation} Operation
 * @typedef {import("../index.js").SessionApiClient} Client
 * @typedef {object} Outcome what became of it, and what the answer brought
 * @property {import("../index.js").Result["outcome"]} outcome
 * @property {Record<string, any>} [server]
 * @property {SessionError} [error]
 * @property {import("../index.js").Message} [message]
 * @property {import("../index.js").Session} [session]
 * @property {number | null} [version] of the session, after the message
 */

/** @param {Operation} operation @param {Client} client @returns {Promise<Outcome>} */
export async function deliver(operation, client) {
    try {
        return await ways[operation.kind](operation, client);
    } catch (error) {
        if (!(error instanceof SessionError) || error instanceof UnauthorizedError) throw error;
        if (error.temporary && !isFull(error)) throw error;
        if (error instanceof ConflictError) return { outcome: "conflict", server: { status: error.currentStatus }, error };
        return { outcome: "refused", error };
    }
}

/** @param {SessionError} error */
function isFull(error) {
    return error instanceof QuotaError && (error.retryAfter ?? 0) >= FULL_SECONDS;
}

/** Whether others may have changed since what it changes. @param {Operation} operation */
export function isLate({ due, createdAt }) {
    const now = Date.now();
    // Recorded after now: the clock was set back, and nobody knows.
    return now - due > LATE_MS || createdAt > now;
}

/** The outbox repeats by itself, and knows when that is worth it. */
const once = { retries: 0 };

/** @type {Record<Operation["kind"], (operation: Operation, client: Client) => Promise<Outcome>>} */
const ways = {
    async message({ sessionId, key, body, sentAt }, client) {
        if (sentAt !== undefined && Date.now() - sentAt > KEY_KNOWN_MS) {
            const present = await find(sessionId, body.id, client);
            if (present) return { outcome: "already-applied", message: present };
        }
        /** @type {import("../index.js").Answer | undefined} */
        let answer;
        const onAnswer = (/** @type {import("../index.js").Answer} */ given) => { answer = given; };
        const options = { ...once, idempotencyKey: key, onAnswer };
        const [message] = await client.addMessages(sessionId, /** @type {any} */ (body), options);
        return { outcome: answer?.replayed ? "already-applied" : "applied", message, version: answer?.version };
    },

    async metadata(operation, client) {
        const { sessionId, body, base } = operation;
        if (!isLate(operation)) {
            return { outcome: "applied", session: await client.patchMetadata(sessionId, body, once) };
        }
        for (let check = 1; ; check += 1) {
            const { chat, mission, ...present } = await client.getSession(sessionId, { messages: 0, touch: false, ...once });
            const { mine, theirs } = splitPatch(body, base ?? {}, present.session_metadata);
            const conflict = Object.keys(theirs).length > 0;
            if (Object.keys(mine).length === 0) {
                const outcome = conflict ? "conflict" : "already-applied";
                return { outcome, server: conflict ? theirs : undefined, session: present };
            }
            try {
                const ifMatch = check < CHECKS_MAX ? present.version : undefined;
                const session = await client.patchMetadata(sessionId, mine, { ...once, ifMatch });
                return { outcome: conflict ? "conflict" : "applied", server: conflict ? theirs : undefined, session };
            } catch (error) {
                if (!(error instanceof PreconditionFailedError)) throw error;
            }
        }
    },

    async complete({ sessionId }, client) {
        try {
            return { outcome: "applied", session: await client.completeSession(sessionId, once) };
        } catch (error) {
            if (!(error instanceof ConflictError)) throw error;
            if (error.currentStatus === "completed") return { outcome: "already-applied" };
            if (error.currentStatus !== "abandoned") throw error;
        }
        // Abandonment was only inferred, and whoever completes a session is there.
        await client.updateSessionActivity(sessionId, once);
        return { outcome: "applied", session: await client.completeSession(sessionId, once) };
    },
};

/**
 * The message with that id among the newest.
 * @param {string} sessionId
 * @param {string} id
 * @param {Client} client
 */
async function find(sessionId, id, client) {
    /** @type {number | undefined} */
    let before;
    for (let page = 0; page < PAGES_MAX; page += 1) {
        const { messages, has_more } = await client.listMessages(sessionId, { before, limit: 500 }, once);
        const found = messages.find((message) => message.id === id);
        if (found || !has_more) return found;
        before = messages[0].sequence_order;
    }
    return undefined;
}
