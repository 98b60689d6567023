/**
 * A random UUID (RFC 9562, version 4). `crypto.randomUUID` is there in secure contexts only, and a development server in
 * the local network is none.
 * @returns {string}
 */
export function uuid() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/**
 * The `sub` of a JWT, to keep one user's local data apart from another's. It proves nothing: only the service checks tokens.
 * @param {string | null | undefined} token
 * @returns {string | null} null where it is not a JWT
 */
export function userOf(token) {
    try {
        const payload = String(token).split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
        const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
        const { sub } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
        return typeof sub === "string" || typeof sub === "number" ? String(sub) : null;
    } catch {
        return null;
    }
}
