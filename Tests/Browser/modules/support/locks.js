/** Web Locks for node, which has none before version 24: exclusive ones, with `signal` and `ifAvailable`. */
export class Locks {
    /** @type {Map<string, (() => void)[]>} those who wait for it */
    #held = new Map();

    async request(name, ...rest) {
        const work = rest.pop();
        const { signal, ifAvailable = false } = rest[0] ?? {};
        await null; // never at once
        if (signal?.aborted) throw signal.reason;
        if (this.#held.has(name)) {
            if (ifAvailable) return work(null);
            await new Promise((resolve, reject) => {
                const waiting = this.#held.get(name);
                waiting.push(resolve);
                signal?.addEventListener("abort", () => {
                    const index = waiting.indexOf(resolve);
                    if (index >= 0) waiting.splice(index, 1);
                    reject(signal.reason);
                });
            });
        } else {
            this.#held.set(name, []);
        }
        try {
            return await work({ name, mode: "exclusive" });
        } finally {
            const next = this.#held.get(name).shift();
            if (next) next();
            else this.#held.delete(name);
        }
    }
}

export function install() {
    Object.defineProperty(globalThis, "navigator", { value: { locks: new Locks() }, configurable: true });
}
