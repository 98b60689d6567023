/** The login: by user id where the server is one for development, else by a token that somebody pastes. */
import { SessionApiClient } from "../index.js";
import { byId, setText } from "./dom.js";
import { developmentToken, isDevelopment, tokens } from "./tokens.js";
import { sentence } from "./words.js";

/** Between two questions to a server that doesn't answer. */
const AGAIN_MS = 2_000;

export class Entrance {
    #entered;
    #about = "";
    /** @type {boolean | null} */
    #development = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;
    #open = false;

    /** @param {{entered: () => void}} options */
    constructor({ entered }) {
        this.#entered = entered;
        byId("login").addEventListener("submit", (event) => {
            event.preventDefault();
            void this.#submit();
        });
    }

    /** @param {string} about said above the form */
    open(about) {
        this.#about = about;
        this.#open = true;
        setText(byId("login-error"), "");
        void this.#askServer();
    }

    close() {
        this.#open = false;
        clearTimeout(this.#timer);
        byId("token", HTMLInputElement).value = "";
    }

    async #askServer() {
        clearTimeout(this.#timer);
        try {
            this.#development ??= await isDevelopment();
        } catch {
            if (!this.#open) return;
            setText(byId("login-about"), "The server does not answer. Trying again …");
            this.#timer = setTimeout(() => void this.#askServer(), AGAIN_MS);
            return;
        }
        if (this.#open) this.#show(this.#development);
    }

    /** @param {boolean} development */
    #show(development) {
        const how = development ? "A development server: whoever you say you are, you are." : "Paste a token of your application’s login.";
        setText(byId("login-about"), this.#about ? `${this.#about} ${how}` : how);
        byId("login-user").hidden = !development;
        byId("login-token").hidden = development;
        byId("login-submit").hidden = false;
        const input = byId(development ? "user-id" : "token", HTMLInputElement);
        if (development && input.value === "") input.value = "42";
        input.focus();
        input.select();
    }

    async #submit() {
        const submit = byId("login-submit", HTMLButtonElement);
        if (submit.disabled || this.#development === null) return;
        submit.disabled = true;
        setText(byId("login-error"), "");
        try {
            const development = this.#development;
            const token = development ? await developmentToken(byId("user-id", HTMLInputElement).value.trim()) : await pasted(byId("token", HTMLInputElement).value);
            tokens.keep(token, { development });
            this.#entered();
        } catch (error) {
            setText(byId("login-error"), sentence(error));
        } finally {
            submit.disabled = false;
        }
    }
}

/**
 * A pasted token, once the service has taken it.
 * @param {string} text
 */
export async function pasted(text) {
    const token = text.trim().replace(/^Bearer\s+/i, "");
    if (!/^[\w.~+/=-]+$/.test(token)) throw new Error("That is not a token.");
    await new SessionApiClient({ getToken: () => token, retries: 1 }).listSessions({ cursor: "", limit: 1 });
    return token;
}
