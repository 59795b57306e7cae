"""What was measured, against what was promised."""

import sys
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    what: str
    measured: float
    #: "x" for a ratio, else a unit.
    unit: str
    #: The most that is promised; nil for a figure that only informs.
    target: float | None = None
    #: What the ratio is made of.
    detail: str = ""

    #: No margin is given.
    exact: bool = False

    def holds(self, margin: float) -> bool:
        # Memory and sizes do not depend on what else the machine does.
        is_exact = self.exact or self.unit in ("MiB", "MB")
        return self.target is None or self.measured <= self.target * (1 if is_exact else margin)

    @property
    def cells(self) -> list[str]:
        target = "" if self.target is None else f"≤ {self.text(self.target)}"
        return [self.what, self.text(self.measured), target, self.detail]

    def text(self, value: float) -> str:
        digits = 3 if value < 0.1 else 2 if value < 10 else 1
        return f"{value:.{digits}f}" + (" ×" if self.unit == "x" else f" {self.unit}")


@dataclass
class Table:
    lines: list[Line] = field(default_factory=list)

    def add(self, *arguments, **more):
        line = Line(*arguments, **more)
        self.lines.append(line)
        print("  ".join(cell for cell in line.cells if cell), file=sys.stderr, flush=True)

    def ratio(self, what: str, ours: float, theirs: float, target: float | None, unit: str = "s", than: str = "",
              exact: bool = False):
        """How many times theirs is ours."""
        self.add(what, ours / theirs, "x", target, f"{ours:.3g} {unit} : {theirs:.3g} {unit}{than}", exact=exact)

    def markdown(self) -> str:
        rows = [["what", "measured", "target", "made of"], ["---"] * 4] + [line.cells for line in self.lines]
        return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"

    def broken(self, margin: float) -> list[Line]:
        return [line for line in self.lines if not line.holds(margin)]
