/**
 * What a page that is being closed has recorded, and the store doesn't have yet: it takes in the same turn, where IndexedDB needs
 * several, and whoever opens the store next puts it there.
 */

/** @typedef {import("../index.js").Operation} Operation */

export class Leftovers {
    #storage;
    #prefix;
    #name;

    /** @param {string} prefix of one user's @param {string} name this tab's */
    constructor(prefix, name) {
        this.#prefix = prefix;
        this.#name = prefix + name;
        this.#storage = storage();
    }

    /** @param {Operation[]} operations */
    keep(operations) {
        try {
            this.#storage?.setItem(this.#name, JSON.stringify(operations));
        } catch {
            // It is full. They are on their way into the store, and with luck they arrive.
        }
    }

    /** The store has them. */
    forget() {
        this.#storage?.removeItem(this.#name);
    }

    /**
     * Hands over those of all pages of this user; what is not taken stays.
     * @param {(operation: Operation) => Promise<void>} put
     */
    async handOver(put) {
        for (const name of this.#names()) {
            const text = this.#storage?.getItem(name);
            for (const operation of read(text)) await put(operation);
            // Unless its page is still there, and has left something else meanwhile.
            if (this.#storage?.getItem(name) === text) this.#storage?.removeItem(name);
        }
    }

    /**
     * It was sent: the store had it after all, and its page was closed before it saw that.
     * @param {string} key
     */
    settled(key) {
        for (const name of this.#names()) {
            const operations = read(this.#storage?.getItem(name));
            const others = operations.filter((operation) => operation.key !== key);
            if (others.length < operations.length) this.#storage?.setItem(name, JSON.stringify(others));
        }
    }

    clear() {
        for (const name of this.#names()) this.#storage?.removeItem(name);
    }

    #names() {
        return Object.keys(this.#storage ?? {}).filter((name) => name.startsWith(this.#prefix));
    }
}

/** Refused where the browser keeps nothing for this site. */
function storage() {
    try {
        return globalThis.localStorage;
    } catch {
        return undefined;
    }
}

/** @param {string | null | undefined} text @returns {Operation[]} */
function read(text) {
    try {
        return JSON.parse(text ?? "[]");
    } catch {
        return [];
    }
}
