/**
 * One user's work in one tab: what is kept locally, what is unsent, and the other tabs. Everything here bears the user's name
 * (rows, locks, the channel), and the client sends no other's token, so nothing goes from one user to another.
 *
 * Two locks share the work among the tabs: whoever has `…:outbox` sends what all of them have recorded, of any session;
 * whoever has `…:session:ID` follows that session (SessionView.js). Tabs that show different sessions each follow theirs.
 */
import { exclusively } from "../tabs/locks.js";
import { Channel } from "../tabs/Channel.js";
import { Leadership } from "../tabs/Leadership.js";
import { deliver } from "../outbox/deliver.js";
import { Outbox } from "../outbox/Outbox.js";
import { Sender } from "../outbox/Sender.js";
import { errorOf } from "../client/errors.js";
import { LastSeen } from "./LastSeen.js";

/** Results that are kept, of the newest. */
const RESULTS_MAX = 50;

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
 * @property {() => void} changed
 * @property {(error: unknown) => void} failed
 * @property {() => void} answered
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

    /** @param {DeskOptions} options */
    constructor(options) {
        const { user, client, store, prefix, leader, changed } = options;
        this.#options = options;
        this.user = user;
        this.store = store;
        this.client = client.as(user);
        this.lastSeen = new LastSeen({ store, user, prefix });
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

    /** Reads what is kept. */
    async open() {
        this.results = (await this.store.value(this.user, "results")) ?? [];
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
        return exclusively(this.lockName("recovery"), work);
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
        this.#report({ saving: false });
    }

    /** @param {string} key */
    async dismiss(key) {
        this.results = this.results.filter((result) => result.key !== key);
        this.#options.changed();
        this.tell({ kind: "dismissed", key });
        await this.#keepResults();
    }

    /**
     * Forgets everything of this user in this browser.
     * @param {{keepOperations: boolean}} options
     */
    async clear({ keepOperations }) {
        this.lastSeen.clear();
        await this.store.clear(this.user, { keepOperations });
        if (!keepOperations) this.outbox.clear();
    }

    #recorded() {
        this.#sender.notice();
        this.tell({ kind: "outbox" });
        this.#checkSent();
    }

    /** @param {Operation} operation @param {Outcome} outcome */
    async #delivered({ key, kind, sessionId, body }, { outcome, server, error, ...answer }) {
        const failed = outcome === "conflict" || outcome === "refused";
        /** @type {Result} */
        const result = { key, outcome, kind, sessionId, body: failed ? body : {}, at: Date.now() };
        if (server) result.server = server;
        if (error) result.error = { status: error.status, title: error.title, detail: error.detail };
        this.#addResult(result);
        if (failed) await this.#keepResults();
        this.#options.delivered(sessionId, answer);
        this.tell({ kind: "answer", sessionId, answer });
        this.tell({ kind: "result", result });
    }

    /** @param {Result} result */
    #addResult(result) {
        this.results = [...this.results.filter(({ key }) => key !== result.key), result].slice(-RESULTS_MAX);
        this.#options.changed();
    }

    #keepResults() {
        const failed = this.results.filter(({ outcome }) => outcome === "conflict" || outcome === "refused");
        return this.store.setValue(this.user, "results", failed);
    }

    #checkSent() {
        if (this.outbox.operations.length === 0) this.#settle(true);
    }

    /** @param {boolean} sent */
    #settle(sent) {
        for (const settle of this.#waiting) settle(sent);
        this.#waiting.clear();
    }

    /** @param {{saving: boolean, error?: unknown}} progress */
    #report({ saving, error }) {
        const savedAt = saving || error !== undefined ? this.savedAt : Date.now();
        const { status = 500, message = "" } = /** @type {any} */ (error) ?? {};
        this.tell({ kind: "delivery", saving, savedAt, error: error === undefined ? undefined : { status, title: message } });
        this.#progress(saving, savedAt, error);
    }

    /** @param {boolean} saving @param {number | null} savedAt @param {unknown} error */
    #progress(saving, savedAt, error) {
        this.saving = saving;
        this.savedAt = savedAt;
        if (error !== undefined) {
            this.#options.failed(error);
            this.#settle(false);
        } else if (!saving) {
            this.#options.answered();
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
                this.#options.left();
                break;
            default:
                this.#options.heard(message);
        }
    }
}
