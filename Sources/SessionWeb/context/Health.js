/** Whether the service can be reached, and what went wrong last. */
import { QuotaError, SessionError, UnauthorizedError, UnreachableError } from "../client/errors.js";

export class Health {
    /** @type {Error | null} */
    sessionError = null;
    /** @type {"online" | "offline"} */
    connection = "online";
    /**
     * The quota that holds up what is unsent. Answers to something else say nothing of it.
     * @type {QuotaError | null}
     */
    #heldUp = null;
    #changed;

    /** @param {() => void} changed */
    constructor(changed) {
        this.#changed = changed;
    }

    get isHeldUp() {
        return this.#heldUp !== null;
    }

    /** Nothing is known to be wrong. */
    clear() {
        this.#set({ sessionError: null });
    }

    /** What somebody asked for worked. */
    succeeded() {
        this.#set({ sessionError: null, connection: "online" });
    }

    /**
     * The service has answered, to whatever it was.
     * @param {boolean} saved something that was recorded
     * @returns {boolean} whether it is better than it was
     */
    answered(saved) {
        const { sessionError } = this;
        // What somebody asked for in vain stays said, until something else they ask for works.
        const temporary = sessionError instanceof SessionError && sessionError.temporary;
        if (saved) this.#heldUp = null;
        const over = (temporary && sessionError !== this.#heldUp) || sessionError instanceof UnauthorizedError;
        if (this.connection === "online" && !over) return false;
        this.#set({ sessionError: over ? null : sessionError, connection: "online" });
        return true;
    }

    /** Why what was recorded could not be sent, which is still to be told. @param {unknown} error */
    holdUp(error) {
        this.#heldUp = error instanceof QuotaError ? error : null;
    }

    /** @param {unknown} error */
    failed(error) {
        const sessionError = error instanceof Error ? error : new Error(String(error));
        this.#set({ sessionError, connection: error instanceof UnreachableError ? "offline" : this.connection });
    }

    /** @param {{sessionError: Error | null, connection?: "online" | "offline"}} health */
    #set({ sessionError, connection = this.connection }) {
        this.sessionError = sessionError;
        this.connection = connection;
        this.#changed();
    }
}
