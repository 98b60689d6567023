# shellcheck shell=bash
# The programs that scripts/limits compares: starting them, making their sessions, checking what they answer and store.
# Sourced by it, not run.
# What isn't assigned here is scripts/limits' and scripts/stack.sh's.
# shellcheck disable=SC2154

declare -A prefixes=([sessiond]=sd [limit]=sc [ordinary]=so) ports=()

nginx_of() {
    case $1 in
        sessiond) echo nginx ;;
        nginx) echo noop-nginx ;;
        *) echo "$1-nginx" ;;
    esac
}
url_of() { echo "http://127.0.0.1:${ports[$1]}"; }
database_of() { if [[ $1 == sessiond ]]; then echo "$work/data/shard-0.sqlite"; else echo "$work/$1/shard-0.sqlite"; fi; }

# An SQLite file with sessiond's own tables, empty.
make_database() {
    {
        sqlite3 -readonly "$work/data/shard-0.sqlite" .schema
        echo "INSERT INTO flush_cursor (one, log_id) VALUES (1, '0-0');"
    } | sqlite3 "$1"
}

start_programs() {
    local name
    stack_configure "$work" "$port" LOG_LEVEL=warning
    for name in redis sessiond nginx; do stack_start "$name"; done
    stack_wait
    ports=([sessiond]=$port [limit]=$((port + 1)) [ordinary]=$((port + 2)) [noop]=$((port + 3)) [nginx]=$((port + 3)))
    for name in limit ordinary noop; do
        stack_configure_nginx "$work/$name" "${ports[$name]}"
        local -a options=(--listen sessiond.sock)
        if [[ $name == noop ]]; then
            sed -i 's|location /api {|location = /nothing { return 200 "{}"; }\n        &|' "$work/noop/nginx/nginx.conf"
        else
            make_database "$work/$name/shard-0.sqlite"
            options+=(--redis ../redis.sock --database shard-0.sqlite --secret ../token-secret
                --scripts "$limits/scripts" --prefix "${prefixes[$name]}")
        fi
        stack_spawn "$name" "$work/$name" "$programs/$name" "${options[@]}"
        stack_start_nginx "$name-nginx" "$work/$name"
        stack_until "$name" 10 answers "$name"
    done
}
answers() { curl -fsS --max-time 5 -o /dev/null "$(url_of "$1")/health/ready"; }

# ask NAME TOKEN PATH …: the answer's body, with its status behind it.
ask() { curl -sS -w ' %{http_code}' "$(url_of "$1")/api$3" -H "Authorization: Bearer $2" -H 'Content-Type: application/json' "${@:4}"; }

# The same tokens for all. Messages one by one: the C programs take no lists.
make_sessions() {
    local name=$1 user session message
    say "$name: making $sessions sessions with 50 messages each"
    for ((user = 1; user <= sessions; user++)); do
        if [[ ! -e $work/token.$user ]]; then
            stack_token "bench-$user" >"$work/token.$user"
        fi
        session=$(ask "$name" "$(<"$work/token.$user")" /sessions/ -d '{"name":"bench","session_metadata":{"draft":""}}' |
            grep -o '"id":"[^"]*' | head -n 1 | cut -c7-)
        echo "$session $(<"$work/token.$user")" >>"$work/$name.sessions"
        for message in {1..50}; do
            printf 'url = "%s/api/sessions/%s/messages"\nheader = "Authorization: Bearer %s"\n' \
                "$(url_of "$name")" "$session" "$(<"$work/token.$user")"
            printf 'header = "Content-Type: application/json"\ndata = "{\\"role\\":\\"user\\",\\"content\\":\\"message %d: %0180d\\"}"\noutput = /dev/null\n' "$message" 0
            if ((message < 50)); then echo next; fi
        done >"$work/curl"
        curl -fsS -K "$work/curl"
    done
}

# expect WHAT TEXT PATTERN
# shellcheck disable=SC2053 # it is a pattern
expect() { if [[ $2 != $3 ]]; then stack_fail "$1, and is answered: ${2:0:300}"; fi; }

# A limit that doesn't do the work is none.
check_answers() {
    local name=$1 mine theirs session answer
    read -r session mine <"$work/$name.sessions"
    read -r _ theirs < <(sed -n 2p "$work/$name.sessions")
    expect "$name: activity is 200" "$(ask "$name" "$mine" "/sessions/$session/activity" -X POST)" \
        '{"id":"'"$session"'","status":"active","last_activity_at":"20'*'} 200'
    expect "$name: another's session is 404" "$(ask "$name" "$theirs" "/sessions/$session/activity" -X POST)" '*404'
    expect "$name: a token with another signature is 401" \
        "$(ask "$name" "${mine%????????}AAAAAAAA" "/sessions/$session/activity" -X POST)" '*401'
    expect "$name: a message is 201" \
        "$(ask "$name" "$mine" "/sessions/$session/messages" -d '{"role":"user","content":"a \"quoted\" one"}')" \
        '{"message":{"id":"*"sequence_order":51,*"content":"a \\"quoted\\" one"*} 201'
    expect "$name: a PUT is 200" "$(ask "$name" "$mine" "/sessions/$session" -X PUT -d '{"session_metadata":{"new":[1,2]}}')" \
        '*"session_metadata":{"new":\[1,2]},*"message_count":51,*} 200'
    answer=$(ask "$name" "$mine" "/sessions/$session?messages=50")
    expect "$name: a load has the metadata" "$answer" '*"session_metadata":{"new":\[1,2]},*"has_more":true}*} 200'
    if [[ $(grep -o '"sequence_order":[0-9]*' <<<"$answer" | cut -d: -f2 | tr '\n' ' ') != "$(seq -s ' ' 2 51) " ]]; then
        stack_fail "$name: a load has messages 2 to 51 in order, and is answered: ${answer:0:300}"
    fi
    wait_flushed "$name"
    if [[ $(sqlite3 -readonly "$(database_of "$name")" "SELECT message_count FROM user_sessions WHERE id = '$session'") != 51 ]]; then
        stack_fail "$name: SQLite hasn't the message"
    fi
}

wait_flushed() { if [[ -n ${prefixes[$1]:-} ]]; then stack_until "$1" 60 flushed "${prefixes[$1]}"; fi; }

# Every chat is whole in SQLite, and as long as Redis says; nothing that was answered is missing.
check_chats() {
    local name=$1 database gaps session count total
    database=$(database_of "$name")
    gaps=$(sqlite3 -readonly "$database" "SELECT count(*) FROM user_sessions WHERE message_count <> (SELECT count(*) FROM chat_message_documents WHERE session = user_sessions.number)
        OR message_count <> (SELECT coalesce(max(sequence_order), 0) FROM chat_message_documents WHERE session = user_sessions.number)")
    if [[ $gaps != 0 ]]; then stack_fail "$name: $gaps chats in SQLite have gaps"; fi
    total=$(sqlite3 -readonly "$database" 'SELECT count(*) FROM chat_message_documents')
    if ((total < sessions * 50 + ${appended[$name]:-0})); then stack_fail "$name: SQLite has $total messages, too few"; fi
    while read -r session _; do
        count=$(stack_redis hget "${prefixes[$name]}:{0}:session:$session" messages)
        if [[ $(sqlite3 -readonly "$database" "SELECT message_count FROM user_sessions WHERE id = '$session'") != "$count" ]]; then
            stack_fail "$name: Redis has $count messages of $session, SQLite not"
        fi
    done < <(head -n 4 "$work/$name.sessions")
}
