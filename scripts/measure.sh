# shellcheck shell=bash
# What scripts/bench and scripts/limits measure with: wrk, CPU time of processes. Sourced, not run, after scripts/stack.sh.

cpu_ticks=$(getconf CLK_TCK)
# cpu PID …: their user and system time, in milliseconds.
cpu() {
    local pid stat fields sum=0
    for pid in "$@"; do
        # After the name, which may hold anything.
        stat=$(<"/proc/$pid/stat") && stat=${stat##*) }
        read -ra fields <<<"$stat"
        sum=$((sum + fields[11] + fields[12]))
    done
    echo $((sum * 1000 / cpu_ticks))
}

# drive URL SECONDS LIST KIND: a line, RESULT and what Tests/Limits/requests.lua says there.
# shellcheck disable=SC2154 # connections is of who sources this
drive() {
    timeout $(($2 + 30)) wrk -t1 -c"$connections" -d"$2s" -s "$stack_root/Tests/Limits/requests.lua" "$1" -- "$3" "$4" |
        grep '^RESULT'
}

# flushed PREFIX: whether SQLite has all that is in the log, and all activity, of the keys that begin so.
flushed() { [[ $(stack_redis xlen "$1:{0}:log") == 0 && $(stack_redis zcard "$1:{0}:touched") == 0 ]]; }
