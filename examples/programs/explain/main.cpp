// Explains how mend classifies an error, or all errors in a log.
#include "arguments.hpp"
#include "common/input.hpp"
#include "common/process.hpp"
#include "evidence.hpp"
#include "explained.hpp"
#include "log_summary.hpp"
#include "records.hpp"
#include "text.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <system_error>

namespace explain {
namespace {

void print(std::string_view text)
{
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
        throw common::input_error(fmt::format("cannot write to standard output: {}", std::generic_category().message(errno)));
}

/// Prints each explanation at once, so that input of any length takes constant memory.
class printer {
public:
    explicit printer(bool json) : json_(json) {}

    void add(explained const& about)
    {
        all_recognised_ = all_recognised_ && about.recognised();
        // In two steps: g++ 12 sees an overlap that is not there when it joins them at -O2.
        if (json_)
            print(first_ ? "[\n" : ",\n");
        else if (!first_)
            print("\n");
        print(json_ ? to_json(about).dump() : to_text(about));
        first_ = false;
    }

    void finish()
    {
        if (json_)
            print(first_ ? "[]\n" : "\n]\n");
    }

    [[nodiscard]] bool all_recognised() const noexcept { return all_recognised_; }

private:
    bool json_;
    bool first_ = true;
    bool all_recognised_ = true;
};

void explain_lines(origin const& given, printer& out)
{
    record_reader entries("-");
    while (auto const next = entries.next()) {
        auto const text = deciding_part(*next).text;
        if (!trimmed(text).empty())
            out.add(explain_text(text, given));
    }
}

int explain_texts(arguments const& asked)
{
    printer out(asked.json);
    if (asked.texts.empty())
        out.add(explain_text({}, asked.given));
    for (auto const& text : asked.texts) {
        if (text == "-")
            explain_lines(asked.given, out);
        else
            out.add(explain_text(deciding_text(text), asked.given));
    }
    out.finish();
    return out.all_recognised() ? exit_status::recognised : exit_status::some_unknown;
}

int explain_log(arguments const& asked)
{
    auto const found = summarise(asked.log);
    print(asked.json ? found.to_json(asked.log, asked.top).dump(1) + '\n' : found.to_text(asked.log, asked.top));
    return exit_status::recognised;
}

int run(arguments const& asked)
{
    auto const status = asked.log.empty() ? explain_texts(asked) : explain_log(asked);
    if (std::fflush(stdout) != 0)
        throw common::input_error(fmt::format("cannot write to standard output: {}", std::generic_category().message(errno)));
    return status;
}

}  // namespace
}  // namespace explain

int main(int count, char** values)
{
    common::prepare_process();
    std::signal(SIGPIPE, SIG_DFL);  // it ends silently with its reader, such as head
    try {
        auto const parsed = explain::parse_arguments(count, values);
        return parsed.exit_status ? *parsed.exit_status : explain::run(parsed.values);
    } catch (std::exception const& error) {
        fmt::print(stderr, "explain: {}\n", explain::printable(error.what()));
        return explain::exit_status::bad_input;
    }
}
