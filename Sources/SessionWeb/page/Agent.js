/**
 * The scripted agent. It answers what is written in this tab, and works on the missions it has made.
 *
 *   a message ─► a moment ─► an answer, or a mission (script.js says which)
 *   a mission of its own is open, and this tab leads ─► the next move ─► a moment ─► … ─► it is done
 *
 * It keeps nothing in memory that matters: after a reload, or in another tab, it looks at the mission and goes on.
 */
import { ConflictError, NotFoundError, PreconditionFailedError, UnauthorizedError } from "../index.js";
import { AGENT, goalIn, nameOf, nextMove, replyTo } from "./script.js";

/** Before an answer. */
const THINK_MS = 500;
/** Between two moves. */
const MOVE_MS = 350;
/** After a failure. */
const AGAIN_MS = 3_000;

export class Agent {
    #context;
    #client;
    /**
     * The mission that is being worked on.
     * @type {string | null}
     */
    #working = null;

    /** @param {{context: import("../index.js").SessionContext, client: import("../index.js").SessionApiClient}} options */
    constructor({ context, client }) {
        this.#context = context;
        this.#client = client;
        context.subscribe(() => void this.#work());
    }

    /**
     * Somebody has written something here.
     * @param {import("../index.js").ShownMessage} message
     */
    hear({ content, chat_id }) {
        setTimeout(() => void this.#answer(content, chat_id), THINK_MS);
    }

    /** @param {string} text @param {string} chat where it was written */
    async #answer(text, chat) {
        const { state } = this.#context;
        // They have gone to another session, or have logged out.
        if (state.currentSession?.chat_id !== chat) return;
        const goal = goalIn(text);
        // Into the outbox: it works offline as well.
        const say = async (/** @type {string} */ content) => {
            // A plan takes its time, and they may be elsewhere by then.
            if (this.#context.state.currentSession?.chat_id !== chat) return;
            await this.#context.addMessage({ role: "assistant", content }).catch(() => undefined);
        };
        if (goal === null) return say(replyTo(text, state));
        try {
            await this.#begin(goal, state.currentSession.id, state.mission);
            await say("I have made a plan, and am on it. You see it on the right.");
        } catch (error) {
            await say(`I could not make that plan: ${error instanceof Error ? error.message : error}`);
        }
    }

    /** @param {string} goal @param {string} session @param {import("../index.js").Mission | null} former */
    async #begin(goal, session, former) {
        if (former && nextMove(former)) await this.#client.setMissionStatus(former.id, "cancelled").catch(() => undefined);
        const name = nameOf(goal);
        // The id of the message that says it is done: whoever says it, it is said once.
        const mission_metadata = { agent: AGENT, done_message: crypto.randomUUID() };
        await this.#client.createMission({ name, goal: "Known facts, and a written answer.", mission_metadata }, { session_id: session });
    }

    async #work() {
        const { mission } = this.#context.state;
        if (this.#working !== null || mission === null || !this.#isMine(mission)) return;
        this.#working = mission.id;
        try {
            await this.#carryOut(mission.id);
        } finally {
            this.#working = null;
        }
    }

    /**
     * Its own, open, and nobody else's to do.
     * @param {import("../index.js").Mission} mission
     */
    #isMine(mission) {
        return mission.mission_metadata?.agent === AGENT && this.#context.state.isLeader && nextMove(mission) !== null;
    }

    /** @param {string} id */
    async #carryOut(id) {
        const session = this.#context.state.currentSession?.id;
        const goesOn = () => this.#context.state.mission?.id === id && this.#context.state.isLeader;
        while (goesOn()) {
            try {
                const mission = await this.#client.getMission(id);
                const move = nextMove(mission);
                if (move === null) {
                    if (mission.status === "completed" && session !== undefined) await this.#sayDone(mission, session);
                    return;
                }
                await move(this.#client);
                await pause(MOVE_MS);
            } catch (error) {
                if (error instanceof NotFoundError) return;
                // A person has to log in first; what comes next asks again.
                if (error instanceof UnauthorizedError) return await pause(AGAIN_MS);
                // Somebody else has made that move.
                const made = error instanceof ConflictError || error instanceof PreconditionFailedError;
                await pause(made ? MOVE_MS : AGAIN_MS);
            }
        }
    }

    /** @param {import("../index.js").Mission} mission @param {string} session its own */
    async #sayDone({ id, name, mission_metadata }, session) {
        const message = { id: mission_metadata.done_message, role: /** @type {const} */ ("assistant"), content: `Done: ${name}.` };
        // A session that has ended meanwhile takes none, which is as well.
        await this.#client.addMessages(session, message, { idempotencyKey: `${id}:done` }).catch(() => undefined);
    }
}

/** @param {number} milliseconds @returns {Promise<void>} */
function pause(milliseconds) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
