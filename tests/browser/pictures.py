"""Pictures of every page on the demo, in light, dark and on a phone: `python -m tests.browser.pictures FOLDER`."""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from bandup.pages_list import PAGES
from tests.browser import chromium, serving
from tests.browser.watching import VIEWS, Contexts, Visits, whole_page

ADDRESSES = {name: address for page in PAGES for name, address in page.example_addresses.items()}
"""Every example of every page, by the name of its picture."""


def main() -> None:
    """Starts the dashboard on the demo and takes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", nargs="*", choices=[*ADDRESSES], default=[*ADDRESSES])
    parser.add_argument("--views", nargs="*", choices=[*VIEWS], default=[*VIEWS])
    parser.add_argument("--height", type=int, help="the top of each page only, so many pixels")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving.dashboard(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        chrome = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.arguments())
        visits = Visits(Contexts(chrome))
        for name in asked.pages:
            for view in asked.views:
                page = visits(server.address + ADDRESSES[name], view)
                whole_page(page)
                if asked.height:
                    size = page.viewport_size or {"width": 0, "height": 0}
                    page.set_viewport_size(size | {"height": min(size["height"], asked.height)})
                page.screenshot(path=asked.folder / (f"{name}.png" if view == "desktop" else f"{name}-{view}.png"))
                page.close()


if __name__ == "__main__":
    main()
