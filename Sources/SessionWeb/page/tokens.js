/**
 * Where this page keeps the token, and where it gets one.
 *
 * On a development server in localStorage, so that a closed browser continues by itself; any script of this origin can read
 * that, and the token of a development server is worth nothing. Anywhere else in sessionStorage: it ends with the tab. A real
 * application has a login of its own and gives its token to `attach` however it keeps it.
 */

const KEY = "sessiond-page:token";

export const tokens = {
    /**
     * Another tab may have a newer one, so it is read each time.
     * @returns {string | null}
     */
    present() {
        return read(() => sessionStorage) ?? read(() => localStorage);
    },

    /** @param {string} token @param {{development: boolean}} server */
    keep(token, { development }) {
        tokens.forget();
        try {
            (development ? localStorage : sessionStorage).setItem(KEY, token);
        } catch {
            throw new Error("This browser keeps nothing for this page (storage is forbidden), so nobody can log in.");
        }
    },

    /** @param {{here?: boolean}} [options] `here`: this tab's own only, and not what all tabs share */
    forget({ here = false } = {}) {
        for (const storage of here ? [() => sessionStorage] : [() => sessionStorage, () => localStorage]) {
            try {
                storage().removeItem(KEY);
            } catch {
                // Storage may be forbidden; then there is nothing in it.
            }
        }
    },

    /**
     * Calls back when another tab has kept or forgotten one.
     * @param {() => void} changed
     */
    watch(changed) {
        addEventListener("storage", ({ key }) => { if (key === KEY || key === null) changed(); });
    },
};

/** @param {() => Storage} storage */
function read(storage) {
    try {
        return storage().getItem(KEY);
    } catch {
        return null;
    }
}

/**
 * Whether the server gives tokens to whoever asks, which only a development server does. Throws where it can't be asked.
 * @returns {Promise<boolean>}
 */
export async function isDevelopment() {
    const response = await fetch("/api/development", { cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(8_000) });
    if (response.status === 404) return false;
    if (!response.ok) throw new Error("The server does not answer.");
    return (await response.json()).development === true;
}

/** @param {string} user @returns {Promise<string>} */
export async function developmentToken(user) {
    const response = await fetch("/api/development/tokens", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ user_id: user }),
        credentials: "omit",
        signal: AbortSignal.timeout(8_000),
    }).catch(() => { throw new Error("The server can't be reached."); });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(answer.detail || answer.title || "The server gave no token.");
    return answer.token;
}
