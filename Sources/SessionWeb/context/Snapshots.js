/**
 * The present snapshot of something, and those who are told of the next.
 * @template T
 */
export class Snapshots {
    #make;
    /** @type {Set<(snapshot: T) => void>} */
    #listeners = new Set();

    /** @param {() => T} make */
    constructor(make) {
        this.#make = make;
        this.present = make();
    }

    /** @param {(snapshot: T) => void} listener */
    subscribe(listener) {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
    }

    /** Makes it anew, and tells. */
    renew() {
        this.present = this.#make();
        for (const listener of [...this.#listeners]) {
            try {
                listener(this.present);
            } catch (error) {
                // One listener's fault is nobody else's; the page's console has it.
                setTimeout(() => { throw error; });
            }
        }
    }

    /** Nobody is told any more. */
    end() {
        this.#listeners.clear();
    }
}
