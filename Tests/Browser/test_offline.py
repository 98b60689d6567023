from Browser import Keys, equal, until

# What is late is held against what the service has by then.
HOURS_PASS = """
const open = indexedDB.open("sessiond");
const database = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
const transaction = database.transaction("operations", "readwrite");
const store = transaction.objectStore("operations");
store.openCursor().onsuccess = ({target: {result: cursor}}) => {
    if (cursor === null) return;
    cursor.update({...cursor.value, due: cursor.value.due - 3_600_000});
    cursor.continue();
};
await new Promise((resolve) => { transaction.oncomplete = resolve; });
database.close();
"""


def test_ten_messages_without_a_server_and_a_closed_browser(world):
    stack, user, profile = world.stack(), world.user(), world.profile()
    texts = [f"Offline message {number}" for number in range(1, 11)]
    browser = world.other_browser(profile)
    page = browser.page.log_in(stack.url, user)
    session = page.see()["session"]
    stack.stop("sessiond")
    try:
        for text in texts:
            page.say(text)
        page.until(lambda seen: [each["text"] for each in seen["messages"] if each["role"] == "user"] == texts and seen["problem"], "all are shown, unsent")
        browser.close()
        page = world.other_browser(profile).page.open(stack.url)
        page.until(lambda seen: [each["text"] for each in seen["messages"] if each["role"] == "user"] == texts, "all are shown in the new browser")
    finally:
        stack.start("sessiond")
    page.until(lambda seen: seen["unsent"] == "0" and not seen["problem"], "everything is sent", 40)
    for given in (page.see()["messages"], stack.api("GET", f"/sessions/{session}/messages?limit=100", user)["messages"]):
        equal([each.get("text", each.get("content")) for each in given if each["role"] == "user"], texts, "the messages")
    equal(page.see()["session"], session, "the session")
    equal(stack.api("GET", "/sessions/", user)["total"], 1, "the number of sessions")


def test_what_can_t_be_recorded_stays_in_its_field(world):
    stack, user = world.stack(), world.user()
    page = world.browser(stack).page.log_in(stack.url, user)
    page.write("Kept. ")
    page.until(lambda seen: seen["unsent"] == "0" and "Kept." in seen["draft"], "it is saved")
    page.run("""
        window.kept = IDBObjectStore.prototype.add;
        IDBObjectStore.prototype.add = () => { throw new DOMException("The disk is full.", "QuotaExceededError"); };
    """)
    page.write("Not kept. ")
    page.until(lambda seen: "no room" in seen["problem"], "it says so")
    # What another device types is shown two seconds after the last key.
    page.run("await new Promise((resolve) => setTimeout(resolve, 2500));")
    page.write(Keys.ENTER)
    page.run("await new Promise((resolve) => setTimeout(resolve, 2500));")
    equal(page.see()["draft"].strip(), "Kept. Not kept.", "the field")
    page.run("IDBObjectStore.prototype.add = window.kept;")
    page.write(Keys.ENTER)
    page.until(lambda seen: [each["text"].strip() for each in seen["messages"]][:1] == ["Kept. Not kept."] and seen["unsent"] == "0" and seen["draft"] == "", "it is sent")


def test_what_is_refused_is_shown_and_can_be_written_again(world):
    stack, user = world.stack(), world.user()
    page = world.browser(stack).page.log_in(stack.url, user)
    page.say("Hello")
    session = page.until(lambda seen: len(seen["messages"]) == 2 and seen["unsent"] == "0", "the agent has answered")["session"]
    with page.offline():
        page.say("Too late")
        page.until(lambda seen: any(each["pending"] for each in seen["messages"]) and seen["problem"], "it waits")
        stack.api("POST", f"/sessions/{session}/archive", user)
    page.until(lambda seen: any("Not sent: the session is archived" in each and "Too late" in each for each in seen["notices"]), "the conflict is shown", 30)
    page.until(lambda seen: seen["status"] == "archived" and not seen["composer"], "it is known to be archived")
    page.until(lambda seen: "Too late" not in [each["text"] for each in seen["messages"]], "it isn't shown as a message any more")
    page.choose("Resume")
    page.until(lambda seen: seen["composer"] and seen["status"] == "active", "it goes on")
    page.choose("Write it again")
    page.until(lambda seen: seen["draft"] == "Too late", "it is in the field")
    page.say("")
    page.until(lambda seen: "Too late" in [each["text"] for each in seen["messages"]] and seen["unsent"] == "0", "it is sent")


def test_a_value_changed_elsewhere_wins_and_ours_is_offered(world):
    stack, user = world.stack(), world.user()
    page = world.browser(stack).page.log_in(stack.url, user)
    page.write("old", "notes")
    session = page.until(lambda seen: seen["unsent"] == "0" and seen["version"].startswith("2"), "it is saved")["session"]
    with page.offline():
        page.write(" and mine", "notes")
        page.until(lambda seen: seen["problem"], "it is known to be offline", 20)
        stack.api("PATCH", f"/sessions/{session}", user, {"session_metadata": {"notes": "theirs"}}, "application/merge-patch+json")
        page.run(HOURS_PASS)
    page.until(lambda seen: seen["notes"] == "theirs" and any("old and mine" in each for each in seen["notices"]), "the conflict is shown", 30)
    page.choose("Use mine")
    page.until(lambda seen: seen["notes"] == "old and mine" and not seen["notices"] and seen["unsent"] == "0", "ours is taken")
    until(lambda: stack.api("GET", f"/sessions/{session}?touch=false", user)["session_metadata"]["notes"] == "old and mine", "the service has it")
