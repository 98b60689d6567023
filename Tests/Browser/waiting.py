"""Waits for conditions, with a bound. Nothing here sleeps for the sake of time passing, but to look again."""

import time

from selenium.common.exceptions import JavascriptException, NoSuchElementException, StaleElementReferenceException

LOOK_AGAIN = 0.04
# What a page in the middle of a change may answer with.
PASSING = (StaleElementReferenceException, NoSuchElementException, JavascriptException)


def until(condition, what, seconds=12, show=None):
    """What `condition` answers, once that is true. `show` answers what to say of how it was instead."""
    end = time.monotonic() + seconds
    failure = None
    while True:
        try:
            value = condition()
            if value:
                return value
            failure = None
        except PASSING as error:
            failure = error
        if time.monotonic() > end:
            state = f"; instead: {show()!r}" if show else ""
            raise AssertionError(f"not within {seconds} s: {what}{state}" + (f" ({failure})" if failure else ""))
        time.sleep(LOOK_AGAIN)


def equal(actual, expected, what="it"):
    if actual != expected:
        raise AssertionError(f"{what} is {actual!r}, and should be {expected!r}")
