"""What a test gets: stacks and browsers, which end with it or are used again by the next."""

import itertools
import json
import shutil
import tempfile

from Browser import Browser
from Stack import Stack

# Abandons soon, and takes an expired token for expired.
HASTY = ("LIFECYCLE_ABANDON_AFTER=4s", "LIFECYCLE_SWEEP_INTERVAL=1s", "TOKENS_LEEWAY=0s")


class World:
    def __init__(self):
        self.stacks = {}
        self.shared = None
        self.users = itertools.count(1000)
        self.browsers = []
        self.folders = []

    # Of all tests

    def stack(self, *settings):
        """The stack with those settings, which is started for the first who asks."""
        if settings not in self.stacks:
            self.stacks[settings] = Stack(*settings)
        return self.stacks[settings]

    def hasty_stack(self):
        return self.stack(*HASTY)

    # Of one test

    def user(self):
        """Nobody has ever been that."""
        return str(next(self.users))

    def browser(self, stack):
        """The shared one, with nothing in it."""
        if self.shared is None:
            self.shared = Browser()
        self.shared.clean(stack.url)
        self.browsers.append(self.shared)
        return self.shared

    def other_browser(self, folder=None):
        """Another person's, or another device's."""
        browser = Browser(folder)
        self.browsers.append(browser)
        return browser

    def profile(self):
        """A folder for a browser that is closed and opened again."""
        self.folders.append(tempfile.mkdtemp(prefix="sdweb-profile-", dir="/tmp"))
        return self.folders[-1]

    def complaints(self):
        """What the browsers' consoles say is wrong, except that a request failed."""
        return [
            entry["message"] for browser in self._open() for entry in browser.read_log()
            if entry["level"] == "SEVERE" and entry["source"] != "network"
        ]

    def forget_complaints(self):
        """What the consoles have said until now was to be expected."""
        for browser in self._open():
            browser.read_log()
            browser.log = []

    def forget_shared_pages(self):
        """Before a stack of the test's own ends."""
        if self.shared:
            self.shared.driver.get("about:blank")

    def keep(self, folder, name):
        """Pictures and logs of all windows."""
        for number, browser in enumerate(self._open(), 1):
            try:
                for window, handle in enumerate(browser.driver.window_handles, 1):
                    browser.driver.switch_to.window(handle)
                    browser.driver.save_screenshot(str(folder / f"{name}-{number}-{window}.png"))
                (folder / f"{name}-{number}.log").write_text("\n".join(json.dumps(each) for each in browser.read_log()))
            except Exception as error:  # of a browser that is gone; the test's own failure matters more
                (folder / f"{name}-{number}.log").write_text(str(error))

    def test_ended(self):
        for browser in self._open():
            if browser is not self.shared:
                browser.close()
        self.browsers = []
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
        self.folders = []

    def end(self):
        self.test_ended()
        if self.shared:
            self.shared.close()
        for stack in self.stacks.values():
            stack.end()

    def _open(self):
        return [browser for browser in dict.fromkeys(self.browsers) if not browser.closed]
