import time

from Browser import Keys, equal, until
from Stack import Stack
from World import HASTY

KEY = "sessiond-page:token"
# Names of the databases' stores with something in them, and what is in the storages.
KEPT = """
const kept = {};
for (const {name} of await indexedDB.databases()) {
    const database = await new Promise((resolve) => { const open = indexedDB.open(name); open.onsuccess = () => resolve(open.result); });
    for (const store of database.objectStoreNames) {
        kept[store] = await new Promise((resolve) => { const all = database.transaction(store).objectStore(store).getAll(); all.onsuccess = () => resolve(all.result.length); });
    }
    database.close();
}
return {kept, local: Object.keys(localStorage), session: Object.keys(sessionStorage)};
"""


def test_an_expired_token_asks_for_a_new_one_and_loses_nothing(world):
    stack, user = world.hasty_stack(), world.user()
    page = world.browser(stack).page.log_in(stack.url, user)
    expired = stack.token(user, 1)
    time.sleep(1.2)
    page.write("Before and after")
    # The next request is made with it, whichever that is; from then on nothing behind the question can be reached.
    page.run("localStorage.setItem(given[0], given[1]); document.getElementById('send').click();", KEY, expired)
    page.until(lambda seen: seen["renewal"], "it asks")
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    seen = page.until(lambda seen: not seen["renewal"] and "has expired" in seen["problem"], "it is put off")
    equal([each["text"] for each in seen["messages"] if each["role"] == "user"], ["Before and after"], "the messages")
    page.say("While logged out")
    page.click("log-in-again")
    page.until(lambda seen: seen["renewal"], "it asks again")
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    page.until(lambda seen: not seen["renewal"] and not seen["problem"] and seen["unsent"] == "0", "it goes on", 25)
    session = page.see()["session"]
    messages = stack.api("GET", f"/sessions/{session}/messages", user)["messages"]
    equal([each["content"] for each in messages if each["role"] == "user"], ["Before and after", "While logged out"], "the messages")


def test_a_token_renewed_in_one_tab_is_everybody_s(world):
    stack, user = world.hasty_stack(), world.user()
    browser = world.browser(stack)
    page = browser.page.log_in(stack.url, user)
    other = browser.window().open(stack.url).ready()
    page.run("localStorage.setItem(given[0], given[1]); await new Promise((resolve) => setTimeout(resolve, 1200));", KEY, stack.token(user, 1))
    for each in (page, other):
        each.run("document.getElementById('new-session').click()")
        each.until(lambda seen: seen["renewal"], "it asks")
    page.here().driver.switch_to.active_element.send_keys(Keys.ENTER)
    for each in (page, other):
        each.until(lambda seen: not seen["renewal"] and not seen["problem"] and seen["live"] == "online, live", "it goes on", 25)


def test_who_reads_a_session_that_has_ended_reads_on_after_a_new_login(world):
    stack, user = world.hasty_stack(), world.user()
    page = world.browser(stack).page.log_in(stack.url, user)
    page.say("To be read again")
    session = page.until(lambda seen: len(seen["messages"]) == 2 and seen["unsent"] == "0", "the agent has answered")["session"]
    page.choose("Archive")
    page.until(lambda seen: seen["status"] == "archived", "it is archived")
    page.run("localStorage.setItem(given[0], given[1]); await new Promise((resolve) => setTimeout(resolve, 1200));", KEY, stack.token(user, 1))
    page.until(lambda seen: seen["renewal"], "it asks", 30)
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    page.until(lambda seen: not seen["renewal"] and not seen["problem"] and seen["live"] == "online, live", "it goes on", 25)
    equal((page.see()["session"], page.see()["status"]), (session, "archived"), "the session")
    equal(stack.api("GET", "/sessions/", user)["total"], 1, "the number of sessions")


def test_what_is_no_token_leads_back_to_the_login(world):
    stack = world.stack()
    page = world.browser(stack).page.open(stack.url)
    page.until(lambda seen: seen["login"], "the login is there")
    page.run("localStorage.setItem(given[0], 'nonsense')", KEY)
    page.driver.refresh()
    page.until(lambda seen: seen["login"], "the login is there again")
    page.log_in(stack.url, world.user())


def test_logout_completes_and_clears(world):
    stack, user = world.stack(), world.user()
    browser = world.browser(stack)
    page = browser.page.log_in(stack.url, user)
    other = browser.window().open(stack.url).ready()
    page.say("Goodbye")
    page.write("not finished")
    session = page.until(lambda seen: len(seen["messages"]) == 2, "the agent has answered")["session"]
    page.click("logout")
    page.choose("Complete and log out")
    for each in (page, other):
        each.until(lambda seen: seen["place"] == "entrance" and seen["login"], "it is logged out")
        equal(each.see()["messages"], [], "what the page still shows")
    saved = stack.api("GET", f"/sessions/{session}?touch=false", user)
    equal((saved["status"], saved["session_metadata"]), ("completed", {"draft": "not finished"}), "the session")
    kept = until(lambda: (found := page.run(KEPT)) and not any(found["kept"].values()) and found, "nothing is kept", show=lambda: page.run(KEPT))
    equal((kept["local"], kept["session"]), ([], []), "the storages")


def test_leaving_keeps_the_session_and_another_user_sees_nothing_of_it(world):
    stack, user, stranger = world.stack(), world.user(), world.user()
    page = world.browser(stack).page.log_in(stack.url, user)
    page.say("Mine alone")
    session = page.until(lambda seen: len(seen["messages"]) == 2 and seen["unsent"] == "0", "the agent has answered")["session"]
    with page.offline():
        page.say("Unsent")
        page.until(lambda seen: seen["problem"], "it is offline")
        page.click("logout")
        page.choose("Just leave")
        page.until(lambda seen: seen["place"] == "entrance", "it is logged out", 20)
    page.until(lambda seen: seen["login"], "the login is there")
    page.log_in(stack.url, stranger)
    seen = page.until(lambda seen: seen["live"] == "online, live", "the stranger is in")
    equal((seen["messages"], len(seen["sessions"])), ([], 1), "what the stranger sees")
    equal(stack.api("GET", f"/sessions/{session}?touch=false", user)["message_count"], 2, "the messages that were sent")
    equal(stack.api("GET", f"/sessions/{seen['session']}?touch=false", stranger)["message_count"], 0, "the stranger's messages")
    page.click("logout")
    page.choose("Just leave")
    page.until(lambda seen: seen["login"], "the login is there")
    page.log_in(stack.url, user)
    seen = page.until(lambda seen: "Unsent" in [each["text"] for each in seen["messages"]] and seen["unsent"] == "0", "what was unsent is sent")
    equal((seen["session"], seen["status"]), (session, "active"), "the session")


def test_a_server_that_is_not_for_development_takes_a_token_only(world):
    first = world.stack(*HASTY)
    # The keys are there by now, so they need not be made.
    stack = Stack("DEVELOPMENT=false", f"TOKENS_SECRET_FILE={first.folder}/token-secret", f"KEYS_METADATA_FILE={first.folder}/metadata-keys")
    try:
        page = world.browser(stack).page.open(stack.url)
        page.until(lambda seen: seen["login"], "the login is there")
        equal((page.find("user-id").is_displayed(), page.find("token").is_displayed()), (False, True), "the fields")
        for wrong in ("not a token!", "not.a.token"):
            page.write(wrong + Keys.ENTER, "token")
            page.until(lambda seen: seen["loginError"], "it is refused")
            page.find("token").clear()
        token = first.token(world.user())
        other = page.browser.window().open(stack.url)
        for each in (page, other):
            each.here().until(lambda seen: seen["login"], "the login is there")
            each.write(token + Keys.ENTER, "token")
            each.ready()
            equal(each.run("return [localStorage.getItem(given[0]), sessionStorage.getItem(given[0]) !== null]", KEY), [None, True], "where the token is")
        page.here().click("logout")
        page.choose("Just leave")
        for each in (page, other):
            each.here().until(lambda seen: seen["place"] == "entrance", "it is logged out")
            equal(each.run("return sessionStorage.getItem(given[0])", KEY), None, "the token that is left")
    finally:
        world.forget_shared_pages()
        stack.end()
