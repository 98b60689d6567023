from Browser import equal, until

DONE = ["completed"] * 4
# Whatever a tool step ever shows: some of it for a moment only.
WATCH = """
window.statuses = new Set();
new MutationObserver(() => {
    for (const chip of document.querySelectorAll("#mission .steps .chip")) window.statuses.add(chip.textContent);
}).observe(document.getElementById("mission"), {childList: true, subtree: true, characterData: true});
"""


def test_a_plan_is_carried_out_before_everybody_s_eyes(world):
    stack, user = world.stack(), world.user()
    page = world.browser(stack).page.log_in(stack.url, user)
    other = world.other_browser().page.log_in(stack.url, user)
    other.run(WATCH)
    page.say("plan a trip to Kyoto")
    seen = other.until(lambda seen: seen["missionStatus"] == "in progress" and seen["steps"], "the other profile sees it", 30)
    assert "A trip to Kyoto" in seen["mission"], seen["mission"]
    # Whoever reloads goes on with it.
    page.here().driver.refresh()
    page.ready()
    for each in (page, other):
        each.until(lambda seen: seen["missionStatus"] == "completed" and seen["steps"] == DONE, "it is done", 45)
    statuses = other.run("return [...window.statuses]")
    assert {"running", "completed"} <= set(statuses), statuses
    page.until(lambda seen: any(each["text"] == "Done: A trip to Kyoto." for each in seen["messages"]), "the agent says so")
    session = stack.api("GET", f"/sessions/{page.see()['session']}?touch=false", user)
    equal([len(hop["tool_steps"]) for hop in session["mission"]["hops"]], [2, 2], "the steps")
    equal(sum(each["content"].startswith("Done:") for each in session["chat"]["messages"]), 1, "how often it says so")


def test_a_plan_can_be_stopped(world):
    stack, user = world.stack(), world.user()
    page = world.browser(stack).page.log_in(stack.url, user)
    page.say("plan something long")
    page.until(lambda seen: seen["steps"], "it has steps", 30)
    page.choose("Stop")
    page.until(lambda seen: seen["missionStatus"] == "cancelled", "it is cancelled")
    equal(stack.api("GET", "/missions/", user)["missions"][0]["status"], "cancelled", "the mission")


def test_complete_archive_and_resume(world):
    stack, user = world.stack(), world.user()
    page = world.browser(stack).page.log_in(stack.url, user)
    session = page.see()["session"]
    for press, status in (("Complete", "completed"), ("Resume", "active"), ("Archive", "archived"), ("Resume", "active")):
        page.choose(press)
        seen = page.until(lambda seen: seen["status"] == status and seen["composer"] == (status == "active"), f"it is {status}")
        until(lambda: stack.api("GET", f"/sessions/{session}?touch=false", user)["status"] == status, f"the service says {status}")
    page.choose("Delete")
    page.until(lambda seen: page.find("delete-dialog").is_displayed(), "the dialog")
    page.here().driver.execute_script("document.querySelector('#delete-dialog button.danger').click()")
    page.until(lambda seen: seen["session"] not in (None, session) and seen["status"] == "active", "there is another session")
