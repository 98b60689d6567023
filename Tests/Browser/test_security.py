from Browser import Keys, equal, until

HOSTILE = [
    "<img src=x onerror=\"window.owned=1\">",
    "\"><script>window.owned=1</script>",
    "<svg/onload=window.owned=1>",
    "javascript:window.owned=1",
    "<a href=\"javascript:window.owned=1\">here</a>",
    "{{constructor.constructor('window.owned=1')()}}",
]


def test_markup_in_messages_stays_text(world):
    stack, user = world.stack(), world.user()
    page = world.browser(stack).page.log_in(stack.url, user)
    for text in HOSTILE:
        page.say(text)
    page.until(lambda seen: [each["text"] for each in seen["messages"] if each["role"] == "user"] == HOSTILE, "all are there, as written")
    page.until(lambda seen: len(seen["messages"]) == 2 * len(HOSTILE) and seen["unsent"] == "0", "all are answered", 30)
    page.driver.refresh()
    page.ready()
    page.until(lambda seen: len(seen["messages"]) == 2 * len(HOSTILE), "all are there again")
    nothing_happened(page)


def test_markup_in_everything_else_stays_text(world):
    stack, user = world.stack(), world.user()
    evil = HOSTILE[0] + HOSTILE[1]
    session = stack.api("POST", "/sessions/", user, {"name": evil, "session_metadata": {"draft": evil, "notes": {"not": "a text"}}})["user_session"]["id"]
    mission = stack.api("POST", f"/missions/?session_id={session}", user, {"name": evil, "goal": evil})["id"]
    hop = stack.api("POST", f"/missions/{mission}/hops", user, {"name": evil, "rationale": evil})["id"]
    stack.api("POST", f"/missions/{mission}/hops/{hop}/tool-steps", user, {"name": evil, "tool_id": evil})
    for role in ("assistant", "system", "tool", "status"):
        stack.api("POST", f"/sessions/{session}/messages", user, {"role": role, "content": evil, "message_metadata": {"agent": evil}})
    page = world.browser(stack).page.log_in(stack.url, user)
    seen = page.until(lambda seen: len(seen["messages"]) == 4 and seen["steps"] and seen["sessions"], "everything is there")
    equal((seen["name"], seen["draft"], seen["notes"], seen["sessions"]), (evil, evil, "", [evil]), "the texts")
    assert evil in seen["mission"], seen["mission"]
    with page.offline():
        page.write(" more" + Keys.ENTER)
        page.until(lambda seen: seen["problem"], "it waits")
        stack.api("POST", f"/sessions/{session}/complete", user)
    page.until(lambda seen: any(evil in each for each in seen["notices"]), "what is refused is shown", 30)
    nothing_happened(page)


def nothing_happened(page):
    equal(page.run("return [window.owned ?? null, document.scripts.length, document.querySelectorAll('main img, aside img, #workspace a, #workspace svg').length]"), [None, 2, 0], "what the texts have done")


def test_the_page_can_neither_be_framed_nor_run_foreign_script(world):
    stack = world.stack()
    page = world.browser(stack).page.open(stack.url)
    headers = page.run("return Object.fromEntries((await fetch('/')).headers)")
    policy = headers["content-security-policy"]
    for part in ("default-src 'self'", "script-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"):
        assert part in policy, policy
    assert "unsafe" not in policy, policy
    page.until(lambda seen: seen["login"], "the login is there")
    # Markup made of text, and inline script, are refused by the browser itself.
    refused = page.run("""
        const refused = [];
        try { document.body.insertAdjacentHTML("beforeend", "<b>x</b>"); } catch { refused.push("markup"); }
        document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => refused.push(effectiveDirective));
        try { const script = document.createElement("script"); script.text = "window.owned = 1"; document.body.append(script); } catch { refused.push("script"); }
        const image = document.createElement("img");
        image.src = "http://example.invalid/x.png";
        document.body.append(image);
        await new Promise((resolve) => setTimeout(resolve, 300));
        return [refused, window.owned ?? null];
    """)
    assert "markup" in refused[0] and any("img" in each for each in refused[0]) and refused[1] is None, refused
    world.forget_complaints()
