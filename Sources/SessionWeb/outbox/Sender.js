/**
 * Sends what is in the outbox, one after the other, in the one tab that leads it.
 *
 *                  ┌──────────── sent, or refused ────────────┐
 *                  ▼                                          │
 *   idle ─ due ─► next ─ claim ─► deliver ────────────────────┤
 *    ▲             │                                          └─ temporary failure ─► pause (backoff) ─► next
 *    └─ nothing due, until something is
 *
 * A temporary failure stops everything: what comes after must not overtake. `now` ends the pause.
 */
import { backoff } from "../client/retries.js";
import { SessionError } from "../client/errors.js";
import { isFailed } from "./results.js";

/** Pauses between attempts: from at most half a second up to at most 15. */
const PAUSES = { base: 500, cap: 15_000 };
/** A 500 may be a fault that only this operation causes. After so many in a row it is refused, so that the rest can go on. */
const BROKEN_MAX = 10;
/** A timer's longest time; a longer one would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * @typedef {import("../index.js").Operation} Operation
 * @typedef {import("./deliver.js").Outcome} Outcome
 * @typedef {object} SenderOptions
 * @property {import("./Outbox.js").Outbox} outbox
 * @property {(operation: Operation) => Promise<Outcome>} deliver
 * @property {(operation: Operation, outcome: Outcome) => Promise<void>} delivered before it is settled
 * @property {(progress: {saving: boolean, saved?: boolean, error?: unknown}) => void} report
 */

export class Sender {
    #outbox;
    #deliver;
    #delivered;
    #report;
    #leading = false;
    #running = false;
    /** Something was recorded while it ran. */
    #again = false;
    #failures = 0;
    #broken = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;

    /** @param {SenderOptions} options */
    constructor({ outbox, deliver, delivered, report }) {
        this.#outbox = outbox;
        this.#deliver = deliver;
        this.#delivered = delivered;
        this.#report = report;
    }

    /**
     * Whether this is the tab that sends.
     * @param {boolean} leading
     */
    lead(leading) {
        this.#leading = leading;
        if (leading) this.now();
        else clearTimeout(this.#timer);
    }

    /** Something was recorded. Within a pause that changes nothing. */
    notice() {
        if (this.#failures === 0) void this.#run();
    }

    /** It is worth trying: ends a pause. */
    now() {
        this.#failures = 0;
        void this.#run();
    }

    async #run() {
        this.#again = this.#running;
        if (this.#running || !this.#leading) return;
        this.#running = true;
        clearTimeout(this.#timer);
        try {
            do {
                this.#again = false;
                await this.#drain();
            } while (this.#again && this.#failures === 0);
        } catch (error) {
            this.#failed(error); // the local store's
        } finally {
            this.#running = false;
        }
    }

    async #drain() {
        while (this.#leading) {
            const { operation: next, due } = await this.#outbox.next();
            if (next === undefined) {
                if (due !== undefined) this.#wake(due - Date.now());
                return;
            }
            const operation = await this.#outbox.claim(next.position);
            if (operation === undefined) continue;
            this.#report({ saving: true });
            let outcome;
            try {
                outcome = await this.#deliver(operation);
            } catch (error) {
                const broken = error instanceof SessionError && error.status === 500 && (this.#broken += 1) >= BROKEN_MAX;
                if (!broken) return this.#failed(error);
                outcome = /** @type {const} */ ({ outcome: "refused", error });
            }
            this.#failures = 0;
            this.#broken = 0;
            await this.#delivered(operation, outcome);
            await this.#outbox.settle(operation);
            this.#report({ saving: false, saved: !isFailed(outcome) });
        }
    }

    /** @param {unknown} error */
    #failed(error) {
        this.#wake(backoff(this.#failures, error instanceof SessionError ? error.retryAfter : null, PAUSES));
        this.#failures += 1;
        this.#report({ saving: false, error });
    }

    /** @param {number} milliseconds */
    #wake(milliseconds) {
        clearTimeout(this.#timer);
        if (this.#leading) this.#timer = setTimeout(() => void this.#run(), Math.min(Math.max(0, milliseconds), TIMER_MAX_MS));
    }
}
