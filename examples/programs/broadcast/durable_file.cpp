#include "durable_file.hpp"

#include "common/files.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace broadcast {
namespace {

[[noreturn]] void throw_errno(std::filesystem::path const& name)
{
    throw std::system_error(errno, std::generic_category(), name.string() + ": cannot be written");
}

bool exists_and_is_no_file(std::filesystem::path const& name)
{
    struct stat found{};
    return ::stat(name.c_str(), &found) == 0 && !S_ISREG(found.st_mode);
}

}  // namespace

descriptor::~descriptor()
{
    if (number_ >= 0)
        ::close(number_);
}

void write_all(int file, std::string_view bytes, std::filesystem::path const& name)
{
    while (!bytes.empty()) {
        auto const written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR)
            throw_errno(name);
        if (written > 0)
            bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void sync_directory_of(std::filesystem::path const& file)
{
    auto const directory = std::filesystem::absolute(file).parent_path();
    descriptor const opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened || ::fsync(opened.get()) != 0)
        throw_errno(file);
}

void replace_file(std::filesystem::path const& file, std::string_view content)
{
    if (exists_and_is_no_file(file)) {
        descriptor const opened(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
        if (!opened)
            throw_errno(file);
        return write_all(opened.get(), content, file);
    }
    auto const target = common::behind_links(file);
    std::string name = target.string() + ".XXXXXX";
    descriptor const opened(::mkostemp(name.data(), O_CLOEXEC));
    if (!opened)
        throw_errno(file);
    try {
        write_all(opened.get(), content, file);
        if (::fsync(opened.get()) != 0 || ::rename(name.c_str(), target.c_str()) != 0)
            throw_errno(file);
    } catch (...) {
        ::unlink(name.c_str());
        throw;
    }
    sync_directory_of(target);
}

}  // namespace broadcast
