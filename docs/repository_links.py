"""A preprocessor of mdBook: links that lead out of the book become links to the repository, and those to a `README.md`, which
is the index of its folder, links to that index."""

import json
import posixpath
import re
import sys

REPOSITORY = "https://github.com/ringtrue/ringtrue/blob/main/"
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"(^```.*?^```[^\n]*$)", re.MULTILINE | re.DOTALL)


def outward(text: str, page: str) -> str:
    """Rewrites the links of a page, which is a path below the folder `docs`."""

    def link(match: re.Match[str]) -> str:
        target = match[1]
        if "://" in target or target.startswith(("#", "/", "mailto:")):
            return match[0]
        path, anchor = (target.split("#", 1) + [""])[:2]
        place = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), path))
        # The table of contents is no page of the book.
        if place.startswith("docs/") and place != "docs/SUMMARY.md":
            index = re.sub(r"(^|/)README\.md$", r"\1index.md", path)
            return f"]({index}{'#' + anchor if anchor else ''})"
        return f"]({REPOSITORY}{place}{'#' + anchor if anchor else ''})"

    parts = FENCE.split(text)
    return "".join(part if n % 2 else LINK.sub(link, part) for n, part in enumerate(parts))


def visit(items: list) -> None:
    for item in items:
        chapter = item.get("Chapter") if isinstance(item, dict) else None
        if chapter:
            chapter["content"] = outward(chapter["content"], chapter.get("path") or "")
            visit(chapter["sub_items"])


if __name__ == "__main__":
    if sys.argv[1:2] == ["supports"]:
        sys.exit(0)
    _, book = json.loads(sys.stdin.buffer.read())
    visit(book.get("items", book.get("sections", [])))
    sys.stdout.write(json.dumps(book))
