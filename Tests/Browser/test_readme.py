"""The page in the README, as it stands there."""

import re
from pathlib import Path

from Browser import until

README = Path(__file__).resolve().parents[2] / "README.md"


def test_ten_lines_recover_a_session(world):
    stack, user = world.stack(), world.user()
    site = Path(stack.folder) / "web"
    html = re.search(r"```html\n(.*?)```", README.read_text(), re.S)[1]
    # This server's policy allows no script within a page.
    script = re.search(r"<script type=\"module\">(.*)</script>", html, re.S)
    (site / "tests/ten-lines.js").write_text(script[1])
    (site / "tests/ten-lines.html").write_text(html.replace(script[0], '<script type="module" src="ten-lines.js"></script>'))
    (site / "my").mkdir(exist_ok=True)
    (site / "my/token").write_text(stack.token(user))

    page = world.browser(stack).page.open(f"{stack.url}/tests/ten-lines.html")
    until(lambda: page.find("draft").is_enabled(), "it has a session")
    page.write("Half a sen", "draft")
    page.driver.refresh()
    until(lambda: page.find("draft").get_attribute("value") == "Half a sen", "the sentence is there again")
    page.write("tence", "draft")
    page.open("about:blank")

    other = world.other_browser().page.open(f"{stack.url}/tests/ten-lines.html")
    until(lambda: other.find("draft").get_attribute("value") == "Half a sentence", "on another device too")
    assert stack.api("GET", "/sessions/", user)["total"] == 1
