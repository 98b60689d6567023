/**
 * One of a browser's tabs at a time, by a Web Lock: the browser gives it to the next when a tab is closed or has crashed.
 * Without Web Locks, or a BroadcastChannel to hear of the others, every tab leads. That is more work and does no harm: what
 * all of them send bears the same idempotency keys.
 */
import { withLock } from "./locks.js";

export class Leadership {
    leads = false;
    #changed;
    #ended = new AbortController();

    /**
     * @param {string} name
     * @param {(leads: boolean) => void} changed
     * @param {{enabled?: boolean, alone?: boolean}} options `alone`: there are no others to share with
     */
    constructor(name, changed, { enabled = true, alone = false } = {}) {
        this.#changed = changed;
        if (!enabled) return;
        const { signal } = this.#ended;
        // Never within the constructor: whoever makes it has it first.
        const lead = () => queueMicrotask(() => this.#set(!signal.aborted));
        const held = () => new Promise((release) => {
            if (signal.aborted) return release(undefined);
            signal.addEventListener("abort", () => release(undefined), { once: true });
            lead();
        });
        // Rejects when it ends while it waits for its turn, and when somebody steals the lock.
        const leading = !globalThis.BroadcastChannel || alone ? held() : withLock(name, { signal }, held);
        leading.catch(() => undefined).finally(() => this.#set(false));
    }

    end() {
        this.#ended.abort();
        this.#set(false);
    }

    /** @param {boolean} leads */
    #set(leads) {
        if (this.leads === leads) return;
        this.leads = leads;
        this.#changed(leads);
    }
}
