/**
 * A controller that the signal aborts as well, with its reason. `release`, when it is done, lets go of the signal.
 * @param {AbortSignal} [signal]
 */
export function linked(signal) {
    const controller = new AbortController();
    const stop = () => controller.abort(signal?.reason);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
    return { controller, release: () => signal?.removeEventListener("abort", stop) };
}
