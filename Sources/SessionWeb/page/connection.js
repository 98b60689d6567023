/** One line on whether everything is saved, and what is wrong where something is. */
import { UnauthorizedError } from "../index.js";
import { byId, setAttribute, setText } from "./dom.js";
import { counted, sentence, timeOf } from "./words.js";

/** @param {import("../index.js").SessionContext} context */
export function showConnection(context) {
    const line = byId("connection");
    const problem = byId("problem");

    context.subscribe((state) => {
        const { connection, unsent } = state;
        setText(line, summary(state));
        setAttribute(line, "data-tone", connection === "offline" ? "warn" : unsent > 0 ? "" : "good");
        const text = problemOf(state);
        problem.hidden = text === "";
        setText(byId("problem-text"), text);
        byId("log-in-again").hidden = !(state.sessionError instanceof UnauthorizedError);
    });
}

/** @param {import("../index.js").SessionState} state */
function summary({ connection, unsent, saving, savedAt }) {
    if (connection === "offline") return unsent > 0 ? `Offline, ${unsent} unsent` : "Offline";
    if (saving || unsent > 0) return "Saving …";
    return savedAt === null ? "Online" : `Saved at ${timeOf(savedAt)}`;
}

/** @param {import("../index.js").SessionState} state */
function problemOf({ sessionError, connection, unsent, currentSession }) {
    if (sessionError instanceof UnauthorizedError) return "Your login has expired. What you write is kept here until you log in again.";
    if (connection === "offline") {
        const kept = unsent > 0 ? `${counted(unsent, "change")} ${unsent === 1 ? "is" : "are"} kept in this browser.` : "What you write is kept in this browser.";
        return currentSession ? `The server can’t be reached. ${kept} It is tried again all the time.` : "The server can’t be reached. It is tried again all the time.";
    }
    return sessionError ? sentence(sessionError) : "";
}
