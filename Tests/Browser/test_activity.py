from Browser import Keys, equal


def test_an_idle_tab_is_abandoned_and_activity_brings_it_back(world):
    stack, user = world.hasty_stack(), world.user()
    page = world.browser(stack).page.log_in(stack.url, user)
    page.say("I am here")
    session = page.until(lambda seen: len(seen["messages"]) == 2 and seen["unsent"] == "0", "the agent has answered")["session"]
    page.until(lambda seen: seen["status"] == "abandoned", "it is abandoned", 20)
    page.write(Keys.SHIFT)
    seen = page.until(lambda seen: seen["status"] == "active", "it is active again", 5)
    equal(seen["session"], session, "the session")


def test_a_tab_in_use_is_not_abandoned(world):
    stack, user = world.stack("LIFECYCLE_ABANDON_AFTER=17s", "LIFECYCLE_SWEEP_INTERVAL=1s"), world.user()
    page = world.browser(stack).page.log_in(stack.url, user)
    end = page.run("return Date.now() + 20_000")
    while page.run("return Date.now()") < end:
        page.write(Keys.SHIFT)
        page.run("await new Promise((resolve) => setTimeout(resolve, 500))")
        equal(page.see()["status"], "active", "the status")


# Notes each turn that this page takes, ms since 1970.
NOTE_TURNS = """
window.turns = [];
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (value, key) {
    if (Array.isArray(key) && key[1] === "activity") window.turns.push(value);
    return put.call(this, value, key);
};
"""
CALLS = 'return performance.getEntriesByType("resource").filter(({name}) => name.endsWith("/activity")).length;'


def test_two_tabs_with_two_sessions_take_turns(world):
    stack, user = world.stack(), world.user()
    browser = world.browser(stack)
    pages = [browser.page.log_in(stack.url, user), browser.window().open(stack.url).ready()]
    pages[1].click("new-session")
    pages[1].until(lambda seen: seen["session"] != pages[0].see()["session"], "it shows a new session")
    for page in pages:
        page.run(NOTE_TURNS)
    before = [page.run(CALLS) for page in pages]
    turns = [[], []]
    end = pages[0].run("return Date.now() + 40_000")
    while not all(turns) and pages[0].run("return Date.now()") < end:
        for page in pages:
            page.write(Keys.SHIFT)
        turns = [page.run("return window.turns") for page in pages]
    assert all(turns), f"each has its turn: {turns}"
    calls = [page.run(CALLS) for page in pages]
    assert all(after - first <= len(each) for first, after, each in zip(before, calls, turns)), f"no call without a turn: {before} {calls} {turns}"
    taken = sorted(turns[0] + turns[1])
    gaps = [after - before for before, after in zip(taken, taken[1:])]
    # A timer may fire a millisecond early.
    assert min(gaps) >= 14_999, f"15 s apart: {gaps}"
