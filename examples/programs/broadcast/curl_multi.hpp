// Drives one libcurl multi handle with Asio: its sockets, its timer, and finished transfers.
#pragma once

#include "common/io.hpp"

#include <curl/curl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

namespace broadcast {

/// A CURLM and the Asio objects that wait for it. Destroying it closes its connections; easy handles must be removed
/// first. Not thread-safe. Do not destroy it or add or remove handles in a callback of libcurl.
class curl_multi {
public:
    /// Calls `ended` for each finished transfer, after removing its handle.
    curl_multi(asio::any_io_executor, std::function<void(CURL*, CURLcode)> ended);
    curl_multi(curl_multi const&) = delete;
    curl_multi& operator=(curl_multi const&) = delete;
    ~curl_multi();

    /// Throws std::runtime_error if libcurl refuses.
    void add(CURL*);
    void remove(CURL*) noexcept;

private:
    struct watched;

    static int on_socket(CURL*, curl_socket_t, int what, void* self, void*);
    static int on_timer(CURLM*, long milliseconds, void* self);
    static int on_close(void* self, curl_socket_t);

    void watch(curl_socket_t, int what);
    void wait(std::shared_ptr<watched> const&, int direction);
    void act(curl_socket_t, int direction);

    asio::any_io_executor executor_;
    std::function<void(CURL*, CURLcode)> ended_;
    asio::steady_timer timer_;
    std::unordered_map<curl_socket_t, std::shared_ptr<watched>> sockets_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();  ///< handlers check it before they use this object
    CURLM* handle_;
};

}  // namespace broadcast
