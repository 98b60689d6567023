/**
 * One user's work in one tab: what is kept locally, what is unsent, and the other tabs. Everything here bears the user's name
 * (rows, locks, the channel), and the client sends no other's token, so nothing goes from one user to another.
 *
 * Locks share the work among the tabs: whoever has `…:outbox` sends what all of them have recorded, of any session; whoever has
 * `…:session:ID` follows that session (SessionView.js), and tells its activity once it has `…:activity` (Turns.js). Tabs that
 * show different sessions each follow theirs.
 */
import { Turns } from "../activity/Turns.js";
import { withLock } from "../tabs/locks.js";
import { Channel } from "../tabs/Channel.js";
import { Leadership } from "../tabs/Leadership.js";
import { deliver } from "../outbox/deliver.js";
import { Outbox } from "../outbox/Outbox.js";
import { RESULTS, isFailed } from "../outbox/results.js";
import { Sender } from "../outbox/Sender.js";
import { errorOf } from "../client/errors.js";
import { LastSeen } from "./LastSeen.js";

/** What was applied is told of the newest. */
const APPLIED_MAX = 50;
/** What was not holds what somebody typed, until it is dismissed: as much as an outbox holds. */
const FAILED_MAX = 1_000;

/**
 * @typedef {import("../index.js").Result} Result
 * @typedef {import("../index.js").Operation} Operation
 * @typedef {import("../outbox/deliver.js").Outcome} Outcome
 * @typedef {object} DeskOptions
 * @property {string} user
 * @property {import("../index.js").SessionApiClient} client
 * @property {import("../index.js").LocalStore} store
 * @property {string} prefix
 * @property {boolean} leader
 * @property {number} activityInterval milliseconds
 * @property {() => void} changed
 * @property {(error: unknown) => void} failed
 * @property {(saved: boolean) => void} answered `saved`: something that was recorded
 * @property {(sessionId: string, answer: Pick<Outcome, "session" | "message" | "version">) => void} delivered
 * @property {(message: any) => void} heard of a session, from another tab
 * @property {() => void} left another tab has ended this user's work
 */

export class Desk {
    saving = false;
    /** @type {number | null} */
    savedAt = null;
    /** @type {readonly Result[]} */
    results = [];
    #options;
    #channel;
    #sender;
    #leadership;
    /**
     * Those who wait until everything is sent.
     * @type {Set<(sent: boolean) => void>}
     */
    #waiting = new Set();
    /** The answer to what is under way comes after that, and isn't kept. */
    #isDiscarded = false;
    /**
     * One change of the kept results after the other.
     * @type {Promise<unknown>}
     */
    #keeping = Promise.resolve();

    /** @param {DeskOptions} options */
    constructor(options) {
        const { user, client, store, prefix, leader, activityInterval, changed } = options;
        this.#options = options;
        this.user = user;
        this.store = store;
        this.client = client.as(user);
        this.lastSeen = new LastSeen({ store, user, prefix });
        this.turns = new Turns({ store, user, lockName: this.lockName("activity"), interval: activityInterval });
        this.#channel = new Channel(`${prefix}:${user}`, (message) => this.#heard(message));
        this.outbox = new Outbox({ store, user, prefix, changed, recorded: () => this.#recorded() });
        this.#sender = new Sender({
            outbox: this.outbox,
            deliver: (operation) => deliver(operation, this.client),
            delivered: (operation, outcome) => this.#delivered(operation, outcome),
            report: (progress) => this.#report(progress),
        });
        const lead = (/** @type {boolean} */ leads) => this.#sender.lead(leads);
        this.#leadership = new Leadership(this.lockName("outbox"), lead, { enabled: leader, alone: !store.shared });
    }

    /** How much of this user's the service doesn't have: unsent, or refused and not dismissed. */
    get unsaved() {
        return this.outbox.operations.length + this.results.filter(isFailed).length;
    }

    /** Reads what is kept. */
    async open() {
        this.results = (await this.store.value(this.user, RESULTS)) ?? [];
        await this.outbox.open();
    }

    /** Ends it, and keeps what is kept. */
    end() {
        this.lastSeen.end();
        this.#leadership.end();
        this.#sender.lead(false);
        this.#channel.end();
    }

    /** @param {string} of */
    lockName(of) {
        return `${this.#options.prefix}:${this.user}:${of}`;
    }

    /** @template T @param {() => Promise<T>} work @returns {Promise<T>} in one tab at a time */
    recovering(work) {
        return withLock(this.lockName("recovery"), {}, work);
    }

    /** @param {{kind: string, [field: string]: any}} message */
    tell(message) {
        this.#channel.tell(message);
    }

    /** It is worth trying to send, in whichever tab does. */
    wake() {
        this.#sender.now();
        this.tell({ kind: "wake" });
    }

    /**
     * Sends everything now. Resolves to whether that worked, at the first failure or when time is up; never rejects.
     * @param {number} timeout milliseconds
     */
    async send(timeout) {
        try {
            await this.outbox.hurry();
        } catch {
            return false; // the local store's failure
        }
        const sent = new Promise((/** @type {(sent: boolean) => void} */ settle) => {
            this.#waiting.add(settle);
            setTimeout(() => { settle(false); this.#waiting.delete(settle); }, timeout);
        });
        this.wake();
        this.#checkSent();
        return sent;
    }

    /**
     * These were saved by another way.
     * @param {Operation[]} operations
     * @param {import("../index.js").Session} session as the answer gave it
     */
    async saved(operations, session) {
        for (const operation of operations) await this.#delivered(operation, { outcome: "applied", session });
        await this.outbox.settleSaved(operations);
        this.#report({ saving: false, saved: true });
    }

    /** @param {string} key */
    async dismiss(key) {
        this.results = this.results.filter((result) => result.key !== key);
        this.#options.changed();
        this.tell({ kind: "dismissed", key });
        await this.#changeKept((results) => results.filter((result) => result.key !== key));
    }

    /**
     * Forgets everything of this user in this browser.
     * @param {{keepUnsent: boolean}} options
     */
    async clear({ keepUnsent }) {
        this.lastSeen.clear();
        if (keepUnsent) return this.store.clear(this.user, { keepUnsent });
        this.#isDiscarded = true;
        await withLock(this.lockName("results"), {}, () => this.store.clear(this.user));
        this.#discarded();
    }

    /** What was unsaved has been given up. */
    #discarded() {
        this.#isDiscarded = true;
        this.results = [];
        this.outbox.clear();
    }

    #recorded() {
        this.#sender.notice();
        this.tell({ kind: "outbox" });
        this.#checkSent();
    }

    /** @param {Operation} operation @param {Outcome} outcome */
    async #delivered({ key, kind, sessionId, body }, { outcome, server, error, ...answer }) {
        const failed = isFailed({ outcome });
        /** @type {Result} */
        const result = { key, outcome, kind, sessionId, body: failed ? body : {}, at: Date.now() };
        if (server) result.server = server;
        if (error) result.error = { status: error.status, title: error.title, detail: error.detail };
        // Before it is shown: whoever sees it may dismiss it at once.
        if (failed) await this.#changeKept((results) => [...results.filter((other) => other.key !== key), result].slice(-FAILED_MAX));
        this.#addResult(result);
        this.#options.delivered(sessionId, answer);
        this.tell({ kind: "answer", sessionId, answer });
        this.tell({ kind: "result", result });
    }

    /** @param {Result} result */
    #addResult(result) {
        const results = [...this.results.filter(({ key }) => key !== result.key), result];
        const [failed, applied] = [results.filter(isFailed), results.filter((one) => !isFailed(one))];
        const kept = new Set([...failed.slice(-FAILED_MAX), ...applied.slice(-APPLIED_MAX)]);
        this.results = results.filter((one) => kept.has(one));
        this.#options.changed();
    }

    /**
     * Of what is kept, only this is changed: another tab may know of results that this one doesn't yet.
     * @param {(results: Result[]) => Result[]} change
     */
    #changeKept(change) {
        const changed = this.#keeping.then(() => withLock(this.lockName("results"), {}, async () => {
            if (this.#isDiscarded) return;
            const kept = (await this.store.value(this.user, RESULTS)) ?? [];
            await this.store.setValue(this.user, RESULTS, change(kept));
        }));
        this.#keeping = changed.catch(() => undefined);
        return changed;
    }

    #checkSent() {
        if (this.outbox.operations.length === 0) this.#settle(true);
    }

    /** @param {boolean} sent */
    #settle(sent) {
        for (const settle of this.#waiting) settle(sent);
        this.#waiting.clear();
    }

    /** @param {{saving: boolean, saved?: boolean, error?: unknown}} progress */
    #report({ saving, saved = false, error }) {
        const savedAt = saved ? Date.now() : this.savedAt;
        const { status = 500, message = "" } = /** @type {any} */ (error) ?? {};
        this.tell({ kind: "delivery", saving, savedAt, error: error === undefined ? undefined : { status, title: message } });
        this.#progress(saving, savedAt, error);
    }

    /** @param {boolean} saving @param {number | null} savedAt @param {unknown} error */
    #progress(saving, savedAt, error) {
        const saved = savedAt !== this.savedAt;
        this.saving = saving;
        this.savedAt = savedAt;
        if (error !== undefined) {
            this.#options.failed(error);
            this.#settle(false);
        } else if (!saving) {
            this.#options.answered(saved);
            this.#checkSent();
        }
        this.#options.changed();
    }

    /** @param {any} message */
    #heard(message) {
        switch (message.kind) {
            case "outbox":
                this.outbox.refresh().then(() => this.#checkSent(), this.#options.failed);
                this.#sender.notice();
                break;
            case "wake":
                this.#sender.now();
                break;
            case "delivery":
                this.#progress(message.saving, message.savedAt, message.error && errorOf(message.error.status, message.error, {}));
                if (!message.saving) this.outbox.refresh().then(() => this.#checkSent(), this.#options.failed);
                break;
            case "result":
                this.#addResult(message.result);
                break;
            case "dismissed":
                this.results = this.results.filter(({ key }) => key !== message.key);
                this.#options.changed();
                break;
            case "left":
                if (message.discarded) this.#discarded();
                this.#options.left();
                break;
            default:
                this.#options.heard(message);
        }
    }
}
