"""A Chromium with a profile of its own, and the page in it as a person sees it."""

import os
import shutil
import tempfile
from contextlib import contextmanager, suppress

from selenium import webdriver
from selenium.common.exceptions import NoSuchWindowException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from waiting import equal, until

CHROMIUM = "/usr/bin/chromium"
DRIVER = "/usr/bin/chromedriver"
SIZE = (1280, 800)

# Everything the tests look at, at one moment.
SNAPSHOT = """
const text = (id) => document.getElementById(id)?.textContent ?? "";
const shown = (id) => document.getElementById(id)?.checkVisibility() ?? false;
const value = (id) => document.getElementById(id)?.value ?? null;
return {
    place: document.body.dataset.place,
    login: shown("login-submit"),
    loginError: text("login-error"),
    user: text("user"),
    connection: text("connection"),
    problem: shown("problem") ? text("problem-text") : "",
    name: text("session-name"),
    status: text("session-status"),
    session: document.querySelector("#session-list [aria-current]")?.closest("li").dataset.id ?? null,
    sessions: [...document.querySelectorAll("#session-list .name")].map((each) => each.textContent),
    messages: [...document.querySelectorAll("#log .message")].map((each) => ({
        role: each.dataset.role, text: each.querySelector(".text").textContent,
        pending: "pending" in each.dataset, sequence: Number(each.dataset.sequence) || null,
    })),
    draft: value("text"),
    notes: value("notes"),
    composer: shown("composer"),
    notices: [...document.querySelectorAll("#notices .notice")].map((each) => each.textContent),
    renewal: document.getElementById("renewal")?.open ?? false,
    mission: shown("mission") ? text("mission") : "",
    missionStatus: document.querySelector("#mission .chip")?.textContent ?? "",
    steps: [...document.querySelectorAll("#mission .steps li")].map((each) => each.lastElementChild.textContent),
    version: text("live-version"), count: text("live-count"), unsent: text("live-unsent"), leader: text("live-leader"),
    live: text("live-connection"), abandoned: text("live-abandoned"),
};
"""


class Browser:
    def __init__(self, folder=None):
        """`folder`: a profile that stays when the browser is closed. Left out: one that goes with it."""
        self.own = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="sdweb-profile-", dir="/tmp")
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        arguments = [
            "--headless=new", f"--user-data-dir={self.folder}", "--window-size={},{}".format(*SIZE), "--no-first-run",
            "--no-default-browser-check", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-features=Translate,OptimizationHints,MediaRouter",
            # A window behind another one is a window all the same, and a person's second screen.
            "--disable-backgrounding-occluded-windows", "--lang=en-GB",
        ]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        for argument in arguments:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
        self.driver.set_page_load_timeout(30)
        self.driver.set_script_timeout(30)
        self.log = []
        self.closed = False
        self.page = Page(self)

    def window(self):
        """Another window of this browser. `Page.here` goes back and forth."""
        self.driver.switch_to.new_window("window")
        return Page(self)

    def clean(self, url):
        """As if it were new: one empty window, nothing stored for that origin."""
        self.driver.switch_to.window(self.driver.window_handles[0])
        former = self.driver.window_handles
        self.driver.switch_to.new_window("window")
        fresh = self.driver.current_window_handle
        for handle in former:
            self.driver.switch_to.window(handle)
            self.driver.close()
        self.driver.switch_to.window(fresh)
        self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "all"})
        self.driver.set_window_size(*SIZE)
        self.page = Page(self)
        self.read_log()
        self.log = []

    def read_log(self):
        self.log += self.driver.get_log("browser")
        return self.log

    def crash(self):
        """All at once, with nothing said to the pages."""
        self.closed = True
        with suppress(WebDriverException):  # Nobody is left to answer.
            self.driver.execute_cdp_cmd("Browser.crash", {})
        self.driver.quit()

    def close(self):
        if self.closed:
            return
        self.closed = True
        self.driver.quit()
        if self.own:
            shutil.rmtree(self.folder, ignore_errors=True)


class Page:
    """One window. Its methods act as its person does."""

    def __init__(self, browser):
        self.browser = browser
        self.driver = browser.driver
        self.handle = self.driver.current_window_handle

    def here(self):
        try:
            current = self.driver.current_window_handle
        except NoSuchWindowException:  # The window that was looked at last is closed.
            current = None
        if current != self.handle:
            self.driver.switch_to.window(self.handle)
        return self

    def see(self):
        return self.here().driver.execute_script(SNAPSHOT)

    def until(self, condition, what, seconds=12):
        """The snapshot of which `condition` is true."""
        seen = {}

        def check():
            seen.clear()
            seen.update(self.see())
            return condition(seen)

        until(check, what, seconds, show=lambda: {key: value for key, value in seen.items() if value})
        return seen

    def open(self, url):
        self.here().driver.get(url)
        return self

    def log_in(self, url, user):
        self.open(url)
        self.until(lambda seen: seen["login"], "the login is there")
        field = self.find("user-id")
        field.clear()
        field.send_keys(user, Keys.ENTER)
        return self.ready()

    def ready(self, seconds=12):
        """The workspace, with a session of the service's."""
        self.until(lambda seen: seen["place"] == "workspace" and seen["session"] and not seen["problem"], "the workspace is ready", seconds)
        return self

    def find(self, id):
        return self.here().driver.find_element(By.ID, id)

    def click(self, id):
        self.find(id).click()

    def choose(self, text, inside="body"):
        """Clicks the visible button with that text."""
        def button():
            found = self.here().driver.find_elements(By.XPATH, f"//button[normalize-space()='{text}']")
            return next((each for each in found if each.is_displayed()), None)
        until(button, f"a button {text!r}").click()

    def write(self, text, id="text"):
        self.find(id).send_keys(text)

    def say(self, text):
        self.write(text)
        self.write(Keys.ENTER)

    def run(self, script, *arguments):
        """The value of an asynchronous function's body."""
        wrapped = "const done = arguments[arguments.length - 1]; const given = [...arguments].slice(0, -1);" \
            "(async () => {" + script + "})().then((value) => done({value}), (error) => done({error: String(error)}));"
        answer = self.here().driver.execute_async_script(wrapped, *arguments)
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["value"]

    def command(self, name, parameters):
        """Of Chromium's DevTools protocol."""
        return self.here().driver.execute_cdp_cmd(name, parameters)

    @contextmanager
    def offline(self):
        """This window has no network."""
        conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.command("Network.enable", {})
        self.command("Network.emulateNetworkConditions", conditions | {"offline": True})
        yield
        if self.browser.closed:
            return
        self.command("Network.emulateNetworkConditions", conditions | {"offline": False})

    def user_messages(self):
        return [each["text"] for each in self.see()["messages"] if each["role"] == "user"]


__all__ = ["Browser", "Page", "Keys", "By", "equal", "until"]
