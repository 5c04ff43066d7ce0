"""Sums up what llvm-cov shows of each program: coverage.py SHOWN_DIRECTORY UNCOVERED_FILE LINES BRANCHES

A line is covered where any program has reached it, and a side of a branch where any program, in any instantiation of a template, has
taken it. (llvm-cov's own totals take the best single instantiation.) Not counted are
- conditions that the compiler decides;
- functions in .ipp files that the compiler alone runs: constexpr, and in no program. An unused one would be a warning.
"""
import collections
import os
import pathlib
import re
import sys

shown, uncovered, lines_wanted, branches_wanted = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])

LINE = re.compile(r' *(\d+)\| *([\d.]+[kMGTPEZY]?)\|')
BRANCH = re.compile(r' *\|  Branch \((\d+):(\d+)\): \[True: ([^,]+), False: ([^\]]+)\]')

lines = collections.defaultdict(dict)                                   # path -> line -> reached
branches = collections.defaultdict(dict)                                # path -> (line, column) -> [ever true, ever false]
for report in sorted(pathlib.Path(shown).glob('*/coverage/**/*.txt')):
    path = None
    for text in report.read_text().splitlines():
        if match := LINE.match(text):
            number = int(match[1])
            lines[path][number] = lines[path].get(number, False) or match[2] != '0'
        elif match := BRANCH.match(text):
            sides = branches[path].setdefault((int(match[1]), int(match[2])), [False, False])
            sides[0] |= match[3] != '0'
            sides[1] |= match[4] != '0'
        elif text.startswith('/') and text.endswith(':'):
            path = pathlib.Path(text[:-1]).relative_to(pathlib.Path.cwd()).as_posix()


def run_by_the_compiler(source):
    """The lines of all constexpr functions."""
    inside, found = None, set()
    for number, text in enumerate(source, 1):
        if inside is None and re.match(r' *constexpr [^;]*[{)]( noexcept)?$', text):
            inside = re.match(' *', text)[0]
        if inside is not None:
            found.add(number)
            if re.match(inside + r'}', text):
                inside = None
    return found


table, missing = [], []
for path in sorted(lines):
    source = pathlib.Path(path).read_text().splitlines()
    if path.endswith('.ipp'):
        for number in run_by_the_compiler(source):
            if lines[path].get(number) is False:
                del lines[path][number]
    reached = sum(lines[path].values())
    taken = sum(map(sum, branches[path].values()))
    table.append((path, reached, len(lines[path]), taken, 2 * len(branches[path])))
    found = [(number, 0, 'never reached') for number, hit in lines[path].items() if not hit]
    for (number, column), (ever_true, ever_false) in branches[path].items():
        if lines[path].get(number) and not (ever_true and ever_false):
            what = 'never true' if ever_false else 'never false' if ever_true else 'neither true nor false'
            found.append((number, column, what))
    for number, column, what in sorted(found):
        rest = source[number - 1][max(column - 1, 0):].strip()
        missing.append(f'{path}:{number}:{column} {what}: {rest}' if column else f'{path}:{number} {what}: {rest}')


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


pathlib.Path(uncovered).write_text(''.join(f'{each}\n' for each in missing))
table.sort(key=lambda row: (percent(row[3], row[4]), percent(row[1], row[2])))
print(f'{"":<40}{"lines":>14}{"branches":>18}')
for path, reached, all_lines, taken, all_branches in table:
    print(f'{path:<40}{percent(reached, all_lines):7.1f} %{f"-{all_lines - reached}" if reached < all_lines else "":>6}'
          f'{percent(taken, all_branches):9.1f} %{f"-{all_branches - taken}" if taken < all_branches else "":>6}')
_, reached, all_lines, taken, all_branches = map(sum, zip(*((0, *row[1:]) for row in table)))
got_lines, got_branches = percent(reached, all_lines), percent(taken, all_branches)
print(f'what no test reaches: {len(missing)} lines and branches, in {os.path.relpath(uncovered)}')
good = got_lines >= lines_wanted and got_branches >= branches_wanted
print(f'coverage: {got_lines:.2f} % of {all_lines} lines (at least {lines_wanted:g}), '
      f'{got_branches:.2f} % of {all_branches} branches (at least {branches_wanted:g}){"" if good else ": TOO LITTLE"}')
sys.exit(not good)
