/** What the page knows of the session's state, as it changes. */
import { byId, element, setText } from "./dom.js";
import { duration, timeOf, wordOf } from "./words.js";

/** @typedef {import("../index.js").SessionState} State */

/** @type {[name: string, id: string, value: (state: State) => string][]} */
const ROWS = [
    ["Status", "status", ({ currentSession }) => (currentSession ? wordOf(currentSession.status) : "–")],
    ["Version", "version", version],
    ["Messages", "count", ({ currentSession }) => (currentSession ? String(currentSession.message_count) : "–")],
    ["Saved at", "saved", ({ savedAt }) => (savedAt === null ? "–" : timeOf(savedAt, true))],
    ["Unsent", "unsent", ({ unsent, saving }) => (saving ? `${unsent}, saving …` : String(unsent))],
    ["Abandoned in", "abandoned", abandoned],
    ["Connection", "connection", ({ connection, live }) => (connection === "offline" ? "offline" : live ? "online, live" : "online, asking now and then")],
    ["This tab", "leader", ({ isLeader, currentSession }) => (currentSession === null ? "–" : isLeader ? "leads the others" : "follows another tab")],
];

/** @param {import("../index.js").SessionContext} context */
export function showLive(context) {
    const values = ROWS.map(([name, id, value]) => {
        const cell = element("dd", { id: `live-${id}` });
        byId("live").append(element("dt", {}, name), cell);
        return () => setText(cell, value(context.state));
    });
    const show = () => values.forEach((each) => each());
    context.subscribe(show);
    // The time goes on by itself.
    setInterval(() => { if (document.visibilityState === "visible") show(); }, 1_000);
    show();
}

/** @param {State} state */
function version({ currentSession, flushedVersion }) {
    if (currentSession === null) return "–";
    const { version: present } = currentSession;
    if (flushedVersion === null) return String(present);
    return flushedVersion >= present ? `${present}, in SQLite` : `${present}, ${flushedVersion} in SQLite`;
}

/** @param {State} state */
function abandoned({ currentSession }) {
    if (currentSession?.status === "abandoned") return "it is abandoned";
    if (currentSession?.status !== "active" || !currentSession.abandons_at) return "–";
    const left = new Date(currentSession.abandons_at).getTime() - Date.now();
    return left > 0 ? duration(left) : "any moment";
}
