/** Lets something happen at most once in an interval: the first at once, and what comes within it is dropped. */
export class Throttle {
    #interval;
    #last = -Infinity;

    /** @param {number} interval milliseconds */
    constructor(interval) {
        this.#interval = interval;
    }

    /** Whether it may happen now; then it has. */
    pass() {
        if (performance.now() - this.#last < this.#interval) return false;
        this.happened();
        return true;
    }

    /** It has happened, in another tab. */
    happened() {
        this.#last = performance.now();
    }

    /** The next may come at once. */
    reset() {
        this.#last = -Infinity;
    }
}
