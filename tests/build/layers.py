"""The include graph of mend: no include goes to a higher layer, and no units include each other in a circle.

A unit is what has one name: mend/x.hpp, mend/detail/x.hpp and mend/impl/LAYER/x.hpp and .ipp. Its layer is the folder of its .ipp; the
table below has the layers of the units that are headers alone. `layers.py --graph` prints what each unit includes.
"""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2] / 'include/mend'

# What each layer may include besides itself.
MAY_INCLUDE = {
    'words': set(),
    'classify': {'words'},
    'decide': {'words', 'classify'},
    'watch': {'words', 'classify'},
    'telegram': {'words', 'classify'},
    'proxies': {'words', 'classify'},
    'drive': {'words', 'classify', 'decide', 'watch', 'telegram'},
}

HEADERS_ALONE = {
    'words': 'account_state action asio borrowed_text category category_facts compiler delivery event export failure name_in outcome_facts phase scope '
             'saturating_time stop_reason version',
    'classify': 'classification error_value',
    'telegram': 'curl retry_after td_api',
    'decide': 'account_stamp callback_mask login_budget',
    'watch': 'format log_observer outcome',
    'drive': 'call callbacks check_callback check_operation id_table operation options recovery_request result_traits retry_loop '
             'running_callbacks timed_attempt with_recovery callback_call',
}

# These include everything by design.
WHOLE = {'mend', 'src', *MAY_INCLUDE}


def main():
    files = collections.defaultdict(list)                               # unit -> files
    layer_of = {unit: layer for layer, units in HEADERS_ALONE.items() for unit in units.split()}
    listed = set(layer_of)
    complaints = []
    for path in sorted(ROOT.rglob('*.[hi]pp')):
        unit = path.stem
        if unit in WHOLE and path.parent in (ROOT, ROOT / 'impl'):
            continue
        files[unit].append(path)
        if path.parent.parent.name == 'impl':
            layer = path.parent.name
            if layer not in MAY_INCLUDE:
                complaints.append(f'{path.relative_to(ROOT)}: invalid layer {layer}; allowed: {", ".join(MAY_INCLUDE)}')
            elif unit not in listed and layer_of.setdefault(unit, layer) != layer:
                complaints.append(f'{unit} is in two layers, {layer_of[unit]} and {layer}')
    for unit in sorted(set(files) - set(layer_of)):
        complaints.append(f'{files[unit][0].relative_to(ROOT)} is in no layer: add it to HEADERS_ALONE in tests/build/layers.py')
    for unit in sorted(listed - set(files)):
        complaints.append(f'{unit} is listed in tests/build/layers.py, but the header does not exist')

    includes = collections.defaultdict(dict)                            # unit -> included unit -> one file that does it
    for unit, paths in files.items():
        for path in paths:
            for included in re.findall(r'^#include <mend/(?:\w+/)*(\w+)\.[hi](?:pp)>', path.read_text(), re.M):
                if included != unit:
                    includes[unit].setdefault(included, path.relative_to(ROOT))
    for unit, targets in sorted(includes.items()):
        for target, path in sorted(targets.items()):
            layer, below = layer_of.get(unit), layer_of.get(target)
            if layer and below and below != layer and below not in MAY_INCLUDE[layer]:
                complaints.append(f'{path} ({layer}) includes {target} ({below}), which is not below it')
    for circle in circles({unit: set(targets) for unit, targets in includes.items()}):
        steps = [f'{unit} -> {target} ({includes[unit][target]})' for unit in circle for target in sorted(includes[unit]) if target in circle]
        complaints.append('a circle of units: ' + '; '.join(steps))
    if sys.argv[1:] == ['--graph']:
        for unit in sorted(files, key=lambda each: (layer_of.get(each, ''), each)):
            print(f'{layer_of.get(unit)}/{unit}: {" ".join(sorted(includes[unit]))}')
    if complaints:
        sys.exit('\n'.join(complaints))
    count = sum(map(len, includes.values()))
    print(f'layers: {len(files)} units, {count} includes between them, none upward, no circle')


def circles(graph):
    """The strongly connected components of more than one unit (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(unit):
        index[unit] = low[unit] = len(index)
        stack.append(unit)
        for target in graph.get(unit, ()):
            if target not in index:
                visit(target)
                low[unit] = min(low[unit], low[target])
            elif target in stack:
                low[unit] = min(low[unit], index[target])
        if low[unit] == index[unit]:
            component = []
            while not component or component[-1] != unit:
                component.append(stack.pop())
            if len(component) > 1:
                found.append(sorted(component))

    sys.setrecursionlimit(10000)
    for unit in sorted(graph):
        if unit not in index:
            visit(unit)
    return found


main()
