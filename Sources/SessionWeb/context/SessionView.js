/**
 * One session in one tab: the copy of it, and what keeps the copy like the service's.
 *
 *   events (the leading tab) ─┐
 *   answers to own writes ────┼─► how far is the service? ─► fetch what is missing ─► copy ─► other tabs
 *   other tabs ───────────────┘
 *
 * They are numbers (version, message count), so they may come late, twice or not at all: the next ones repair it.
 */
import { ConflictError, NotFoundError } from "../client/errors.js";
import { Pauses } from "../client/Pauses.js";
import { Throttle } from "../activity/Throttle.js";
import { isVisible } from "../activity/watchPage.js";
import { follow } from "../events/follow.js";
import { Leadership } from "../tabs/Leadership.js";
import {
    copyOf, firstSequence, renewed, withMessages, withMission, withOlder, withSession, withVersion, withWhole,
} from "./copy.js";

/** Hints that come within this time are followed together: an answer and its event, or many messages at once. */
const GATHER_MS = 30;
/** After fetching has failed, beyond the client's own repeats. */
const AGAIN_MS = 5_000;
/** Messages of one fetch: the service's bound. */
const PAGE = 500;
/** Further behind than this, the newest messages are loaded anew instead, and the others by `loadOlder`. */
const BEHIND_MAX = 2_000;
const OLDER_PAGE = 100;
/** Somebody who goes back and forth between tabs makes it look at the service so often, at most. */
const LOOK_MS = 5_000;

/**
 * @typedef {import("./copy.js").Copy} Copy
 * @typedef {import("../index.js").Session} Session
 * @typedef {import("../index.js").Message} Message
 * @typedef {{events: boolean, leader: boolean, messages: number, pollInterval: number, activityInterval: number, prefix: string}} Settings
 * @typedef {object} ViewOptions
 * @property {Copy} copy
 * @property {import("../index.js").SessionApiClient} client
 * @property {string} lockName
 * @property {Settings} settings
 * @property {import("../activity/Turns.js").Turns} turns
 * @property {(message: {kind: string, [field: string]: any}) => void} tell the other tabs
 * @property {() => void} changed
 * @property {() => void} answered the service has answered
 * @property {(error: unknown) => void} failed
 * @property {() => void} gone the session was deleted
 */

export class SessionView {
    live = false;
    /** @type {number | null} */
    flushedVersion = null;
    #options;
    #client;
    #pauses = new Pauses();
    #ended = new AbortController();
    #leadership;
    /** Of this session: other tabs that show it tell of the same person. */
    #activity;
    #isWaitingForTurn = false;
    #looks = new Throttle(LOOK_MS);
    /** How far the service is, as it was told. */
    #told = { version: 0, count: 0 };
    /** What is to be fetched whatever the numbers say. */
    #stale = { whole: false, session: false };
    #fetching = false;
    #lookingOut;
    #isLooking = false;
    /** When the leading tab last told what it has. */
    #heardAt = 0;
    #isToFetchAgain = false;

    /** @param {ViewOptions} options */
    constructor(options) {
        this.#options = options;
        this.#client = options.client;
        this.copy = options.copy;
        const { leader, activityInterval } = options.settings;
        this.#activity = new Throttle(activityInterval);
        this.#leadership = new Leadership(options.lockName, (leads) => this.#lead(leads), { enabled: leader });
        this.#lookingOut = setInterval(() => this.#lookOut(), options.settings.pollInterval);
        options.tell({ kind: "hello", sessionId: this.id });
    }

    get id() {
        return this.copy.session.id;
    }

    get leads() {
        return this.#leadership.leads;
    }

    end() {
        clearInterval(this.#lookingOut);
        this.#ended.abort();
        this.#leadership.end();
    }

    /**
     * Was loaded anew.
     * @param {Copy} copy
     */
    replace(copy) {
        // Overtaken by another answer, or the service has lost something: another look tells.
        if (this.#isLess(copy.session.version, copy.last)) return this.#doubt();
        this.#set(renewed(this.copy, copy));
        this.#tellCopy();
    }

    /**
     * A write's answer has brought the session, or a message and the session's version after it; or neither, where it was
     * refused: then the session is not as it was thought to be.
     * @param {{session?: Session, message?: Message, version?: number | null}} answer
     */
    adopt({ session, message, version }) {
        if (session) this.#adoptSession(session);
        else if (!message) this.refetch();
        if (!message) return;
        const next = version === this.copy.session.version + 1;
        this.#set(withMessages(this.copy, [message]));
        if (next) this.#set(withVersion(this.copy, version));
        this.#upTo(version ?? 0, message.sequence_order);
    }

    /**
     * Another tab has told something of this session.
     * @param {any} message
     */
    heard(message) {
        if (message.kind === "hello") {
            if (this.leads) this.#tellCopy();
        } else if (message.kind === "answer") {
            this.adopt(message.answer);
        } else if (message.kind === "copy") {
            this.#heardAt = Date.now();
            const { version, message_count } = message.session;
            if (message.isLess && this.#isLess(version, message_count)) this.#doubt();
            this.flushedVersion = message.flushedVersion ?? this.flushedVersion;
            if (!this.leads && message.live !== undefined) this.#setLive(message.live);
            if (message.mission !== undefined) {
                this.#set({ ...this.copy, mission: withMission(this.copy.mission, message.mission) });
            }
            this.#set(withMessages(this.copy, message.messages));
            this.#adoptSession(message.session, message.mission !== undefined);
        } else if (message.kind === "activity") {
            if (this.leads) void this.#sendActivity();
        } else if (message.kind === "active") {
            this.#activity.happened();
            this.#active(message.times);
        }
    }

    /** The person is here. */
    used() {
        if (!this.#isOpen) return;
        if (this.leads) void this.#sendActivity();
        else if (this.#activity.pass()) this.#options.tell({ kind: "activity", sessionId: this.id });
    }

    /** It is worth trying, and looking. */
    wake() {
        this.#pauses.end();
        if (this.#looks.pass()) void this.#look();
    }

    async loadOlder() {
        const before = firstSequence(this.copy);
        if (before <= 1) return;
        const { messages, has_more } = await this.#client.listMessages(this.id, { before, limit: OLDER_PAGE });
        this.#set(withOlder(this.copy, messages, has_more));
    }

    /** Than what is shown. @param {number} version @param {number} count of messages */
    #isLess(version, count) {
        return version < this.copy.session.version || count < this.copy.last;
    }

    /** All of it again. */
    #doubt() {
        this.#stale.whole = true;
        void this.#fetch();
    }

    /** The session with its mission again. */
    refetch() {
        this.#stale.session = true;
        void this.#fetch();
    }

    /** @param {Copy} copy */
    #set(copy) {
        if (copy === this.copy || this.#ended.signal.aborted) return;
        // When its person comes back, that is to be known at once.
        if (copy.session.status === "abandoned" && this.copy.session.status !== "abandoned") this.#activity.reset();
        this.copy = copy;
        this.#options.changed();
    }

    /**
     * @param {Message[]} [messages] new ones @param {boolean} [mission] too
     * @param {boolean} [isLess] the service has less than it had
     */
    #tellCopy(messages = [], mission = false, isLess = false) {
        const { session, mission: present } = this.copy;
        const { id: sessionId, flushedVersion } = this;
        // Only whoever follows knows whether it works.
        const live = this.leads ? this.live : undefined;
        const known = { session, messages, mission: mission ? present : undefined, live, flushedVersion, isLess };
        this.#options.tell({ kind: "copy", sessionId, ...known });
    }

    /** @param {Session} session @param {boolean} [withMission] its mission has come along */
    #adoptSession(session, withMission = false) {
        if (session.version < this.copy.session.version) return;
        if (!withMission && session.mission_id !== this.copy.session.mission_id) this.#stale.session = true;
        this.#set(withSession(this.copy, session));
        this.#upTo(session.version, session.message_count);
    }

    /**
     * The service is so far.
     * @param {number} version
     * @param {number} count of messages
     */
    #upTo(version, count) {
        this.#told = { version: Math.max(this.#told.version, version), count: Math.max(this.#told.count, count) };
        void this.#fetch();
    }

    /** @param {import("../index.js").SessionEvent} event */
    #hint({ type, data: { version = 0, message_count = 0, status, mission_version } }) {
        this.#options.answered();
        const { session, mission } = this.copy;
        if (type === "flushed") {
            this.flushedVersion = Math.max(version, this.flushedVersion ?? 0);
            this.#options.changed();
            this.#tellCopy();
        }
        // The service has less than was seen: it has lost what its durability allows it to lose.
        if (type === "state" && this.#isLess(version, message_count)) this.#stale.whole = true;
        // It says nothing of the mission, which has its own versions.
        if (type === "state" && session.mission_id !== null) this.#stale.session = true;
        const changed = version === session.version && status !== undefined && status !== session.status;
        if (changed || (mission_version !== undefined && mission_version !== mission?.version)) this.#stale.session = true;
        const next = type === "message" && version === session.version + 1 && status === session.status;
        if (next) this.#set(withVersion(this.copy, version));
        this.#upTo(version, message_count);
    }

    /** Where there are no events, the leading tab asks, and only while it is visible. */
    #lookOut() {
        const { leader, pollInterval } = this.#options.settings;
        const silence = Date.now() - this.#heardAt;
        // A tab that may lead would, were there none; another hears of none only by its not answering.
        if (this.live && !leader && silence >= pollInterval) {
            if (silence < 3 * pollInterval) this.#options.tell({ kind: "hello", sessionId: this.id });
            else this.#setLive(false);
        }
        const isTold = this.leads || this.live || silence < pollInterval;
        if (isTold || this.#isLooking || !isVisible()) return;
        this.#isLooking = true;
        void this.#look().finally(() => { this.#isLooking = false; });
    }

    async #look() {
        try {
            this.#asked(await this.#client.getSession(this.id, { messages: 0, touch: false, signal: this.#ended.signal }));
        } catch (error) {
            this.#failed(error);
        }
    }

    /** @param {import("../index.js").WholeSession} whole without messages */
    #asked(whole) {
        this.#options.answered();
        if (this.#isLess(whole.version, whole.message_count)) {
            this.#stale.whole = true;
        } else {
            this.#set(withWhole(this.copy, whole));
            this.#tellCopy([], true);
        }
        this.#upTo(whole.version, whole.message_count);
    }

    /**
     * What to fetch next.
     * @returns {"whole" | "session" | "messages" | null}
     */
    get #missing() {
        const { session, last } = this.copy;
        if (this.#stale.whole || this.#told.count - last > BEHIND_MAX) return "whole";
        if (this.#stale.session || this.#told.version > session.version) return "session";
        return this.#told.count > last ? "messages" : null;
    }

    /** Fetches what is missing, until nothing is. One at a time. */
    async #fetch() {
        if (this.#fetching || this.#missing === null) return;
        this.#fetching = true;
        let missing = this.#missing;
        const { signal } = this.#ended;
        try {
            // A hidden page's timers wait for whole seconds, and another tab may be looked at.
            if (isVisible()) await this.#pauses.pause(GATHER_MS, signal);
            while (this.#missing !== null) {
                missing = this.#missing;
                await this.#fetchers[missing](signal);
            }
        } catch (error) {
            if (signal.aborted) return;
            if (missing === "whole" || missing === "session") this.#stale[missing] = true;
            this.#failed(error);
            this.#fetchAgain();
        } finally {
            this.#fetching = false;
        }
    }

    /** One pause at a time, however many tries end in it. */
    #fetchAgain() {
        if (this.#isToFetchAgain) return;
        this.#isToFetchAgain = true;
        const again = () => {
            this.#isToFetchAgain = false;
            return this.#fetch();
        };
        this.#pauses.pause(AGAIN_MS, this.#ended.signal).then(again, () => undefined);
    }

    /**
     * Where the service does not have what it was told to have, its answer counts: what it has later is told of again. What is
     * told while an answer is awaited stays.
     */
    #fetchers = {
        whole: async (/** @type {AbortSignal} */ signal) => {
            const { messages } = this.#options.settings;
            this.#stale = { whole: false, session: false };
            this.#told = { version: 0, count: 0 };
            const copy = copyOf(await this.#client.getSession(this.id, { messages, touch: false, signal }));
            // Overtaken by what was told meanwhile: what is shown doesn't go back.
            if (copy.session.version < this.#told.version || copy.last < this.#told.count) return this.#doubt();
            const isLess = this.#isLess(copy.session.version, copy.last);
            this.#set(renewed(this.copy, copy));
            this.#tellCopy([], true, isLess);
            this.#upTo(copy.session.version, copy.last);
        },
        session: async (/** @type {AbortSignal} */ signal) => {
            const { version } = this.#told;
            this.#stale.session = false;
            const whole = await this.#client.getSession(this.id, { messages: 0, touch: false, signal });
            if (this.#told.version === version) this.#told.version = whole.version;
            this.#asked(whole);
        },
        messages: async (/** @type {AbortSignal} */ signal) => {
            const { count } = this.#told;
            const query = { after: this.copy.last, limit: PAGE };
            const { messages, has_more } = await this.#client.listMessages(this.id, query, { signal });
            this.#set(withMessages(this.copy, messages));
            if (messages.length > 0) this.#tellCopy(messages);
            if (!has_more && this.#told.count === count) this.#told.count = this.copy.last;
        },
    };

    get #isOpen() {
        const { status } = this.copy.session;
        return status === "active" || status === "abandoned";
    }

    async #sendActivity() {
        const isBack = this.copy.session.status === "abandoned";
        if ((this.#isWaitingForTurn && !isBack) || !this.#activity.pass()) return;
        try {
            await this.#turn(isBack);
            if (!this.#isOpen) return; // by now
            const { status, last_activity_at, abandons_at } = await this.#client.updateSessionActivity(this.id, { retries: 0 });
            const times = { status, last_activity_at, abandons_at };
            this.#options.answered();
            this.#active(times);
            this.#options.tell({ kind: "active", sessionId: this.id, times });
        } catch (error) {
            this.#failed(error);
        }
    }

    /** @param {boolean} isBack its person is: that is to be known at once */
    async #turn(isBack) {
        const { turns } = this.#options;
        if (isBack) return turns.take();
        this.#isWaitingForTurn = true;
        try {
            await turns.next(this.#ended.signal);
        } finally {
            this.#isWaitingForTurn = false;
        }
        this.#activity.happened();
    }

    /** @param {Pick<Session, "status" | "last_activity_at" | "abandons_at">} times */
    #active(times) {
        const { abandoned_at, ...session } = this.copy.session;
        this.#set({ ...this.copy, session: { ...session, ...times } });
    }

    /** @param {unknown} error */
    #failed(error) {
        if (this.#ended.signal.aborted) return;
        if (error instanceof NotFoundError) this.#options.gone();
        else if (error instanceof ConflictError) this.refetch(); // its status is another by now
        else this.#options.failed(error);
    }

    /** @param {boolean} leads */
    #lead(leads) {
        this.#options.changed();
        if (!leads || this.#ended.signal.aborted) return;
        const { client, settings, failed, gone } = this.#options;
        void follow({
            client,
            id: this.id,
            events: settings.events,
            pollInterval: settings.pollInterval,
            placeName: `${settings.prefix}:events`,
            signal: this.#ended.signal,
            pause: (milliseconds, signal) => this.#pauses.pause(milliseconds, signal),
            heard: (event) => this.#hint(event),
            asked: (whole) => this.#asked(whole),
            live: (live) => this.#setLive(live),
            failed,
            gone,
        });
    }

    /** @param {boolean} live */
    #setLive(live) {
        if (this.live === live) return;
        this.live = live;
        this.#options.changed();
        if (this.leads) this.#tellCopy();
    }
}
