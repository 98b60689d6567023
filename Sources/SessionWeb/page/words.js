/** What the page calls things, and how it writes times. */

/** @type {Record<string, {word: string, tone: "good" | "warn" | "bad" | "busy" | ""}>} */
const STATUSES = {
    active: { word: "active", tone: "good" },
    completed: { word: "completed", tone: "good" },
    abandoned: { word: "abandoned", tone: "warn" },
    archived: { word: "archived", tone: "" },
    awaiting_approval: { word: "awaits approval", tone: "" },
    in_progress: { word: "in progress", tone: "busy" },
    failed: { word: "failed", tone: "bad" },
    cancelled: { word: "cancelled", tone: "warn" },
    hop_plan_started: { word: "planning", tone: "busy" },
    hop_plan_proposed: { word: "plan proposed", tone: "busy" },
    hop_plan_ready: { word: "plan ready", tone: "busy" },
    hop_impl_started: { word: "preparing", tone: "busy" },
    hop_impl_proposed: { word: "steps proposed", tone: "busy" },
    hop_impl_ready: { word: "ready", tone: "busy" },
    executing: { word: "running", tone: "busy" },
    proposed: { word: "proposed", tone: "" },
    ready_to_configure: { word: "to configure", tone: "" },
    ready_to_execute: { word: "ready", tone: "" },
};

/**
 * A status that the page doesn't know, of a newer service, is shown as it is.
 * @param {string} status
 */
export function wordOf(status) {
    return STATUSES[status]?.word ?? status;
}

/**
 * Makes an element a chip of that status.
 * @param {Element} chip
 * @param {string} status
 */
export function showStatus(chip, status) {
    if (chip.textContent !== wordOf(status)) chip.textContent = wordOf(status);
    chip.setAttribute("data-tone", STATUSES[status]?.tone ?? "");
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const clockWithSeconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

/**
 * "14:03" of today, else the day.
 * @param {number | string} time
 * @param {boolean} [seconds]
 */
export function timeOf(time, seconds = false) {
    const date = new Date(time);
    if (Number.isNaN(date.getTime())) return "";
    if (date.toDateString() !== new Date().toDateString()) return day.format(date);
    return (seconds ? clockWithSeconds : clock).format(date);
}

/**
 * "23 h 59 min", "4 min 10 s", "8 s".
 * @param {number} milliseconds
 */
export function duration(milliseconds) {
    const seconds = Math.max(0, Math.round(milliseconds / 1000));
    const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
    if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
    if (hours > 0) return `${hours} h ${minutes} min`;
    if (minutes > 0) return `${minutes} min ${seconds % 60} s`;
    return `${seconds} s`;
}

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
    return `${count} ${count === 1 ? one : many}`;
}

/**
 * The sentence for a failure.
 * @param {unknown} error
 */
export function sentence(error) {
    if (!(error instanceof Error)) return String(error);
    const [first] = /** @type {any} */ (error).errors ?? [];
    return first ? `${error.message} (${first.pointer}: ${first.detail})` : error.message;
}
