/**
 * What a user has done and the service doesn't have yet, in order. Everything is recorded here before it is sent for the
 * first time, so neither a lost network nor a closed browser loses it.
 *
 *   recorded ──► (metadata only: changed further, until it is sent first) ──► claimed ──► sent … ──► settled: gone
 *
 * Its idempotency key and, for a message, its id are made when it is recorded and never change. Until the local store has it,
 * it is shown from `#waiting`. What sends it is Sender.js, in one tab; what became of it is in Desk.js.
 */
import { OutboxFullError } from "../client/errors.js";
import { uuid } from "../client/identifiers.js";
import { byteLength, wellFormedJSON } from "../client/text.js";
import { equal, patchBetween } from "../context/mergePatch.js";
import { Leftovers } from "./Leftovers.js";

/** Unsent operations of one user at most: more than a person types in a day without a network. */
const OPERATIONS_MAX = 1_000;
/** Their JSON, at most: well within what every browser grants a site. */
const BYTES_MAX = 8 * 1024 * 1024;

/**
 * @typedef {import("../index.js").Operation} Operation
 * @typedef {import("../index.js").LocalStore} LocalStore
 */

export class Outbox {
    #store;
    #user;
    #changed;
    #recorded;
    /**
     * As the store had them last.
     * @type {Operation[]}
     */
    #stored = [];
    /**
     * On their way into the store.
     * @type {Operation[]}
     */
    #waiting = [];
    /**
     * One write after the other, in the order they were asked for.
     * @type {Promise<unknown>}
     */
    #writing = Promise.resolve();
    /**
     * The metadata operation of each session that this tab recorded last.
     * @type {Map<string, number>}
     */
    #open = new Map();
    /** Counts what `seal` has closed. */
    #seals = 0;

    /**
     * What waits for its turn to be written, by session and key: somebody who types faster than the store writes has the newest
     * written, and not each letter after the other.
     * @type {Map<string, {before: any, value: any, due: number, operation: Operation | null, written: Promise<void>}>}
     */
    #queued = new Map();

    #leftovers;

    /** @param {{store: LocalStore, user: string, prefix: string, changed: () => void, recorded: () => void}} options */
    constructor({ store, user, prefix, changed, recorded }) {
        this.#leftovers = new Leftovers(`${prefix}:${user}:leftovers:`, uuid());
        this.#store = store;
        this.#user = user;
        this.#changed = changed;
        this.#recorded = recorded;
    }

    /** In order. */
    get operations() {
        return this.#waiting.length === 0 ? this.#stored : [...this.#stored, ...this.#waiting];
    }

    /** Reads what is kept, and what a page left that was closed before the store had it. */
    async open() {
        await this.refresh();
        const known = new Set(this.#stored.map(({ key }) => key));
        await this.#leftovers.handOver(async (operation) => {
            if (operation.user !== this.#user || known.has(operation.key)) return;
            await this.#store.add(stored(operation));
            known.add(operation.key);
        });
        if (known.size > this.#stored.length) await this.refresh();
    }

    /** The page may not run again after this turn. */
    leave() {
        if (this.#waiting.length > 0) this.#leftovers.keep(this.#waiting);
    }

    /** Forgets what is stored, and what pages left. What is on its way into the store stays. */
    clear() {
        this.#leftovers.clear();
        this.#stored = [];
        this.#changed();
    }

    /** Reads them again: another tab has changed something. */
    async refresh() {
        this.#stored = await this.#store.operations(this.#user);
        this.#changed();
    }

    /**
     * @param {"message" | "complete"} kind
     * @param {string} sessionId
     * @param {Record<string, any>} body
     * @returns {Promise<Operation>}
     */
    async record(kind, sessionId, body) {
        const operation = this.#operation(kind, sessionId, body, 0);
        await this.#write(() => operation, () => this.#store.add(stored(operation)));
        return operation;
    }

    /**
     * One key's new value, in this tab's operation that was not yet sent, or in a new one. Resolves once it is stored.
     * @param {string} sessionId @param {string} key @param {any} before as it is shown now @param {any} value @param {number} due
     */
    async recordMetadata(sessionId, key, before, value, due) {
        const name = JSON.stringify([sessionId, key]);
        const queued = this.#queued.get(name) ?? { before, value, due, operation: /** @type {Operation | null} */ (null), written: Promise.resolve() };
        const change = patchBetween(queued.before, value);
        if (change === undefined && queued.operation === null) return due <= Date.now() ? this.hurry() : undefined;
        const body = change === undefined ? {} : { [key]: change };
        const replaced = queued.operation ?? this.#amendable(sessionId, key);
        const joined = replaced && { replaced, bytes: amend(replaced, key, queued.before, value, due)?.bytes ?? 0 };
        const operation = { ...this.#operation("metadata", sessionId, body, due, joined), base: { [key]: queued.before } };
        queued.value = value;
        queued.due = Math.min(queued.due, due);
        if (queued.operation !== null) {
            queued.operation = operation;
            this.#waiting = this.#waiting.map((other) => (other === replaced ? operation : other));
            this.#changed();
            return queued.written;
        }
        const [seals, opened] = [this.#seals, this.#open.get(sessionId)];
        queued.operation = operation;
        this.#queued.set(name, queued);
        queued.written = this.#write(() => /** @type {Operation} */ (queued.operation), async () => {
            if (this.#queued.get(name) === queued) this.#queued.delete(name);
            let amended = false;
            const open = this.#amendable(sessionId, key, seals === this.#seals ? this.#open.get(sessionId) : opened);
            if (open !== undefined) {
                await this.#store.change(open.position, (present) => {
                    if (present.sentAt !== undefined) return undefined;
                    amended = true;
                    return amend(present, key, queued.before, queued.value, queued.due);
                });
            }
            const { operation: newest } = queued;
            if (amended || newest === null || Object.keys(newest.body).length === 0) return;
            const position = await this.#store.add(stored({ ...newest, due: queued.due }));
            if (seals === this.#seals) this.#open.set(sessionId, position);
        });
        return queued.written;
    }

    /**
     * This tab's metadata operation that another value of the key can go into, as far as is known here. Not where another tab
     * has changed the key since: what comes now goes behind that.
     * @param {string} sessionId @param {string} key @param {number} [position] its own
     */
    #amendable(sessionId, key, position = this.#open.get(sessionId)) {
        const open = this.#stored.find((operation) => operation.position === position);
        if (open === undefined || open.sentAt !== undefined) return undefined;
        const isOvertaken = this.#stored.some((other) =>
            other.position > open.position && other.sessionId === sessionId && other.kind === "metadata" && Object.hasOwn(other.body, key));
        return isOvertaken ? undefined : open;
    }

    /** What this tab has recorded is not changed from now on, as if it were sent: what comes now goes behind it. */
    seal() {
        this.#seals += 1;
        this.#open.clear();
        this.#queued.clear();
    }

    /** Makes everything due now. */
    async hurry() {
        await this.#writing;
        const now = Date.now();
        const later = this.#stored.filter(({ due }) => due > now);
        await this.#changeEach(later, (operation) => ({ ...operation, due: Math.min(operation.due, now) }));
    }

    /**
     * What to send next: of the sessions with something due, the first, up to what is due. Or, when that will be.
     * @returns {Promise<{operation?: Operation, due?: number}>}
     */
    async next() {
        const operations = await this.#store.operations(this.#user);
        const now = Date.now();
        // Recorded after now: the clock was set back, and would say "not yet" for as long.
        const due = operations.filter((operation) => operation.due <= now || operation.createdAt > now);
        if (operations.length === 0) return {};
        if (due.length === 0) return { due: Math.min(...operations.map((operation) => operation.due)) };
        const lastDue = new Map(due.map(({ sessionId, position }) => [sessionId, position]));
        return { operation: operations.find(({ sessionId, position }) => position <= (lastDue.get(sessionId) ?? 0)) };
    }

    /**
     * From now on it is not changed. Undefined: another tab has settled it.
     * @param {number} position
     */
    claim(position) {
        return this.#store.change(position, (operation) => ({ ...operation, sentAt: operation.sentAt ?? Date.now() }));
    }

    /** @param {Operation} operation */
    async settle({ position, key }) {
        await this.#store.change(position, () => null);
        this.#leftovers.settled(key);
        await this.refresh();
    }

    /**
     * Settles what was saved by another way: in order, up to the first that has been changed since, or sent. Such a request may
     * arrive after the one that saved them all; whatever comes behind it is sent once more.
     * @param {Operation[]} saved
     */
    async settleSaved(saved) {
        await this.#writing;
        /** @type {Record<string, any>} */
        const last = Object.assign({}, ...saved.map(({ body }) => body));
        for (const { position, key, body: recorded } of saved) {
            const known = this.#stored.find((operation) => operation.key === key);
            // It was on its way into the store, and went into another one's.
            if (known === undefined && position === Infinity) continue;
            let isSettled = false;
            await this.#store.change(known?.position ?? position, ({ sentAt, body }) => {
                const names = Object.keys(body);
                isSettled = sentAt === undefined && names.every((name) => equal(body[name], recorded[name]) || equal(body[name], last[name]));
                return isSettled ? null : undefined;
            });
            if (!isSettled) return this.hurry();
            this.#leftovers.settled(key);
        }
        await this.refresh();
        this.#recorded();
    }

    /**
     * Lets go of everything of a session that was deleted.
     * @param {string} sessionId
     */
    async drop(sessionId) {
        await this.#writing;
        await this.#changeEach(this.#stored.filter((operation) => operation.sessionId === sessionId), () => null);
    }

    /**
     * @param {Operation[]} operations
     * @param {(operation: Operation) => Operation | undefined | null} change
     */
    async #changeEach(operations, change) {
        await Promise.all(operations.map(({ position }) => this.#store.change(position, change)));
        await this.refresh();
        this.#recorded();
    }

    /**
     * @param {Operation["kind"]} kind @param {string} sessionId @param {Record<string, any>} body @param {number} due
     * @param {{replaced: Operation, bytes: number}} [joined] what it goes into, taking no new place, and their bytes together
     * @returns {Operation}
     */
    #operation(kind, sessionId, body, due, joined) {
        const bytes = byteLength(wellFormedJSON(body));
        const unsent = this.operations;
        const isFull = joined === undefined && unsent.length >= OPERATIONS_MAX;
        const others = unsent.filter((operation) => operation !== joined?.replaced);
        if (isFull || others.reduce((sum, operation) => sum + operation.bytes, joined?.bytes ?? bytes) > BYTES_MAX) {
            const title = `Too much is unsent (${unsent.length} changes): no more can be kept until the server is back.`;
            throw new OutboxFullError({ title });
        }
        return { position: Infinity, user: this.#user, sessionId, kind, key: uuid(), body, due, createdAt: Date.now(), bytes };
    }

    /**
     * Shows an operation at once, and stores it.
     * @param {() => Operation} operation as it is now
     * @param {() => Promise<unknown>} write
     */
    #write(operation, write) {
        this.#waiting = [...this.#waiting, operation()];
        this.#changed();
        const written = this.#writing.then(async () => {
            try {
                await write().catch(fullDisk);
                this.#stored = await this.#store.operations(this.#user);
            } finally {
                this.#waiting = this.#waiting.filter((other) => other !== operation());
                if (this.#waiting.length === 0) this.#leftovers.forget();
                this.#changed();
            }
            this.#recorded();
        });
        this.#writing = written.catch(() => undefined);
        return written;
    }
}

/**
 * @param {any} error
 * @returns {never}
 */
function fullDisk(error) {
    if (error?.name !== "QuotaExceededError") throw error;
    throw new OutboxFullError({ title: "The browser has no room to keep what is unsent." }, { cause: error });
}

/** @param {Operation} operation */
function stored({ position, ...operation }) {
    return operation;
}

/**
 * The operation with one more key, or null where it would change nothing any more. Always made from what was there before its
 * first change: merge patches can't be joined (a key taken away, then set to an object, is not "merge with that object").
 * @param {Operation} operation @param {string} key @param {any} before @param {any} value @param {number} due
 * @returns {Operation | null}
 */
function amend(operation, key, before, value, due) {
    const base = Object.hasOwn(operation.base ?? {}, key) ? operation.base : { ...operation.base, [key]: before };
    const change = patchBetween(base?.[key], value);
    const { [key]: _, ...others } = operation.body;
    const body = change === undefined ? others : { ...others, [key]: change };
    if (Object.keys(body).length === 0) return null;
    return { ...operation, base, body, due: Math.min(operation.due, due), bytes: byteLength(wellFormedJSON(body)) };
}
