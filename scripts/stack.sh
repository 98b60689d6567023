# shellcheck shell=bash
# A private Redis, sessiond and nginx in one folder, for scripts/run and scripts/bench. Sourced, not run.
#
#   stack_build [PRODUCT …]                       sessiond and sessionctl unless said; release, unless SESSIOND_PRODUCTS
#                                                 names a folder that has the programs
#   stack_configure FOLDER PORT [NAME=VALUE …]    settings of sessiond's: LOG_LEVEL=debug
#   stack_start redis|nginx|sessiond [ARGUMENT …] of sessiond serve
#   stack_wait                                    until all three answer
#   stack_token USER                              for requests
#   stack_children NAME                           their processes: nginx' workers
#   stack_stop                                    nginx, sessiond (which drains), Redis, and nothing else

declare -A stack_pids=()
stack_environment=()
stack_folder='' stack_port='' stack_products=''
stack_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

stack_fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# Exclusive access is checked in every debug build, so by the tests: in a release build that was a tenth of a request's
# instructions, and calls into a shared standard library half of that again. It also runs where no Swift is installed.
stack_release=(-c release --static-swift-stdlib -Xswiftc '-enforce-exclusivity=unchecked')

stack_build() {
    local product log=$stack_root/.build/build.log
    stack_products=${SESSIOND_PRODUCTS:-}
    if [[ -n $stack_products ]]; then return; fi
    if (($# == 0)); then set -- sessiond sessionctl; fi
    mkdir -p "$stack_root/.build"
    for product in "$@"; do
        if ! swift build --package-path "$stack_root" "${stack_release[@]}" --product "$product" >"$log" 2>&1; then
            grep -E 'error:' "$log" | sort -u | head -n 20 >&2 || tail -n 20 "$log" >&2
            stack_fail "building $product failed; everything it said is in $log"
        fi
    done
    stack_products=$(swift build --package-path "$stack_root" "${stack_release[@]}" --show-bin-path)
}

# Also writes FOLDER/env, for a shell that wants to use sessionctl with the same settings: . FOLDER/env
stack_configure() {
    stack_folder=$1 stack_port=$2
    shift 2
    mkdir -p "$stack_folder"/{redis,data,nginx}
    chmod 700 "$stack_folder" "$stack_folder/data"
    local setting
    for setting in LISTEN_SOCKET="$stack_folder/sessiond.sock" REDIS_SOCKET="$stack_folder/redis.sock" \
        DATA_FOLDER="$stack_folder/data" KEYS_METADATA_FILE="$stack_folder/metadata-keys" \
        TOKENS_SECRET_FILE="$stack_folder/token-secret" DEVELOPMENT=true LOG_FORMAT=text "$@"; do
        stack_environment+=("SESSIOND_$setting")
        printf 'export SESSIOND_%s=%q\n' "${setting%%=*}" "${setting#*=}"
    done >"$stack_folder/env"
    # As each socket is opened from the folder its process runs in, by a relative path: a socket's is at most 107 bytes.
    stack_environment+=(SESSIOND_LISTEN_SOCKET=sessiond.sock SESSIOND_REDIS_SOCKET=redis.sock)
    stack_configure_nginx "$stack_folder" "$stack_port"

    if (exec 3<>"/dev/tcp/127.0.0.1/$stack_port") 2>/dev/null; then
        stack_fail "127.0.0.1:$stack_port is in use; choose another port: PORT=$((stack_port + 1)) $0"
    fi
    if (cd "$stack_folder" && [[ $(redis-cli -s redis.sock ping 2>/dev/null) == PONG ]]); then
        stack_fail "a Redis of an earlier run is left; end it: (cd $stack_folder && redis-cli -s redis.sock shutdown)"
    fi
}

# For the service at FOLDER/sessiond.sock.
stack_configure_nginx() {
    mkdir -p "$1/nginx"
    sed "s/listen 127.0.0.1:8080 /listen 127.0.0.1:$2 /; s|unix:sessiond.sock|unix:../sessiond.sock|; s|root web;|root \"$stack_root/Sources/SessionWeb\";|" \
        "$stack_root/config/nginx.conf" >"$1/nginx/nginx.conf"
    cp "$stack_root/config/fastcgi_params" "$1/nginx/"
}

# stack_start_nginx NAME FOLDER
stack_start_nginx() {
    local globals='daemon off;'
    # As root, nginx would make its workers another user's, who may not open the socket.
    if ((EUID == 0)); then globals+=' user root;'; fi
    stack_spawn "$1" "$2/nginx" env PATH="$PATH:/usr/sbin:/sbin" nginx -p . -c nginx.conf -e error.log -g "$globals"
}

stack_start() {
    case $1 in
        redis)
            stack_spawn redis "$stack_folder/redis" \
                redis-server "$stack_root/config/redis.conf" --dir . --unixsocket ../redis.sock
            ;;
        sessiond)
            stack_spawn sessiond "$stack_folder" env "${stack_environment[@]}" \
                "$stack_products/sessiond" serve --config "$stack_root/config/sessiond.yaml" "${@:2}"
            ;;
        nginx)
            stack_start_nginx nginx "$stack_folder"
            ;;
    esac
}

# stack_spawn NAME FOLDER COMMAND …: in a session of its own, so that Ctrl-C reaches this script alone, which then ends
# them in order; and ended by the kernel if this script is killed. Descriptor 9 is the lock of scripts/run.
stack_spawn() {
    local name=$1 folder=$2
    shift 2
    (cd "$folder" && exec setsid setpriv --pdeathsig TERM "$@") >>"$stack_folder/$name.log" 2>&1 9>&- </dev/null &
    stack_pids[$name]=$!
    # bash would report each that is killed, in words of its own.
    disown "$!"
}

# stack_until NAME SECONDS COMMAND …: until the command succeeds; fails when NAME has ended, or time is up.
stack_until() {
    local name=$1 end=$((SECONDS + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        if ! kill -0 "${stack_pids[$name]}" 2>/dev/null; then
            tail -n 15 "$stack_folder/$name.log" >&2
            stack_fail "$name ended at its start; the lines above are the last of $stack_folder/$name.log"
        fi
        if ((SECONDS >= end)); then
            tail -n 15 "$stack_folder/$name.log" >&2
            stack_fail "$name does not answer; the lines above are the last of $stack_folder/$name.log"
        fi
        sleep 0.05
    done
}

stack_token() {
    env "${stack_environment[@]}" "$stack_products/sessionctl" token --user "$1" --config "$stack_root/config/sessiond.yaml"
}
stack_children() { ps -o pid= --ppid "${stack_pids[$1]}" | tr -d ' '; }
stack_redis() { (cd "$stack_folder" && redis-cli -s redis.sock "$@"); }
stack_redis_answers() { [[ $(stack_redis ping) == PONG ]]; }
stack_get() { curl -fsS --max-time 5 "http://127.0.0.1:$stack_port$1"; }
# nginx answers, whatever it is.
stack_nginx_answers() { curl -sS --max-time 5 -o /dev/null "http://127.0.0.1:$stack_port/"; }

stack_wait() {
    stack_until redis 60 stack_redis_answers
    stack_until nginx 10 stack_nginx_answers
    stack_until sessiond 30 stack_get /health/ready
}

stack_stop_one() {
    local pid=${stack_pids[$1]:-} end=$((SECONDS + $2))
    if [[ -z $pid ]]; then return; fi
    unset "stack_pids[$1]"
    kill "$pid" 2>/dev/null || return 0
    while kill -0 "$pid" 2>/dev/null; do
        if ((SECONDS >= end)); then
            echo "$(basename "$0"): $1 did not stop within $2 s and is killed" >&2
            kill -9 "$pid" 2>/dev/null || true
        fi
        sleep 0.05
    done
}

stack_stop() {
    stack_stop_one nginx 10
    # Longer than `drain` in sessiond.yaml.
    stack_stop_one sessiond 15
    stack_stop_one redis 30
}
