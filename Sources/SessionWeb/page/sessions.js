/** The user's sessions, most recently active first: to go from one to the other, and to begin another. */
import { byId, element, setAttribute, setHidden, setText, showList } from "./dom.js";
import { showStatus, timeOf, counted } from "./words.js";

const PAGE = 30;
/** Changes that come within this time ask for the list once. */
const GATHER_MS = 400;
/** Sessions of other devices appear this late. */
const AGAIN_MS = 20_000;

/**
 * @typedef {import("../index.js").Session} Session
 * @param {import("../index.js").SessionContext} context
 * @param {{chosen: () => void, created: () => void}} options
 */
export function showSessions(context, { chosen, created }) {
    const list = byId("session-list");
    const note = byId("sessions-note");
    const more = byId("more-sessions");
    const begin = byId("new-session", HTMLButtonElement);
    /** @type {readonly Session[]} */
    let sessions = [];
    /** @type {string | null} */
    let cursor = null;
    let shownFor = { user: /** @type {string | null} */ (null), key: "" };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;

    const show = () => {
        const current = context.state.currentSession;
        // What is shown of the current one is newer than the list, and there before the list is.
        const all = sessions.map((session) => (session.id === current?.id ? current : session));
        const whole = current && !all.some(({ id }) => id === current.id) ? [current, ...all] : all;
        showList(list, whole, { key: ({ id }) => id, create: (session) => row(session, () => void go(session.id)), update });
        for (const item of list.children) {
            setAttribute(/** @type {HTMLElement} */ (item.firstElementChild), "aria-current", /** @type {HTMLElement} */ (item).dataset.id === current?.id && "true");
        }
        setHidden(more, cursor === null, () => list.querySelector(/** @type {"button"} */ ("li:last-child button"))?.focus());
    };

    /** @param {string | null} after */
    const load = async (after = null) => {
        const user = context.state.userId;
        try {
            const page = await context.listSessions({ cursor: after ?? "", limit: after === null ? Math.max(PAGE, Math.min(100, sessions.length)) : PAGE });
            if (context.state.userId !== user) return;
            const known = new Set(page.sessions.map(({ id }) => id));
            sessions = after === null ? page.sessions : [...sessions.filter(({ id }) => !known.has(id)), ...page.sessions];
            cursor = page.next_cursor;
            setText(note, "");
        } catch {
            // Why is said at the top of the chat.
            if (context.state.userId === user) setText(note, sessions.length > 0 ? "The list may be out of date." : "The list can’t be loaded now.");
        }
        show();
    };

    const soon = () => {
        clearTimeout(timer);
        timer = setTimeout(() => { if (context.state.userId !== null) void load(); }, GATHER_MS);
    };

    /** @param {string} id */
    const go = async (id) => {
        chosen();
        if (id === context.state.currentSession?.id) return;
        setText(note, "");
        await context.switchToSession(id).catch(() => setText(note, "That session can’t be loaded now."));
    };

    begin.addEventListener("click", async () => {
        if (begin.disabled) return;
        begin.disabled = true;
        try {
            await context.initializeSession();
            created();
        } catch {
            setText(note, "A session can’t be started now.");
        } finally {
            begin.disabled = false;
        }
    });
    more.addEventListener("click", () => void load(cursor));
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") soon(); });
    setInterval(() => { if (document.visibilityState === "visible") soon(); }, AGAIN_MS);

    context.subscribe(({ currentSession, userId, connection }) => {
        if (userId !== shownFor.user) {
            sessions = [];
            cursor = null;
            setText(note, "");
        }
        const key = JSON.stringify([currentSession?.id, currentSession?.name, currentSession?.status, currentSession?.message_count, connection]);
        const changed = key !== shownFor.key || userId !== shownFor.user;
        shownFor = { user: userId, key };
        show();
        if (changed && userId !== null && currentSession !== null && connection === "online") soon();
    });
}

/** @param {Session} session @param {() => void} choose */
function row(session, choose) {
    const button = element("button", { type: "button" }, element("span", { class: "name", dir: "auto" }), element("span", { class: "chip" }), element("span", { class: "when" }));
    button.addEventListener("click", choose);
    return element("li", { "data-id": session.id }, button);
}

/** @param {HTMLElement} item @param {Session} session */
function update(item, { name, status, message_count, last_activity_at }) {
    const [title, chip, when] = /** @type {any} */ (item.firstElementChild).children;
    setText(title, name);
    if (status === "active") setText(chip, "");
    else showStatus(chip, status);
    setText(when, `${counted(message_count, "message")}, ${timeOf(last_activity_at)}`);
}
