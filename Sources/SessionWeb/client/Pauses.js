/** Pauses that can be ended early, all together: because the network is back, or somebody looks at the page again. */
import { linked } from "./linked.js";
import { pause } from "./pause.js";

export class Pauses {
    /** @type {Set<() => void>} */
    #ends = new Set();

    /**
     * Resolves after the time, or when it is ended early; rejects when the signal aborts.
     * @param {number} milliseconds
     * @param {AbortSignal} signal
     */
    async pause(milliseconds, signal) {
        const { controller: early, release } = linked(signal);
        const end = () => early.abort();
        this.#ends.add(end);
        try {
            await pause(milliseconds, early.signal);
        } catch (error) {
            if (signal.aborted) throw error;
        } finally {
            this.#ends.delete(end);
            release();
        }
    }

    end() {
        for (const end of [...this.#ends]) end();
    }
}
