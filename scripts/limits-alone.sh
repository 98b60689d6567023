# shellcheck shell=bash
# The parts by themselves, for scripts/limits: draining a log, Redis, SQLite. Sourced by it, not run.
# Each prints lines of: alone NAME VALUE CPU (rows or calls a second, µs each).
# What isn't assigned here is scripts/limits' and scripts/stack.sh's.
# shellcheck disable=SC2154

sd_log() { stack_redis xlen 'sd:{0}:log'; }
log_of_living() { kill -0 "${stack_pids[sessiond]}" || stack_fail 'sessiond ended' && sd_log; }

# A log that sessiond wrote while nobody flushed, then the same entries and the same file for both: first a copy for C.
measure_drain() {
    local session left from begun ended used tries=0
    stack_stop_one sessiond 15
    stack_start sessiond --role api
    stack_until sessiond 30 stack_get /health/ready
    while (($(sd_log) < drain)); do
        if ((++tries > 60)); then stack_fail "no log of $drain entries could be made"; fi
        drive "$(url_of sessiond)" 2 "$work/sessiond.sessions" append >/dev/null
    done
    stack_stop_one sessiond 15
    mkdir "$work/drain"
    cp "$work"/data/shard-0.sqlite* "$work/drain/"
    {
        echo 'COPY sd:{0}:log sx:{0}:log'
        while read -r session _; do
            echo "COPY sd:{0}:session:$session sx:{0}:session:$session"
            echo "COPY sd:{0}:messages:$session sx:{0}:messages:$session"
        done <"$work/sessiond.sessions"
    } | stack_redis >/dev/null
    # Entries, seconds, CPU seconds.
    (cd "$work/drain" && "$programs/drain" --redis ../redis.sock --database shard-0.sqlite --scripts "$limits/scripts" --prefix sx) |
        awk '{ printf "alone drain-c %.0f %.2f\n", $1 / $2, $3 / $1 * 1e6 }'

    left=$(sd_log) from=$left
    stack_start sessiond --role flush
    # From its first batch on: starting is not draining.
    while ((left == from)); do
        sleep 0.01
        left=$(log_of_living)
    done
    from=$left begun=$(date +%s%N) used=$(cpu "${stack_pids[sessiond]}")
    until ((left == 0)); do
        sleep 0.02
        left=$(log_of_living)
    done
    ended=$(date +%s%N)
    awk -v n="$from" -v ns=$((ended - begun)) -v ms=$(($(cpu "${stack_pids[sessiond]}") - used)) \
        'BEGIN { printf "alone drain-sessiond %.0f %.2f\n", n / ns * 1e9, ms * 1000 / n }'
}

measure_redis() {
    (cd "$work" && "$programs/redis" --redis redis.sock --scripts "$limits/scripts" --ours "$root/Sources/HotTier/Scripts") |
        sed 's/^/alone redis-/'
}

measure_sqlite() {
    mkdir "$work/alone-sqlite"
    make_database "$work/alone-sqlite/shard-0.sqlite"
    "$programs/sqlite" --database "$work/alone-sqlite/shard-0.sqlite" |
        awk '{ printf "alone sqlite %.0f %.2f\n", $1 / $2, $3 / $1 * 1e6 }'
}
