/** What became of an operation, for whoever keeps it, counts it or shows it. */

/** The name under which a user's results are kept in the local store, where the service did not take them. */
export const RESULTS = "results";

/** Whether the service doesn't have it, and won't. @param {Pick<import("../index.js").Result, "outcome">} result */
export function isFailed({ outcome }) {
    return outcome === "conflict" || outcome === "refused";
}
