"""Takes the pictures in the README, of a conversation in light and dark: see scripts/browser --pictures."""

import sys
from pathlib import Path

from World import World

TALK = ["We have four days in Kyoto, and it will rain on two of them.", "What should we see first?"]


def main(folder):
    world = World()
    try:
        stack = world.stack()
        user = "42"
        for name in ("Invoices of October", "Reading list", "Trip to Kyoto"):
            session = stack.api("POST", "/sessions/", user, {"name": name})["user_session"]["id"]
        stack.api("POST", f"/sessions/{stack.api('GET', '/sessions/', user)['sessions'][-1]['id']}/complete", user)
        page = world.browser(stack).page.log_in(stack.url, user)
        page.until(lambda seen: seen["session"] == session and seen["live"] == "online, live", "the newest session")
        # As large as the picture is to be, whatever the window's frame takes.
        page.command("Emulation.setDeviceMetricsOverride", {"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False})
        for number, text in enumerate(TALK, 1):
            page.say(text)
            page.until(lambda seen: len(seen["messages"]) == 2 * number, "the agent has answered")
        page.say("plan four days in Kyoto, two of them in the rain")
        page.write("Rain: Thursday, Friday", "notes")
        page.write("And where do we eat on")
        page.until(lambda seen: len(seen["steps"]) == 4 and seen["steps"][2] == "running" and seen["unsent"] == "0", "the second hop runs", 40)
        for theme in ("light", "dark"):
            page.command("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}, {"name": "prefers-reduced-motion", "value": "reduce"}]})
            page.run("await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
            page.driver.save_screenshot(str(folder / f"page-{theme}.png"))
    finally:
        world.end()


main(Path(sys.argv[1]))
