"""A hand on a keyboard: Tab to what one looks for, by the name that is read aloud, and a key."""

from datetime import date

from playwright.sync_api import Page, expect

#: As many as it takes to walk through a long page, twice over.
_MOST = 400
_NAMED = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return "";
  const labels = [...(it.labels ?? [])].map(label => label.innerText);
  const legend = it.type === "radio" ? it.closest("fieldset")?.querySelector("legend")?.innerText : "";
  return [it.getAttribute("aria-label"), legend, ...labels, it.textContent].filter(Boolean).join(" ")
    .replace(/\\s+/g, " ").trim();
}"""  # noqa: E501 - a function of the page's
_SEEN = """() => {
  const it = document.activeElement;
  const style = getComputedStyle(it);
  const ring = getComputedStyle(it.closest("summary, label, a, button") ?? it);
  return [style, ring].some(s => s.outlineStyle !== "none" || s.boxShadow !== "none");
}"""


def awake(page: Page) -> None:
    """Wait until what the page does by itself has begun: what is typed before asks for nothing."""
    page.wait_for_selector("[data-htmx-powered]", state="attached")


def reach(page: Page, name: str, *, exact: bool = False) -> None:
    """Tab until what is called so has the focus, and shows that it has.

    A name holds more than the words looked for, unless it is to be ``exact``.  Spaces are spaces,
    whether a line may break at them or not.
    """
    name = " ".join(name.split())
    for _ in range(_MOST):
        page.keyboard.press("Tab")
        named = page.evaluate(_NAMED)
        if name == named if exact else name in named:
            assert page.evaluate(_SEEN), f"« {name} » has the focus and does not show it"
            return
    raise AssertionError(f"no way by keyboard to « {name} » on {page.url}")


def press(page: Page, name: str, *, exact: bool = False) -> None:
    """Follow a link, or press a button, to the page that comes."""
    reach(page, name, exact=exact)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page: Page, name: str, words: str) -> None:
    reach(page, name)
    page.keyboard.type(words)


def choose(page: Page, legend: str, steps: int = 0) -> None:
    """Take the one of a group of radios that stands so many steps below the one Tab leads to."""
    reach(page, legend)
    page.keyboard.press("Space")
    for _ in range(steps):
        page.keyboard.press("ArrowDown")


def tick(page: Page, name: str, *, exact: bool = False) -> None:
    """Tick a box, or take its tick away."""
    reach(page, name, exact=exact)
    page.keyboard.press("Space")


def write_day(page: Page, name: str, day: date) -> None:
    """Over the day that stands there, part by part: this browser asks for the month first."""
    reach(page, name)
    page.keyboard.type(day.strftime("%m%d%Y"))
    expect(page.locator("input:focus")).to_have_value(day.isoformat())


def agree(page: Page, name: str) -> None:
    """Press what asks first whether it is meant, and say that it is."""
    reach(page, name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    press(page, "Confirmer")
