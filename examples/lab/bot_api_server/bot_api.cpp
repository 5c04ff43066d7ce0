#include "bot_api.hpp"

#include "common/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace bot_api_server {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t longest_text = 4096;

/// The Bot API accepts method names in any case.
std::string_view canonical_method(std::string_view name)
{
    auto const same_letter = [](unsigned char left, unsigned char right) { return std::tolower(left) == std::tolower(right); };
    for (std::string_view const known : {"getMe", "getUpdates", "sendMessage"}) {
        if (std::ranges::equal(name, known, same_letter)) {
            return known;
        }
    }
    return "unknown";
}

std::string_view argument(parameters const& all, std::string_view name)
{
    auto const found = all.find(name);
    return found == all.end() ? std::string_view{} : std::string_view{found->second};
}

std::optional<std::int64_t> parse_chat(std::string_view text)
{
    std::int64_t chat = 0;
    auto const* const end = text.data() + text.size();
    auto const [stopped, failure] = std::from_chars(text.data(), end, chat);
    return failure == std::errc{} && stopped == end && chat != 0 ? std::optional{chat} : std::nullopt;
}

/// Only valid UTF-8 can be written to a JSON line.
void note(parameters const& arguments, log_record& record)
{
    record.chat_id = parse_chat(argument(arguments, "chat_id"));
    if (auto const text = argument(arguments, "text"); common::utf16_length(text)) {
        record.text = text;
    }
}

bool is_blank(std::string_view text)
{
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string_view chat_type(std::int64_t chat)
{
    constexpr std::int64_t last_supergroup = -1'000'000'000'000;
    if (chat > 0) {
        return "private";
    }
    return chat < last_supergroup ? "supergroup" : "group";
}

/// The part of a token that names the bot and is not secret.
std::optional<std::string> public_part(std::string_view token)
{
    auto const colon = token.find(':');
    auto const id = token.substr(0, colon);
    bool const is_number = !id.empty() && id.find_first_not_of("0123456789") == std::string_view::npos;
    return colon != std::string_view::npos && is_number ? std::optional{std::string{id}} : std::nullopt;
}

json user_of(std::string const& label)
{
    std::int64_t id = 0;
    std::from_chars(label.data(), label.data() + label.size(), id);
    return {{"id", id}, {"is_bot", true}, {"first_name", "Bot " + label}, {"username", "example_" + label + "_bot"}};
}

} // namespace

bot_api::bot_api(settings given) : faults_{std::move(given.faults)}, enforce_limits_{given.enforce_limits}, log_{given.log}
{
    for (auto& token : given.tokens) {
        add_bot(std::move(token));
    }
    resume(request_log::read(given.log));
}

void bot_api::add_bot(std::string token)
{
    if (find_by_token(token)) {
        throw std::runtime_error{"duplicate token for bot " + bots_[*find_by_token(token)].label};
    }
    auto const number = std::to_string(bots_.size() + 1);
    auto label = public_part(token).value_or("bot-" + number);
    if (find_by_label(label)) {
        label += "-" + number;
    }
    bots_.push_back({std::move(token), std::move(label)});
}

void bot_api::resume(std::vector<log_record> const& earlier)
{
    for (auto const& record : earlier) {
        sequence_ = std::max(sequence_, record.sequence);
        draws_ = std::max(draws_, record.draw.value_or(0));
        if (record.draw) {
            first_draw_ = std::min(first_draw_.value_or(record.time), record.time);
        }
        count(record);
        if (!record.chat_id) {
            continue;
        }
        if (record.message_id) {
            auto& last = last_message_ids_[*record.chat_id];
            last = std::max(last, *record.message_id);
        }
        if (record.fault == to_string(fault::blocked)) {
            blocked_chats_.insert(*record.chat_id);
        }
        if (auto const bot = find_by_label(record.token); bot && record.told && !record.during_wait) {
            waits_.restore(record.told->scope, *bot, *record.chat_id, record.told->until);
        }
    }
}

std::optional<std::size_t> bot_api::find_by_token(std::string_view token) const
{
    auto const found = std::ranges::find(bots_, token, &registered_bot::token);
    return found == bots_.end() ? std::nullopt : std::optional{static_cast<std::size_t>(found - bots_.begin())};
}

std::optional<std::size_t> bot_api::find_by_label(std::string_view label) const
{
    auto const found = std::ranges::find(bots_, label, &registered_bot::label);
    return found == bots_.end() ? std::nullopt : std::optional{static_cast<std::size_t>(found - bots_.begin())};
}

answer bot_api::handle(std::string_view token, std::string_view method, parameters const* arguments)
{
    std::lock_guard const lock{mutex_};
    auto record = begin_record();
    auto reply = decide(token, method, arguments, record);
    return finish(record, std::move(reply));
}

answer bot_api::handle_unknown_path()
{
    std::lock_guard const lock{mutex_};
    auto record = begin_record();
    return finish(record, answers::error(404, "Not Found"));
}

log_record bot_api::begin_record()
{
    log_record record;
    record.sequence = ++sequence_;
    record.time = clock_.now();
    record.token = "unknown";
    record.method = "unknown";
    return record;
}

answer bot_api::finish(log_record& record, answer reply)
{
    record.status = reply.status;
    log_.write(record);
    count(record);
    return reply;
}

void bot_api::count(log_record const& record)
{
    delivered_ += record.delivered ? 1 : 0;
    during_wait_ += record.during_wait ? 1 : 0;
    if (!record.fault.empty()) {
        ++fault_counts_[record.fault];
    }
}

answer bot_api::decide(std::string_view token, std::string_view method, parameters const* arguments, log_record& record)
{
    // Logged even with a token that is not accepted.
    record.method = canonical_method(method);
    bool const is_send = record.method == "sendMessage";
    if (is_send && arguments != nullptr) {
        note(*arguments, record);
    }
    auto const bot = find_by_token(token);
    if (bot) {
        record.token = bots_[*bot].label;
    }
    if (!bot || bots_[*bot].revoked) {
        return answers::error(401, "Unauthorized");
    }
    if (is_send) {
        return arguments != nullptr ? send_message(*bot, *arguments, record)
                                    : answers::error(400, "Bad Request: can't parse the request's body");
    }
    if (record.method == "getMe") {
        return get_me(*bot);
    }
    return record.method == "getUpdates" ? answers::success(json::array()) : answers::error(404, "Not Found");
}

answer bot_api::get_me(std::size_t bot) const
{
    auto user = user_of(bots_[bot].label);
    user["can_join_groups"] = true;
    user["can_read_all_group_messages"] = false;
    user["supports_inline_queries"] = false;
    return answers::success(user);
}

answer bot_api::send_message(std::size_t bot, parameters const& arguments, log_record& record)
{
    auto const chat_text = argument(arguments, "chat_id");
    auto const text = argument(arguments, "text");
    auto const length = common::utf16_length(text);
    if (!length || !common::utf16_length(chat_text)) {
        return answers::error(400, "Bad Request: strings must be encoded in UTF-8");
    }
    if (chat_text.empty()) {
        return answers::error(400, "Bad Request: chat_id is empty");
    }
    if (is_blank(text)) {
        return answers::error(400, "Bad Request: message text is empty");
    }
    if (*length > longest_text) {
        return answers::error(400, "Bad Request: message is too long");
    }
    if (!record.chat_id) {
        return answers::error(400, "Bad Request: chat not found");
    }
    message const wanted{bot, *record.chat_id, std::string{text}};
    if (auto refused = refuse(wanted, record)) {
        return *std::move(refused);
    }
    record.draw = ++draws_;
    first_draw_ = first_draw_.value_or(record.time);
    return commit(faults_.at(draws_, record.time - *first_draw_), wanted, record);
}

std::optional<answer> bot_api::refuse(message const& wanted, log_record& record)
{
    if (auto const broken = waits_.tell_again(wanted.bot, wanted.chat, record.time)) {
        record.during_wait = true;
        return tell(*broken, {}, record);
    }
    if (is_blocked(wanted.chat)) {
        record.fault = to_string(fault::blocked);
        return answers::error(403, "Forbidden: bot was blocked by the user");
    }
    if (!enforce_limits_) {
        return std::nullopt;
    }
    if (auto const over = limits_.check(wanted.bot, wanted.chat, record.time)) {
        return tell(waits_.begin(over->scope, wanted.bot, wanted.chat, record.time, over->retry_after), over->limit, record);
    }
    return std::nullopt;
}

bool bot_api::is_blocked(std::int64_t chat)
{
    if (blocked_chats_.contains(chat)) {
        return true;
    }
    auto const latest = faults_.blocked_at_the_latest();
    bool const is_due = latest && blocked_chats_.empty() && draws_ + 1 >= *latest;
    if (!is_due && !faults_.blocks_chat(chat)) {
        return false;
    }
    blocked_chats_.insert(chat);
    return true;
}

answer bot_api::commit(dealt_fault const& dealt, message const& wanted, log_record& record)
{
    if (dealt.kind != fault::none) {
        record.fault = to_string(dealt.kind);
    }
    auto const begin_wait = [&](wait_scope scope) {
        return tell(waits_.begin(scope, wanted.bot, wanted.chat, record.time, dealt.retry_after), record.fault, record);
    };
    switch (dealt.kind) {
    case fault::none:
        return deliver(wanted, record);
    case fault::flood_wait:
        return begin_wait(wait_scope::method);
    case fault::slow_mode:
        return begin_wait(wait_scope::chat);
    case fault::internal_error:
        return answers::error(500, "Internal Server Error");
    case fault::bad_gateway:
        return answers::bad_gateway();
    case fault::reset_before:
        return answers::none(answer::ending::reset);
    case fault::silence_before:
        return answers::none(answer::ending::silence);
    case fault::reset_after:
        deliver(wanted, record);
        return answers::none(answer::ending::reset);
    case fault::silence_after:
        deliver(wanted, record);
        return answers::none(answer::ending::silence);
    case fault::blocked:
        blocked_chats_.insert(wanted.chat);
        return answers::error(403, "Forbidden: bot was blocked by the user");
    }
    throw std::logic_error{"unknown fault"};
}

answer bot_api::deliver(message const& wanted, log_record& record)
{
    record.delivered = true;
    record.message_id = ++last_message_ids_[wanted.chat];
    if (enforce_limits_) {
        limits_.count(wanted.bot, wanted.chat, record.time);
    }
    auto const date = std::chrono::floor<std::chrono::seconds>(record.time).time_since_epoch().count();
    json result{{"message_id", *record.message_id}};
    result["from"] = user_of(bots_[wanted.bot].label);
    result["chat"] = json{{"id", wanted.chat}, {"type", chat_type(wanted.chat)}};
    result["date"] = date;
    result["text"] = wanted.text;
    return answers::success(result);
}

answer bot_api::tell(wait const& told, std::string_view because, log_record& record)
{
    record.fault = because;
    record.told = told;
    return answers::too_many_requests(told.retry_after);
}

bool bot_api::set_revoked(std::string_view token_or_label, bool revoked)
{
    std::lock_guard const lock{mutex_};
    auto bot = find_by_token(token_or_label);
    if (!bot) {
        bot = find_by_label(token_or_label);
    }
    if (!bot) {
        return false;
    }
    bots_[*bot].revoked = revoked;
    log_.write_event(revoked ? "revoked" : "restored", clock_.now(), json{{"token", bots_[*bot].label}});
    return true;
}

std::string bot_api::stats() const
{
    std::lock_guard const lock{mutex_};
    json bots = json::array();
    for (auto const& bot : bots_) {
        bots.push_back(json{{"token", bot.label}, {"revoked", bot.revoked}});
    }
    json const result{{"requests", sequence_},       {"delivered", delivered_},
                      {"during_wait", during_wait_}, {"blocked_chats", blocked_chats_.size()},
                      {"faults", fault_counts_},     {"tokens", bots}};
    return json{{"ok", true}, {"result", result}}.dump();
}

void bot_api::log_start()
{
    std::lock_guard const lock{mutex_};
    json kinds = json::array();
    for (auto const kind : faults_.kinds()) {
        kinds.push_back(to_string(kind));
    }
    log_.write_event("started", clock_.now(), json{{"seed", faults_.seed()}, {"faults", kinds}, {"limits", enforce_limits_}});
}

void bot_api::log_stop()
{
    std::lock_guard const lock{mutex_};
    log_.write_event("stopped", clock_.now(), json::object());
}

} // namespace bot_api_server
