"""Runs the recipes of .github/packaging without Conan and vcpkg: their own steps, from their own lists of files, with the system's
packages as dependencies; then builds and runs a consumer. recipes/conan and recipes/vcpkg.cmake imitate what they call.

run.py COMPILER WORK   (WORK is emptied)
"""

import json
import pathlib
import re
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parents[3]
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from conan import run  # noqa: E402  (the imitation)


def consume(compiler, work, flags):
    sources = [HERE.parent / "main.cpp", HERE.parent / "optional_headers.cpp"]
    run(compiler, "-std=c++20", *sources, *flags, "-lfmt", "-lspdlog", "-pthread", "-o", work / "consumer")
    run(work / "consumer")


def conan(compiler, work):
    directory = TREE / ".github/packaging/conan"
    space = {"__name__": "conanfile"}
    exec(compile((directory / "conanfile.py").read_text(), "conanfile.py", "exec"), space)
    recipe = space["MendRecipe"](directory, work, {"asio": "/usr/include"}, compiler)
    recipe.set_version()
    recipe.export_sources()
    recipe.validate()
    recipe.requirements()
    recipe.layout()
    recipe.generate()
    recipe.build()
    recipe.package()
    recipe.package_info()
    info, package = recipe.cpp_info, pathlib.Path(recipe.package_folder)
    left = sorted(str(path.relative_to(package)) for path in package.iterdir())
    assert left == ["include", "lib", "licenses"], left
    needed = {name.split("/")[0] for name in recipe.required}
    assert {name.split("::")[0] for name in info.requires} == needed, (info.requires, needed)
    flags = [f"-I{package / 'include'}", *(f"-D{each}" for each in info.defines), *info.cxxflags, f"-L{package / 'lib'}"]
    consume(compiler, work, flags + [f"-l{each}" for each in info.libs + info.system_libs])
    return recipe.version


def vcpkg(compiler, work):
    port = TREE / ".github/packaging/vcpkg/mend"
    manifest = json.loads((port / "vcpkg.json").read_text())
    run("cmake", f"-DPORT={port}", f"-DWORK={work}", f"-DCOMPILER={compiler}", "-P", HERE / "vcpkg.cmake")
    consumer = work / "consumer-build"
    run("cmake", "-G", "Ninja", "-S", HERE.parent / "find_package", "-B", consumer, f"-DCMAKE_CXX_COMPILER={compiler}",
        f"-DCMAKE_PREFIX_PATH={work / 'packages'}", "-DCMAKE_BUILD_TYPE=Release")
    run("cmake", "--build", consumer)
    run(consumer / "consumer")
    return manifest["version"]


def main(compiler, work):
    work = pathlib.Path(work).resolve()
    shutil.rmtree(work, ignore_errors=True)
    version = ".".join(re.findall(r"^#define MEND_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)$",
                                  (TREE / "include/mend/version.hpp").read_text(), re.MULTILINE))
    for recipe in (conan, vcpkg):
        directory = work / recipe.__name__
        directory.mkdir(parents=True)
        found = recipe(compiler, directory)
        if found != version:
            sys.exit(f"{recipe.__name__} says version {found}; version.hpp says {version}")
        print(f"{recipe.__name__}: built, installed and used, version {found}", flush=True)


main(*sys.argv[1:])
