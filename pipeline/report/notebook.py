"""An axiom map in a notebook: ``show(axiom_map)`` as the last line of a cell draws its overview."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.records import AxiomMap
from pipeline.report.diagnosis import diagnose
from pipeline.report.figures import figures
from pipeline.report.findings import findings
from pipeline.report.index import Index
from pipeline.report.page import environment, rows, trusted
from pipeline.report.words import (
    STANDING_SHAPES,
    STANDING_WORDS,
    partner_name,
)  # fmt: skip

TEMPLATE = """<div>{% for f in findings %}<p><b>{{ f.kind }}.</b> {{ f.text|visible }}
<small>{{ f.sure }}</small></p>{% endfor %}
<table><thead><tr><th>Conclusion</th>{% for p in names %}<th>{{ p|visible }}</th>{% endfor %}</tr>
</thead><tbody>{% for r in rows %}<tr><th>{{ r.text|visible }}</th>{% for c in r.cells %}<td>
{%- if c.standing %}{{ shapes[c.standing] }} {{ words[c.standing] }}
{%- else %}{{ 'not told' if c.read else 'not read' }}{% endif %}
</td>{% endfor %}</tr>{% endfor %}</tbody></table>{{ network }}</div>"""


@dataclass(frozen=True)
class Shown:
    """A map that notebooks draw; ``str`` gives the findings as text."""

    axiom_map: AxiomMap

    def __str__(self) -> str:
        index = Index(self.axiom_map)
        return "\n".join(f"{f.kind}. {f.text}" for f in findings(index, diagnose(index)))

    def _repr_html_(self) -> str:
        index = Index(self.axiom_map)
        drawn = figures(index, png=False)
        # A notebook has no style sheet of ours: the figure keeps its own colours.
        network = trusted(drawn["network"].svg.decode()) if "network" in drawn else ""
        return environment().from_string(TEMPLATE).render(
            findings=findings(index, diagnose(index)), rows=rows(index)[:20], network=network,
            names=[partner_name(p) for p in index.map.partners], shapes=STANDING_SHAPES,
            words=STANDING_WORDS,
        )  # fmt: skip


def show(axiom_map: AxiomMap) -> Shown:
    """The map for a notebook cell."""
    return Shown(axiom_map)
