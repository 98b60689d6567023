/** What the agent says and does, as pure functions: it has no model, only this script. */

/**
 * @typedef {import("../index.js").Mission} Mission
 * @typedef {import("../index.js").SessionApiClient} Client
 */

/** Marks missions of this agent, in their metadata. */
export const AGENT = "demonstration";

/** The hops of every plan. One is open at a time, so the second appears when the first is done. */
const HOPS = [
    {
        name: "Find out what is known",
        rationale: "Better to read first than to guess.",
        is_final: false,
        steps: [{ tool_id: "search", name: "Search the notes" }, { tool_id: "read", name: "Read the best three" }],
    },
    {
        name: "Write the answer",
        rationale: "Everything needed is there now.",
        is_final: true,
        steps: [{ tool_id: "outline", name: "Outline it" }, { tool_id: "write", name: "Write it down" }],
    },
];

/**
 * The goal in "plan a trip to Kyoto", or null.
 * @param {string} text
 */
export function goalIn(text) {
    return /^\s*plan\b[\s:,]*(?<goal>[^]*\S)/i.exec(text)?.groups?.goal.slice(0, 400) ?? null;
}

/**
 * A mission's name: the goal's first line, as a heading.
 * @param {string} goal
 */
export function nameOf(goal) {
    const [first = "", ...rest] = [...goal.split("\n")[0]];
    const name = first.toUpperCase() + rest.slice(0, 80).join("");
    return rest.length > 80 ? `${name} …` : name;
}

/** @param {string} text @param {import("../index.js").SessionState} state */
export function replyTo(text, { currentSession, unsent, connection }) {
    const said = text.trim();
    if (/^help\b/i.test(said)) {
        return "I am a script in this page. I can:\n• plan … – make a mission and work on it, on the right\n• status – say how this session is\n• anything else – repeat it, so that you see it saved\n\nClose the browser, stop the server, open a second tab: everything goes on where it was.";
    }
    if (/^status\b/i.test(said)) {
        return `“${currentSession?.name}” is ${currentSession?.status}, at version ${currentSession?.version}. You are ${connection}; ${unsent} unsent.`;
    }
    const words = said.split(/\s+/).length;
    const shown = said.length > 300 ? `${said.slice(0, 300)} …` : said;
    return `You said: ${shown}\n\nThat is ${words} ${words === 1 ? "word" : "words"}. “plan a trip to Kyoto” has me do more, and “help” says what else.`;
}

/**
 * The next thing to do for a mission, or null when there is nothing more. Each is safe to do twice, by two browsers at once:
 * what creates bears a key that both make alike, and a move that was made already is refused.
 * @param {Mission} mission
 * @returns {((client: Client) => Promise<unknown>) | null}
 */
export function nextMove({ id, status, hops }) {
    if (status === "awaiting_approval") return (client) => client.setMissionStatus(id, "in_progress");
    if (status !== "in_progress") return null;
    const open = hops.find((hop) => !["completed", "failed", "cancelled"].includes(hop.status));
    if (open === undefined) {
        if (hops.length >= HOPS.length) return (client) => client.setMissionStatus(id, "completed");
        const { steps, ...hop } = HOPS[hops.length];
        return (client) => client.createHop(id, hop, { idempotencyKey: `${id}:hop:${hops.length}` });
    }
    /** @param {import("../index.js").HopStatus} to @returns {(client: Client) => Promise<unknown>} */
    const move = (to) => (client) => client.setHopStatus(id, open.id, to);
    switch (open.status) {
        case "hop_plan_started": return move("hop_plan_proposed");
        case "hop_plan_proposed": return move("hop_plan_ready");
        case "hop_plan_ready": return move("hop_impl_started");
        case "hop_impl_started": {
            const step = HOPS[hops.indexOf(open)]?.steps[open.tool_steps.length];
            if (step === undefined) return move("hop_impl_proposed");
            return (client) => client.createToolStep(id, open.id, step, { idempotencyKey: `${open.id}:step:${open.tool_steps.length}` });
        }
        case "hop_impl_proposed": return move("hop_impl_ready");
        case "hop_impl_ready": return move("executing");
        case "executing": {
            const step = open.tool_steps.find((each) => each.status === "ready_to_execute" || each.status === "executing");
            if (step === undefined) return null;
            return (client) => client.setToolStepStatus(id, open.id, step.id, step.status === "executing" ? "completed" : "executing");
        }
        default: return null;
    }
}
