// The part of tgbot-cpp's interface that the example uses, so that it can be built without tgbot-cpp. Bot and Api do here
// what the example needs of them: they post a form and check the reply.
#pragma once

#include <nlohmann/json.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace TgBot {

struct HttpFile {
    std::string data;
    std::string mimeType;
    std::string fileName;
    std::optional<std::string> filePath;
};

struct HttpFormField {
    std::string name;
    std::variant<std::string, HttpFile> value;
};

class RequestCancelled : public std::runtime_error {
public:
    RequestCancelled() : std::runtime_error{"request cancelled"} {}
};

class TgException : public std::runtime_error {
public:
    enum class ErrorCode : std::size_t { Undefined = 0, BadRequest = 400, HtmlResponse = 100, InvalidJson = 101 };

    TgException(std::string_view description, ErrorCode code) : std::runtime_error{std::string{description}}, errorCode{code} {}

    ErrorCode const errorCode;
};

class HttpClient {
public:
    HttpClient() = default;
    HttpClient(HttpClient const&) = delete;
    HttpClient& operator=(HttpClient const&) = delete;
    virtual ~HttpClient() = default;

    virtual std::string makeRequest(std::string const& url, std::span<HttpFormField const> fields) const = 0;
    virtual int getRequestMaxRetries() const { return 3; }
    virtual void cancel(bool eternal = false) const
    {
        if (eternal)
            _isEternalCancel.store(true);
        else
            _cancelEpoch.fetch_add(1);
    }

    std::int32_t _timeout = 25;

protected:
    mutable std::atomic<bool> _isEternalCancel{false};
    mutable std::atomic<std::uint64_t> _cancelEpoch{0};
};

struct Message {
    std::int32_t messageId = 0;
};

class Api {
public:
    Api(std::string root, HttpClient const& client) : client_{client}, root_{std::move(root)} {}

    std::shared_ptr<Message> sendMessage(std::variant<std::int64_t, std::string> chat, std::string_view text) const
    {
        std::vector<HttpFormField> const fields{{"chat_id", std::to_string(std::get<std::int64_t>(chat))},
                                                {"text", std::string{text}}};
        auto const reply = nlohmann::json::parse(client_.makeRequest(root_ + "/sendMessage", fields));
        if (!reply.value("ok", false))
            throw TgException{reply.value("description", ""), static_cast<TgException::ErrorCode>(reply.value("error_code", 0))};
        auto message = std::make_shared<Message>();
        message->messageId = reply.at("result").value("message_id", 0);
        return message;
    }

private:
    HttpClient const& client_;
    std::string root_;
};

class Bot {
public:
    Bot(std::string const& token, HttpClient const& client, std::string const& url) : api_{url + "/bot" + token, client} {}

    Api const& getApi() const { return api_; }

private:
    Api api_;
};

}  // namespace TgBot
