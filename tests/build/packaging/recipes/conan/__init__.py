"""As much of Conan 2 as mend's recipe uses; see ../run.py."""

import pathlib
import subprocess
import types


def run(*command):
    subprocess.run([str(word) for word in command], check=True)


class ConanFile:
    def __init__(self, recipe_folder, work, include_directories, compiler):
        self.recipe_folder = str(recipe_folder)
        self.export_sources_folder = self.source_folder = str(work / "sources")
        self.build_folder = str(work / "build")
        self.package_folder = str(work / "package")
        self.settings = types.SimpleNamespace(os="Linux", arch="x86_64", compiler="gcc", build_type="Release")
        unknown = set(self.default_options) - set(self.options)
        assert not unknown, f"default_options names {unknown}, options does not"
        self.options = types.SimpleNamespace(**self.default_options)
        self.cxx = compiler
        self.required = []
        self.cache_variables = {}
        self.dependencies = {name: types.SimpleNamespace(cpp_info=types.SimpleNamespace(includedirs=[directory]))
                             for name, directory in include_directories.items()}
        self.cpp_info = types.SimpleNamespace(libs=[], requires=[], defines=[], system_libs=[], cxxflags=[])

    def requires(self, reference, transitive_headers=False):
        assert transitive_headers, f"mend's headers include those of {reference}"
        self.required.append(reference)
