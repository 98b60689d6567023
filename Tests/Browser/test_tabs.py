from Browser import equal, until

# Kept by the page: when a message with that text appears.
WATCH = """
window.appeared = new Promise((resolve) => {
    new MutationObserver(() => {
        const found = [...document.querySelectorAll("#log .text")].some((each) => each.textContent === given[0]);
        if (found) resolve(Date.now());
    }).observe(document.getElementById("log"), {childList: true, subtree: true, characterData: true});
});
"""
SAID = """
document.getElementById("text").addEventListener("keydown", (event) => { if (event.key === "Enter") window.said = Date.now(); }, {capture: true});
"""


def test_two_tabs_edit_different_keys_and_both_stay(world):
    stack, user = world.stack(), world.user()
    browser = world.browser(stack)
    first = browser.page.log_in(stack.url, user)
    second = browser.window().open(stack.url).ready()
    for number, (here, there) in enumerate([("draft", "notes"), ("more draft", "more notes")]):
        first.write(here)
        second.write(there, "notes")
    expected = {"draft": "draftmore draft", "notes": "notesmore notes"}
    for page in (first, second):
        page.until(lambda seen: {key: seen[key] for key in expected} == expected, "both tabs have both")
    session = first.see()["session"]
    until(lambda: stack.api("GET", f"/sessions/{session}?touch=false", user)["session_metadata"] == expected, "the service has both")
    first.until(lambda seen: seen["unsent"] == "0" and not seen["notices"], "everything is sent, and nothing in conflict")


def test_a_message_in_one_tab_is_in_the_other_within_a_second(world):
    stack, user = world.stack(), world.user()
    browser = world.browser(stack)
    first = browser.page.log_in(stack.url, user)
    second = browser.window().open(stack.url).ready()
    within_a_second(first, second, "From tab to tab")
    within_a_second(second, first, "And back")


def test_a_message_in_one_profile_is_in_the_other_within_a_second(world):
    stack, user = world.stack(), world.user()
    first = world.browser(stack).page.log_in(stack.url, user)
    second = world.other_browser().page.log_in(stack.url, user)
    for page in (first, second):
        page.until(lambda seen: seen["live"] == "online, live", "it follows the events")
    within_a_second(first, second, "From profile to profile")
    within_a_second(second, first, "And back")


def within_a_second(writer, reader, text):
    reader.run(WATCH, text)
    writer.run(SAID)
    writer.say(text)
    appeared = reader.run("return await window.appeared")
    said = writer.run("return window.said")
    assert appeared - said < 1000, f"it took {appeared - said} ms"


def test_one_tab_leads_and_the_next_takes_its_place(world):
    stack, user = world.stack(), world.user()
    browser = world.browser(stack)
    first = browser.page.log_in(stack.url, user)
    first.until(lambda seen: seen["leader"] == "leads the others", "the first leads")
    second = browser.window().open(stack.url).ready()
    equal(second.see()["leader"], "follows another tab", "the second")
    first.here().driver.close()
    second.until(lambda seen: seen["leader"] == "leads the others" and seen["live"] == "online, live", "the second leads")
    second.say("I lead")
    second.until(lambda seen: len(seen["messages"]) == 2 and seen["unsent"] == "0", "and sends")
