// An HttpClient for tgbot-cpp that never sends a request twice, and throws errors that mend can classify. tgbot-cpp's own client
// does not prevent it: when a kept-alive connection dies, libcurl repeats the POST, and a message goes out twice.
#pragma once

#include <mend/errors.hpp>
#include <mend/telegram/bot_api.hpp>
#include <mend/telegram/curl.hpp>
#include <mend/telegram/rules.hpp>

#include <nlohmann/json.hpp>
#include <tgbot/tgbot.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>

namespace tgbot_cpp {

/// One for each account: cancel() ends all requests of a client. Thread-safe.
class http_client : public TgBot::HttpClient {
public:
    /// `proxy`: a value of CURLOPT_PROXY; empty: none.
    explicit http_client(std::string proxy = {}) : proxy_{std::move(proxy)} {}

    /// mend repeats requests, and only those that may be repeated.
    int getRequestMaxRetries() const override { return 0; }

    /// Throws mend::operation_error if the transfer fails or the reply is not a success, RequestCancelled after cancel().
    std::string makeRequest(std::string const& url, std::span<TgBot::HttpFormField const> fields) const override
    {
        running const request{&_isEternalCancel, &_cancelEpoch, _cancelEpoch.load()};
        auto* const easy = handle();
        std::string body;
        char error[CURL_ERROR_SIZE] = "";
        curl_easy_reset(easy);  // its connections stay open
        curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
        curl_easy_setopt(easy, CURLOPT_PROXY, proxy_.c_str());
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, 20L);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT, static_cast<long>(_timeout));
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &append);
        curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &request);
        curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &is_cancelled);
        auto const form = make_form(easy, fields);
        if (!fields.empty())
            curl_easy_setopt(easy, CURLOPT_MIMEPOST, form.get());

        mend::telegram::curl_send_guard guard{easy};
        auto const result = curl_easy_perform(easy);
        if (result == CURLE_ABORTED_BY_CALLBACK && request.cancelled())
            throw TgBot::RequestCancelled{};
        if (result != CURLE_OK)
            throw mend::operation_error{mend::telegram::curl_failure(result, guard, !proxy_.empty(), error)};
        check(easy, body);
        return body;
    }

private:
    /// Points to the value that cancel() changes.
    struct running {
        std::atomic<bool> const* for_ever;
        std::atomic<std::uint64_t> const* epoch;
        std::uint64_t begun_in;

        bool cancelled() const noexcept { return for_ever->load() || epoch->load() != begun_in; }
    };
    struct cleanup {
        void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
        void operator()(curl_mime* form) const noexcept { curl_mime_free(form); }
    };

    static int is_cancelled(void* request, curl_off_t, curl_off_t, curl_off_t, curl_off_t)
    {
        return static_cast<running const*>(request)->cancelled() ? 1 : 0;
    }
    static std::size_t append(char* data, std::size_t, std::size_t size, void* body)
    {
        static_cast<std::string*>(body)->append(data, size);
        return size;
    }

    /// One per thread, so that its connection is reused.
    static CURL* handle()
    {
        thread_local std::unique_ptr<CURL, cleanup> const easy{curl_easy_init()};
        if (!easy)
            throw std::bad_alloc{};
        return easy.get();
    }

    static std::unique_ptr<curl_mime, cleanup> make_form(CURL* easy, std::span<TgBot::HttpFormField const> fields)
    {
        std::unique_ptr<curl_mime, cleanup> form{curl_mime_init(easy)};
        for (auto const& field : fields) {
            auto* const part = curl_mime_addpart(form.get());
            curl_mime_name(part, field.name.c_str());
            if (auto const* const text = std::get_if<std::string>(&field.value)) {
                curl_mime_data(part, text->data(), text->size());
                continue;
            }
            auto const& file = std::get<TgBot::HttpFile>(field.value);
            if (file.filePath)
                curl_mime_filedata(part, file.filePath->c_str());
            else
                curl_mime_data(part, file.data.data(), file.data.size());
            curl_mime_type(part, file.mimeType.c_str());
            curl_mime_filename(part, file.fileName.c_str());
        }
        return form;
    }

    /// tgbot-cpp drops the parameters of a refusal, the status and the headers, so they are read here.
    static void check(CURL* easy, std::string const& body)
    {
        long status = 0;
        curl_off_t header = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &header);
        auto const reply = nlohmann::json::parse(body, nullptr, false);
        bool const from_telegram = reply.is_object() && reply.contains("ok");
        if (status == 200 && (!from_telegram ? !body.starts_with('<') : reply["ok"] == true))
            return;  // a downloaded file, or a success
        auto const parameters =
            reply.is_object() ? reply.value("parameters", nlohmann::json::object()) : nlohmann::json::object();
        auto wait = header > 0 ? std::to_string(header) : std::string{};
        if (parameters.contains("retry_after"))
            wait = parameters["retry_after"].dump();  // a number or a string, unchanged
        std::optional<std::int64_t> new_chat;
        if (parameters.contains("migrate_to_chat_id"))
            new_chat = parameters["migrate_to_chat_id"].get<std::int64_t>();
        throw mend::operation_error{
            mend::telegram::bot_api_failure(static_cast<int>(status), from_telegram ? reply.value("error_code", 0) : 0,
                                            from_telegram ? reply.value("description", "") : body, wait, new_chat)};
    }

    std::string proxy_;
};

/// How mend reads tgbot-cpp's own exceptions.
inline mend::classifier rules()
{
    using error_code = TgBot::TgException::ErrorCode;
    return mend::classifier{}
        .describe<TgBot::TgException>([](TgBot::TgException const& error) {
            if (error.errorCode == error_code::HtmlResponse || error.errorCode == error_code::InvalidJson)
                return mend::telegram::bot_api_failure(502, 0, error.what());  // the reply of a gateway, not of Telegram
            return mend::telegram::bot_api_failure(0, static_cast<int>(error.errorCode), error.what());
        })
        .describe<TgBot::RequestCancelled>([](TgBot::RequestCancelled const& error) {
            mend::failure cancelled;  // cancelled by the program: ends this operation and says nothing about the account
            cancelled.message = error.what();
            cancelled.known = mend::category::permanent;
            cancelled.delivered = mend::delivery::unknown;
            return cancelled;
        })
        .then(mend::telegram::rules());
}

}  // namespace tgbot_cpp
