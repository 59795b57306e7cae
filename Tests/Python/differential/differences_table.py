"""docs/kubectl-differences.md against the cases: each row has a case, and each case that differs has a row."""

import re
from pathlib import Path

from case import Case

TABLE = Path(__file__).parents[3] / "docs" / "kubectl-differences.md"


def problems(cases: list[Case]) -> list[str]:
    rows = set(re.findall(r"^\| `([\w-]+)` \|", TABLE.read_text(), re.MULTILINE))
    used = {case.differs for case in cases if case.differs}
    half_said = [case.name for case in cases if bool(case.ours) != bool(case.differs)]
    return (
        [f"{TABLE.name} has no row `{name}`, which a case names" for name in sorted(used - rows)]
        + [f"no case shows the row `{name}` of {TABLE.name}" for name in sorted(rows - used)]
        + [f"the case must give both `ours` and `differs`: {name}" for name in half_said]
    )
