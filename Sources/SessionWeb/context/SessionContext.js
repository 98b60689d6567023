/**
 * The session of a page, without a framework: its state as snapshots, and what can be done with it.
 *
 *   SessionContext ── Desk (one user: outbox, results, what is kept locally, the other tabs)
 *                └─── SessionView (one session: the copy of it, events, activity)
 *
 * What is shown is the view's copy with the outbox over it (shown.js). The context decides which session that is; what needs
 * an answer of the service rejects when there is none, what can wait for one is recorded and never does.
 */
import { NetworkError, NoSessionError, UnauthorizedError, UserChangedError } from "../client/errors.js";
import { uuid } from "../client/identifiers.js";
import { plain } from "../client/text.js";
import { openStore } from "../outbox/openStore.js";
import { watchPage } from "../activity/watchPage.js";
import { copyOf, copyOfNew } from "./copy.js";
import { Desk } from "./Desk.js";
import { Health } from "./Health.js";
import { LeavingSave } from "./LeavingSave.js";
import { recover } from "./recovery.js";
import { Retrying } from "./Retrying.js";
import { SessionView } from "./SessionView.js";
import { pendingMessage, shown } from "./shown.js";
import { Snapshots } from "./Snapshots.js";

/** The client's own repeats within one attempt. */
const RECOVERY_RETRIES = 1;
/** How long saving and leaving wait for the service. */
const SEND_MS = 5_000;

/**
 * @typedef {import("../index.js").SessionState} SessionState
 * @typedef {import("../index.js").Session} Session
 * @typedef {import("../index.js").ListQuery} ListQuery
 * @typedef {import("./copy.js").Copy} Copy
 */

export class SessionContext {
    #options;
    #settings;
    #snapshots;
    #health = new Health(() => this.#snapshots.renew());
    /** What is being loaded: one mark for each. */
    #loading = new Set();
    #recovery;
    /** @type {Promise<import("../index.js").LocalStore> | undefined} */
    #store;
    /** @type {Desk | null} */
    #desk = null;
    /** @type {SessionView | null} */
    #view = null;
    /**
     * Of the session to create, until it is known to be: an attempt whose answer was lost is found again by it.
     * @type {string | null}
     */
    #creationKey = null;
    /** @type {Promise<Desk> | null} */
    #opening = null;
    #ended = new AbortController();
    /** Counts changes of what is to be shown: an answer that comes after another was asked for is not shown. */
    #turn = 0;
    #leaving = new LeavingSave();
    #stopWatching;

    /** @param {import("../index.js").ContextOptions} options */
    constructor(options) {
        this.#options = options;
        this.client = options.client;
        this.#settings = {
            prefix: options.storageKey ?? "sessiond",
            autoSaveInterval: options.autoSaveInterval ?? 30_000,
            activityInterval: options.activityInterval ?? 15_000,
            events: options.events ?? true,
            pollInterval: options.pollInterval ?? 15_000,
            leader: options.leader ?? true,
            messages: options.messages ?? 50,
        };
        this.#snapshots = new Snapshots(() => this.#snapshot());
        this.#recovery = new Retrying((signal) => this.#recover(signal), (error) => this.#notRecovered(error));
        this.#stopWatching = watchPage({
            used: () => this.updateActivity(),
            left: () => this.#pageLeft(),
            seen: () => this.#wake(),
            online: () => this.#wake(),
        });
    }

    get state() {
        return this.#snapshots.present;
    }

    /** @param {(state: SessionState) => void} listener */
    subscribe(listener) {
        return this.#snapshots.subscribe(listener);
    }

    // Which session

    async recoverSession() {
        await this.#recovery.now();
        return this.state.currentSession;
    }

    /** @param {{name?: string, session_metadata?: Record<string, any>}} [fields] */
    initializeSession(fields = {}) {
        return this.#load(async ({ client }) => copyOfNew(await client.createSession(fields)));
    }

    /** @param {string} [id] */
    loadSession(id) {
        const { messages } = this.#settings;
        return this.#load(async ({ client }) => copyOf(await client.getSession(id ?? this.#current().id, { messages })));
    }

    /** @param {string} id */
    async switchToSession(id) {
        // What can't be sent now stays in the outbox: nothing to wait for any longer.
        await this.saveSessionState({ timeout: SEND_MS });
        return this.loadSession(id);
    }

    /** @param {ListQuery} [query] */
    async listSessions(query) {
        return this.#asking(({ client }) => client.listSessions(query));
    }

    // What needs the service

    /** @param {Record<string, any>} fields */
    updateSession(fields) {
        return this.#change((client, id) => client.updateSession(id, fields));
    }

    /** @param {string} mission */
    linkMissionToSession(mission) {
        return this.#change((client, id) => client.linkMissionToSession(id, mission));
    }

    resumeSession() {
        return this.#changeStatus((client, id) => client.resumeSession(id));
    }

    archiveSession() {
        return this.#changeStatus((client, id) => client.archiveSession(id));
    }

    /** @param {string} [id] */
    async deleteSession(id = this.#current().id) {
        await this.#asking(async (desk) => {
            await desk.client.deleteSession(id);
            await desk.outbox.drop(id);
        });
        if (this.#view?.id === id) await this.#gone(id);
    }

    async loadOlderMessages() {
        this.#current();
        await this.#asking(async () => this.#view?.loadOlder());
    }

    // What is recorded, and sent when it can be

    /**
     * @param {string | (Omit<import("../index.js").NewMessage, "role"> & {role?: import("../index.js").MessageRole})} message
     */
    async addMessage(message) {
        const { desk, view } = this.#here();
        const given = typeof message === "string" ? { content: message } : message;
        const body = plain({ ...given, id: given.id ?? uuid(), role: given.role ?? "user" });
        try {
            const operation = await desk.outbox.record("message", view.id, body);
            return pendingMessage(view.copy.session.chat_id, operation);
        } catch (error) {
            this.#failed(error);
            throw error;
        }
    }

    async completeSession() {
        const { desk, view } = this.#here();
        if (this.state.currentSession?.status === "completed") return;
        try {
            await desk.outbox.record("complete", view.id, {});
        } catch (error) {
            this.#failed(error);
            throw error;
        }
    }

    /** @param {string} [key] @returns {any} */
    getSessionMetadata(key) {
        const metadata = this.state.currentSession?.session_metadata ?? {};
        if (key === undefined) return metadata;
        return Object.hasOwn(metadata, key) ? metadata[key] : undefined;
    }

    /** @param {string} key @param {unknown} value @param {{important?: boolean}} options */
    async setSessionMetadata(key, value, { important = false } = {}) {
        try {
            const { desk, view } = this.#here();
            const due = Date.now() + (important ? 0 : this.#settings.autoSaveInterval);
            await desk.outbox.recordMetadata(view.id, key, this.getSessionMetadata(key), plain(value), due);
        } catch (error) {
            this.#failed(error);
        }
    }

    /** @param {{timeout?: number}} options */
    async saveSessionState({ timeout = SEND_MS } = {}) {
        return this.#desk === null ? true : this.#desk.send(timeout);
    }

    updateActivity() {
        this.#view?.used();
    }

    /** @param {string} key */
    async dismissResult(key) {
        await this.#desk?.dismiss(key);
    }

    // The end

    /** @param {{complete?: boolean, timeout?: number, discard?: boolean}} options */
    async leave({ complete = false, timeout = SEND_MS, discard = false } = {}) {
        const desk = this.#desk;
        if (desk === null) {
            this.#end();
            return { unsent: 0 };
        }
        let discarded = false;
        const completed = async () => {
            const status = this.state.currentSession?.status;
            if (complete && (status === "active" || status === "abandoned")) await this.completeSession();
        };
        const end = Date.now() + timeout;
        const send = () => desk.send(Math.max(0, end - Date.now()));
        try {
            // Where nothing more can be recorded, sending what is there makes room.
            await completed().catch(() => send().then(completed)).catch(() => undefined);
            // What a page left that was closed goes, too.
            await desk.outbox.open();
            await send();
            // Another tab may just have recorded something: what is there is not taken away.
            await desk.outbox.refresh();
            await desk.clear({ keepUnsent: !discard });
            discarded = discard;
            return { unsent: desk.unsaved };
        } catch (error) {
            // The local store's. What it has is this user's, and is sent at the next login.
            return { unsent: desk.unsaved };
        } finally {
            desk.tell({ kind: "left", discarded });
            this.#end();
        }
    }

    close() {
        this.#desk?.lastSeen.write();
        this.#stopWatching();
        this.#end();
        void this.#store?.then((store) => { if (store !== this.#options.store) store.close(); });
        this.#snapshots.end();
    }

    // How it works

    /** @param {AbortSignal} signal */
    async #recover(signal) {
        await this.#whileLoading(async () => {
            const desk = await this.#deskOfToken();
            const turn = this.#turn;
            const stored = await this.#showKept(desk);
            // A completion made offline comes first: the session it ends is not the one to continue. Unless a quota holds it up.
            const completes = desk.outbox.operations.some(({ kind }) => kind === "complete");
            if (completes && !(await desk.send(SEND_MS)) && !this.#health.isHeldUp) {
                throw new NetworkError({ title: "What was recorded could not be sent yet." });
            }
            const { client } = desk;
            const copy = await desk.recovering(() => recover({
                client,
                stored,
                messages: this.#settings.messages,
                retries: RECOVERY_RETRIES,
                signal,
                create: () => this.#create(client, signal),
            }));
            if (signal.aborted) return;
            if (turn === this.#turn) this.#show(copy);
            this.#health.succeeded();
            desk.wake();
        });
    }

    /** @param {unknown} error */
    #notRecovered(error) {
        this.#failed(error);
        // Nobody is logged in: the application says when somebody is.
        return !(error instanceof UnauthorizedError) || error instanceof UserChangedError;
    }

    /** @param {import("../index.js").SessionApiClient} client @param {AbortSignal} signal */
    async #create(client, signal) {
        this.#creationKey ??= uuid();
        const options = { idempotencyKey: this.#creationKey, retries: RECOVERY_RETRIES, signal };
        const created = await client.createSession(this.#options.newSession ?? {}, options);
        this.#creationKey = null;
        return created;
    }

    /** The desk of whoever the token names now. */
    #deskOfToken() {
        if (this.#opening === null) {
            const opening = this.#openDesk().finally(() => {
                if (this.#opening === opening) this.#opening = null;
            });
            this.#opening = opening;
        }
        return this.#opening;
    }

    /** By the token's own word, if it has one. Where none can be had now, whose it was said to be. */
    async #userOfToken() {
        const { userId = null } = this.#options;
        try {
            return (await this.client.tokenUser()) ?? userId;
        } catch (error) {
            if (userId === null || error instanceof UnauthorizedError) throw error;
            return this.#desk?.user ?? userId;
        }
    }

    async #openDesk() {
        const { signal } = this.#ended;
        const user = await this.#userOfToken();
        if (user === null) throw new UnauthorizedError({ status: 401, title: "The token names no user; give `userId`." });
        if (this.#desk?.user === user) return this.#desk;
        this.#store ??= this.#options.store ? Promise.resolve(this.#options.store) : openStore(this.#settings.prefix);
        const store = await this.#store;
        const { prefix, leader, activityInterval } = this.#settings;
        /** @type {Desk} */
        const desk = new Desk({
            user,
            client: this.client,
            store,
            prefix,
            leader,
            activityInterval,
            changed: () => this.#snapshots.renew(),
            failed: (error) => {
                this.#health.holdUp(error);
                this.#failed(error);
            },
            answered: (saved) => this.#answered(saved),
            delivered: (sessionId, answer) => { if (this.#view?.id === sessionId) this.#view.adopt(answer); },
            heard: (message) => { if (this.#view?.id === message.sessionId) this.#view?.heard(message); },
            left: () => {
                desk.clear({ keepUnsent: true }).catch(() => undefined);
                this.#end();
            },
        });
        await desk.open().catch((error) => {
            desk.end();
            throw error;
        });
        if (signal.aborted) {
            desk.end();
            throw new NoSessionError({ title: "The work has ended." });
        }
        const former = this.#desk;
        if (former !== null) this.#takeDown();
        this.#desk = desk;
        this.#snapshots.renew();
        // Whoever's login it is now has nothing to do with what the former user saw; what he left unsent waits for him.
        await former?.clear({ keepUnsent: true });
        return desk;
    }

    /**
     * Shows what this browser last saw, unless there is something already. Answers the id of the session to continue.
     * @param {Desk} desk
     */
    async #showKept(desk) {
        if (this.#view !== null) return this.#view.id;
        const id = await desk.lastSeen.sessionId();
        const copy = id === null ? null : await desk.lastSeen.copy(id);
        if (copy !== null && this.#view === null && this.#desk === desk) this.#show(copy);
        return id;
    }

    /** @param {Copy} copy */
    #show(copy) {
        const desk = this.#desk;
        if (desk === null) return;
        const { id } = copy.session;
        if (this.#view?.id === id) {
            this.#view.replace(copy);
        } else {
            this.#view?.end();
            /** @type {SessionView} */
            const view = new SessionView({
                copy,
                client: desk.client,
                lockName: desk.lockName(`session:${id}`),
                settings: this.#settings,
                turns: desk.turns,
                tell: (message) => desk.tell(message),
                changed: () => {
                    if (this.#view !== view) return;
                    desk.lastSeen.update(view.copy);
                    this.#snapshots.renew();
                },
                answered: () => this.#answered(),
                failed: (error) => this.#failed(error),
                gone: () => { if (this.#view === view) void this.#gone(id); },
            });
            this.#view = view;
        }
        desk.lastSeen.open(copy).catch((error) => this.#failed(error));
        this.#snapshots.renew();
    }

    /**
     * The session is not there any more.
     * @param {string} id
     */
    async #gone(id) {
        this.#view?.end();
        this.#view = null;
        await this.#desk?.lastSeen.forget(id).catch(() => undefined);
        this.#snapshots.renew();
        await this.recoverSession();
    }

    /**
     * Shows what `find` answers, unless something else was asked for by then. It is what somebody asked for: a recovery that
     * is under way shows nothing after it.
     * @param {(desk: Desk) => Promise<Copy>} find
     */
    async #load(find) {
        const turn = (this.#turn += 1);
        return this.#whileLoading(async () => {
            const copy = await this.#asking(find);
            if (turn === this.#turn) {
                this.#turn += 1;
                this.#recovery.stop();
                this.#show(copy);
            }
            return copy.session;
        });
    }

    /**
     * @template T
     * @param {() => Promise<T>} load
     * @returns {Promise<T>}
     */
    async #whileLoading(load) {
        const loading = this.#loading;
        loading.add(load);
        this.#snapshots.renew();
        try {
            return await load();
        } finally {
            loading.delete(load);
            this.#snapshots.renew();
        }
    }

    /**
     * After what is unsent. It is the session that was shown when this was asked for, whatever is shown by then.
     * @param {(client: import("../index.js").SessionApiClient, id: string) => Promise<Session>} change
     */
    async #changeStatus(change) {
        const here = this.#here();
        await here.desk.send(SEND_MS);
        if (this.#desk !== here.desk) throw new NoSessionError({ title: "The user has logged out." });
        return this.#change(change, here);
    }

    /**
     * Changes the current session.
     * @param {(client: import("../index.js").SessionApiClient, id: string) => Promise<Session>} change
     */
    async #change(change, { desk, view } = this.#here()) {
        const session = await this.#asking(() => change(desk.client, view.id));
        view.adopt({ session });
        desk.tell({ kind: "answer", sessionId: view.id, answer: { session } });
        return session;
    }

    /** @template T @param {(desk: Desk) => Promise<T>} ask @returns {Promise<T>} */
    async #asking(ask) {
        try {
            const answer = await ask(this.#desk ?? (await this.#deskOfToken()));
            this.#answered();
            this.#health.succeeded();
            return answer;
        } catch (error) {
            this.#failed(error);
            throw error;
        }
    }

    #here() {
        if (this.#desk === null || this.#view === null) throw new NoSessionError({ title: "There is no session yet." });
        return { desk: this.#desk, view: this.#view };
    }

    #current() {
        return this.#here().view.copy.session;
    }

    #wake() {
        if (this.#recovery.pausing) void this.#recovery.now();
        this.#desk?.wake();
        this.#view?.wake();
    }

    #pageLeft() {
        this.#desk?.outbox.leave();
        const { currentSession } = this.state;
        // What was made offline is to be held against the service's values first: the outbox does that.
        if (this.#desk === null || this.#view === null || currentSession === null || this.#health.connection === "offline") return;
        // What is shown is what this browser kept: the service hasn't been seen yet.
        if (this.#loading.size > 0) return;
        void this.#leaving.save(this.#desk, this.#view, currentSession.session_metadata);
    }

    /** @param {boolean} [saved] something that was recorded */
    #answered(saved = false) {
        // It was tried again in vain; now it is worth it.
        if (this.#health.answered(saved) && this.#recovery.pausing) void this.#recovery.now();
    }

    /** @param {unknown} error */
    #failed(error) {
        this.#health.failed(error);
        // Another login: what is shown is somebody else's.
        if (error instanceof UserChangedError) void this.recoverSession();
    }

    /** Nothing that is under way is shown or tried again any more. */
    #end() {
        this.#ended.abort();
        this.#ended = new AbortController();
        this.#opening = null;
        this.#recovery.cancel();
        this.#loading = new Set();
        this.#takeDown();
        this.#health.clear();
    }

    /** Of this user nothing is shown or done any more. */
    #takeDown() {
        this.#turn += 1;
        this.#creationKey = null;
        this.#health.holdUp(null);
        this.#view?.end();
        this.#view = null;
        this.#desk?.end();
        this.#desk = null;
    }

    /** @returns {SessionState} */
    #snapshot() {
        const { desk, view } = { desk: this.#desk, view: this.#view };
        const operations = desk?.outbox.operations ?? [];
        return Object.freeze({
            userId: desk?.user ?? null,
            ...shown(view?.copy ?? null, operations),
            sessionError: this.#health.sessionError,
            connection: this.#health.connection,
            isSessionLoading: this.#loading.size > 0,
            live: view?.live ?? false,
            saving: desk?.saving ?? false,
            savedAt: desk?.savedAt ?? null,
            unsent: operations.length,
            results: desk?.results ?? [],
            isLeader: view?.leads ?? false,
            flushedVersion: view?.flushedVersion ?? null,
        });
    }
}
