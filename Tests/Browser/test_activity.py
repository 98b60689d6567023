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
