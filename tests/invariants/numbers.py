#!/usr/bin/env python3
"""Every promise has its tests: the names of the cases in NN_*_test.cpp begin with N.M and have the tag [invariant-N].

Fails with a line for each case without its number or tag, each number that is used twice or out of order, each promise without a
case, and each case outside this folder whose name begins with such a number. `numbers.py --list` prints the cases by number.
"""
import pathlib
import re
import sys

PROMISES = range(1, 16)                                                 # of the README, "What mend promises"

INVARIANTS = pathlib.Path(__file__).resolve().parent
ROOT = INVARIANTS.parents[1]

STRING = r'"(?:[^"\\]|\\.)*"'
CASE = re.compile(rf'^TEST_CASE\(\s*((?:{STRING}\s*)+)(?:,\s*((?:{STRING}\s*)+))?\)', re.MULTILINE)
BEGIN = re.compile(r'^[ \t]*(?:TEST_CASE|TEMPLATE_TEST_CASE|SCENARIO)\w*\(', re.MULTILINE)
NUMBER = re.compile(r'(\d+)\.(\d+) ')


def text_of(literals):
    return ''.join(each[1:-1] for each in re.findall(STRING, literals or ''))


def cases_of(path):
    """The cases of a file as (where, name, tags), and the places of those whose names cannot be read."""
    text = path.read_text()

    def where(at):
        return f'{path.relative_to(ROOT)}:{text.count(chr(10), 0, at) + 1}'

    cases = {found.start(): (where(found.start()), text_of(found[1]), text_of(found[2])) for found in CASE.finditer(text)}
    unread = [where(found.start()) for found in BEGIN.finditer(text) if found.start() not in cases]
    return list(cases.values()), unread


def check_promise(path, used, complain):
    """The cases of a file of tests/invariants; `used` maps each number to the place of its case."""
    promise = int(path.name.split('_')[0])
    cases, unread = cases_of(path)
    for place in unread:
        complain(place, 'the name cannot be read: write TEST_CASE("N.M ...", "[invariant-N]")')
    last = 0
    for place, name, tags in cases:
        number = NUMBER.match(name)
        if not number or int(number[1]) != promise:
            complain(place, f'"{name}" does not begin with {promise}.M')
            continue
        if tags != f'[invariant-{promise}]':
            complain(place, f'"{name}" has the tags "{tags}" and not [invariant-{promise}]')
        key = promise, int(number[2])
        if key in used:
            complain(place, f'{promise}.{key[1]} is used twice, see {used[key][0]}')
        elif key[1] <= last:
            complain(place, f'{promise}.{key[1]} comes after {promise}.{last}')
        used.setdefault(key, (place, name))
        last = key[1]


def main():
    complaints = []
    used = {}

    def complain(place, what):
        complaints.append(f'{place}: {what}')

    for path in sorted(INVARIANTS.glob('*_test.cpp')):
        if re.match(r'\d\d_', path.name):
            check_promise(path, used, complain)
        else:
            complain(path.relative_to(ROOT), 'the name does not begin with the number of a promise')
    for promise in PROMISES:
        if not any(key[0] == promise for key in used):
            complain(INVARIANTS.relative_to(ROOT), f'promise {promise} has no case')
    for promise in sorted({key[0] for key in used} - set(PROMISES)):
        complain(INVARIANTS.relative_to(ROOT), f'promise {promise} does not exist')
    for path in sorted([*ROOT.glob('tests/**/*.cpp'), *ROOT.glob('examples/**/*.cpp')]):
        if path.parent == INVARIANTS:
            continue
        for place, name, _ in cases_of(path)[0]:
            if NUMBER.match(name):
                complain(place, f'"{name}" begins with the number of a promise, whose cases are in tests/invariants')

    if '--list' in sys.argv[1:]:
        for _, (_, name) in sorted(used.items()):
            print(name)
    print('\n'.join(complaints), file=sys.stderr)
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main())
