/** The messages. It stays at the newest while its reader is there, and where they are while they read older ones. */
import { byId, element, setAttribute, setText, showList } from "./dom.js";
import { timeOf } from "./words.js";

/** Closer to the end than this is at the end, in pixels. */
const AT_END = 60;
/** @type {Record<string, string>} */
const NAMES = { user: "You", assistant: "Agent", system: "System", tool: "Tool", status: "Status" };

/** @typedef {import("../index.js").ShownMessage} Message */

/** @param {import("../index.js").SessionContext} context */
export function showChat(context) {
    const scroll = byId("scroll");
    const log = byId("log");
    const older = byId("older", HTMLButtonElement);
    /** @type {string | undefined} */
    let shown;

    older.addEventListener("click", async () => {
        older.disabled = true;
        const fromEnd = scroll.scrollHeight - scroll.scrollTop;
        await context.loadOlderMessages().catch(() => undefined); // why is said at the top
        scroll.scrollTop = scroll.scrollHeight - fromEnd;
        older.disabled = false;
        // The button may be gone by now.
        if (older.hidden) scroll.focus({ preventScroll: true });
    });

    context.subscribe(({ currentSession, messages, hasOlderMessages, isSessionLoading }) => {
        const other = currentSession?.id !== shown;
        shown = currentSession?.id;
        const atEnd = other || scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < AT_END;
        // Another conversation as a whole is not news, nor is what was said before.
        setAttribute(log, "aria-live", other || older.disabled ? "off" : "polite");
        setAttribute(log, "aria-busy", isSessionLoading && "true");
        showList(log, messages, { key: ({ id }) => id, create, update });
        older.hidden = !hasOlderMessages;
        byId("empty").hidden = messages.length > 0 || currentSession === null || hasOlderMessages;
        if (atEnd) scroll.scrollTop = scroll.scrollHeight;
    });
}

/** @param {Message} message */
function create({ role }) {
    return element("article", { class: "message", "data-role": role },
        element("p", { class: "about" }, element("span", {}, NAMES[role] ?? role), element("time"), element("span", { class: "state" })),
        element("div", { class: "text", dir: "auto" }));
}

/** @param {HTMLElement} node @param {Message} message */
function update(node, { content, created_at, pending, sequence_order }) {
    const [about, text] = /** @type {HTMLElement[]} */ ([...node.children]);
    const [, time, state] = about.children;
    setText(text, content);
    setText(time, timeOf(created_at));
    setAttribute(time, "datetime", created_at);
    setText(state, pending ? "not sent yet" : "");
    setAttribute(node, "data-pending", pending === true);
    setAttribute(node, "data-sequence", sequence_order === null ? null : String(sequence_order));
}
