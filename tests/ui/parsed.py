"""HTML as a browser parses it, and hostile texts."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</style><script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)' x='",
    "</li></ul></div></section><iframe src=//evil.example>",
    "<!-- hidden --> <![CDATA[x]]> <?php x ?>",
    "&lt;b&gt; &amp;amp; &#x3c;i&#62; &copy",
    "{0} {1.__class__} {} {{}} %s %(x)s $x",
    "[x](javascript:alert(1)) ![x](http://evil.example/x.png) :material/home:",
    "Tôi nghĩ rằng học ngoại ngữ là cần thiết",
    "أعتقد أن التعليم مهم جدا",
    "\u202egnihton\u202c \u200f٣\u200f 👩‍👧 𝒳 Ω",
    "a <b> c < d && e > f",
)


@dataclass
class Parsed(HTMLParser):
    """Parsed HTML: `structure` is its tags with their attributes in order, `text` is what a reader sees."""

    structure: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self):
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag, attrs):
        self.structure.append(" ".join([f"<{tag}", *(f"{name}={value!r}" for name, value in attrs)]))

    def handle_endtag(self, tag):
        self.structure.append(f"</{tag}")
        self.text += "\n"

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.structure.append("comment")

    def handle_decl(self, decl):
        self.structure.append("declaration")

    def handle_pi(self, data):
        self.structure.append("instruction")

    def unknown_decl(self, data):
        self.structure.append("declaration")

    @property
    def lines(self) -> list[str]:
        """The text, element by element, without the empty ones."""
        return [line for line in self.text.split("\n") if line.strip()]


def parsed(markup) -> Parsed:
    """Some Markup as a browser would read it."""
    reader = Parsed()
    reader.feed(str(markup))
    reader.close()
    return reader


def balanced(structure: list[str]) -> bool:
    """Whether every element that opens closes again, the innermost first."""
    opened: list[str] = []
    for entry in structure:
        tag = re.split(r"\s", entry.strip("</"), maxsplit=1)[0]
        if not entry.startswith("</"):
            opened.append(tag)
        elif not opened or opened.pop() != tag:
            return False
    return not opened
