/**
 * What a user last saw in this browser, so that a page which can't reach the service has something to show: the id of the
 * session, for this tab and for the next new one, and copies of the newest sessions.
 */

/** Sessions kept. */
const SESSIONS_MAX = 5;
/** Of each, the newest messages. */
const MESSAGES_MAX = 200;
/** Changes that come within this time are written together. */
const WRITE_AFTER_MS = 300;

/** @typedef {import("./copy.js").Copy} Copy */

export class LastSeen {
    #store;
    #user;
    #tabKey;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;
    /** @type {Copy | null} */
    #unwritten = null;

    /** @param {{store: import("../index.js").LocalStore, user: string, prefix: string}} options */
    constructor({ store, user, prefix }) {
        this.#store = store;
        this.#user = user;
        this.#tabKey = `${prefix}:${user}:session`;
    }

    /** @returns {Promise<string | null>} */
    async sessionId() {
        return tabValue(this.#tabKey) ?? (await this.#store.value(this.#user, "current")) ?? null;
    }

    /** @param {string} id @returns {Promise<Copy | null>} */
    async copy(id) {
        return (await this.#store.value(this.#user, `session:${id}`)) ?? null;
    }

    /**
     * Keeps it as the one to come back to.
     * @param {Copy} copy
     */
    async open(copy) {
        const { id } = copy.session;
        setTabValue(this.#tabKey, id);
        this.update(copy);
        await this.#store.setValue(this.#user, "current", id);
        const before = /** @type {string[]} */ ((await this.#store.value(this.#user, "recent")) ?? []);
        const recent = [id, ...before.filter((other) => other !== id)];
        for (const old of recent.splice(SESSIONS_MAX)) await this.#store.setValue(this.#user, `session:${old}`, undefined);
        await this.#store.setValue(this.#user, "recent", recent);
    }

    /**
     * Soon.
     * @param {Copy} copy
     */
    update(copy) {
        if (this.#unwritten?.session.id !== copy.session.id) this.write();
        this.#unwritten = copy;
        this.#timer ??= setTimeout(() => this.write(), WRITE_AFTER_MS);
    }

    /** Now. */
    write() {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        const copy = this.#unwritten;
        if (copy === null) return;
        this.#unwritten = null;
        const messages = copy.messages.slice(-MESSAGES_MAX);
        const hasOlder = copy.hasOlder || messages.length < copy.messages.length;
        // A store that is full must not break the page; this is only a convenience.
        this.#store.setValue(this.#user, `session:${copy.session.id}`, { ...copy, messages, hasOlder }).catch(() => undefined);
    }

    /**
     * The session is gone.
     * @param {string} id
     */
    async forget(id) {
        if (this.#unwritten?.session.id === id) this.end();
        if (tabValue(this.#tabKey) === id) setTabValue(this.#tabKey, null);
        await this.#store.setValue(this.#user, `session:${id}`, undefined);
        if ((await this.#store.value(this.#user, "current")) === id) await this.#store.setValue(this.#user, "current", undefined);
    }

    /** Writes nothing more. */
    end() {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        this.#unwritten = null;
    }

    /** And this tab has nothing to come back to. */
    clear() {
        this.end();
        setTabValue(this.#tabKey, null);
    }
}

/**
 * Survives a reload of this tab. There may be no sessionStorage, or a user may forbid it.
 * @param {string} key
 * @returns {string | null}
 */
function tabValue(key) {
    try {
        return sessionStorage.getItem(key);
    } catch {
        return null;
    }
}

/** @param {string} key @param {string | null} value */
function setTabValue(key, value) {
    try {
        if (value === null) sessionStorage.removeItem(key);
        else sessionStorage.setItem(key, value);
    } catch {
        // as above
    }
}
