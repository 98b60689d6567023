/** Web Locks for one piece of work. Where there are none, the work is simply done. */

/**
 * One tab after the other.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @param {AbortSignal} [signal] gives up waiting: then it rejects
 * @returns {Promise<T>}
 */
export async function exclusively(name, work, signal) {
    const locks = globalThis.navigator?.locks;
    return locks ? locks.request(name, { signal }, work) : work();
}

/**
 * In one of so many places that all tabs share. Answers whether there was one free.
 * @param {string} name @param {number} places @param {() => Promise<void>} work
 */
export async function inPlace(name, places, work) {
    const locks = globalThis.navigator?.locks;
    if (!locks) {
        await work();
        return true;
    }
    for (let place = 1; place <= places; place += 1) {
        const free = await locks.request(`${name}:${place}`, { ifAvailable: true }, async (lock) => {
            if (lock === null) return false;
            await work();
            return true;
        });
        if (free) return true;
    }
    return false;
}
