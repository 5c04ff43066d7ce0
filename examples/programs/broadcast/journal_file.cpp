#include "journal_file.hpp"

#include "checksum.hpp"
#include "common/input.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace broadcast {
namespace {

using nlohmann::json;

constexpr int format_version = 1;
constexpr std::array<std::string_view, 5> event_names{"intent", "delivered", "not_sent", "unknown", "wait"};

/// "checksum json\n"; a torn line does not match its checksum.
std::string seal(json const& object)
{
    auto const text = object.dump(-1, ' ', false, json::error_handler_t::replace);
    return fmt::format("{:016x} {}\n", checksum(text), text);
}

/// The object on that line (without its end); nothing if the line is torn.
std::optional<json> unseal(std::string_view line)
{
    std::uint64_t sum = 0;
    if (line.size() < 18 || line[16] != ' ')
        return {};
    auto const [end, error] = std::from_chars(line.data(), line.data() + 16, sum, 16);
    if (error != std::errc{} || end != line.data() + 16 || checksum(line.substr(17)) != sum)
        return {};
    auto object = json::parse(line.substr(17), nullptr, false);
    if (!object.is_object())
        return {};
    return object;
}

std::string header_of(campaign_identity const& identity)
{
    return seal({{"journal", format_version}, {"messages", fmt::format("{:016x}", identity.digest)}, {"bytes", identity.bytes}});
}

journal_record to_record(json const& object)
{
    auto const name = object.at("event").get<std::string>();
    for (std::size_t i = 0; i < event_names.size(); ++i)
        if (event_names[i] == name)
            return {static_cast<journal_event>(i),         object.at("line").get<std::size_t>(),
                    object.value("detail", std::string{}), object.value("number", std::int64_t{0}),
                    object.value("told", std::int64_t{0}), object.value("groups", false)};
    throw common::input_error(
        fmt::format("event: unknown event {}; allowed: intent, delivered, not_sent, unknown, wait", common::in_quotes(name)));
}

struct replayed {
    journal_history history;
    std::size_t whole = 0;  ///< bytes up to the end of the last whole line
};

/// Throws input_error if anything but the very end is corrupt: nothing may be sent with a journal that cannot be trusted.
replayed replay(std::filesystem::path const& path, std::string_view content, campaign_identity const& identity)
{
    replayed result;
    std::size_t line_number = 0;
    while (result.whole < content.size()) {
        ++line_number;
        auto const rest = content.substr(result.whole);
        auto const end = rest.find('\n');
        auto const object = end == std::string_view::npos ? std::nullopt : unseal(rest.substr(0, end));
        if (!object) {
            bool const is_last = end == std::string_view::npos || end + 1 == rest.size();
            if (is_last && (line_number > 1 || end == std::string_view::npos))
                break;  // torn by a crash: the attempt that it announces had not started
            throw common::input_error(common::at_line(path, line_number,
                                                      line_number == 1
                                                          ? "not a journal of this program; name another file with --journal"
                                                          : "the journal is corrupt at this line; nothing was sent"));
        }
        try {
            if (line_number == 1) {
                if (object->at("journal").get<int>() != format_version)
                    throw common::input_error(
                        fmt::format("journal: unknown version {}; allowed: {}", object->at("journal").dump(), format_version));
                if (header_of(identity) != fmt::format("{}\n", rest.substr(0, end)))
                    throw common::input_error("the journal belongs to another messages file, or to this one before it was "
                                              "changed; to start over, name another file with --journal");
            } else {
                result.history.apply(to_record(*object));
            }
        } catch (json::exception const&) {
            throw common::input_error(common::at_line(path, line_number, "not a line of this program's journal"));
        } catch (common::input_error const& error) {
            throw common::input_error(common::at_line(path, line_number, error.what()));
        }
        result.whole += end + 1;
    }
    return result;
}

}  // namespace

std::chrono::milliseconds told_wait::rest(std::chrono::system_clock::time_point now) const noexcept
{
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(until - now);
    return told.count() > 0 ? std::min(left, told) : left;
}

void journal_history::apply(journal_record const& record)
{
    if (record.what == journal_event::wait) {
        using wall_time = std::chrono::system_clock::time_point;
        constexpr auto last = std::chrono::floor<std::chrono::milliseconds>(wall_time::max().time_since_epoch());
        wall_time const until{std::chrono::milliseconds(std::clamp<std::int64_t>(record.number, 0, last.count()))};
        waits_.push_back({record.detail, record.line, record.groups, until, std::chrono::milliseconds(record.told)});
        return;
    }
    if (record.number != 0 && (record.what == journal_event::not_sent || record.what == journal_event::unknown))
        moves_[record.line] = record.number;
    auto& state = states_[record.line];
    auto const learn = [&](fate what) {
        if (what >= state.known) {
            state.known = what;
            state.detail = record.detail;
        }
    };
    state.open = record.what == journal_event::intent;
    switch (record.what) {
    case journal_event::intent:
        if (state.known < fate::unknown)
            state.detail = fmt::format("started by {}; no result was recorded", record.detail);
        break;
    case journal_event::delivered:
        learn(fate::delivered);
        break;
    case journal_event::not_sent:
        learn(fate::not_sent);
        break;
    case journal_event::unknown:
        learn(fate::unknown);
        break;
    case journal_event::wait:
        break;
    }
}

fate journal_history::of(std::size_t line) const
{
    auto const found = states_.find(line);
    if (found == states_.end())
        return fate::untried;
    return found->second.open && found->second.known < fate::unknown ? fate::unknown : found->second.known;
}

std::string const& journal_history::detail_of(std::size_t line) const
{
    static std::string const nothing;
    auto const found = states_.find(line);
    return found == states_.end() ? nothing : found->second.detail;
}

journal_file::journal_file(std::filesystem::path path, campaign_identity identity) : path_(std::move(path))
{
    file_ = descriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!file_)
        throw common::input_error(
            common::at_line(path_, 0, fmt::format("the journal cannot be opened: {}", std::generic_category().message(errno))));
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0)
        throw common::input_error(common::at_line(
            path_, 0,
            errno == EWOULDBLOCK ? "the journal is in use by another broadcast that is still running"
                                 : fmt::format("the journal cannot be locked: {}", std::generic_category().message(errno))));
    auto const content = common::read_file(path_);
    auto found = replay(path_, content, identity);
    history_ = std::move(found.history);
    if (found.whole < content.size() && ::ftruncate(file_.get(), static_cast<off_t>(found.whole)) != 0)
        throw common::input_error(common::at_line(
            path_, 0, fmt::format("the incomplete last line cannot be removed: {}", std::generic_category().message(errno))));
    if (found.whole == 0) {
        append(header_of(identity));
        sync_directory_of(path_);
    }
    sync();
}

journal_history journal_file::inspect(std::filesystem::path const& path, campaign_identity identity)
{
    if (!std::filesystem::exists(path))
        return {};
    return replay(path, common::read_file(path), identity).history;
}

std::string journal_file::encode(journal_record const& record)
{
    json object{{"event", event_names[static_cast<std::size_t>(record.what)]}, {"line", record.line}};
    if (!record.detail.empty())
        object["detail"] = record.detail;
    if (record.number != 0)
        object["number"] = record.number;
    if (record.told != 0)
        object["told"] = record.told;
    if (record.groups)
        object["groups"] = true;
    return seal(object);
}

void journal_file::append(std::string_view lines)
{
    write_all(file_.get(), lines, path_);
}

void journal_file::sync()
{
    if (::fdatasync(file_.get()) != 0)
        throw std::system_error(errno, std::generic_category(), path_.string() + ": cannot be written");
}

}  // namespace broadcast
