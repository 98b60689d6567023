/** The browser's own store; where that can't be opened, one in memory. */
import { IndexedDBStore } from "./IndexedDBStore.js";
import { MemoryStore } from "./MemoryStore.js";

/** @param {string} name @returns {Promise<import("../index.js").LocalStore>} */
export async function openStore(name) {
    if (!globalThis.indexedDB) return new MemoryStore();
    const store = new IndexedDBStore(name);
    try {
        await store.open();
        return store;
    } catch {
        return new MemoryStore();
    }
}
