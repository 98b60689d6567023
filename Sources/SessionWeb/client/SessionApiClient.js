/**
 * The service's routes, one method each. What a method does with failures, tokens and time is in Transport.js; here is only
 * what it sends. Types are in index.d.ts.
 *
 * `creates` takes an Idempotency-Key, `repeatable` may be sent twice: see retries.js.
 */
import { readEvents } from "../events/readEvents.js";
import { userOf } from "./identifiers.js";
import { Transport } from "./Transport.js";

const MERGE_PATCH = "application/merge-patch+json";

/**
 * @typedef {import("../index.js").CallOptions} CallOptions
 * @typedef {Record<string, any>} Fields
 * @typedef {Record<string, any>} Query
 */

export class SessionApiClient {
    #transport;

    /** @param {import("../index.js").ClientOptions & {user?: string | null, tokens?: import("./Tokens.js").Tokens}} options */
    constructor(options) {
        this.#transport = new Transport(options);
    }

    /** @param {string} user */
    as(user) {
        return new SessionApiClient({ ...this.#transport.options, tokens: this.#transport.tokens, user });
    }

    async tokenUser() {
        return userOf(await this.#transport.tokens.present());
    }

    // Sessions

    /** @param {Fields} [fields] @param {CallOptions} [options] */
    createSession(fields = {}, options) {
        return this.#create("/sessions", fields, options);
    }

    /** @param {Fields} [fields] @param {CallOptions} [options] */
    initializeSession(fields = {}, options) {
        return this.#create("/sessions/initialize", fields, options);
    }

    /** @param {Query} [query] @param {CallOptions} [options] */
    listSessions(query, options) {
        return this.#get("/sessions", query, options);
    }

    /** @param {CallOptions} [options] */
    getActiveSession(options) {
        return this.#get("/sessions/active", {}, options);
    }

    /** @param {string} id @param {CallOptions & {messages?: number, touch?: boolean}} options */
    getSession(id, { messages, touch, ...options } = {}) {
        return this.#get(path`/sessions/${id}`, { messages, touch }, options);
    }

    /** @param {string} id @param {Fields} fields @param {CallOptions} [options] */
    updateSession(id, fields, options) {
        return this.#put(path`/sessions/${id}`, fields, options);
    }

    /** @param {string} id @param {Fields} patch @param {CallOptions} [options] */
    patchSession(id, patch, options) {
        const body = { body: patch, type: MERGE_PATCH };
        return this.#transport.call({ method: "PATCH", path: path`/sessions/${id}`, ...body, repeatable: true }, options);
    }

    /** @param {string} id @param {Fields} patch @param {CallOptions} [options] */
    patchMetadata(id, patch, options) {
        return this.patchSession(id, { session_metadata: patch }, options);
    }

    /** @param {string} id @param {Fields} patch @param {CallOptions} [options] */
    autoSaveSession(id, patch, options) {
        return this.patchMetadata(id, patch, { keepalive: true, retries: 0, ...options });
    }

    /** @param {string} id @param {CallOptions} [options] */
    deleteSession(id, options) {
        return this.#delete(path`/sessions/${id}`, options);
    }

    /** @param {string} id @param {string} mission @param {CallOptions} [options] */
    linkMissionToSession(id, mission, options) {
        const route = path`/sessions/${id}/link-mission/${mission}`;
        return this.#transport.call({ method: "POST", path: route, repeatable: true }, options);
    }

    /** @param {string} id @param {CallOptions} [options] */
    updateSessionActivity(id, options) {
        return this.#transport.call({ method: "POST", path: path`/sessions/${id}/activity`, repeatable: true }, options);
    }

    /** @param {string} id @param {CallOptions} [options] */
    completeSession(id, options) {
        return this.#move(path`/sessions/${id}/complete`, options);
    }

    /** @param {string} id @param {CallOptions} [options] */
    archiveSession(id, options) {
        return this.#move(path`/sessions/${id}/archive`, options);
    }

    /** @param {string} id @param {CallOptions} [options] */
    resumeSession(id, options) {
        return this.#move(path`/sessions/${id}/resume`, options);
    }

    // Messages and events

    /** @param {string} id @param {Query} [query] @param {CallOptions} [options] */
    listMessages(id, query, options) {
        return this.#get(path`/sessions/${id}/messages`, query, options);
    }

    /** @param {string} id @param {Fields | Fields[]} messages @param {CallOptions} [options] */
    async addMessages(id, messages, options) {
        const body = Array.isArray(messages) ? { messages } : messages;
        const answer = await this.#create(path`/sessions/${id}/messages`, body, options);
        return answer.messages ?? [answer.message];
    }

    /** @param {string} chat @param {CallOptions} [options] */
    getChatMessages(chat, options) {
        return this.#get(path`/chat/${chat}/messages`, {}, options);
    }

    /** @param {string} id @param {{signal?: AbortSignal, silence?: number}} [options] */
    events(id, options) {
        return readEvents(this.#transport, path`/sessions/${id}/events`, options);
    }

    // Missions

    /** @param {Fields} fields @param {CallOptions & {session_id?: string}} options */
    createMission(fields, { session_id, ...options } = {}) {
        return this.#create("/missions", fields, options, { session_id });
    }

    /** @param {Query} [query] @param {CallOptions} [options] */
    listMissions(query, options) {
        return this.#get("/missions", query, options);
    }

    /** @param {string} mission @param {CallOptions} [options] */
    getMission(mission, options) {
        return this.#get(path`/missions/${mission}`, {}, options);
    }

    /** @param {string} mission @param {Fields} fields @param {CallOptions} [options] */
    updateMission(mission, fields, options) {
        return this.#put(path`/missions/${mission}`, fields, options);
    }

    /** @param {string} mission @param {string} status @param {CallOptions} [options] */
    setMissionStatus(mission, status, options) {
        return this.#setStatus(path`/missions/${mission}/status`, status, options);
    }

    /** @param {string} mission @param {CallOptions} [options] */
    deleteMission(mission, options) {
        return this.#delete(path`/missions/${mission}`, options);
    }

    /** @param {string} mission @param {Fields} fields @param {CallOptions} [options] */
    createHop(mission, fields, options) {
        return this.#create(path`/missions/${mission}/hops`, fields, options);
    }

    /** @param {string} mission @param {CallOptions} [options] */
    listHops(mission, options) {
        return this.#get(path`/missions/${mission}/hops`, {}, options);
    }

    /** @param {string} mission @param {string} hop @param {CallOptions} [options] */
    getHop(mission, hop, options) {
        return this.#get(path`/missions/${mission}/hops/${hop}`, {}, options);
    }

    /** @param {string} mission @param {string} hop @param {Fields} fields @param {CallOptions} [options] */
    updateHop(mission, hop, fields, options) {
        return this.#put(path`/missions/${mission}/hops/${hop}`, fields, options);
    }

    /** @param {string} mission @param {string} hop @param {string} status @param {CallOptions} [options] */
    setHopStatus(mission, hop, status, options) {
        return this.#setStatus(path`/missions/${mission}/hops/${hop}/status`, status, options);
    }

    /** @param {string} mission @param {string} hop @param {CallOptions} [options] */
    deleteHop(mission, hop, options) {
        return this.#delete(path`/missions/${mission}/hops/${hop}`, options);
    }

    /** @param {string} mission @param {string} hop @param {Fields} fields @param {CallOptions} [options] */
    createToolStep(mission, hop, fields, options) {
        return this.#create(path`/missions/${mission}/hops/${hop}/tool-steps`, fields, options);
    }

    /** @param {string} mission @param {string} hop @param {CallOptions} [options] */
    listToolSteps(mission, hop, options) {
        return this.#get(path`/missions/${mission}/hops/${hop}/tool-steps`, {}, options);
    }

    /** @param {string} mission @param {string} hop @param {string} step @param {CallOptions} [options] */
    getToolStep(mission, hop, step, options) {
        return this.#get(path`/missions/${mission}/hops/${hop}/tool-steps/${step}`, {}, options);
    }

    /**
     * @param {string} mission
     * @param {string} hop
     * @param {string} step
     * @param {Fields} fields
     * @param {CallOptions} [options]
     */
    updateToolStep(mission, hop, step, fields, options) {
        return this.#put(path`/missions/${mission}/hops/${hop}/tool-steps/${step}`, fields, options);
    }

    /**
     * @param {string} mission
     * @param {string} hop
     * @param {string} step
     * @param {string} status
     * @param {CallOptions} [options]
     */
    setToolStepStatus(mission, hop, step, status, options) {
        return this.#setStatus(path`/missions/${mission}/hops/${hop}/tool-steps/${step}/status`, status, options);
    }

    /** @param {string} mission @param {string} hop @param {string} step @param {CallOptions} [options] */
    deleteToolStep(mission, hop, step, options) {
        return this.#delete(path`/missions/${mission}/hops/${hop}/tool-steps/${step}`, options);
    }

    /** @param {string} mission @param {Fields} fields @param {CallOptions} [options] */
    createAsset(mission, fields, options) {
        return this.#create(path`/missions/${mission}/assets`, fields, options);
    }

    /** @param {string} mission @param {Query} [query] @param {CallOptions} [options] */
    listAssets(mission, query, options) {
        return this.#get(path`/missions/${mission}/assets`, query, options);
    }

    /** @param {string} mission @param {string} asset @param {CallOptions} [options] */
    getAsset(mission, asset, options) {
        return this.#get(path`/missions/${mission}/assets/${asset}`, {}, options);
    }

    /** @param {string} mission @param {string} asset @param {Fields} fields @param {CallOptions} [options] */
    updateAsset(mission, asset, fields, options) {
        return this.#put(path`/missions/${mission}/assets/${asset}`, fields, options);
    }

    /** @param {string} mission @param {string} asset @param {CallOptions} [options] */
    deleteAsset(mission, asset, options) {
        return this.#delete(path`/missions/${mission}/assets/${asset}`, options);
    }

    // The service

    /** @param {string} writeId @param {CallOptions} [options] */
    getWrite(writeId, options) {
        return this.#get(path`/writes/${writeId}`, {}, options);
    }

    // What the methods have in common

    /** @param {string} path @param {Query} [query] @param {CallOptions} [options] */
    #get(path, query, options) {
        return this.#transport.call({ method: "GET", path, query, repeatable: true }, options);
    }

    /** @param {string} path @param {Fields} body @param {CallOptions} [options] @param {Query} [query] */
    #create(path, body, options, query) {
        return this.#transport.call({ method: "POST", path, query, body, creates: true }, options);
    }

    /** @param {string} path @param {Fields} body @param {CallOptions} [options] */
    #put(path, body, options) {
        return this.#transport.call({ method: "PUT", path, body, repeatable: true }, options);
    }

    /** @param {string} path @param {CallOptions} [options] */
    #delete(path, options) {
        return this.#transport.call({ method: "DELETE", path, repeatable: true }, options);
    }

    /** @param {string} path @param {CallOptions} [options] */
    #move(path, options) {
        return this.#transport.call({ method: "POST", path }, options);
    }

    /** @param {string} path @param {string} status @param {CallOptions} [options] */
    #setStatus(path, status, options) {
        return this.#transport.call({ method: "PATCH", path, body: { status } }, options);
    }
}

/**
 * A path whose parts are text: a "/" in an id names no other route.
 * @param {TemplateStringsArray} parts
 * @param {string[]} values
 */
function path(parts, ...values) {
    return String.raw({ raw: parts }, ...values.map((value) => encodeURIComponent(value)));
}
