"""What a shared library of mend exports: mend's public symbols, and nothing else.

symbols.py LIBRARY OBJECTS USER...

LIBRARY is libmend.so, OBJECTS the directory of the objects that it was linked from, and each USER an object that uses mend.
Fails, naming the symbols, if a function is exported that is not mend's; if a symbol of mend::detail is exported that no user
needs; or if a public function is hidden, or one that a user needs.
"""

import pathlib
import re
import subprocess
import sys


def symbols(*arguments):
    """(kind, name) of each symbol, demangled: of all objects that nm is given."""
    lines = subprocess.run(["nm", "-C", *map(str, arguments)], check=True, capture_output=True, text=True).stdout.splitlines()
    found = (re.fullmatch(r"[0-9a-f ]{16} (\w) (.*)", line) for line in lines)
    return {(match[1], match[2]) for match in found if match}


def is_ours(name):
    return re.match(r"(vtable for |typeinfo for |typeinfo name for |guard variable for )?(\S+ )?mend::", name) is not None


def in_public_header(name, text):
    """The name of a function, as it is called, stands in a public header: others are shared by mend's sources alone."""
    plain = re.sub(r"\[abi:\w+\]", "", name).split("(")[0].split("::")[-1]
    return re.search(rf"(?<![\w~]){re.escape(plain)}\b", text) is not None


def main(library, objects, *users):
    exported = symbols("-D", "--defined-only", library)
    needed = {name for kind, name in symbols("-u", *users)}
    own = {name for kind, name in symbols("--defined-only", *users)}
    defined = symbols("--defined-only", *sorted(pathlib.Path(objects).rglob("*.o")))
    headers = pathlib.Path(__file__).parents[3] / "include/mend"
    text = "".join(path.read_text() for path in headers.rglob("*.hpp") if not {"detail", "impl"} & set(path.parts))

    names = {name for kind, name in exported}
    foreign = {(kind, name) for kind, name in exported if not is_ours(name)}
    detail = {name for name in names - {name for kind, name in foreign} if "mend::detail::" in name.split("(")[0]}
    public = {name for kind, name in defined if kind == "T" and is_ours(name) and "mend::detail::" not in name.split("(")[0]}
    wrong = {
        # What has one address in a process ("u"), and V: type_info and vtables. See cmake/mend.map.
        "exported, and not mend's": {name for kind, name in foreign if kind not in "uV"},
        "exported of mend::detail, and used by no public header": detail - needed,
        "needed, and hidden: MEND_API is missing": {name for name in needed - names - own if is_ours(name)},
        "public, and hidden: MEND_API is missing": {name for name in public - names if in_public_header(name, text)},
    }
    print(f"{library}: {len(exported)} exported names, {len(detail)} of them of mend::detail, {len(foreign)} data of Asio's and C++'s")
    for what, found in wrong.items():
        for name in sorted(found):
            print(f"{what}: {name}", file=sys.stderr)
    return 1 if any(wrong.values()) or not detail or not public else 0


sys.exit(main(*sys.argv[1:]))
