import pathlib
import shutil


def load(recipe, path):
    return pathlib.Path(path).read_text()


def copy(recipe, pattern, src, dst):
    """Conan's "dir/*" takes what is below the subdirectories, too."""
    source = pathlib.Path(src).resolve()
    files = [path for path in source.glob(pattern.replace("/*", "/**/*")) if path.is_file()]
    assert files, f"{pattern} matches nothing in {source}"
    for path in files:
        target = pathlib.Path(dst) / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)


def rmdir(recipe, path):
    shutil.rmtree(path)
