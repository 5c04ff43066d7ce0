// The HTTP side of the server: passes requests to the imitated Bot API, and returns its replies, resets and silences.
#pragma once

#include "bot_api.hpp"
#include "stop_event.hpp"

#include <chrono>
#include <cstddef>
#include <memory>

namespace bot_api_server {

/// Listens on 127.0.0.1 only. In addition to the bots' paths it serves /control, described by --help.
class server {
public:
    struct settings {
        int port = 0; // 0: any free port
        std::chrono::milliseconds latency{0};
        std::size_t threads = 256; // each connection occupies one, silent ones too
    };

    /// Binds the port; throws std::runtime_error if it is taken. Both references must outlive the server.
    server(settings, bot_api&, stop_event const&);
    ~server();

    [[nodiscard]] int port() const noexcept;
    /// Serves until the stop event is set.
    void run();

private:
    class http_server;
    std::unique_ptr<http_server> http_;
    stop_event const* stop_;
};

} // namespace bot_api_server
