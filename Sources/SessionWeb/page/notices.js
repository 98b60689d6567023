/**
 * What the outbox could not save as it was: the service's value has won, or it has refused. Each stays until it is dismissed,
 * and what was written can be taken up again.
 */
import { byId, button, complain, element, focusChat, showList } from "./dom.js";

/**
 * Why it was not saved, where that is the session's status; else other values have won, of the keys in `server`.
 * @param {Result} result
 */
const ended = ({ outcome, error, server }) => outcome === "conflict" && (error !== undefined || server === undefined);

/**
 * @typedef {import("../index.js").Result} Result
 * @param {import("../index.js").SessionContext} context
 * @param {{writeAgain: (text: string) => void, renew: () => void}} options
 */
export function showNotices(context, { writeAgain, renew }) {
    const list = byId("notices");
    byId("log-in-again").addEventListener("click", renew);

    /** @param {Result} result */
    const notice = (result) => {
        const { key, kind, sessionId, body } = result;
        /**
         * What was written goes where it came from.
         * @param {() => void} take
         */
        const taking = (take) => async () => {
            try {
                if (context.state.currentSession?.id !== sessionId) await context.switchToSession(sessionId);
            } catch {
                return; // why is said at the top
            }
            const { status } = context.state.currentSession ?? {};
            if (status !== "active" && status !== "abandoned") return complain(`The session is ${status}. Resume it first.`);
            complain("");
            take();
            await dismiss();
        };
        /** The keyboard's focus goes on to another notice. */
        const dismiss = async () => {
            const isHere = item.contains(document.activeElement);
            await context.dismissResult(key);
            if (!isHere) return;
            const other = list.querySelector("li");
            if (other) other.focus();
            else focusChat();
        };
        const buttons = element("div", { class: "buttons" });
        if (kind === "message") buttons.append(button("Write it again", taking(() => writeAgain(String(body.content)))));
        if (kind === "metadata" && result.outcome === "conflict") {
            buttons.append(button("Use mine", taking(() => {
                for (const name of keysOf(result)) void context.setSessionMetadata(name, body[name], { important: true });
            })));
        }
        buttons.append(button("Dismiss", dismiss));
        const item = element("li", { class: "notice", "data-outcome": result.outcome, tabindex: "-1" }, element("p", {}, headline(result)), ...details(result), buttons);
        return item;
    };

    context.subscribe(({ results }) => {
        const failed = results.filter(({ outcome }) => outcome === "conflict" || outcome === "refused");
        const [trifles, open] = [failed.filter(isTrifle), failed.filter((result) => !isTrifle(result))];
        // What can't be taken away now is taken away at the next start.
        for (const { key } of trifles) context.dismissResult(key).catch(() => undefined);
        showList(list, open, { key: ({ key }) => key, create: notice });
    });
}

/** @param {Result} result */
function isTrifle(result) {
    if (result.kind === "message") return result.body.role !== "user";
    return result.kind === "metadata" && keysOf(result).every((name) => result.body[name] === null);
}

/**
 * The metadata that was not saved.
 * @param {Result} result
 */
function keysOf(result) {
    return Object.keys(result.outcome === "refused" || ended(result) ? result.body : (result.server ?? {}));
}

/** @param {Result} result */
function headline(result) {
    const { outcome, kind, server, error } = result;
    const why = ended(result) && server?.status ? `the session is ${server.status}` : (error?.detail || error?.title || "the server refused it").replace(/\.$/, "");
    if (kind === "message") return `Not sent: ${why}.`;
    if (kind === "complete") return `Not completed: ${why}.`;
    if (outcome === "refused" || ended(result)) return `Not saved: ${why}.`;
    return `Changed elsewhere meanwhile: ${keysOf(result).join(", ")}. That is kept, and not what you wrote here:`;
}

/** @param {Result} result */
function details(result) {
    const { kind, body } = result;
    if (kind === "message") return [quote(String(body.content))];
    if (kind !== "metadata") return [];
    return keysOf(result).map((name) => quote(`${name}: ${typeof body[name] === "string" ? body[name] : JSON.stringify(body[name] ?? null)}`));
}

/** @param {string} text */
function quote(text) {
    return element("blockquote", { dir: "auto", tabindex: "0" }, text);
}
