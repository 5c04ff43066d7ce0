// Drives one libcurl multi handle by Asio: its sockets, its timer, and the transfers that have ended.
#pragma once

#include "common/io.hpp"

#include <curl/curl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

namespace broadcast {

/// A CURLM and the Asio objects that wait for it. Destroying it closes its connections; easy handles must have been
/// removed before. Not thread-safe; never destroy it or add and remove handles from within a callback of libcurl.
class curl_multi {
public:
    /// `ended` hears of each transfer that is over; the handle is no longer in the multi then.
    curl_multi(asio::any_io_executor, std::function<void(CURL*, CURLcode)> ended);
    curl_multi(curl_multi const&) = delete;
    curl_multi& operator=(curl_multi const&) = delete;
    ~curl_multi();

    /// Throws std::runtime_error when libcurl refuses.
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
    std::shared_ptr<int> alive_ = std::make_shared<int>();  ///< handlers look here before they touch anything
    CURLM* handle_;
};

}  // namespace broadcast
