/**
 * A tab's copy of what the service has of one session. Pure: every change is a new object.
 *
 * Its messages are one piece of the chat, without gaps, up to `last`. What comes is taken only where it continues that piece,
 * so it doesn't matter in which order, how often or by which way (event, answer, another tab) a message arrives: it is there
 * once. A gap is seen by `last` being less than the service's count, and is fetched.
 */

/** Messages kept at most, so that a tab that is open for weeks stays small. Older ones can be loaded again. */
const KEPT_MAX = 10_000;

/**
 * @typedef {import("../index.js").Session} Session
 * @typedef {import("../index.js").Message} Message
 * @typedef {import("../index.js").Mission} Mission
 * @typedef {object} Copy
 * @property {Session} session
 * @property {readonly Message[]} messages
 * @property {number} last the sequence number up to which the messages are known
 * @property {boolean} hasOlder
 * @property {Mission | null} mission
 */

/** @param {import("../index.js").WholeSession} whole @returns {Copy} */
export function copyOf({ chat, mission, ...session }) {
    const messages = chat.messages;
    const last = messages.at(-1)?.sequence_order ?? session.message_count;
    return { session, messages, last, hasOlder: chat.has_more, mission };
}

/** @param {{user_session: Session}} created @returns {Copy} */
export function copyOfNew({ user_session: session }) {
    return { session, messages: [], last: session.message_count, hasOlder: false, mission: null };
}

/**
 * Loaded anew. Older messages that were here stay where the new ones continue them.
 * @param {Copy} copy
 * @param {Copy} fresh
 * @returns {Copy}
 */
export function renewed(copy, fresh) {
    const [first] = fresh.messages;
    const joint = copy.messages.findIndex((message) => message.id === first?.id && message.sequence_order === first.sequence_order);
    if (joint <= 0) return fresh;
    return { ...fresh, messages: [...copy.messages.slice(0, joint), ...fresh.messages], hasOlder: copy.hasOlder };
}

/**
 * With newer messages.
 * @param {Copy} copy
 * @param {readonly Message[]} newer in order
 * @returns {Copy}
 */
export function withMessages(copy, newer) {
    let last = copy.last;
    const fitting = newer.filter(({ sequence_order }) => sequence_order === last + 1 && (last += 1));
    if (fitting.length === 0) return copy;
    const messages = [...copy.messages, ...fitting];
    const kept = messages.slice(-KEPT_MAX);
    const message_count = Math.max(copy.session.message_count, last);
    const hasOlder = copy.hasOlder || kept.length < messages.length;
    return { ...copy, session: { ...copy.session, message_count }, messages: kept, last, hasOlder };
}

/**
 * With older messages, which end right before the oldest here.
 * @param {Copy} copy
 * @param {readonly Message[]} older
 * @param {boolean} hasOlder
 * @returns {Copy}
 */
export function withOlder(copy, older, hasOlder) {
    const first = firstSequence(copy);
    if (older.length > 0 && older.at(-1)?.sequence_order !== first - 1) return copy;
    return { ...copy, messages: [...older, ...copy.messages], hasOlder };
}

/**
 * Of the oldest message here.
 * @param {Copy} copy
 */
export function firstSequence(copy) {
    return copy.messages[0]?.sequence_order ?? copy.last + 1;
}

/**
 * With the session as an answer gave it, unless that is older than what is here. Activity doesn't change the version, so the
 * same version may still be newer.
 * @param {Copy} copy @param {Session} session @returns {Copy}
 */
export function withSession(copy, session) {
    if (session.version < copy.session.version || session.id !== copy.session.id) return copy;
    const message_count = Math.max(session.message_count, copy.last);
    return { ...copy, session: { ...session, message_count } };
}

/**
 * What an answer to `?messages=0` brings: the session and its mission.
 * @param {Copy} copy
 * @param {import("../index.js").WholeSession} whole
 * @returns {Copy}
 */
export function withWhole(copy, { chat, mission, ...session }) {
    return { ...withSession(copy, session), mission: withMission(copy.mission, mission) };
}

/**
 * Answers may overtake each other: of one mission the newer.
 * @param {Mission | null} mission
 * @param {Mission | null} answered
 */
export function withMission(mission, answered) {
    return mission && answered && mission.id === answered.id && mission.version > answered.version ? mission : answered;
}

/**
 * With a version that differs in nothing else that is shown.
 * @param {Copy} copy
 * @param {number} version
 * @returns {Copy}
 */
export function withVersion(copy, version) {
    return version > copy.session.version ? { ...copy, session: { ...copy.session, version } } : copy;
}
