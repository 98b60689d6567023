# Of the lines of scripts/limits: medians, as a table with the targets, or as JSON (-v json=true).
# name case requests/s program nginx redis p50 p99     (µs)
# alone name value µs

$1 == "alone" { alone[$2] = $3; alone_us[$2] = $4; alone_names[++parts] = $2; next }
{
    key = $1 " " $2
    if (!(key in times)) keys[++count] = key
    times[key]++
    for (column = 3; column <= 8; column++) value[key, column, times[key]] = $column
}

function median(key, column,    n, i, j, swap, sorted) {
    n = times[key]
    for (i = 1; i <= n; i++) sorted[i] = value[key, column, i] + 0
    for (i = 1; i < n; i++) for (j = i + 1; j <= n; j++)
        if (sorted[j] < sorted[i]) { swap = sorted[i]; sorted[i] = sorted[j]; sorted[j] = swap }
    return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

function ratio(name, column,    limit) {
    limit = median("limit " name, column)
    return limit > 0 ? median("sessiond " name, column) / limit : 0
}

# Where `most` is true the ratio must not be above its target, else not below.
function verdict(got, target, most) { return (most ? got <= target : got >= target) ? "reached" : "missed" }

function line(what, got, target, most) {
    if (got == 0) return
    printf "%-28s %6.2f   %s %-5s %s\n", what, got, most ? "<=" : ">=", target, verdict(got, target, most)
}

function print_table(    i, words, c, n, cases) {
    printf "%-10s %-9s %10s | %9s %9s %9s | %9s %9s\n", connections " conns", "", "requests", "program", "nginx", "Redis", "p50", "p99"
    printf "%-10s %-9s %10s | %9s %9s %9s | %9s %9s\n", "", "", "per s", "us", "us", "us", "us", "us"
    for (i = 1; i <= count; i++) {
        split(keys[i], words, " ")
        printf "%-10s %-9s %10d | %9.1f %9.1f %9.1f | %9d %9d\n", words[1], words[2], median(keys[i], 3), median(keys[i], 4),
            median(keys[i], 5), median(keys[i], 6), median(keys[i], 7), median(keys[i], 8)
    }
    print ""
    printf "%-22s %10s | %9s\n", "alone", "per s", "us"
    for (i = 1; i <= parts; i++) printf "%-22s %10d | %9.2f\n", alone_names[i], alone[alone_names[i]], alone_us[alone_names[i]]
    print ""
    printf "%-28s %6s   %s\n", "sessiond to the C limit", "", "target"
    n = split("activity append load metadata mix", cases, " ")
    for (c = 1; c <= n; c++) line("CPU, " cases[c], ratio(cases[c], 4), cases[c] == "metadata" ? 2 : 1.7, 1)
    for (c = 1; c <= n; c++) line("requests/s, " cases[c], ratio(cases[c], 3), 0.8, 0)
    for (c = 1; c <= n; c++) line("Redis' CPU, " cases[c], ratio(cases[c], 6), 1.15, 1)
    if (alone["drain-c"] > 0) line("drain", alone["drain-sessiond"] / alone["drain-c"], 0.7, 0)
}

function print_json(    i, words) {
    printf "{\"connections\":%d,\"cases\":[", connections
    for (i = 1; i <= count; i++) {
        split(keys[i], words, " ")
        printf "%s{\"program\":\"%s\",\"case\":\"%s\",\"rounds\":%d,\"requests_per_second\":%d,\"cpu_us\":{\"program\":%.2f,\"nginx\":%.2f,\"redis\":%.2f},\"latency_us\":{\"p50\":%d,\"p99\":%d}}",
            (i > 1 ? "," : ""), words[1], words[2], times[keys[i]], median(keys[i], 3), median(keys[i], 4), median(keys[i], 5),
            median(keys[i], 6), median(keys[i], 7), median(keys[i], 8)
    }
    printf "],\"alone\":["
    for (i = 1; i <= parts; i++)
        printf "%s{\"part\":\"%s\",\"per_second\":%d,\"cpu_us\":%.2f}", (i > 1 ? "," : ""), alone_names[i], alone[alone_names[i]], alone_us[alone_names[i]]
    print "]}"
}

END { if (json == "true") print_json(); else print_table() }
