"""Conan 2: conan create .github/packaging/conan"""

import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir

TREE = os.path.join("..", "..", "..")
# What the library is built from: the package does not include the tests and examples.
SOURCES = ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "src/*")


class MendRecipe(ConanFile):
    name = "mend"
    description = "A C++20 coroutine library on Asio that keeps a Telegram sender sending"
    license = "MIT"
    topics = ("telegram", "asio", "coroutines", "retry")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False], "boost_asio": [True, False]}
    default_options = {"shared": False, "fPIC": True, "boost_asio": False}
    implements = ["auto_shared_fpic"]

    def set_version(self):
        text = load(self, os.path.join(self.recipe_folder, TREE, "include", "mend", "version.hpp"))
        self.version = ".".join(re.findall(r"^#define MEND_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)$", text, re.MULTILINE))

    def export_sources(self):
        for pattern in SOURCES:
            copy(self, pattern, src=os.path.join(self.recipe_folder, TREE), dst=self.export_sources_folder)

    def requirements(self):
        self.requires("fmt/[>=9.1]", transitive_headers=True)
        self.requires("spdlog/[>=1.10]", transitive_headers=True)
        if self.options.boost_asio:
            self.requires("boost/[>=1.81]", transitive_headers=True)
        else:
            self.requires("asio/[>=1.22.1]", transitive_headers=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables.update(
            MEND_USE_BOOST_ASIO=bool(self.options.boost_asio),
            MEND_INSTALL=True,
            MEND_BUILD_TESTS=False,
            MEND_BUILD_EXAMPLES=False,
            MEND_BUILD_BENCHMARKS=False,
        )
        if not self.options.boost_asio:
            toolchain.cache_variables["Asio_INCLUDE_DIR"] = self.dependencies["asio"].cpp_info.includedirs[0]
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        # Conan writes these two itself, for the packages that it has resolved.
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))

    def package_info(self):
        self.cpp_info.libs = ["mend"]
        self.cpp_info.requires = ["fmt::fmt", "spdlog::spdlog", "boost::headers" if self.options.boost_asio else "asio::asio"]
        if self.options.boost_asio:
            self.cpp_info.defines.append("MEND_USE_BOOST_ASIO=1")
        if self.options.shared:
            self.cpp_info.defines.append("MEND_SHARED=1")
        if self.settings.os in ("Linux", "FreeBSD"):
            self.cpp_info.system_libs = ["pthread"]
        elif self.settings.os == "Windows":
            self.cpp_info.system_libs = ["ws2_32", "mswsock"]
        if self.settings.compiler == "gcc":
            self.cpp_info.cxxflags.append("-Wno-mismatched-new-delete")
