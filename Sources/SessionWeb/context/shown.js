/**
 * What is shown: what the service has, and over it what it doesn't have yet. Nothing is copied from one to the other, so
 * nothing can be there twice: an operation is shown until it's gone from the outbox, a message until the service's is there.
 */
import { applyPatch } from "./mergePatch.js";

/**
 * @param {import("./copy.js").Copy | null} copy
 * @param {readonly import("../index.js").Operation[]} operations of this user, in order
 */
export function shown(copy, operations) {
    if (copy === null) return { currentSession: null, messages: [], hasOlderMessages: false, mission: null };
    const { session, messages, hasOlder, mission } = copy;
    const own = operations.filter(({ sessionId }) => sessionId === session.id);
    const present = new Set(own.length === 0 ? [] : messages.map(({ id }) => id));
    const pending = own.filter(({ kind, body }) => kind === "message" && !present.has(body.id));
    const changes = own.filter(({ kind }) => kind === "metadata");
    const completed = own.some(({ kind }) => kind === "complete");
    return {
        currentSession: {
            ...session,
            status: completed ? /** @type {const} */ ("completed") : session.status,
            session_metadata: changes.reduce((metadata, { body }) => applyPatch(metadata, body), session.session_metadata),
        },
        messages: [...messages, ...pending.map((operation) => pendingMessage(session.chat_id, operation))],
        hasOlderMessages: hasOlder,
        mission,
    };
}

/** @param {string} chat @param {import("../index.js").Operation} operation @returns {import("../index.js").ShownMessage} */
export function pendingMessage(chat, { body, createdAt }) {
    const time = new Date(createdAt).toISOString();
    return {
        id: body.id,
        chat_id: chat,
        sequence_order: null,
        role: body.role,
        content: body.content,
        message_metadata: body.message_metadata ?? {},
        created_at: time,
        updated_at: time,
        pending: true,
    };
}
