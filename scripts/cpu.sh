# shellcheck shell=bash
# CPU time of processes, for scripts/bench and scripts/limits. Sourced, not run.

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
