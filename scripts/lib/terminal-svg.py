"""Reads a terminal's screen with its colours (tmux capture-pane -p -e) from stdin, and writes it as a picture in SVG."""
import re
import sys
import unicodedata
from xml.sax.saxutils import escape

CELL, LINE, MARGIN = 8.4, 19, 16
COLORS = {31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 34: "#79c0ff", 35: "#d2a8ff", 36: "#76e3ea"}


def width(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def runs(line):
    """Texts of one look each: column, text, colour, whether it is bold."""
    column, color, bold = 0, None, False
    for part in re.split("(\x1b\\[[0-9;]*m)", line):
        look = re.fullmatch("\x1b\\[([0-9;]*)m", part)
        if not look:
            if part.strip():
                start = len(part) - len(part.lstrip())
                yield column + start, part.strip(), color, bold
            column += sum(width(character) for character in part)
            continue
        for code in [int(code or 0) for code in look.group(1).split(";")]:
            if code == 0:
                color, bold = None, False
            elif code == 1:
                bold = True
            elif code in COLORS:
                color = COLORS[code]
            elif code == 39:
                color = None


def main():
    lines = [line.rstrip() for line in sys.stdin.read().split("\n")]
    while lines and lines[-1] in ("", "$"):
        lines.pop()
    plain = [re.sub("\x1b\\[[0-9;]*m", "", line) for line in lines]
    columns = max(sum(width(character) for character in line) for line in plain)
    across, down = columns * CELL + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    print('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">'
          % (across, down, across, down))
    print("<title>kubectl rollout-heal at a terminal</title>")
    print('<rect width="100%" height="100%" rx="8" fill="#0d1117"/>')
    print('<g font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="14" fill="#e6edf3">')
    for number, line in enumerate(lines):
        for column, text, color, bold in runs(line):
            length = sum(width(character) for character in text) * CELL
            print('<text xml:space="preserve" x="%.1f" y="%d" textLength="%.1f" lengthAdjust="spacingAndGlyphs"%s%s>%s</text>' % (
                MARGIN + column * CELL, MARGIN + number * LINE + 14, length,
                ' fill="%s"' % color if color else "", ' font-weight="bold"' if bold else "", escape(text)))
    print("</g>\n</svg>")


main()
