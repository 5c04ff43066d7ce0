#include "curl_multi.hpp"

#include <stdexcept>
#include <utility>

#include <unistd.h>

namespace broadcast {

/// One of libcurl's sockets. libcurl owns the descriptor; Asio only waits for it.
struct curl_multi::watched {
    watched(asio::any_io_executor const& executor, curl_socket_t number) : socket(executor, number) {}
    ~watched() { socket.release(); }

    asio::posix::stream_descriptor socket;
    int wanted = 0;   ///< CURL_POLL_IN, CURL_POLL_OUT or both
    int waiting = 0;  ///< the directions that Asio waits for
};

curl_multi::curl_multi(asio::any_io_executor executor, std::function<void(CURL*, CURLcode)> ended)
    : executor_(std::move(executor)), ended_(std::move(ended)), timer_(executor_), handle_(curl_multi_init())
{
    if (handle_ == nullptr)
        throw std::runtime_error("libcurl: cannot create a multi handle");
    curl_multi_setopt(handle_, CURLMOPT_SOCKETFUNCTION, &on_socket);
    curl_multi_setopt(handle_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(handle_, CURLMOPT_TIMERFUNCTION, &on_timer);
    curl_multi_setopt(handle_, CURLMOPT_TIMERDATA, this);
}

curl_multi::~curl_multi()
{
    alive_.reset();
    curl_multi_cleanup(handle_);
}

void curl_multi::add(CURL* easy)
{
    // Forgets the socket before its number can be reused: libcurl does not announce every close.
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
    if (auto const code = curl_multi_add_handle(handle_, easy); code != CURLM_OK)
        throw std::runtime_error(curl_multi_strerror(code));
}

void curl_multi::remove(CURL* easy) noexcept
{
    curl_multi_remove_handle(handle_, easy);
}

int curl_multi::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*)
{
    try {
        static_cast<curl_multi*>(self)->watch(socket, what);
        return 0;
    } catch (std::exception const&) {  // out of memory or of watches: libcurl fails the transfers
        return -1;
    }
}

int curl_multi::on_close(void* self, curl_socket_t socket)
{
    static_cast<curl_multi*>(self)->sockets_.erase(socket);
    return ::close(socket);
}

int curl_multi::on_timer(CURLM*, long milliseconds, void* data)
{
    auto* const self = static_cast<curl_multi*>(data);
    self->timer_.cancel();
    if (milliseconds < 0)
        return 0;
    // Acts later even if the time is 0: libcurl must not be entered from its own callback.
    self->timer_.expires_after(std::chrono::milliseconds(milliseconds));
    self->timer_.async_wait([self, alive = std::weak_ptr(self->alive_)](common::io_error_code error) {
        if (!error && !alive.expired())
            self->act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
}

void curl_multi::watch(curl_socket_t socket, int what)
{
    if (what == CURL_POLL_REMOVE) {
        sockets_.erase(socket);
        return;
    }
    auto& known = sockets_[socket];
    if (!known)
        known = std::make_shared<watched>(executor_, socket);
    known->wanted = what;
    auto const here = known;
    for (int const direction : {CURL_POLL_IN, CURL_POLL_OUT})
        if ((what & direction) != 0 && (here->waiting & direction) == 0)
            wait(here, direction);
}

void curl_multi::wait(std::shared_ptr<watched> const& here, int direction)
{
    here->waiting |= direction;
    auto const what =
        direction == CURL_POLL_IN ? asio::posix::stream_descriptor::wait_read : asio::posix::stream_descriptor::wait_write;
    here->socket.async_wait(what, [this, direction, watching = std::weak_ptr(here)](common::io_error_code error) {
        auto entry = watching.lock();
        if (!entry)
            return;  // the socket, and perhaps this object, no longer exists
        entry->waiting &= ~direction;
        if ((entry->wanted & direction) == 0)
            return;
        auto const number = entry->socket.native_handle();
        entry.reset();  // from here on libcurl may close it
        act(number, error ? CURL_CSELECT_ERR : direction == CURL_POLL_IN ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
        if (entry = watching.lock(); entry && (entry->wanted & direction) != 0 && (entry->waiting & direction) == 0)
            wait(entry, direction);
    });
}

void curl_multi::act(curl_socket_t socket, int direction)
{
    int running = 0;
    curl_multi_socket_action(handle_, socket, direction, &running);
    int left = 0;
    while (auto const* message = curl_multi_info_read(handle_, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        auto* const easy = message->easy_handle;
        auto const code = message->data.result;  // `message` does not survive the removal
        curl_multi_remove_handle(handle_, easy);
        ended_(easy, code);
    }
}

}  // namespace broadcast
