/**
 * The local store in IndexedDB, which all tabs of a browser share. Two object stores:
 *
 *   operations   position (given by the database, ever rising) → what is to be sent, with an index by user
 *   values       [user, name] → what was last shown, and what could not be sent
 *
 * Each method is one transaction, and resolves once it is committed.
 */
import { RESULTS } from "./results.js";

const SCHEMA = 1;

/** @typedef {import("../index.js").Operation} Operation */

export class IndexedDBStore {
    shared = true;
    #name;
    #factory;
    /** @type {Promise<IDBDatabase> | null} */
    #database = null;

    /** @param {string} [name] @param {IDBFactory} [factory] */
    constructor(name = "sessiond", factory = globalThis.indexedDB) {
        this.#name = name;
        this.#factory = factory;
    }

    /** @param {Omit<Operation, "position">} operation @returns {Promise<number>} */
    add(operation) {
        return this.#transaction("operations", "readwrite", (store, done) => {
            const request = store.add(operation);
            request.onsuccess = () => done(Number(request.result));
        });
    }

    /** @param {string} user @returns {Promise<Operation[]>} */
    operations(user) {
        return this.#transaction("operations", "readonly", (store, done) => {
            const request = store.index("user").getAll(user); // by user, then by position
            request.onsuccess = () => done(request.result);
        });
    }

    /**
     * @param {number} position
     * @param {(operation: Operation) => Operation | undefined | null} change
     * @returns {Promise<Operation | undefined>}
     */
    change(position, change) {
        return this.#transaction("operations", "readwrite", (store, done) => {
            const request = store.get(position);
            request.onsuccess = () => {
                const present = request.result;
                if (present === undefined) return;
                const changed = change(present);
                if (changed === null) store.delete(position);
                else if (changed !== undefined) store.put(changed);
                done(changed === null ? undefined : (changed ?? present));
            };
        });
    }

    /** @param {string} user @param {string} name @returns {Promise<any>} */
    value(user, name) {
        return this.#transaction("values", "readonly", (store, done) => {
            const request = store.get([user, name]);
            request.onsuccess = () => done(request.result);
        });
    }

    /** @param {string} user @param {string} name @param {any} value undefined takes it away @returns {Promise<void>} */
    setValue(user, name, value) {
        return this.#transaction("values", "readwrite", (store) => {
            if (value === undefined) store.delete([user, name]);
            else store.put(value, [user, name]);
        });
    }

    /** @param {string} user @param {{keepUnsent?: boolean}} options @returns {Promise<void>} */
    async clear(user, { keepUnsent = false } = {}) {
        await this.#transaction("values", "readwrite", (store) => {
            // An array is behind every string: all keys [user, …].
            const [first, last] = [[user], [user, []]];
            if (!keepUnsent) return void store.delete(IDBKeyRange.bound(first, last));
            store.delete(IDBKeyRange.bound(first, [user, RESULTS], false, true));
            store.delete(IDBKeyRange.bound([user, RESULTS], last, true));
        });
        if (keepUnsent) return;
        await this.#transaction("operations", "readwrite", (store) => {
            const request = store.index("user").openKeyCursor(user);
            request.onsuccess = () => {
                const cursor = request.result;
                if (cursor === null) return;
                store.delete(cursor.primaryKey);
                cursor.continue();
            };
        });
    }

    close() {
        void this.#database?.then((database) => database.close(), () => undefined);
        this.#database = null;
    }

    /**
     * Opens the database; rejects where there is none.
     * @returns {Promise<IDBDatabase>}
     */
    open() {
        this.#database ??= this.#opened().catch((error) => {
            this.#database = null;
            throw error;
        });
        return this.#database;
    }

    /** @returns {Promise<IDBDatabase>} */
    #opened() {
        return new Promise((resolve, reject) => {
            const request = this.#factory.open(this.#name, SCHEMA);
            request.onupgradeneeded = () => {
                const operations = request.result.createObjectStore("operations", { keyPath: "position", autoIncrement: true });
                operations.createIndex("user", "user");
                request.result.createObjectStore("values");
            };
            request.onerror = () => reject(request.error);
            request.onsuccess = () => {
                const database = request.result;
                // Opened anew at the next use: a newer page wants to change the schema, or the user has cleared the site's data.
                database.onversionchange = () => this.close();
                database.onclose = () => { this.#database = null; };
                resolve(database);
            };
        });
    }

    /**
     * @template T
     * @param {"operations" | "values"} name @param {IDBTransactionMode} mode
     * @param {(store: IDBObjectStore, done: (value: T) => void) => void} work
     * @returns {Promise<T>}
     */
    async #transaction(name, mode, work) {
        const database = await this.open();
        return new Promise((resolve, reject) => {
            const transaction = database.transaction(name, mode);
            /** @type {any} */
            let result;
            transaction.oncomplete = () => resolve(result);
            transaction.onabort = () => reject(transaction.error);
            work(transaction.objectStore(name), (value) => { result = value; });
        });
    }
}
