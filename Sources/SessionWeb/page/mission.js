/** The mission's tree: its hops, and their tool steps, each with its status. */
import { byId, complain, element, setAttribute, setHidden, setText, showList } from "./dom.js";
import { sentence, showStatus } from "./words.js";

/**
 * @typedef {import("../index.js").Mission} Mission
 * @typedef {import("../index.js").Hop} Hop
 * @typedef {import("../index.js").ToolStep} ToolStep
 */

const CLOSED = ["completed", "failed", "cancelled"];

/** @param {import("../index.js").SessionContext} context */
export function showMission(context) {
    const panel = byId("mission");
    const stop = byId("stop-mission");
    /** @type {Mission | null} */
    let shown = null;

    const title = element("h3", { dir: "auto" });
    const chip = element("span", { class: "chip" });
    const goal = element("p", { class: "goal", dir: "auto" });
    const progress = element("progress", { "aria-label": "Tool steps done" });
    const hops = element("ol", { class: "hops", "aria-label": "Hops" });
    panel.append(element("div", { class: "line" }, title, chip), goal, progress, hops);

    stop.addEventListener("click", () => {
        if (shown === null) return;
        context.client.setMissionStatus(shown.id, "cancelled").then(
            () => complain(""),
            (error) => complain(sentence(error)),
        );
    });

    context.subscribe(({ mission }) => {
        if (mission === shown) return;
        shown = mission;
        panel.hidden = mission === null;
        byId("no-mission").hidden = mission !== null;
        setHidden(stop, mission === null || CLOSED.includes(mission.status));
        if (mission === null) return;
        setText(title, mission.name);
        showStatus(chip, mission.status);
        setText(goal, mission.goal ?? "");
        const steps = mission.hops.flatMap(({ tool_steps }) => tool_steps);
        setAttribute(progress, "max", String(Math.max(1, steps.length)));
        setAttribute(progress, "value", String(steps.filter(({ status }) => status === "completed").length));
        showList(hops, mission.hops, { key: ({ id }) => id, create: createHop, update: updateHop });
    });
}

function createHop() {
    return element("li", {},
        element("div", { class: "line" }, element("span", { class: "hop-name", dir: "auto" }), element("span", { class: "chip" })),
        element("p", { class: "goal", dir: "auto" }),
        element("ol", { class: "steps", "aria-label": "Tool steps" }));
}

/** @param {HTMLElement} node @param {Hop} hop */
function updateHop(node, { name, status, rationale, tool_steps, error_message }) {
    const [line, why, steps] = /** @type {HTMLElement[]} */ ([...node.children]);
    const [title, chip] = line.children;
    setText(title, name);
    showStatus(chip, status);
    setAttribute(node, "data-open", !CLOSED.includes(status));
    setText(why, error_message ?? rationale ?? "");
    steps.hidden = tool_steps.length === 0;
    showList(steps, tool_steps, { key: ({ id }) => id, create: createStep, update: updateStep });
}

function createStep() {
    return element("li", { class: "line" }, element("span", { dir: "auto" }), element("span", { class: "chip" }));
}

/** @param {HTMLElement} node @param {ToolStep} step */
function updateStep(node, { name, status, tool_id }) {
    const [title, chip] = node.children;
    setText(title, name);
    setAttribute(title, "title", `Tool: ${tool_id}`);
    showStatus(chip, status);
}
