from pathlib import Path

import axe_playwright_python

from Browser import Keys, equal, until

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}


def test_axe_finds_nothing_logged_out_and_in_light_and_dark_wide_and_narrow(world):
    stack, user = world.stack(), world.user()
    page = world.browser(stack).page.open(stack.url)
    page.until(lambda seen: seen["login"], "the login is there")
    everywhere(page, "logged out")
    page.log_in(stack.url, user)
    page.say("plan a trip")
    page.say("A second message\nof two lines")
    page.write("A draft")
    page.until(lambda seen: seen["steps"] and len(seen["messages"]) >= 3, "there is something to see", 30)
    page.choose("Stop")
    page.until(lambda seen: seen["missionStatus"] == "cancelled", "and it stands still")
    everywhere(page, "logged in")
    for view in ("Sessions", "Mission", "Chat"):
        narrow(page)
        page.choose(view)
        no_violation(page, f"narrow, {view}")
    wide(page)
    for opens, dialog in (("logout", "logout-dialog"), ("rename", "rename-dialog"), ("delete", "delete-dialog")):
        page.click(opens)
        until(lambda: page.find(dialog).is_displayed(), "the dialog")
        everywhere(page, dialog)
        page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
        until(lambda: not page.find(dialog).is_displayed(), "the dialog is closed")
    with page.offline():
        page.say("Refused")
        session = page.until(lambda seen: seen["problem"], "it is offline")["session"]
        everywhere(page, "offline")
        stack.api("POST", f"/sessions/{session}/archive", user)
    page.until(lambda seen: seen["notices"] and not seen["composer"], "what is refused is shown", 30)
    everywhere(page, "archived, with a notice")


def test_everything_is_reached_by_keyboard(world):
    stack, user = world.stack(), world.user()
    page = world.browser(stack).page.open(stack.url)
    page.until(lambda seen: seen["login"], "the login is there")
    equal(page.driver.switch_to.active_element.get_attribute("id"), "user-id", "the focus")
    page.log_in(stack.url, user)
    page.until(lambda seen: page.driver.switch_to.active_element.get_attribute("id") == "text", "the focus is in the message")
    page.write("One")
    page.driver.switch_to.active_element.send_keys(Keys.SHIFT + Keys.ENTER)
    page.write("Two" + Keys.ENTER)
    page.until(lambda seen: seen["messages"] and seen["messages"][0]["text"] == "One\nTwo", "Shift+Enter makes a line")
    reached = set()
    page.run("document.activeElement.blur()")
    for _ in range(40):
        page.driver.switch_to.active_element.send_keys(Keys.TAB)
        name, outlined = page.run("const now = document.activeElement; return [now.id || now.closest('li')?.dataset.id || now.className, getComputedStyle(now).outlineStyle]")
        reached.add(name)
        assert name == "" or outlined != "none", f"the focus on {name!r} is not to be seen"
    everything = {"skip", "theme", "logout", "new-session", page.see()["session"], "rename", "complete", "archive", "delete", "scroll", "text", "send", "notes"}
    equal(everything - reached, set(), "what Tab does not reach")


def test_the_keyboards_focus_goes_on_where_what_was_pressed_is_gone(world):
    stack, user = world.stack(), world.user()
    page = world.browser(stack).page.open(stack.url)
    page.log_in(stack.url, user)
    page.until(lambda seen: page.driver.switch_to.active_element.get_attribute("id") == "text", "the focus is in the message")

    def press(selector, then):
        page.run(f"document.querySelector('{selector}').focus()")
        page.driver.switch_to.active_element.send_keys(Keys.ENTER)
        page.until(lambda seen: page.run("return document.activeElement.id || document.activeElement.className") == then, f"{selector}: the focus is at {then}")

    page.say("plan a trip")
    page.until(lambda seen: seen["steps"], "there is a mission", 30)
    press("#stop-mission", then="text")
    press("#complete", then="ended")
    press("#resume", then="text")
    with page.offline():
        page.say("Refused")
        page.say("And this")
        session = page.until(lambda seen: seen["problem"], "it is offline")["session"]
        stack.api("POST", f"/sessions/{session}/archive", user)
    seen = page.until(lambda seen: len(seen["notices"]) >= 2 and seen["unsent"] == "0" and not seen["composer"], "what is refused is shown", 30)
    for left in reversed(range(len(seen["notices"]))):
        press(".notice button:last-child", then="notice" if left else "ended")
    press("#resume", then="text")
    press("#archive", then="ended")


def everywhere(page, where):
    """In both themes, by the system's setting."""
    for theme in ("light", "dark"):
        page.command("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}, {"name": "prefers-reduced-motion", "value": "reduce"}]})
        until(lambda: page.run("return document.documentElement.dataset.theme") == theme, f"it is {theme}")
        no_violation(page, f"{where}, {theme}")


def narrow(page):
    page.command("Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False})


def wide(page):
    page.command("Emulation.clearDeviceMetricsOverride", {})


def no_violation(page, where):
    page.here()
    if not page.driver.execute_script("return 'axe' in window"):
        page.driver.execute_script(AXE)
    result = page.run("return await axe.run(document, given[0])", RULES)
    found = [(each["id"], [node["target"] for node in each["nodes"]][:4]) for each in result["violations"]]
    equal(found, [], f"what axe finds ({where})")
    overflow = page.run("return document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0, f"{where}: the page is {overflow} px too wide"
