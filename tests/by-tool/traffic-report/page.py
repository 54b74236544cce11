"""Is a page well formed, and does it hold to its own rules? Prints the rows of its tables.

    page.py PAGE            a page of -f html or --out-dir
    page.py --mail PAGE     the HTML of a mail, which has no charts and no policy
"""
import base64
import hashlib
import html.parser
import re
import sys
import xml.etree.ElementTree

VOID = {"meta"}
TAGS = set("""html head meta title style body header h1 h2 p dl div dt dd nav ul li a main section
    figure figcaption span b svg defs pattern path text g desc table caption thead tbody tr th td
    small abbr bdi details summary footer""".split())


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.rows, self.ids, self.uses = [], [], [], []
        self.counts, self.policy, self.style, self.cell = {}, None, "", None
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        assert tag in TAGS, tag
        assert len(names) == len(set(names)), attributes
        for name, value in attributes:
            # no attribute runs, fetches or paints, and none refers to anything outside
            assert name not in ["style", "src", "srcset", "action", "background"], name
            assert not name.startswith("on"), name
            if name == "id":
                assert value.isdigit(), value
                self.ids.append(value)
            elif name == "href":
                assert re.fullmatch("#[0-9]+", value), value
                self.uses.append(value[1:])
            elif name in ["aria-labelledby", "aria-describedby"]:
                self.uses.append(value)
        given = dict(attributes)
        if tag == "th":
            assert given["scope"] in ["row", "col"]
        if tag == "figure":
            assert given["role"] == "img" and "aria-labelledby" in given
        if given.get("http-equiv"):
            self.policy = given["content"]
        if tag == "tr":
            self.rows.append([])
        if tag in ["th", "td"]:
            self.cell = ""
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag
        if tag in ["th", "td"]:
            self.rows[-1].append(self.cell)
            self.cell = None

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
        elif self.cell is not None:
            self.cell += data

    def handle_comment(self, data):
        raise AssertionError(data)


def check_page(page, text):
    assert len(page.ids) == len(set(page.ids))
    assert set(page.uses) <= set(page.ids), set(page.uses) - set(page.ids)
    assert page.counts["style"] == 1 and page.counts.get("table", 0) == page.counts.get("caption", 0)
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert page.policy.startswith("default-src 'none';"), page.policy
    assert f"style-src 'sha256-{digest}'" in page.policy, page.policy
    # no style that fetches anything: only patterns of the page itself
    assert set(re.findall(r"url\([^)]*\)", page.style)) <= {"url(#1)", "url(#2)"}
    assert "@import" not in page.style
    charts = 0
    for drawing in re.findall("<svg.*?</svg>", text, re.DOTALL):
        root = xml.etree.ElementTree.fromstring(drawing)
        charts += root.find("title") is not None
        for group in root.iter("g"):
            assert group.find("title").text
        for path in root.iter("path"):
            assert "v0" not in path.get("d") and "-0" not in path.get("d"), path.get("d")
    assert charts == page.counts.get("figure", 0)


def main():
    is_mail = sys.argv[1] == "--mail"
    with open(sys.argv[-1], encoding="utf-8", newline="") as file:
        text = file.read()
    # nothing that a terminal or a reader of text would obey
    turns = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    assert not [c for c in text if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 or c in turns]
    page = Page(text)
    if is_mail:
        assert "svg" not in page.counts and "figure" not in page.counts
    else:
        check_page(page, text)
    for row in page.rows:
        print(*row, sep="\t")


main()
