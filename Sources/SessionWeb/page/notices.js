/**
 * What the outbox could not save as it was: the service's value has won, or it has refused. Each stays until it is dismissed,
 * and what was written can be taken up again.
 */
import { byId, button, element, showList } from "./dom.js";

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
        /** What was written goes where it came from. @param {() => void} take */
        const taking = (take) => async () => {
            if (context.state.currentSession?.id !== sessionId) await context.switchToSession(sessionId);
            take();
            await context.dismissResult(key);
        };
        const buttons = element("div", { class: "buttons" });
        if (kind === "message") buttons.append(button("Write it again", taking(() => writeAgain(String(body.content)))));
        if (kind === "metadata" && result.outcome === "conflict") {
            buttons.append(button("Use mine", taking(() => {
                for (const name of Object.keys(result.server ?? {})) void context.setSessionMetadata(name, body[name], { important: true });
            })));
        }
        buttons.append(button("Dismiss", () => context.dismissResult(key)));
        return element("li", { class: "notice", "data-outcome": result.outcome }, element("p", {}, headline(result)), ...details(result), buttons);
    };

    context.subscribe(({ results }) => {
        const open = results.filter(({ outcome }) => outcome === "conflict" || outcome === "refused");
        showList(list, open, { key: ({ key }) => key, create: notice });
    });
}

/** @param {Result} result */
function headline({ outcome, kind, server, error }) {
    const why = outcome === "conflict" && server?.status ? `the session is ${server.status}` : error?.detail || error?.title || "the server refused it";
    if (kind === "message") return `Not sent: ${why}.`;
    if (kind === "complete") return `Not completed: ${why}.`;
    if (outcome === "refused" || server?.status) return `Not saved: ${why}.`;
    return `Changed elsewhere meanwhile: ${Object.keys(server ?? {}).join(", ")}. That is kept, and not what you wrote here:`;
}

/** @param {Result} result */
function details({ outcome, kind, body, server }) {
    if (kind === "message") return [quote(String(body.content))];
    if (kind !== "metadata") return [];
    const names = outcome === "conflict" && !server?.status ? Object.keys(server ?? {}) : Object.keys(body);
    return names.map((name) => quote(`${name}: ${typeof body[name] === "string" ? body[name] : JSON.stringify(body[name] ?? null)}`));
}

/** @param {string} text */
function quote(text) {
    return element("blockquote", { dir: "auto", tabindex: "0" }, text);
}
