"""The drawing pad as a hand uses it."""

from playwright.sync_api import Page

# Two lines of a 7, as shares of the pad.
SEVEN = (((0.28, 0.24), (0.74, 0.22), (0.6, 0.5), (0.48, 0.84)),)


def pad(page: Page) -> dict[str, float]:
    """Return the place of the pad on the screen."""
    canvas = page.locator('[data-testid="stSidebar"] canvas').last
    canvas.wait_for()
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    return box


def draw(
    page: Page,
    lines: tuple[tuple[tuple[float, float], ...], ...] = SEVEN,
    *,
    scale: float = 1.0,
    right: float = 0.0,
    down: float = 0.0,
) -> None:
    """Draw lines with the mouse: scaled about the pad's middle, then shifted by shares of it."""
    box = pad(page)

    def place(point: tuple[float, float]) -> tuple[float, float]:
        x, y = (0.5 + scale * (share - 0.5) for share in point)
        return box["x"] + (x + right) * box["width"], box["y"] + (y + down) * box["height"]

    for first, *others in lines:
        page.mouse.move(*place(first))
        page.mouse.down()
        for point in others:
            page.mouse.move(*place(point), steps=8)
        page.mouse.up()
