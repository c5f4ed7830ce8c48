"""HTML from the templates in `bandup/templates`, in which every text is escaped.

Autoescape is the boundary between the HTML of pages and reports and the texts of the tables, which strangers write: only
`Markup` goes in as it is.
"""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup

from bandup.analysis.bands import criterion_short_name, format_band, format_exact_mean
from bandup.formatting import counted, omitted_values, paragraphs, percent, shortened

_LAYOUT = re.compile(r"(?<=[>}])\s*\n\s*|\s*\n\s*(?=[<{])")


class _WithoutLayout(Extension):
    """Take line breaks beside a tag, and the indent after them, out of a template: they are layout, not text."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return _LAYOUT.sub("{#\n#}", source)  # the comment keeps the line numbers of errors right


environment = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    extensions=[_WithoutLayout],
)
environment.filters |= {
    "band": format_band,
    "counted": counted,
    "criterion_short_name": criterion_short_name,
    "exact_mean": format_exact_mean,
    "number": "{:,}".format,
    "omitted_values": omitted_values,
    "paragraphs": paragraphs,
    "percent": percent,
    "shortened": shortened,
}


def render(template: str, **values: object) -> Markup:
    """Return the HTML of a template (`facts.html`), compiled at its first use.

    Raises jinja2.UndefinedError where the template uses a value that is not given.
    """
    return Markup(environment.get_template(template).render(values))  # noqa: S704 - escaped by the template
