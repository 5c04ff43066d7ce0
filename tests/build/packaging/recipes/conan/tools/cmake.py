from conan import run


def cmake_layout(recipe):
    pass


class CMakeDeps:
    def __init__(self, recipe):
        pass

    def generate(self):
        pass


class CMakeToolchain:
    def __init__(self, recipe):
        self.recipe = recipe
        self.cache_variables = {}

    def generate(self):
        self.recipe.cache_variables = self.cache_variables


class CMake:
    def __init__(self, recipe):
        self.recipe = recipe

    def configure(self):
        variables = {**self.recipe.cache_variables, "BUILD_SHARED_LIBS": self.recipe.options.shared,
                     "CMAKE_POSITION_INDEPENDENT_CODE": self.recipe.options.fPIC, "CMAKE_CXX_COMPILER": self.recipe.cxx,
                     "CMAKE_BUILD_TYPE": self.recipe.settings.build_type, "CMAKE_INSTALL_LIBDIR": "lib"}
        given = [f"-D{name}={'ON' if value is True else 'OFF' if value is False else value}" for name, value in variables.items()]
        run("cmake", "-G", "Ninja", "-S", self.recipe.source_folder, "-B", self.recipe.build_folder, *given)

    def build(self):
        run("cmake", "--build", self.recipe.build_folder)

    def install(self):
        run("cmake", "--install", self.recipe.build_folder, "--prefix", self.recipe.package_folder)
