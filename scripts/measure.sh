# shellcheck shell=bash
# What scripts/bench, scripts/growth and scripts/limits measure with: wrk, CPU time of processes. Sourced, not run, after
# scripts/stack.sh.

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

# make_session URL TOKEN: a session with 50 messages; prints its id.
make_session() {
    local text messages session headers=(-H "Authorization: Bearer $2" -H 'Content-Type: application/json')
    printf -v text 'x%.0s' {1..180}
    messages=$(for number in {1..50}; do printf ',{"role":"user","content":"message %d: %s"}' "$number" "$text"; done)
    session=$(curl -fsS "$1/api/sessions/" "${headers[@]}" \
        -d '{"name":"bench","session_metadata":{"draft":"","panel":"chat","scroll":1234}}' |
        grep -o '"id":"[^"]*' | head -n 1 | cut -c7-)
    curl -fsS -o /dev/null "$1/api/sessions/$session/messages" "${headers[@]}" -d "{\"messages\":[${messages#,}]}"
    echo "$session"
}

# flushed PREFIX: whether SQLite has all that is in the log, and all activity, of the keys that begin so.
flushed() { [[ $(stack_redis xlen "$1:{0}:log") == 0 && $(stack_redis zcard "$1:{0}:touched") == 0 ]]; }

# cost SECONDS LIST KIND: requests by wrk, after 1 s of warming up, and what they cost until everything they wrote is in SQLite:
# requests, seconds, errors, p50 and p99 (us), and the CPU of sessiond, nginx and Redis (us for each request).
# shellcheck disable=SC2154 # stack_… are of scripts/stack.sh
cost() {
    local url=http://127.0.0.1:$stack_port service=${stack_pids[sessiond]} redis=${stack_pids[redis]} workers=() from to result requests
    mapfile -t workers < <(stack_children nginx)
    drive "$url" 1 "$2" "$3" >/dev/null
    stack_until sessiond 60 flushed sd
    from=("$(cpu "$service")" "$(cpu "${workers[@]}")" "$(cpu "$redis")")
    result=$(drive "$url" "$1" "$2" "$3") || stack_fail "wrk reported nothing for $3"
    stack_until sessiond 60 flushed sd
    to=("$(cpu "$service")" "$(cpu "${workers[@]}")" "$(cpu "$redis")")
    requests=$(cut -d ' ' -f 2 <<<"$result")
    if ((requests == 0)); then stack_fail "no answers for $3; see $stack_folder/nginx/error.log"; fi
    awk -v line="${result#RESULT }" -v n="$requests" -v service=$((to[0] - from[0])) -v nginx=$((to[1] - from[1])) \
        -v redis=$((to[2] - from[2])) \
        'BEGIN { printf "%s %.1f %.1f %.1f\n", line, service * 1000 / n, nginx * 1000 / n, redis * 1000 / n }'
}
