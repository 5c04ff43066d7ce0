#include "server.hpp"

#include "connection.hpp"
#include "parameters.hpp"

#include <httplib.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace bot_api_server {

namespace {

constexpr std::size_t longest_body = std::size_t{1024} * 1024;
constexpr int backlog = 512;

/// The connection whose request this thread is handling: httplib does not pass it to handlers.
thread_local connection* current_connection = nullptr;

struct bot_path {
    std::string_view token;
    std::string_view method;
};

/// Splits /bot<token>/<method>.
std::optional<bot_path> parse_path(std::string_view path)
{
    constexpr std::string_view prefix = "/bot";
    if (!path.starts_with(prefix)) {
        return std::nullopt;
    }
    path.remove_prefix(prefix.size());
    auto const slash = path.find('/');
    if (slash == std::string_view::npos) {
        return std::nullopt;
    }
    return bot_path{path.substr(0, slash), path.substr(slash + 1)};
}

/// Returns nothing if the body could not be read.
std::optional<parameters> read_parameters(httplib::Request const& request, httplib::ContentReader const* body)
{
    parameters found;
    for (auto const& [name, value] : request.params) {
        found.emplace(name, value);
    }
    if (body == nullptr) {
        return found;
    }
    if (request.is_multipart_form_data()) {
        std::string* field = nullptr;
        bool const complete = (*body)(
            [&](auto const& part) { // the type's name has changed between versions of httplib
                field = &found[part.name];
                field->clear();
                return true;
            },
            [&](char const* data, std::size_t size) {
                field->append(data, size);
                return true;
            });
        return complete ? std::optional{found} : std::nullopt;
    }
    // httplib would read a form itself, but refuses those above 8 KiB: a long text has more when percent-encoded.
    std::string content;
    bool const complete = (*body)([&](char const* data, std::size_t size) {
        content.append(data, size);
        return true;
    });
    if (!complete) {
        return std::nullopt;
    }
    if (request.get_header_value("Content-Type").starts_with("application/json")) {
        return read_json(content, found) ? std::optional{found} : std::nullopt;
    }
    read_form(content, found);
    return found;
}

/// A POST without a length has no body. httplib would wait for the end of the connection.
void assume_no_body(httplib::Request& request)
{
    if (!request.has_header("Content-Length") && !request.has_header("Transfer-Encoding")) {
        request.set_header("Content-Length", "0");
    }
}

void reply(httplib::Response& response, int status, std::string const& body, std::string const& content_type)
{
    response.status = status;
    response.set_content(body, content_type);
}

} // namespace

class server::http_server final : public httplib::Server {
public:
    http_server(settings const& given, bot_api& api, stop_event const& stop) : api_{&api}, stop_{&stop}, latency_{given.latency}
    {
        new_task_queue = [threads = given.threads] { return new httplib::ThreadPool{threads}; };
        set_payload_max_length(longest_body);
        set_tcp_nodelay(true);
        // Not SO_REUSEPORT, httplib's default: a second server on the same port must fail, not share it.
        set_socket_options([](socket_t socket) {
            int const yes = 1;
            ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        });
        add_routes();
        bind(given.port);
    }

    [[nodiscard]] int port() const noexcept { return port_; }

private:
    void bind(int wanted)
    {
        port_ = wanted;
        if (wanted == 0) {
            port_ = bind_to_any_port("127.0.0.1");
        } else if (!bind_to_port("127.0.0.1", wanted)) {
            port_ = -1;
        }
        // With httplib's backlog of 5, clients that connect simultaneously wait for a second.
        if (port_ < 0 || ::listen(svr_sock_, backlog) != 0) {
            throw std::runtime_error{"cannot listen on 127.0.0.1:" + std::to_string(wanted)};
        }
    }

    void add_routes()
    {
        Post("/control/([a-z]+)",
             [this](httplib::Request const& request, httplib::Response& response) { control(request, response); });
        Get("/control/stats", [this](httplib::Request const&, httplib::Response& response) {
            reply(response, 200, api_->stats(), "application/json");
        });
        Get(".*",
            [this](httplib::Request const& request, httplib::Response& response) { serve_bot(request, nullptr, response); });
        Post("(?!/control/).*", [this](httplib::Request const& request, httplib::Response& response,
                                       httplib::ContentReader const& body) { serve_bot(request, &body, response); });
        set_error_handler(httplib::Server::Handler{[](httplib::Request const&, httplib::Response& response) {
            if (response.body.empty()) {
                auto const error = answers::error(response.status, "Not Found");
                response.set_content(error.body, error.content_type);
            }
        }});
        // This is not a scripted fault; the reply says so, because users would look for the cause in their sender.
        set_exception_handler([](httplib::Request const&, httplib::Response& response, std::exception_ptr thrown) {
            try {
                std::rethrow_exception(thrown);
            } catch (std::exception const& error) {
                std::cerr << "bot_api_server: " << error.what() << std::endl;
            }
            auto const error = answers::error(500, "the example server itself failed; see its standard error");
            reply(response, error.status, error.body, error.content_type);
        });
    }

    void serve_bot(httplib::Request const& request, httplib::ContentReader const* body, httplib::Response& response)
    {
        auto const arguments = read_parameters(request, body);
        stop_->wait_for(latency_);
        auto const path = parse_path(request.path);
        auto const decided =
            path ? api_->handle(path->token, path->method, arguments ? &*arguments : nullptr) : api_->handle_unknown_path();
        switch (decided.ends) {
        case answer::ending::reply:
            reply(response, decided.status, decided.body, decided.content_type);
            break;
        case answer::ending::reset:
            current_connection->reset();
            break;
        case answer::ending::silence:
            current_connection->fall_silent(api_->longest_silence());
            break;
        }
    }

    void control(httplib::Request const& request, httplib::Response& response)
    {
        auto const command = request.matches[1].str();
        auto done = answers::success(true);
        if (command == "revoke" || command == "restore") {
            if (!api_->set_revoked(request.get_param_value("token"), command == "revoke")) {
                done = answers::error(400, "no bot has this token or label");
            }
        } else if (command == "stats") {
            done.body = api_->stats();
        } else if (command == "shutdown") {
            stop_->set();
        } else {
            done = answers::error(404, "Not Found");
        }
        reply(response, done.status, done.body, done.content_type);
    }

    /// Newer versions of httplib want both addresses here rather than asking the stream; a template, so that only the
    /// call that fits is compiled.
    template <class Server>
    static bool process_next(Server& self, connection& client, bool& closed)
    {
        if constexpr (requires { self.process_request(client, false, closed, assume_no_body); }) {
            return self.process_request(client, false, closed, assume_no_body);
        } else {
            std::string address;
            int port = 0;
            client.get_local_ip_and_port(address, port);
            return self.process_request(client, address, port, address, port, false, closed, assume_no_body);
        }
    }

    bool process_and_close_socket(socket_t socket) override
    {
        connection client{socket, *stop_};
        current_connection = &client;
        bool closed = false;
        while (!closed && client.await_request()) {
            if (!process_next(*this, client, closed)) {
                break;
            }
        }
        current_connection = nullptr;
        return true;
    }

    bot_api* api_;
    stop_event const* stop_;
    std::chrono::milliseconds latency_;
    int port_ = -1;
};

server::server(settings given, bot_api& api, stop_event const& stop)
    : http_{std::make_unique<http_server>(given, api, stop)}, stop_{&stop}
{
}

server::~server() = default;

int server::port() const noexcept
{
    return http_->port();
}

void server::run()
{
    std::atomic<bool> ended = false;
    std::jthread const listener{[this, &ended] {
        http_->listen_after_bind();
        ended = true;
        stop_->set();
    }};
    // httplib ignores a stop() that comes before it listens: also when the stop event is set already, wait until it does.
    while (!http_->is_running() && !ended) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    stop_->wait();
    http_->stop();
}

} // namespace bot_api_server
