/**
 * The local store of a page that is kept nowhere: where there is no IndexedDB, as in private windows of some browsers. What
 * is unsent survives a lost network, and nothing more; other tabs don't see it, so each sends its own.
 */
import { RESULTS } from "./results.js";

/** @typedef {import("../index.js").Operation} Operation */

export class MemoryStore {
    shared = false;
    #position = 0;
    /** @type {Map<number, Operation>} */
    #operations = new Map();
    /** @type {Map<string, Map<string, any>>} */
    #values = new Map();

    /** @param {Omit<Operation, "position">} operation */
    async add(operation) {
        const position = (this.#position += 1);
        this.#operations.set(position, structuredClone({ ...operation, position }));
        return position;
    }

    /** @param {string} user */
    async operations(user) {
        return structuredClone([...this.#operations.values()].filter((operation) => operation.user === user));
    }

    /** @param {number} position @param {(operation: Operation) => Operation | undefined | null} change */
    async change(position, change) {
        const present = this.#operations.get(position);
        if (present === undefined) return undefined;
        const changed = change(structuredClone(present));
        if (changed === undefined) return structuredClone(present);
        if (changed === null) {
            this.#operations.delete(position);
            return undefined;
        }
        this.#operations.set(position, structuredClone(changed));
        return changed;
    }

    /** @param {string} user @param {string} name */
    async value(user, name) {
        return structuredClone(this.#values.get(user)?.get(name));
    }

    /** @param {string} user @param {string} name @param {any} value undefined takes it away */
    async setValue(user, name, value) {
        const values = this.#values.get(user) ?? new Map();
        this.#values.set(user, values);
        if (value === undefined) values.delete(name);
        else values.set(name, structuredClone(value));
    }

    /** @param {string} user @param {{keepUnsent?: boolean}} options */
    async clear(user, { keepUnsent = false } = {}) {
        const values = this.#values.get(user) ?? new Map();
        for (const name of values.keys()) {
            if (!keepUnsent || name !== RESULTS) values.delete(name);
        }
        if (keepUnsent) return;
        for (const [position, operation] of this.#operations) {
            if (operation.user === user) this.#operations.delete(position);
        }
    }

    close() {}
}
