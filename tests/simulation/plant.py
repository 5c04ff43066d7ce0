"""Copies the sources that planted_bugs.txt names, with every bug planted: plant.py PLANTED_BUGS SOURCE_DIRECTORY TARGET_DIRECTORY

One copy holds all of them, and planted(N) chooses at run time: the library is compiled a second time, and only once.
Fails if the lines of a bug are not found exactly once: the code has changed, and the table must change with it.
"""
import pathlib
import re
import shutil
import sys

table, source, target = map(pathlib.Path, sys.argv[1:])
complaints = []


def read_table():
    """[(number, file, lines before, lines after)]"""
    rows, number = [], None
    for place, line in enumerate(table.read_text().splitlines(), 1):
        if match := re.match(r'# (\d+) ', line):
            number = match[1]
        elif line.startswith('include/'):
            rows.append((number, line, [], []))
        elif match := re.match(r'([-+]) ?(.*)', line):
            rows[-1][2 if match[1] == '-' else 3].append(match[2])
        elif line and not line.startswith('#'):
            sys.exit(f'{table}:{place}: expected a bug, a file or a line of one: {line}')
    return rows


def plant(number, file, before, after, lines):
    wanted = [each.strip() for each in before]
    found = [start for start in range(len(lines) - len(wanted) + 1)
             if [each.strip() for each in lines[start:start + len(wanted)]] == wanted]
    if len(found) != 1 or not any(f'planted({number})' in each for each in after):
        complaints.append(f'bug {number}: {file}: these lines must be there once, and are there {len(found)} times:\n  ' + '\n  '.join(before))
        return lines
    indent = re.match(' *', lines[found[0]])[0]
    return lines[:found[0]] + [indent + each for each in after] + lines[found[0] + len(wanted):]


changed = {}
for number, file, before, after in read_table():
    lines = changed.get(file) or (source / file).read_text().splitlines()
    changed[file] = plant(number, file, before, after, lines)
if complaints:
    sys.exit(f'{table} does not fit the sources any more:\n' + '\n'.join(complaints))
shutil.rmtree(target, ignore_errors=True)                               # a copy that the table no longer names would hide the source
for file, lines in changed.items():
    # The first thing in a source, and in a header after #pragma once.
    lines.insert(next(place for place, each in enumerate(lines) if each.startswith('#include')), '#include "planted.hpp"')
    (target / file).parent.mkdir(parents=True, exist_ok=True)
    (target / file).write_text('\n'.join(lines) + '\n')
