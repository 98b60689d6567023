from Browser import By, equal, until


def test_the_hook_drives_the_same_flows(world):
    stack, user = world.stack(), world.user()
    browser = world.browser(stack)
    page = browser.page.open(f"{stack.url}/tests/react/")
    page.run("localStorage.setItem('token', given[0])", stack.token(user))
    page.driver.refresh()
    shows(page, "status", "active")
    first = page.find("session").text

    page.write("Half a sen", "draft")
    shows(page, "connection", "online, 0 unsent")
    page.driver.refresh()
    until(lambda: page.find("draft").get_attribute("value") == "Half a sen", "the sentence is there again")
    page.write("tence", "draft")
    page.click("send")
    until(lambda: said(page) == ["Half a sentence"] and page.find("draft").get_attribute("value") == "", "it is sent")
    shows(page, "connection", "online, 0 unsent")

    other = browser.window().open(f"{stack.url}/tests/react/")
    until(lambda: said(other) == ["Half a sentence"], "the other tab shows it")
    with page.offline():
        page.write("Without a network", "draft")
        page.click("send")
        until(lambda: said(page) == ["Half a sentence", "Without a network"], "it is shown")
    for each in (page, other):
        until(lambda: said(each) == ["Half a sentence", "Without a network"], "both tabs show it", 30)
    # The tab that leads may be the one that was offline; either sends.
    until(lambda: len(stack.api("GET", f"/sessions/{first}/messages", user)["messages"]) == 2, "the service has it", 30)

    page.click("complete")
    shows(page, "status", "completed")
    shows(other, "status", "completed")
    page.click("resume")
    shows(page, "status", "active")
    page.click("new")
    until(lambda: page.find("session").text != first, "another session")
    equal(stack.api("GET", f"/sessions/{page.find('session').text}?touch=false", user)["name"], "By React", "its name")
    page.click("logout")
    shows(page, "status", "logged out")
    shows(other, "status", "logged out")


def shows(page, id, text):
    until(lambda: page.find(id).text == text, f"#{id} shows {text!r}", 20, show=lambda: page.find(id).text)


def said(page):
    return [each.text for each in page.here().driver.find_elements(By.CSS_SELECTOR, "#messages li")]
