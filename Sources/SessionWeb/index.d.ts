/** Everything public of the browser's half of sessiond. What the fields mean is in the service's OpenAPI description. */

// What the service says

export type UUID = string;
/** RFC 3339 in UTC with milliseconds. */
export type Time = string;
/** Free-form JSON. */
export type Metadata = { [key: string]: any };
export type SessionStatus = "active" | "completed" | "abandoned" | "archived";
export type MessageRole = "user" | "assistant" | "system" | "tool" | "status";
export type MissionStatus = "awaiting_approval" | "in_progress" | "completed" | "failed" | "cancelled";
export type HopStatus =
    | "hop_plan_started" | "hop_plan_proposed" | "hop_plan_ready"
    | "hop_impl_started" | "hop_impl_proposed" | "hop_impl_ready"
    | "executing" | "completed" | "failed" | "cancelled";
export type ToolStepStatus =
    | "proposed" | "ready_to_configure" | "ready_to_execute" | "executing" | "completed" | "failed" | "cancelled";
export type AssetStatus = "proposed" | "pending" | "in_progress" | "ready" | "error" | "expired";
export type AssetRole = "input" | "output" | "intermediate";

export interface Session {
    id: UUID;
    user_id: number | string;
    name: string;
    status: SessionStatus;
    chat_id: UUID;
    mission_id: UUID | null;
    session_metadata: Metadata;
    version: number;
    message_count: number;
    created_at: Time;
    updated_at: Time;
    last_activity_at: Time;
    /** Only while active. */
    abandons_at?: Time;
    /** Only while abandoned. */
    abandoned_at?: Time;
}

export interface Message {
    id: UUID;
    chat_id: UUID;
    /** 1, 2, 3 … without gaps. */
    sequence_order: number;
    role: MessageRole;
    content: string;
    message_metadata: Metadata;
    created_at: Time;
    updated_at: Time;
}

export interface Chat {
    id: UUID;
    user_session_id: UUID;
    title: string | null;
    chat_metadata: Metadata;
    created_at: Time;
    updated_at: Time;
    messages: Message[];
}

export interface WholeSession extends Session {
    chat: Chat & { has_more: boolean };
    mission: Mission | null;
}

export interface MissionSummary {
    id: UUID;
    user_id: number | string;
    name: string;
    description: string | null;
    goal: string | null;
    success_criteria: string[];
    status: MissionStatus;
    current_hop_id: UUID | null;
    mission_metadata: Metadata;
    created_at: Time;
    updated_at: Time;
    version: number;
}

export interface Mission extends MissionSummary {
    hops: Hop[];
    assets: Asset[];
    mission_asset_map: { [asset: UUID]: AssetRole };
}

export interface Hop {
    id: UUID;
    mission_id: UUID;
    sequence_order: number;
    name: string;
    description: string | null;
    goal: string | null;
    rationale: string | null;
    success_criteria: string[];
    status: HopStatus;
    is_final: boolean;
    is_resolved: boolean;
    error_message: string | null;
    hop_metadata: Metadata;
    intended_input_asset_ids: UUID[];
    intended_output_asset_ids: UUID[];
    created_at: Time;
    updated_at: Time;
    tool_steps: ToolStep[];
    hop_asset_map: { [asset: UUID]: AssetRole };
}

export interface ToolStep {
    id: UUID;
    hop_id: UUID;
    tool_id: string;
    sequence_order: number;
    name: string;
    description: string | null;
    status: ToolStepStatus;
    parameter_mapping: Metadata;
    result_mapping: Metadata;
    resource_configs: Metadata;
    validation_errors: string[];
    execution_result: any;
    error_message: string | null;
    created_at: Time;
    updated_at: Time;
    started_at: Time | null;
    completed_at: Time | null;
}

export interface Asset {
    id: UUID;
    user_id: number | string;
    name: string;
    description: string | null;
    schema_definition: Metadata;
    subtype: string | null;
    scope_type: "mission" | "hop";
    scope_id: UUID;
    status: AssetStatus;
    role: AssetRole;
    content_summary: string | null;
    asset_metadata: Metadata;
    created_at: Time;
    updated_at: Time;
    /** Where one asset was asked for; lists leave it out. */
    content?: any;
}

export interface NewMessage {
    /** Made by the client where it is left out. */
    id?: UUID;
    role: MessageRole;
    content: string;
    message_metadata?: Metadata;
}

export interface Page {
    total: number;
    /** Null where the page was asked for by cursor. */
    page: number | null;
    per_page: number;
    /** Null on the last page. */
    next_cursor: string | null;
}

export interface ListQuery {
    page?: number;
    per_page?: number;
    /** "" for the first page. Not together with `page`. */
    cursor?: string;
    limit?: number;
    status_filter?: string;
}

// The client

/** What an answer's headers said. */
export interface Answer {
    status: number;
    /** As it was sent: `"v7"`. For `ifMatch`. */
    etag: string | null;
    /** The number in the ETag. */
    version: number | null;
    /** For `getWrite`. */
    writeId: string | null;
    /** It is the first answer to this idempotency key, again. */
    replayed: boolean;
    /** The write is committed to SQLite. */
    durable: boolean;
    requestId: string | null;
}

export interface CallOptions {
    signal?: AbortSignal;
    /** Milliseconds for the whole call, its repeats and waits between them included. */
    timeout?: number;
    /** How often it may be repeated, at most. */
    retries?: number;
    /** Made for each call that creates, where it is left out. Give one to repeat a call safely after a restart. */
    idempotencyKey?: string;
    /** A version or an ETag: the write happens only to it, or there is a PreconditionFailedError. */
    ifMatch?: number | string;
    /** Answer only once the write is committed to SQLite. See `wait` and `Answer.durable`. */
    durable?: boolean;
    /** With `durable`: how long to wait for that, in seconds (0–60; the service's default is 5). */
    wait?: number;
    /** The request may outlive the page; bodies of more than 60 KiB are sent without this. */
    keepalive?: boolean;
    /** Called with what the answer's headers said, before the call's promise is settled. */
    onAnswer?: (answer: Answer) => void;
}

export interface ClientOptions {
    /** Default: "/api". */
    baseUrl?: string;
    /** The bearer token, or null when nobody is logged in. It is asked before every request, so it should keep the token. */
    getToken: () => string | null | undefined | Promise<string | null | undefined>;
    /**
     * Asked for a new token when the service has refused one; the request is then repeated once. Requests that are refused
     * at the same time share one call. Where it is left out, or answers nothing, there is an UnauthorizedError, and it is not
     * asked again within 30 s.
     */
    onTokenExpired?: () => string | null | undefined | Promise<string | null | undefined>;
    /** Default: the page's own. */
    fetch?: typeof fetch;
    /** Milliseconds for a whole call. Default: 30,000. */
    timeout?: number;
    /** Milliseconds for each attempt. Default: 10,000. */
    attemptTimeout?: number;
    /** Repeats of one call at most. Default: 4. */
    retries?: number;
}

export type SessionEventType = "state" | "message" | "session" | "status" | "mission" | "flushed" | "end" | (string & {});
export interface SessionEvent {
    type: SessionEventType;
    /** `version` is the session's, `message_count` its last sequence number. Content never travels in events. */
    data: {
        version?: number;
        message_count?: number;
        status?: SessionStatus;
        mission_version?: number;
        reason?: "deleted" | "expired" | "draining" | "slow";
        [field: string]: any;
    };
    /** When to come back after the stream has ended, in milliseconds; where the service has said it. */
    retry?: number;
}

/**
 * One method per route. What is safe is repeated (see client/retries.js), with the same idempotency key. Every method
 * rejects with a SessionError, or with the reason of its `signal`.
 */
export class SessionApiClient {
    constructor(options: ClientOptions);

    /** The same client, which refuses to send a token of anyone else (UserChangedError). */
    as(user: string): SessionApiClient;
    /** The `sub` of the present token, as text; null where there is none, or it is not a JWT. Never an authority. */
    tokenUser(): Promise<string | null>;

    createSession(fields?: { name?: string; session_metadata?: Metadata }, options?: CallOptions): Promise<{ user_session: Session; chat: Chat }>;
    initializeSession(fields?: { name?: string; session_metadata?: Metadata }, options?: CallOptions):
        Promise<Pick<Session, "id" | "user_id" | "name" | "chat_id" | "mission_id" | "session_metadata">>;
    listSessions(query?: ListQuery, options?: CallOptions): Promise<Page & { sessions: Session[] }>;
    /** Null: there is none. Only a failure is an error. */
    getActiveSession(options?: CallOptions): Promise<WholeSession | null>;
    /** `messages`: how many of the newest (0–200, default 50). It counts as activity unless `touch` is false. */
    getSession(id: UUID, options?: CallOptions & { messages?: number; touch?: boolean }): Promise<WholeSession>;
    /** PUT: each field given replaces the old. */
    updateSession(id: UUID, fields: { name?: string; status?: SessionStatus; mission_id?: UUID | null; session_metadata?: Metadata }, options?: CallOptions): Promise<Session>;
    /** A merge patch (RFC 7396) of name and metadata. */
    patchSession(id: UUID, patch: { name?: string; session_metadata?: Metadata }, options?: CallOptions): Promise<Session>;
    /** A merge patch of the metadata: a null takes a key away. */
    patchMetadata(id: UUID, patch: Metadata, options?: CallOptions): Promise<Session>;
    /** `patchMetadata` for a page that may be gone before the answer: with keepalive, and without repeats. */
    autoSaveSession(id: UUID, patch: Metadata, options?: CallOptions): Promise<Session>;
    deleteSession(id: UUID, options?: CallOptions): Promise<void>;
    linkMissionToSession(id: UUID, mission: UUID, options?: CallOptions): Promise<Session>;
    updateSessionActivity(id: UUID, options?: CallOptions): Promise<{ id: UUID; status: "active"; last_activity_at: Time; abandons_at: Time }>;
    completeSession(id: UUID, options?: CallOptions): Promise<Session>;
    archiveSession(id: UUID, options?: CallOptions): Promise<Session>;
    resumeSession(id: UUID, options?: CallOptions): Promise<Session>;

    /** Oldest first; `limit` up to 500. */
    listMessages(id: UUID, query?: { before?: number; after?: number; limit?: number }, options?: CallOptions): Promise<{ messages: Message[]; has_more: boolean }>;
    /** One, or up to 100 of which all are written or none. */
    addMessages(id: UUID, messages: NewMessage | NewMessage[], options?: CallOptions): Promise<Message[]>;
    /** Every message that the hot window holds. */
    getChatMessages(chat: UUID, options?: CallOptions): Promise<{ messages: Message[] }>;
    /**
     * One connection's events, until it ends; context/ is what follows a session through reconnects. Fails with a
     * TimeoutError after `silence` milliseconds without a byte (default 45,000: three of the service's comments missed).
     */
    events(id: UUID, options?: { signal?: AbortSignal; silence?: number }): AsyncIterableIterator<SessionEvent>;

    /** With `session_id` it is linked in the same atomic write. */
    createMission(fields: Metadata & { name: string }, options?: CallOptions & { session_id?: UUID }): Promise<Mission>;
    listMissions(query?: ListQuery, options?: CallOptions): Promise<Page & { missions: MissionSummary[] }>;
    getMission(mission: UUID, options?: CallOptions): Promise<Mission>;
    updateMission(mission: UUID, fields: Metadata, options?: CallOptions): Promise<Mission>;
    setMissionStatus(mission: UUID, status: MissionStatus, options?: CallOptions): Promise<Mission>;
    deleteMission(mission: UUID, options?: CallOptions): Promise<void>;

    createHop(mission: UUID, fields: Metadata & { name: string }, options?: CallOptions): Promise<Hop>;
    listHops(mission: UUID, options?: CallOptions): Promise<{ hops: Hop[] }>;
    getHop(mission: UUID, hop: UUID, options?: CallOptions): Promise<Hop>;
    updateHop(mission: UUID, hop: UUID, fields: Metadata, options?: CallOptions): Promise<Hop>;
    setHopStatus(mission: UUID, hop: UUID, status: HopStatus, options?: CallOptions): Promise<Hop>;
    deleteHop(mission: UUID, hop: UUID, options?: CallOptions): Promise<void>;

    createToolStep(mission: UUID, hop: UUID, fields: Metadata & { tool_id: string; name: string }, options?: CallOptions): Promise<ToolStep>;
    listToolSteps(mission: UUID, hop: UUID, options?: CallOptions): Promise<{ tool_steps: ToolStep[] }>;
    getToolStep(mission: UUID, hop: UUID, step: UUID, options?: CallOptions): Promise<ToolStep>;
    updateToolStep(mission: UUID, hop: UUID, step: UUID, fields: Metadata, options?: CallOptions): Promise<ToolStep>;
    setToolStepStatus(mission: UUID, hop: UUID, step: UUID, status: ToolStepStatus, options?: CallOptions): Promise<ToolStep>;
    deleteToolStep(mission: UUID, hop: UUID, step: UUID, options?: CallOptions): Promise<void>;

    createAsset(mission: UUID, fields: Metadata & { name: string; role: AssetRole }, options?: CallOptions): Promise<Asset>;
    listAssets(mission: UUID, query?: { scope_type?: "mission" | "hop"; scope_id?: UUID; role?: AssetRole }, options?: CallOptions): Promise<{ assets: Asset[] }>;
    getAsset(mission: UUID, asset: UUID, options?: CallOptions): Promise<Asset>;
    updateAsset(mission: UUID, asset: UUID, fields: Metadata, options?: CallOptions): Promise<Asset>;
    deleteAsset(mission: UUID, asset: UUID, options?: CallOptions): Promise<void>;

    /** Whether the write that an answer named (`Answer.writeId`) is in SQLite. */
    getWrite(writeId: string, options?: CallOptions): Promise<{ durable: boolean; committed: string }>;
}

// Errors

/** Any failure. `status` is 0 where there was no answer. */
export class SessionError extends Error {
    status: number;
    type: string;
    title: string;
    detail: string;
    /** What is wrong in the body, where (RFC 6901). */
    errors: { pointer: string; detail: string }[];
    /** Seconds, where the service has said when to come back. */
    retryAfter: number | null;
    requestId: string | null;
    /** Nothing is wrong with the request: it may succeed later. */
    get temporary(): boolean;
}
/** No answer: the network, or the server is not there. Whether a write happened is not known. */
export class NetworkError extends SessionError {}
/** No answer in time. Whether a write happened is not known. */
export class TimeoutError extends SessionError {}
/** 401, or there is no token. */
export class UnauthorizedError extends SessionError {}
/** The token is not of the user for whom this was to be sent; it was not sent. */
export class UserChangedError extends UnauthorizedError {}
/** 404: there is no such thing, or it is another user's. */
export class NotFoundError extends SessionError {}
/** 409: a move that the lifecycle does not allow. */
export class ConflictError extends SessionError {
    currentStatus: string | null;
}
/** 412: `ifMatch` does not hold. */
export class PreconditionFailedError extends SessionError {
    currentVersion: number | null;
}
/** 400, 413, 415, 422: the request itself is wrong. */
export class InvalidError extends SessionError {}
/** 429. */
export class QuotaError extends SessionError {}
/** 503: nothing was written. */
export class UnavailableError extends SessionError {}
/** 502, 504: whether the write happened is not known; a repeat with the same idempotency key finds out. */
export class OutcomeUnknownError extends SessionError {}
/** Too much is unsent already; it was not recorded. */
export class OutboxFullError extends SessionError {}
/** There is no session to do this with: none could be recovered yet, or nobody is logged in. */
export class NoSessionError extends SessionError {}

// The context

/** A message as it is shown. Until the service has it, `pending` is true and `sequence_order` is null. */
export type ShownMessage =
    | (Message & { pending?: undefined })
    | (Omit<Message, "sequence_order"> & { sequence_order: null; pending: true });

/**
 * What became of something that was recorded.
 * - "applied": the service has it.
 * - "already-applied": it had it before; an earlier attempt's answer was lost.
 * - "conflict": the service's value has won; it is in `server`.
 * - "refused": the service does not want it; `error` says why.
 */
export interface Result {
    /** The operation's idempotency key. */
    key: string;
    outcome: "applied" | "already-applied" | "conflict" | "refused";
    kind: "message" | "metadata" | "complete";
    sessionId: UUID;
    /** Of what did not work: the message or the patch, so that a page can offer it again. Else {}. */
    body: Metadata;
    /** For metadata, the service's values of the keys in conflict; for the others, {status} of the session. */
    server?: Metadata;
    error?: { status: number; title: string; detail: string };
    /** Milliseconds since 1970. */
    at: number;
}

/** A snapshot: never changed, replaced by the next. */
export interface SessionState {
    /** The user the context works for; null before `recoverSession`, and after leaving. */
    readonly userId: string | null;
    /** Metadata and status include what is unsent. */
    readonly currentSession: Session | null;
    /** Oldest first: those of the service by sequence, then the unsent ones. */
    readonly messages: readonly ShownMessage[];
    /** There are older ones: `loadOlderMessages`. */
    readonly hasOlderMessages: boolean;
    readonly mission: Mission | null;
    readonly isSessionLoading: boolean;
    /** Why the last thing did not work; null again as soon as something does. */
    readonly sessionError: Error | null;
    /** Whether the service answered the last time. */
    readonly connection: "online" | "offline";
    /** Events arrive: changes elsewhere are here within a second. False: every 15 s, while the page is visible. */
    readonly live: boolean;
    readonly saving: boolean;
    /** When something was last saved, in milliseconds since 1970. */
    readonly savedAt: number | null;
    /** Operations of this user that the service does not have yet. */
    readonly unsent: number;
    /**
     * Oldest first: those of the last 50 operations that were applied, and those in conflict or refused (the last 1,000), which
     * stay over restarts and logins until `dismissResult`.
     */
    readonly results: readonly Result[];
    /** This tab follows the events of the current session, and sends activity, for all tabs of this browser. */
    readonly isLeader: boolean;
    /** SQLite has the session up to this version; null where that is not known. */
    readonly flushedVersion: number | null;
}

export interface ContextOptions {
    client: SessionApiClient;
    /** Default: IndexedDB; where there is none (private windows of some browsers), memory. */
    store?: LocalStore;
    /** Prefix of everything kept in the browser. Default: "sessiond". */
    storageKey?: string;
    /** Who the user is where the token can't say it: an opaque one, or one that can't be had while the network is away. */
    userId?: string;
    /** Milliseconds from a change of metadata until it is sent. Default: 30,000. */
    autoSaveInterval?: number;
    /**
     * Milliseconds between two calls of activity, at least, over all tabs of this user in this browser: those that show
     * different sessions take turns. What brings an abandoned session back doesn't wait. Default: 15,000.
     */
    activityInterval?: number;
    /** Follow events. Default: true; false polls. */
    events?: boolean;
    /** Milliseconds between two polls where events can't be followed. Default: 15,000. */
    pollInterval?: number;
    /**
     * May lead the tabs of this browser. Default: true. With false what is written waits, unsent, for a tab that leads, and
     * changes of other devices are asked for where none does.
     */
    leader?: boolean;
    /** Newest messages to load with a session (0–200). Default: 50. */
    messages?: number;
    /** What a session is created with, when there is none to continue. */
    newSession?: { name?: string; session_metadata?: Metadata };
}

export class SessionContext {
    constructor(options: ContextOptions);

    readonly state: SessionState;
    readonly client: SessionApiClient;
    /** Called after every change of `state`. Answers a function that ends it. */
    subscribe(listener: (state: SessionState) => void): () => void;

    /**
     * Continues: the stored session, else the active one, else a new one. A failure never creates: what is stored locally is
     * shown, and it is tried again until it works. Resolves after the first try, and never rejects.
     */
    recoverSession(): Promise<Session | null>;
    /** Starts a new session and makes it the current one. */
    initializeSession(fields?: { name?: string; session_metadata?: Metadata }): Promise<Session>;
    /** Loads a session, by default the current one again, and makes it the current one. */
    loadSession(id?: UUID): Promise<Session>;
    /** Sends what is unsaved, then loads that session. */
    switchToSession(id: UUID): Promise<Session>;
    listSessions(query?: ListQuery): Promise<Page & { sessions: Session[] }>;
    /** PUT on the current session. For metadata rather `setSessionMetadata`, which doesn't undo what other tabs do. */
    updateSession(fields: { name?: string; status?: SessionStatus; mission_id?: UUID | null; session_metadata?: Metadata }): Promise<Session>;
    linkMissionToSession(mission: UUID): Promise<Session>;
    /** Recorded, and sent as soon as possible; works offline. Resolves when it is recorded. */
    completeSession(): Promise<void>;
    /** Completed or archived → active; after what is unsent, such as a completion. */
    resumeSession(): Promise<Session>;
    /** After what is unsent: an archived session takes no more. */
    archiveSession(): Promise<Session>;
    /** Deletes it; where it was the current one, another is recovered. */
    deleteSession(id?: UUID): Promise<void>;

    /**
     * Shows the message at once, records it, and sends it as soon as possible. Resolves when it is recorded, so from then on
     * it survives the browser. Rejects with OutboxFullError or NoSessionError.
     */
    addMessage(message: string | (Omit<NewMessage, "role"> & { role?: MessageRole })): Promise<ShownMessage>;
    /** Puts up to 100 older messages before those shown. */
    loadOlderMessages(): Promise<void>;

    /** All of the metadata, or one key's value. What is unsent is included. */
    getSessionMetadata(): Metadata;
    getSessionMetadata(key: string): any;
    /**
     * Shows the value at once, records it, and sends it within `autoSaveInterval`; at once where it is `important`.
     * undefined and null take the key away. Resolves when it is recorded.
     */
    setSessionMetadata(key: string, value: unknown, options?: { important?: boolean }): Promise<void>;
    /** Sends everything that is unsent now. Resolves to whether the service has all of it; never rejects. */
    saveSessionState(options?: { timeout?: number }): Promise<boolean>;
    /** The user is here. Real interaction with the page does this by itself. */
    updateActivity(): void;
    dismissResult(key: string): Promise<void>;

    /**
     * Ends this user's work in all tabs of this browser: sends what is unsent (within `timeout` ms, default 5,000), completes
     * the session if asked to, and clears what is stored. What could not be sent, and what was refused, stays stored for this
     * user's next login, unless `discard` is true; `unsent` tells how much that is. Never rejects.
     */
    leave(options?: { complete?: boolean; timeout?: number; discard?: boolean }): Promise<{ unsent: number }>;
    /** Ends the work of this object and keeps what is stored: for a page that takes a component away. */
    close(): void;
}

// The local store

/** Something to be sent, as it is kept. */
export interface Operation {
    /** Given by the store: the order. */
    position: number;
    user: string;
    sessionId: UUID;
    kind: "message" | "metadata" | "complete";
    /** Of every attempt to send it. */
    key: string;
    body: Metadata;
    /** For metadata: what the keys' values were before, as far as they were known; to see conflicts. */
    base?: Metadata;
    /** When to send it, in milliseconds since 1970. */
    due: number;
    createdAt: number;
    /** When it was first sent; from then on it is not changed. */
    sentAt?: number;
    bytes: number;
}

/** Where a context keeps things. Everything in it belongs to a user. */
export interface LocalStore {
    /** The tabs of a browser see the same. False: each is on its own. */
    readonly shared: boolean;
    /** Answers its position: more than that of any before. */
    add(operation: Omit<Operation, "position">): Promise<number>;
    /** A user's, in order. */
    operations(user: string): Promise<Operation[]>;
    /** Reads, changes and writes one in one transaction, if it is there. `change` answers undefined to leave it as it is, null to remove it. */
    change(position: number, change: (operation: Operation) => Operation | undefined | null): Promise<Operation | undefined>;
    value(user: string, name: string): Promise<any>;
    setValue(user: string, name: string, value: any): Promise<void>;
    /** Removes a user's values and operations; with `keepUnsent` all values but "results". */
    clear(user: string, options?: { keepUnsent?: boolean }): Promise<void>;
    close(): void;
}
export class MemoryStore implements LocalStore {
    readonly shared: boolean;
    add(operation: Omit<Operation, "position">): Promise<number>;
    operations(user: string): Promise<Operation[]>;
    change(position: number, change: (operation: Operation) => Operation | undefined | null): Promise<Operation | undefined>;
    value(user: string, name: string): Promise<any>;
    setValue(user: string, name: string, value: any): Promise<void>;
    clear(user: string, options?: { keepUnsent?: boolean }): Promise<void>;
    close(): void;
}
export class IndexedDBStore implements LocalStore {
    readonly shared: boolean;
    /** `name`: of the database. */
    constructor(name?: string, indexedDB?: IDBFactory);
    add(operation: Omit<Operation, "position">): Promise<number>;
    operations(user: string): Promise<Operation[]>;
    change(position: number, change: (operation: Operation) => Operation | undefined | null): Promise<Operation | undefined>;
    value(user: string, name: string): Promise<any>;
    setValue(user: string, name: string, value: any): Promise<void>;
    clear(user: string, options?: { keepUnsent?: boolean }): Promise<void>;
    close(): void;
}

// Login and logout

export interface AttachOptions extends Omit<ContextOptions, "client">, ClientOptions {
    /** After each login, with the recovered session, or null where there is none yet; not where a logout came before it. */
    onLogin?: (session: Session | null) => void;
    /** After each logout; also when it happened in another tab. */
    onLogout?: (left: { unsent: number; elsewhere: boolean }) => void;
}
export function attach(options: AttachOptions): {
    readonly context: SessionContext;
    readonly client: SessionApiClient;
    /** Call it when `getToken` has a token: continues the user's session. */
    login(): Promise<Session | null>;
    /** Call it while `getToken` still has the token. `complete: false` only detaches: the session stays active. */
    logout(options?: { complete?: boolean; timeout?: number; discard?: boolean }): Promise<{ unsent: number }>;
};

// React

export type UseSession = SessionState & Pick<SessionContext,
    | "recoverSession" | "initializeSession" | "loadSession" | "switchToSession" | "listSessions" | "updateSession"
    | "linkMissionToSession" | "completeSession" | "resumeSession" | "archiveSession" | "deleteSession" | "addMessage"
    | "loadOlderMessages" | "getSessionMetadata" | "setSessionMetadata" | "saveSessionState" | "updateActivity"
    | "dismissResult" | "leave">;
/** `React` is the application's own, 18 or later. */
export function createReact(React: any): {
    /** Gives its children a context: the one given, which somebody else closes. */
    SessionProvider: (props: { context: SessionContext; children?: any }) => any;
    /** The state and the context's methods, bound. Renders again after every change. */
    useSession: () => UseSession;
};
