/** Web Locks for one piece of work. Where there are none, the work is simply done. */

/**
 * In one of so many places that all tabs share. Answers whether there was one free.
 * @param {string} name @param {number} places @param {() => Promise<void>} work
 */
export async function inPlace(name, places, work) {
    for (let place = 1; place <= places; place += 1) {
        const free = await withLock(`${name}:${place}`, { ifAvailable: true }, async (isFree) => {
            if (isFree) await work();
            return isFree;
        });
        if (free) return true;
    }
    return false;
}

/**
 * With the lock, or without where this browser has none or refuses them (a sandboxed frame, say, that has no site data).
 * @template T
 * @param {string} name
 * @param {LockOptions} options with a signal it gives up waiting, and rejects
 * @param {(isFree: boolean) => Promise<T>} work `isFree`: false only with `ifAvailable`
 * @returns {Promise<T>}
 */
export async function withLock(name, options, work) {
    const locks = globalThis.navigator?.locks;
    if (!locks) return work(true);
    let begun = false;
    try {
        return await locks.request(name, options, (lock) => {
            begun = true;
            return work(lock !== null);
        });
    } catch (error) {
        if (begun || /** @type {any} */ (error)?.name !== "SecurityError") throw error;
        return work(true);
    }
}
