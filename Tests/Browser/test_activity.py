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


# When this page told of activity, ms since 1970.
CALLS = """
return performance.getEntriesByType("resource").filter(({name}) => name.endsWith("/activity"))
    .map(({startTime}) => performance.timeOrigin + startTime);
"""


def test_two_tabs_with_two_sessions_take_turns(world):
    stack, user = world.stack(), world.user()
    browser = world.browser(stack)
    pages = [browser.page.log_in(stack.url, user), browser.window().open(stack.url).ready()]
    pages[1].click("new-session")
    pages[1].until(lambda seen: seen["session"] != pages[0].see()["session"], "it shows a new session")
    calls = [[], []]
    end = pages[0].run("return Date.now() + 40_000")
    while not all(calls) and pages[0].run("return Date.now()") < end:
        for page in pages:
            page.write(Keys.SHIFT)
        calls = [page.run(CALLS) for page in pages]
    assert all(calls), f"each has its turn: {calls}"
    told = sorted(calls[0] + calls[1])
    gaps = [after - before for before, after in zip(told, told[1:])]
    # The clocks of two tabs agree to some milliseconds.
    assert min(gaps) > 14_900, f"15 s apart: {gaps}"
