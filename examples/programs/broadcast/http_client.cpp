#include "http_client.hpp"

#include "curl_multi.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

namespace broadcast {
namespace {

constexpr std::size_t longest_body = 1 << 20;
constexpr long longest_idle_connection = 30;  // seconds; a server may close an idle connection while a send is under way

void start_curl()
{
    static auto const code = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK)
        throw std::runtime_error(curl_easy_strerror(code));
}

/// Whether a transfer can end like this because its second connection was refused, by this program or by the other end.
bool is_of_connecting(CURLcode code)
{
    switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return true;
    default:
        return false;
    }
}

/// Returns errno if this process cannot open what resolving a name takes, otherwise 0. Called for a name that does not resolve,
/// because neither libcurl nor the system's resolver reports this cause.
int resolver_shortage()
{
    std::array<int, 4> opened{};  // a name server's socket, a file, and what wakes libcurl
    int error = 0;
    for (auto& each : opened) {
        each = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        error = each < 0 ? errno : error;
    }
    for (int const each : opened)
        if (each >= 0)
            ::close(each);
    return error;
}

curl_slist* json_headers()
{
    return curl_slist_append(curl_slist_append(nullptr, "Content-Type: application/json"), "Expect:");
}

}  // namespace

/// The connections, and the transfers that use them.
class http_client::multi {
public:
    explicit multi(asio::any_io_executor executor) : executor_(std::move(executor)) { reopen(); }

    void reopen()
    {
        curl_.reset();
        curl_ = std::make_unique<curl_multi>(executor_, [](CURL* easy, CURLcode code) { finish(easy, code); });
    }

    void start(transfer&);
    void forget(transfer&) noexcept;
    void abort_all();
    [[nodiscard]] std::size_t running() const noexcept { return running_.size(); }

    std::vector<asio::steady_timer*> idle_waiters;

private:
    static void finish(CURL* easy, CURLcode);

    asio::any_io_executor executor_;
    std::unique_ptr<curl_multi> curl_;
    std::vector<transfer*> running_;
};

/// A request in flight; lives in the frame of the coroutine that waits for it.
struct http_client::transfer {
    transfer(std::shared_ptr<multi> in, http_request asked, std::optional<proxy> const& through, asio::any_io_executor executor);
    transfer(transfer const&) = delete;
    transfer& operator=(transfer const&) = delete;
    ~transfer() { owner->forget(*this); }

    template <class Value>
    void set(CURLoption option, Value value)
    {
        if (auto const code = curl_easy_setopt(easy.get(), option, value); code != CURLE_OK)
            throw std::runtime_error(curl_easy_strerror(code));
    }

    void set_proxy(std::optional<proxy> const&);
    void ended(CURLcode);

    static std::size_t on_body(char const* bytes, std::size_t size, std::size_t count, void* self);
    static int before_request(void* self, char*, char*, int, int);
    static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr*);

    std::shared_ptr<multi> owner;
    http_request request;
    http_result result;
    asio::steady_timer wake;  ///< never expires: cancelled when the transfer has ended
    std::array<char, CURL_ERROR_SIZE> error{};
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers{json_headers(), curl_slist_free_all};
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy{curl_easy_init(), curl_easy_cleanup};
    bool done = false;
};

http_client::transfer::transfer(std::shared_ptr<multi> in, http_request asked, std::optional<proxy> const& through,
                                asio::any_io_executor executor)
    : owner(std::move(in)), request(std::move(asked)), wake(executor, asio::steady_timer::time_point::max())
{
    if (easy == nullptr)
        throw std::runtime_error("libcurl: cannot create an easy handle");
    set(CURLOPT_URL, request.url.reveal().c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.c_str());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_FOLLOWLOCATION, 0L);  // a redirect would take the token to another host
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_QUICK_EXIT, 1L);  // an abort does not wait for a name server
    set(CURLOPT_MAXAGE_CONN, longest_idle_connection);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
    set(CURLOPT_ERRORBUFFER, error.data());
    set(CURLOPT_PRIVATE, this);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_PREREQFUNCTION, &before_request);
    set(CURLOPT_PREREQDATA, this);
    set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(CURLOPT_OPENSOCKETDATA, this);
    set_proxy(through);
}

void http_client::transfer::set_proxy(std::optional<proxy> const& through)
{
    // Both are always set; otherwise libcurl reads http_proxy and no_proxy from the environment.
    set(CURLOPT_PROXY, through ? through->address.c_str() : "");
    set(CURLOPT_NOPROXY, "");
    if (!through)
        return;
    result.through_proxy = true;
    set(CURLOPT_HTTPPROXYTUNNEL, 1L);  // so that a reply of the proxy is never mistaken for one of the server
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (!through->user.empty()) {
        set(CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
        set(CURLOPT_PROXYUSERNAME, through->user.c_str());
        set(CURLOPT_PROXYPASSWORD, through->password.reveal().c_str());
    }
}

std::size_t http_client::transfer::on_body(char const* bytes, std::size_t size, std::size_t count, void* self)
{
    auto& body = static_cast<transfer*>(self)->result.body;
    if (body.size() + size * count > longest_body)
        return 0;  // ends the transfer with CURLE_WRITE_ERROR
    body.append(bytes, size * count);
    return size * count;
}

int http_client::transfer::before_request(void* data, char*, char*, int, int)
{
    auto& self = *static_cast<transfer*>(data);
    // A second call means that the connection died after the request was sent, and that libcurl is about to send it again on
    // another. The server may have accepted the first one, so libcurl must not decide this.
    if (self.result.left)
        return CURL_PREREQFUNC_ABORT;
    self.result.left = true;
    if (self.request.leaving)
        self.request.leaving();
    return CURL_PREREQFUNC_OK;
}

curl_socket_t http_client::transfer::open_socket(void* data, curlsocktype, curl_sockaddr* address)
{
    // The same if libcurl needs a new connection for it. If that failed, the result would look as if nothing had
    // been sent.
    auto& result = static_cast<transfer*>(data)->result;
    if (result.left)
        return CURL_SOCKET_BAD;
    auto const made = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    result.os_error = made < 0 ? errno : 0;  // libcurl reports only the errno of connect()
    return made;
}

void http_client::transfer::ended(CURLcode code)
{
    done = true;
    result.code = code;
    if (result.left && is_of_connecting(code)) {
        result.code = CURLE_GOT_NOTHING;
        result.error = "the connection was closed before an answer came";
    } else if (code != CURLE_OK) {
        result.error = request.url.redact(error[0] != '\0' ? error.data() : curl_easy_strerror(code));
    }
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &result.status);
    curl_easy_getinfo(easy.get(), CURLINFO_HTTP_CONNECTCODE, &result.proxy_status);
    long proxy_code = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_PROXY_ERROR, &proxy_code);
    result.proxy_code = static_cast<CURLproxycode>(proxy_code);
    if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY)
        result.os_error = resolver_shortage();
    else if (result.os_error == 0)
        curl_easy_getinfo(easy.get(), CURLINFO_OS_ERRNO, &result.os_error);
    wake.cancel();
}

void http_client::multi::start(transfer& added)
{
    curl_->add(added.easy.get());
    running_.push_back(&added);
}

void http_client::multi::forget(transfer& gone) noexcept
{
    auto const found = std::find(running_.begin(), running_.end(), &gone);
    if (found == running_.end())
        return;
    running_.erase(found);
    if (!gone.done)
        curl_->remove(gone.easy.get());
    if (running_.empty())
        for (auto* waiter : idle_waiters)
            waiter->cancel();
}

void http_client::multi::finish(CURL* easy, CURLcode code)
{
    transfer* ended = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &ended);
    ended->ended(code);
}

void http_client::multi::abort_all()
{
    for (auto* each : running_) {
        if (each->done)
            continue;
        curl_->remove(each->easy.get());
        each->done = true;
        each->result.code = CURLE_ABORTED_BY_CALLBACK;  // caused neither by the server nor by the proxy
        each->result.error = "the connection was closed by the sender";
        each->wake.cancel();
    }
}

http_client::http_client(asio::any_io_executor executor)
{
    start_curl();
    multi_ = std::make_shared<multi>(std::move(executor));
}

http_client::~http_client()
{
    multi_->abort_all();
}

void http_client::use_proxy(std::optional<proxy> through)
{
    proxy_ = std::move(through);
}

asio::awaitable<http_result> http_client::post(http_request request)
{
    auto const executor = co_await asio::this_coro::executor;
    transfer sent(multi_, std::move(request), proxy_, executor);
    multi_->start(sent);
    common::io_error_code ignored;
    co_await sent.wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    // No co_await from here on: the coroutine may have been cancelled.
    if (!sent.done) {
        sent.result.cancelled = true;
        sent.result.code = CURLE_OPERATION_TIMEDOUT;
        sent.result.error = "cut off before an answer came";
    }
    co_return std::move(sent.result);
}

asio::awaitable<void> http_client::idle(std::chrono::milliseconds longest)
{
    auto const shared = multi_;
    if (shared->running() == 0)
        co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor, longest);
    auto const leave = [&] { std::erase(shared->idle_waiters, &timer); };
    struct guard {
        decltype(leave) const& run;
        ~guard() { run(); }
    } const on_exit{leave};
    shared->idle_waiters.push_back(&timer);
    common::io_error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void http_client::close()
{
    multi_->abort_all();
    multi_->reopen();
}

std::size_t http_client::running() const noexcept
{
    return multi_->running();
}

}  // namespace broadcast
