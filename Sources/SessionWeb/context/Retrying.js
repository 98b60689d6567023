/** Tries something until it works: one attempt at a time, with pauses between them. */
import { SessionError } from "../client/errors.js";
import { backoff } from "../client/retries.js";

/** Pauses: from at most a second up to at most 15. */
const PAUSES = { base: 1_000, cap: 15_000 };

export class Retrying {
    #attempt;
    #failed;
    #failures = 0;
    #ended = new AbortController();
    /** @type {Promise<void> | null} */
    #running = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;

    /**
     * @param {(signal: AbortSignal) => Promise<void>} attempt
     * @param {(error: unknown) => boolean} failed answers whether to try again
     */
    constructor(attempt, failed) {
        this.#attempt = attempt;
        this.#failed = failed;
    }

    /** Between two attempts. */
    get pausing() {
        return this.#timer !== undefined;
    }

    /** Resolves after the attempt that is under way, or one that starts now. Never rejects. */
    now() {
        this.#stopTimer();
        if (this.#running === null) {
            const running = this.#run(this.#ended.signal).finally(() => {
                if (this.#running === running) this.#running = null;
            });
            this.#running = running;
        }
        return this.#running;
    }

    /** It is not needed any more; an attempt that is under way may still succeed. */
    stop() {
        this.#stopTimer();
        this.#failures = 0;
    }

    /** Nor is the attempt that is under way. */
    cancel() {
        this.stop();
        this.#ended.abort();
        this.#ended = new AbortController();
        this.#running = null;
    }

    /** @param {AbortSignal} signal */
    async #run(signal) {
        try {
            await this.#attempt(signal);
            this.#failures = 0;
        } catch (error) {
            if (signal.aborted || !this.#failed(error)) return;
            const retryAfter = error instanceof SessionError ? error.retryAfter : null;
            this.#timer = setTimeout(() => void this.now(), backoff(this.#failures, retryAfter, PAUSES));
            this.#failures += 1;
        }
    }

    #stopTimer() {
        clearTimeout(this.#timer);
        this.#timer = undefined;
    }
}
