#!/usr/bin/env python3
"""Prints the figures of instructions.sh --plain, mend_bench and mend_scale, found in a directory, as one table in Markdown.

Ratios are of two figures of the same run; nothing else of them is comparable between machines.
"""
import json
import pathlib
import sys


def plain(path):
    """One figure a line: its name and its value."""
    return {name: float(value) for name, value in (line.split() for line in path.read_text().splitlines())}


def times(path):
    """Nanoseconds of processor time by the benchmark's name."""
    return {each["name"]: each["cpu_time"] for each in json.loads(path.read_text())["benchmarks"]}


def number(value, unit):
    digits = 2 if value < 10 and value != int(value) else 0
    return f"{value:,.{digits}f} {unit}".strip()


def row(what, mend, unit, beside="", baseline=None, aim=""):
    """`baseline` is in the same unit; without one there is no ratio."""
    compared = f"{beside}: {number(baseline, unit)}" if baseline is not None else beside
    ratio = f"{mend / baseline:.2f}" if baseline is not None else ""
    print(f"| {what} | {number(mend, unit)} | {compared} | {ratio} | {aim} |")


def main(directory):
    counted = plain(directory / "instructions")
    timed = times(directory / "times.json")
    many = plain(directory / "scale")
    count = f"{many['count']:,.0f}"

    print("| what | mend | beside it, in the same run | ratio | aim |")
    print("|---|---|---|---|---|")
    by_hand = "loop by hand"
    row("success", counted["mend"], "instructions", by_hand, counted["hand"], "1.05")
    row("success, with a `call`", counted["call"], "instructions", by_hand, counted["hand"])
    row("success, with a `call`, while another chat of the account is held", counted["beside_hold"], "instructions", by_hand,
        counted["hand"], "600 instructions")
    row("success of `try_with_recovery`", counted["try"], "instructions", by_hand, counted["hand"], "1.25")
    row("success, with `attempt_timeout`", counted["limited_mend"], "instructions", "time limit by hand, on a strand",
        counted["limited_strand"], "6,000 instructions")
    row("success, with `attempt_timeout`", counted["limited_mend"], "instructions", "time limit by hand, for one thread",
        counted["limited_hand"])
    row("allocations of a success with `attempt_timeout`", counted["limited_allocations"], "", "by hand, on a strand",
        counted["limited_strand_allocations"], "5")
    row("success", timed["success_mend"], "ns", by_hand, timed["success_by_hand"])
    row("success", timed["success_mend"], "ns", "bare `co_await`", timed["success_bare"])
    row("allocations of 10,000 successes", counted["allocations"], "", aim="0")
    row("two failures, then success, by exception", counted["throw_mend"], "instructions", by_hand, counted["throw_hand"])
    row("two failures, then success, by value", counted["value_mend"], "instructions", "loop with bookkeeping",
        counted["value_books"], "2.5")
    for text, name, aim in (("FLOOD_WAIT_37", "name", "750"), ("the Bot API's sentence", "sentence", "1,000"),
                            ("Telethon's sentence", "telethon", "2,300"), ("a page of nginx", "page", "2,500")):
        row(f"classify {text}", counted[f"classify_{name}"], "instructions", aim=aim)
    row("one chat more in slow mode, among 3,000", counted["slow_among_3000"], "instructions", "among 100",
        counted["slow_among_100"], "1.1")
    row("`state()` of an account with 10,000 chats held", counted["state_of_10000"], "instructions", "100 chats",
        counted["state_of_100"], "1.1")
    row("operation in trouble, with a history of 10,000", counted["history_of_10000"], "instructions", "a history of 100",
        counted["history_of_100"], "1.1")
    few = timed["classify_among/10"]
    row("classify, beside 10 rules of the user's", few, "ns", aim="50 ns")
    for rules in (100, 1000, 10000):
        row(f"classify, beside {rules:,}", timed[f"classify_among/{rules}"], "ns", "beside 10", few, "1.1")
    row(f"healthy account beside its names, of {count}", many["healthy_account_bytes"], "bytes", aim="64 bytes")
    row("what a hold adds to it", many["hold_bytes"], "bytes", aim="256 bytes")
    row(f"operation that waits in a hold with all its frames, of {count}", many["waiting_operation_bytes"], "bytes",
        "bare coroutine that waits", many["waiting_coroutine_bytes"])
    row("from the end of that hold until the last has gone, each", many["release_us_each"], "us",
        "bare coroutines", many["release_bare_us_each"])
    row(f"callbacks for {many['broken_connection_operations']:,.0f} operations on one broken connection",
        many["broken_connection_callbacks"], "", aim="1")
    row("events a second with log, report, history and statistics", many["events_per_second"], "")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: table.py DIRECTORY, with the files instructions, times.json and scale in it")
    main(pathlib.Path(sys.argv[1]))
