// TDLib's JSON interface, loaded at run time.
#pragma once

#include <filesystem>
#include <stdexcept>

namespace tdjson_sender {

class library_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The four functions of libtdjson. Opened with RTLD_LOCAL, because TDLib contains its own OpenSSL and zlib, which must not
/// mix with the program's. Never unloaded: TDLib's threads live as long as the process.
///
/// Thread safety: send() is thread-safe; receive() must be called by one thread at a time, td_receiver, or TDLib aborts.
class tdjson_library {
public:
    /// Throws library_error, which names the file that cannot be loaded or the functions that it lacks.
    explicit tdjson_library(std::filesystem::path const& file);

    [[nodiscard]] int create_client_id() const { return create_client_id_(); }
    void send(int client_id, char const* request) const { send_(client_id, request); }

    /// Returns null if nothing arrives within that many seconds. The text is valid until the next call.
    [[nodiscard]] char const* receive(double seconds) const { return receive_(seconds); }

    /// For the few requests that TDLib documents as synchronous. The text is valid until the next call.
    char const* execute(char const* request) const { return execute_(request); }

private:
    int (*create_client_id_)() = nullptr;
    void (*send_)(int, char const*) = nullptr;
    char const* (*receive_)(double) = nullptr;
    char const* (*execute_)(char const*) = nullptr;
};

}  // namespace tdjson_sender
