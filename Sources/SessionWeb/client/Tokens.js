/** The application's tokens: the present one, and a new one instead of one that the service has refused. */
import { NetworkError, UnauthorizedError } from "./errors.js";

/** An application that had no new token is not asked again for so long: it may ask a person. A token it has by then is taken. */
const RENEWAL_PAUSE_MS = 30_000;

/** @typedef {string | null | undefined} Token */
/** @typedef {(renewal: Promise<Token>) => Promise<Token>} Untimed waits for a person: no time-out runs meanwhile */

export class Tokens {
    /**
     * The last one that there was: for a page that may not run again after this turn, when the application's has to be fetched.
     * @type {Token}
     */
    last;
    #get;
    #renew;
    /**
     * Requests that are refused together ask together.
     * @type {Promise<Token> | null}
     */
    #renewal = null;
    /** When there was no new one. */
    #failedAt = -Infinity;

    /** @param {import("../index.js").ClientOptions} options */
    constructor({ getToken, onTokenExpired }) {
        this.#get = getToken;
        this.#renew = onTokenExpired;
    }

    /**
     * @param {Untimed} [untimed]
     * @returns {Promise<string>}
     */
    async present(untimed) {
        const token = (await this.#asked(this.#get)) || (await this.#renewed(untimed));
        if (!token) throw new UnauthorizedError({ status: 401, title: "Nobody is logged in." });
        return (this.last = token);
    }

    /**
     * Where the application has another by now, another request was refused before this one: then that.
     * @param {string} refused @param {Untimed} [untimed]
     * @returns {Promise<Token>}
     */
    async instead(refused, untimed) {
        const present = await this.#asked(this.#get);
        return present && present !== refused ? present : this.#renewed(untimed);
    }

    /**
     * @param {Untimed} untimed
     * @returns {Promise<Token>}
     */
    async #renewed(untimed = (renewal) => renewal) {
        if (!this.#renew || Date.now() - this.#failedAt < RENEWAL_PAUSE_MS) return null;
        this.#renewal ??= this.#asked(this.#renew).finally(() => { this.#renewal = null; });
        const token = await untimed(this.#renewal);
        if (!token) this.#failedAt = Date.now();
        return token;
    }

    /**
     * It rejects most often because it can't reach whoever gives tokens.
     * @param {() => Token | Promise<Token>} ask
     */
    async #asked(ask) {
        try {
            return await ask();
        } catch (cause) {
            throw new NetworkError({ title: "The application could not get a token." }, { cause });
        }
    }
}
