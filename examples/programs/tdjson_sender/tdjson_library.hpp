// TDLib's JSON interface, found at run time.
#pragma once

#include <filesystem>
#include <stdexcept>

namespace tdjson_sender {

class library_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The four functions of libtdjson. Opened with RTLD_LOCAL, because TDLib brings an OpenSSL and a zlib of its own, which
/// must not mix with the program's. Never unloaded: TDLib's threads live as long as the process.
///
/// Thread safety: send() from any thread; receive() from one at a time, or TDLib aborts the process: td_receiver is that one.
class tdjson_library {
public:
    /// Throws library_error that says which file cannot be loaded, or which function it lacks.
    explicit tdjson_library(std::filesystem::path const& file);

    [[nodiscard]] int create_client_id() const { return create_client_id_(); }
    void send(int client_id, char const* request) const { send_(client_id, request); }

    /// Null when nothing came within that many seconds. The text is valid until the next call.
    [[nodiscard]] char const* receive(double seconds) const { return receive_(seconds); }

    /// Only for the few requests that TDLib's documentation calls synchronous. The text is valid until the next call.
    char const* execute(char const* request) const { return execute_(request); }

private:
    int (*create_client_id_)() = nullptr;
    void (*send_)(int, char const*) = nullptr;
    char const* (*receive_)(double) = nullptr;
    char const* (*execute_)(char const*) = nullptr;
};

}  // namespace tdjson_sender
