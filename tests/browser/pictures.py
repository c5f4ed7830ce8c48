"""Take screenshots of every page on the demo, light, dark and on a phone: `python -m tests.browser.pictures FOLDER`."""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from bandup.pages_list import PAGES
from tests.browser import chromium, serving
from tests.browser.watching import VIEWS, Contexts, Visits, fit_window_to_page

ADDRESSES = {name: address for page in PAGES for name, address in page.example_addresses.items()}
"""The example addresses of all pages, by the names of their pictures."""


def main() -> None:
    """Start the dashboard on the demo and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", nargs="*", choices=[*ADDRESSES], default=[*ADDRESSES])
    parser.add_argument("--views", nargs="*", choices=[*VIEWS], default=[*VIEWS])
    parser.add_argument("--height", type=int, help="only the top of each page: the height of the picture in pixels")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving.dashboard(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.arguments())
        visits = Visits(Contexts(browser))
        for name in options.pages:
            for view in options.views:
                page = visits(server.address + ADDRESSES[name], view)
                fit_window_to_page(page)
                if options.height:
                    size = page.viewport_size or {"width": 0, "height": 0}
                    page.set_viewport_size(size | {"height": min(size["height"], options.height)})
                page.screenshot(path=options.folder / (f"{name}.png" if view == "desktop" else f"{name}-{view}.png"))
                page.close()


if __name__ == "__main__":
    main()
