/** Random numbers that a seed repeats: SEED=… node --test. */
export function random(seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))) {
    let state = seed;
    /** mulberry32 */
    const next = () => {
        state = (state + 0x6d2b79f5) | 0;
        let value = Math.imul(state ^ (state >>> 15), 1 | state);
        value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
        return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
    };
    return { seed, below: (limit) => Math.floor(next() * limit) };
}
