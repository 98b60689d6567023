from Browser import Keys, equal, until

# How many messages of a session this browser keeps for times without a server.
KEPT = """
const open = indexedDB.open("sessiond");
const database = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
const all = database.transaction("values").objectStore("values").getAll();
const values = await new Promise((resolve) => { all.onsuccess = () => resolve(all.result); });
database.close();
return JSON.stringify(values).split('"sequence_order"').length - 1;
"""
# What it has to send.
UNSENT = """
const open = indexedDB.open("sessiond");
const database = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
const all = database.transaction("operations").objectStore("operations").getAll();
const operations = await new Promise((resolve) => { all.onsuccess = () => resolve(all.result); });
database.close();
return JSON.stringify(operations.map(({body}) => body));
"""


def test_reload_in_mid_sentence_restores_it(world):
    stack, user = world.stack(), world.user()
    page = world.browser(stack).page.log_in(stack.url, user)
    page.say("Hello")
    page.write("Half a sen")
    page.driver.refresh()
    page.ready()
    page.until(lambda seen: seen["draft"] == "Half a sen", "the sentence is there again")
    page.write("tence" + Keys.ENTER)
    page.until(lambda seen: "Half a sentence" in [each["text"] for each in seen["messages"]] and seen["draft"] == "", "it is sent")


def test_a_browser_that_crashes_loses_nothing_that_was_typed(world):
    stack, user, profile = world.stack(), world.user(), world.profile()
    page = world.other_browser(profile).page.log_in(stack.url, user)
    with page.offline():
        page.say("Before the crash")
        page.write("Half a sen")
        until(lambda: all(text in page.run(UNSENT) for text in ("Before the crash", "Half a sen")), "both are kept")
        page.browser.crash()
    page = world.other_browser(profile).page.open(stack.url)
    # Chromium writes localStorage, where the token is, some seconds late.
    if page.until(lambda seen: seen["login"] or seen["session"], "either is there")["login"]:
        page.log_in(stack.url, user)
    page.until(lambda seen: seen["draft"] == "Half a sen" and seen["unsent"] == "0" and "Before the crash" in [each["text"] for each in seen["messages"]], "both are there", 25)


def test_another_profile_of_the_same_user_sees_everything(world):
    stack, user = world.stack(), world.user()
    page = world.browser(stack).page.log_in(stack.url, user)
    page.say("Hello")
    page.until(lambda seen: len(seen["messages"]) == 2 and seen["unsent"] == "0", "the agent has answered")
    page.write("Unfinished")
    page.write("Remember this", "notes")
    session = page.until(lambda seen: seen["unsent"] == "0" and seen["connection"].startswith("Saved"), "it is saved")
    other = world.other_browser().page.log_in(stack.url, user)
    seen = other.until(lambda seen: seen["draft"] == "Unfinished" and seen["notes"] == "Remember this", "the draft is there")
    for part in ("session", "name", "messages", "sessions"):
        equal(seen[part], session[part], part)


def test_a_failed_request_never_creates_a_session(world):
    stack, user = world.stack(), world.user()
    page = world.browser(stack).page.log_in(stack.url, user)
    page.say("Hello")
    before = page.until(lambda seen: len(seen["messages"]) == 2 and seen["unsent"] == "0", "the agent has answered")
    until(lambda: page.run(KEPT) == 2, "both messages are kept")
    stack.stop("sessiond")
    try:
        page.driver.refresh()
        seen = page.until(lambda seen: seen["problem"] and len(seen["messages"]) == 2, "what is kept is shown")
        equal(seen["session"], before["session"], "the session")
        assert seen["connection"].startswith("Offline"), seen["connection"]
    finally:
        stack.start("sessiond")
    page.until(lambda seen: not seen["problem"] and seen["live"] == "online, live", "it is online again", 30)
    equal(page.see()["session"], before["session"], "the session")
    equal(stack.api("GET", "/sessions/", user)["total"], 1, "the number of sessions")


def test_sessions_are_begun_and_switched(world):
    stack, user = world.stack(), world.user()
    page = world.browser(stack).page.log_in(stack.url, user)
    page.say("In the first")
    page.write("first draft")
    first = page.until(lambda seen: len(seen["messages"]) == 2, "the agent has answered")
    page.choose("New")
    second = page.until(lambda seen: seen["session"] not in (None, first["session"]), "another session")
    equal((second["messages"], second["draft"]), ([], ""), "the new session")
    page.choose("Rename")
    name = until(lambda: page.find("new-name").is_displayed() and page.find("new-name"), "the dialog")
    name.send_keys("Kyoto" + Keys.ENTER)
    page.until(lambda seen: seen["name"] == "Kyoto" and "Kyoto" in seen["sessions"], "it is renamed")
    page.here().driver.execute_script("[...document.querySelectorAll('#session-list button')].find((each) => each.textContent.includes(arguments[0])).click()", first["name"])
    seen = page.until(lambda seen: seen["session"] == first["session"] and seen["messages"], "the first session again")
    equal(seen["draft"], "first draft", "its draft")
    equal(stack.api("GET", f"/sessions/{second['session']}?touch=false", user)["session_metadata"], {}, "the second's metadata")
