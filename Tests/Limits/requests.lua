-- For wrk: requests of one kind, or the mix, over sessions that take turns. Its report is one line:
-- RESULT requests seconds errors p50 p99
-- Arguments: the list of sessions (session and token, a line each), and activity, append, load, metadata, create, empty (a session without
-- metadata), list, mix or nothing.

local x200, x400 = string.rep("x", 200), string.rep("x", 400)
local metadata = '{"draft":"' .. x400 .. '","panel":"chat","scroll":1234}'
local kinds = {
  activity = { "POST", "/activity" },
  append = { "POST", "/messages", '{"role":"user","content":"' .. x200 .. '"}' },
  load = { "GET", "?messages=50" },
  metadata = { "PUT", "", '{"session_metadata":' .. metadata .. '}' },
  create = { "POST", nil, '{"name":"bench","session_metadata":' .. metadata .. '}' },
  empty = { "POST", nil, "{}" },
  list = { "GET", nil },
}
-- Of 50 requests 30, 10, 5, 4 and 1: 60 % activity, 20 % append, 10 % load, 8 % metadata, 2 % create.
local mix = {}
for _, word in ipairs({ "activity append activity load activity", "activity append activity activity metadata" }) do
  for _ = 1, 5 do for kind in word:gmatch("%S+") do table.insert(mix, kind) end end
end
mix[50] = "create"

local requests, turn = {}, 0

local function format(kind, session, token)
  local method, suffix, body = kinds[kind][1], kinds[kind][2], kinds[kind][3]
  local headers = { Authorization = "Bearer " .. token, Host = "localhost" }
  if body then headers["Content-Type"] = "application/json" end
  return wrk.format(method, "/api/sessions/" .. (suffix and session .. suffix or ""), headers, body)
end

function init(arguments)
  local list, case = arguments[1], arguments[2]
  if case == "nothing" then requests = { wrk.format("GET", list, { Host = "localhost" }) } return end
  local sessions = {}
  for line in io.lines(list) do
    local session, token = line:match("^(%S+) (%S+)$")
    table.insert(sessions, { session, token })
  end
  local order = case == "mix" and mix or { case }
  -- So many that each session meets each kind.
  for number = 1, #sessions * #order do
    local one = sessions[(number + math.floor((number - 1) / #sessions)) % #sessions + 1]
    table.insert(requests, format(order[(number - 1) % #order + 1], one[1], one[2]))
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency, rate)
  local errors = summary.errors
  io.write(string.format("RESULT %d %.6f %d %d %d\n", summary.requests, summary.duration / 1e6,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
