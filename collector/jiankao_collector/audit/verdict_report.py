"""A verdict for people, in either language, and for machines."""

from typing import Any

from jiankao_collector.audit.findings import SignedAfter, Verdict, WorkstationEvidence
from jiankao_collector.audit.layout import iso, safe, table
from jiankao_collector.audit.wording import FAULTS, TAIL_NOTE, Language, text

_INTACT = text(
    "完整：所有记录、签名和哈希链都成立。", "INTACT: every record, signature and chain holds."
)
_ALTERED = text(
    "被改动或不完整：第一条有问题的是记录 {0}。",
    "ALTERED OR INCOMPLETE: the first bad record is record {0}.",
)
_WRONG = text("问题：{0}（第 {1} 步）", "What is wrong: {0} (step {1})")
_DETAIL = text("细节：{0}", "Detail: {0}")
_PROVABLE = text("仍可证明：", "Still provable:")
_NOTHING = text("  没有任何记录在它之前", "  no record comes before it")
_BEFORE = text(
    "  记录 0–{0} 完整、次序不变，链头 {1}",
    "  records 0–{0}, complete and in order; their head is {1}",
)
_ENVELOPES = text("{0} 个信封", "{0} envelopes")
_AFTER = text(
    "其后另有 {0} 个（序号 {1}–{2}）自身签名仍成立",
    "{0} more from there on (sequences {1}–{2}) hold by their own signature",
)
_UNPROVEN_KEY = text(",但其公钥须另行核实", ", under a key to be confirmed elsewhere")
_REST = text(
    "不能证明：从记录 {0} 起读出的 {1} 行的次序、时间和完整性。",
    "Not provable: order, time and completeness of the {1} rows read from record {0} on.",
)
_LOG = text("证据日志 {0}，{1} 条记录，{2} 至 {3}", "Evidence log {0}: {1} records, {2} to {3}")
_HEAD = text("链头：记录 {0}，摘要 {1}", "Head: record {0}, digest {1}")
_UNKNOWN = text(
    "{0} 条记录的种类本版本不认识：其摘要与次序已核对，内容未核对。",
    "{0} records are of a kind this version does not know:"
    " their digest and order were checked, their content was not.",
)


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict as one JSON object."""
    problem = verdict.problem
    return {
        "status": "intact" if problem is None else "altered",
        "log_id": verdict.log_id,
        "records": verdict.records,
        "head": {"record": verdict.records - 1, "digest": verdict.head.hex()}
        if verdict.records
        else None,
        "first_time": iso(verdict.first_us) if verdict.records else None,
        "last_time": iso(verdict.last_us) if verdict.records else None,
        "kinds": dict(verdict.kinds),
        "workstations": [_workstation_json(w) for w in verdict.workstations],
        "problem": None
        if problem is None
        else {
            "record": problem.record,
            "step": problem.step,
            "fault": problem.fault.value,
            "what": dict(FAULTS[problem.fault]),
            "detail": problem.detail,
            "rows_after": verdict.rows_after,
        },
        "note": dict(TAIL_NOTE),
    }


def verdict_lines(verdict: Verdict, language: Language) -> list[str]:
    """Return the verdict as lines for a person; the first says how it stands."""
    problem = verdict.problem
    if problem is None:
        lines = [_INTACT[language], _log_line(verdict, language)]
        lines.append(_HEAD[language].format(verdict.records - 1, verdict.head.hex()))
        lines += _workstation_lines(verdict, language)
    else:
        lines = [
            _ALTERED[language].format(problem.record),
            _WRONG[language].format(FAULTS[problem.fault][language], problem.step),
            _DETAIL[language].format(safe(problem.detail)),
            _PROVABLE[language],
        ]
        before = _BEFORE[language].format(verdict.records - 1, verdict.head.hex())
        lines.append(before if verdict.records else _NOTHING[language])
        lines += _workstation_lines(verdict, language)
        if verdict.rows_after:
            lines.append(_REST[language].format(problem.record, verdict.rows_after))
    if unknown := verdict.kinds.get("unknown"):
        lines.append(_UNKNOWN[language].format(unknown))
    return [*lines, TAIL_NOTE[language]]


def _log_line(verdict: Verdict, language: Language) -> str:
    return _LOG[language].format(
        safe(verdict.log_id), verdict.records, iso(verdict.first_us), iso(verdict.last_us)
    )


def _workstation_lines(verdict: Verdict, language: Language) -> list[str]:
    rows = []
    for it in verdict.workstations:
        after = "" if it.signed_after is None else _after(it.signed_after, language)
        held = _ENVELOPES[language].format(it.envelopes)
        rows.append((f"  {safe(it.room)} / {safe(it.seat)}", it.workstation, held, after))
    return table(rows)


def _after(after: SignedAfter, language: Language) -> str:
    shown = _AFTER[language].format(after.envelopes, after.first, after.last)
    return shown if after.key_proven else shown + _UNPROVEN_KEY[language]


def _workstation_json(it: WorkstationEvidence) -> dict[str, Any]:
    after = it.signed_after
    return {
        "workstation": it.workstation,
        "room": it.room,
        "seat": it.seat,
        "envelopes": it.envelopes,
        "signed_after": None
        if after is None
        else {
            "envelopes": after.envelopes,
            "first_sequence": after.first,
            "last_sequence": after.last,
            "key_proven": after.key_proven,
        },
    }
