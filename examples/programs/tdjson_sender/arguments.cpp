#include "arguments.hpp"

#include <CLI/CLI.hpp>

#include <cmath>

namespace tdjson_sender {
namespace {

/// CLI::Range accepts it.
std::string refuse_nan(std::string const& text)
{
    double value = 0;
    bool const is_number = CLI::detail::lexical_cast(text, value) && !std::isnan(value);
    return is_number ? std::string{} : "Value " + text + " is not a number";
}

/// An option in seconds, with fractions.
void add_seconds(CLI::App& app, char const* name, std::chrono::milliseconds& target, double least, char const* what)
{
    app.add_option_function<double>(
           name, [&target](double const& seconds) { target = std::chrono::milliseconds(std::llround(seconds * 1000)); }, what)
        ->check(CLI::Range(least, 86'400.0))
        ->check(CLI::Validator(refuse_nan, ""))
        ->type_name("SECONDS")
        ->default_str(std::to_string(target.count() / 1000));
}

}  // namespace

parsed_arguments parse_arguments(int count, char const* const* values)
{
    parsed_arguments result;
    auto& asked = result.values;
    CLI::App app{"Sends messages through TDLib. Exit status: 0 all sent, 1 some not, 2 invalid input."};
    app.add_option("--tdjson", asked.tdjson, "path of the shared library libtdjson")->required()->type_name("PATH");
    app.add_option("--messages", asked.messages, R"(one {"chat_id": 42, "text": "..."} per line)")->required()->type_name("FILE");
    app.add_option("--parameters", asked.parameters,
                   "JSON with the fields of setTdlibParameters: api_id, api_hash, database_directory, ...")
        ->type_name("FILE");
    app.add_option("--proxies", asked.proxies, "one socks5://, http:// or mtproto:// proxy per line, tried in this order")
        ->type_name("FILE");
    add_seconds(app, "--deadline", asked.deadline, 0.001, "time limit for the whole run");
    add_seconds(app, "--request-timeout", asked.request_timeout, 0.001, "time limit for each answer or state change of TDLib");
    add_seconds(app, "--settle", asked.settle, 0, "pause before TDLib reconnects");
    add_seconds(app, "--backoff", asked.backoff, 0, "delay before the first retry; doubles each time");
    app.add_option("--parallel", asked.parallel, "maximum number of messages in flight")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    try {
        app.parse(count, values);
    } catch (CLI::ParseError const& error) {
        result.exit_status = app.exit(error) == 0 ? 0 : 2;
    }
    return result;
}

}  // namespace tdjson_sender
