// The place of a test's log, removed at the end.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace bot_api_server {

class scratch_log {
public:
    scratch_log()
    {
        auto name = (std::filesystem::temp_directory_path() / "bot_api_server.XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error{"no directory can be made: " + name};
        }
        directory_ = name;
    }
    ~scratch_log()
    {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    scratch_log(scratch_log const&) = delete;
    scratch_log& operator=(scratch_log const&) = delete;

    [[nodiscard]] std::filesystem::path file() const { return directory_ / "log.jsonl"; }

private:
    std::filesystem::path directory_;
};

} // namespace bot_api_server
