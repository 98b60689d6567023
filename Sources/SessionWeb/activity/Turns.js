/**
 * When activity may be told: once in an interval, over all of a user's tabs in this browser. Tabs that show different sessions
 * take turns, in the order of a Web Lock's queue; when the last turn was is in the local store, so that it outlives its tab.
 */
import { linked } from "../client/linked.js";
import { pause } from "../client/pause.js";
import { withLock } from "../tabs/locks.js";

/** The name under which the last turn is kept in the local store: milliseconds since 1970. */
const LAST = "activity";
/** A tab that stands still (a dialog, a debugger) may have the lock: after so long others don't wait for it. */
const PATIENCE_MS = 5 * 60_000;

export class Turns {
    #options;
    /** Where the store can't be used, it is this tab's alone. */
    #last = 0;

    /** @param {{store: import("../index.js").LocalStore, user: string, lockName: string, interval: number}} options */
    constructor(options) {
        this.#options = options;
    }

    /**
     * Resolves when it is this one's turn, which is then taken.
     * @param {AbortSignal} signal rejects when it aborts
     */
    async next(signal) {
        const { controller: waiting, release } = linked(signal);
        const patience = setTimeout(() => waiting.abort(), PATIENCE_MS);
        try {
            await withLock(this.#options.lockName, { signal: waiting.signal }, () => this.#due(waiting.signal));
        } catch (error) {
            if (signal.aborted) throw error;
            await this.take();
        } finally {
            clearTimeout(patience);
            release();
        }
    }

    /** @param {AbortSignal} signal */
    async #due(signal) {
        const { interval } = this.#options;
        // Somebody who comes back may take one meanwhile.
        for (let last, seen; (last = await this.#lastTurn()) !== seen; seen = last) {
            // A clock that was set back makes it wait for one interval, too.
            await pause(Math.min(interval, Math.max(0, last + interval - Date.now())), signal);
        }
        await this.take();
    }

    /** Takes it whosever turn it is. */
    async take() {
        const { store, user } = this.#options;
        this.#last = Date.now();
        await store.setValue(user, LAST, this.#last).catch(() => undefined);
    }

    async #lastTurn() {
        const { store, user } = this.#options;
        return (await store.value(user, LAST).catch(() => undefined)) ?? this.#last;
    }
}
