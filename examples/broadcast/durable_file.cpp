#include "durable_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace broadcast {
namespace {

[[noreturn]] void throw_errno(std::string const& what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

descriptor::~descriptor()
{
    if (number_ >= 0)
        ::close(number_);
}

void write_all(int file, std::string_view bytes)
{
    while (!bytes.empty()) {
        auto const written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR)
            throw_errno("cannot write");
        if (written > 0)
            bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void sync_directory_of(std::filesystem::path const& file)
{
    auto const directory = std::filesystem::absolute(file).parent_path();
    descriptor const opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened || ::fsync(opened.get()) != 0)
        throw_errno(directory.string());
}

void replace_file(std::filesystem::path const& file, std::string_view content)
{
    std::string name = file.string() + ".XXXXXX";
    descriptor const opened(::mkostemp(name.data(), O_CLOEXEC));
    if (!opened)
        throw_errno(file.string());
    try {
        write_all(opened.get(), content);
        if (::fchmod(opened.get(), 0644) != 0 || ::fsync(opened.get()) != 0 || ::rename(name.c_str(), file.c_str()) != 0)
            throw_errno(file.string());
    } catch (...) {
        ::unlink(name.c_str());
        throw;
    }
    sync_directory_of(file);
}

}  // namespace broadcast
