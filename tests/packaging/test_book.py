"""The documentation as a book: it builds, all pages are in it, and its links lead somewhere."""

import re
import shutil
from html import unescape
from urllib.parse import unquote

from conftest import ROOT, run, tool

DOCS = ROOT / "docs"


def test_the_book_builds_and_its_links_lead_somewhere(tmp_path):
    book = tmp_path / "book"
    warned = run(tool("mdbook"), "build", "docs", "--dest-dir", book)
    assert "WARN" not in warned and "ERROR" not in warned, warned
    pages = sorted(page for page in book.rglob("*.html") if page.name not in ("404.html", "print.html", "toc.html"))
    assert len(pages) > 15
    wrong = []
    ids = {page: set(re.findall(r'\bid="([^"]+)"', page.read_text(encoding="utf-8"))) for page in pages}
    for page in pages:
        text = page.read_text(encoding="utf-8")
        main = text[text.index("<main") : text.index("</main>")]
        for link in map(unescape, re.findall(r'<a [^>]*href="([^"]+)"', main)):
            if "://" in link:
                continue
            path, _, anchor = link.partition("#")
            aim = (page.parent / unquote(path)).resolve() if path else page
            if not aim.exists() or (anchor and aim in ids and unquote(anchor) not in ids[aim]):
                wrong.append(f"{page.relative_to(book)}: {link}")
    assert not wrong, "\n".join(wrong)


def test_every_page_is_in_the_table_of_contents():
    listed = set(re.findall(r"\(([^)]+\.md)\)", (DOCS / "SUMMARY.md").read_text(encoding="utf-8")))
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")} - {"SUMMARY.md"}
    assert listed == pages


def test_links_out_of_the_book_lead_into_the_repository():
    """What the preprocessor makes of links is a file that exists."""
    namespace = {}
    exec(compile((DOCS / "repository_links.py").read_text(encoding="utf-8").split("if __name__")[0], "links", "exec"), namespace)
    count = 0
    for page in DOCS.rglob("*.md"):
        text = namespace["outward"](page.read_text(encoding="utf-8"), page.relative_to(DOCS).as_posix())
        for path in re.findall(re.escape(namespace["REPOSITORY"]) + r"([^)#\s`]+)", text):
            count += 1
            assert (ROOT / path).exists(), f"{page.name}: {path}"
    assert count > 10
    assert shutil.which("python3"), "mdBook starts the preprocessor with python3"
