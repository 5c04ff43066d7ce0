// Texts that real clients and servers produced, from field_texts.tsv.
#include <mend/impl/classify/named_method.hpp>
#include <mend/telegram/bot_api.hpp>
#include <mend/telegram/rules.hpp>

#include "support/catch.hpp"
#include "support/table_file.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace mend;

namespace {

/// One row of the file: how the text arrives, and what it means; "-": not judged.
struct row {
    std::string arrives, http, code, text, category, wait, scope, delivery, number, method;
};

std::vector<row> read_rows()
{
    std::vector<row> rows;
    for (auto& [arrives, http, code, text, category, wait, scope, delivery, number, method] :
         support::read_table<10>(MEND_FIELD_TEXTS))
        rows.push_back({arrives, http, code, text, category, wait, scope, delivery, number, method});
    return rows;
}

failure failure_of(row const& given)
{
    auto const text = given.text == "-" ? std::string{} : given.text;
    auto result = given.arrives == "bot" ? telegram::bot_api_failure(std::stoi(given.http), std::stoi(given.code), text)
                                         : failure{.code = std::stoi(given.code), .message = text};
    detail::name_method(result);
    return result;
}

template <class Number>
std::string text_of(std::optional<Number> const& number)
{
    return number ? std::to_string(*number) : "none";
}

void check(std::string const& expected, std::string_view actual)
{
    if (expected != "-")
        CHECK(actual == expected);
}

}  // namespace

TEST_CASE("every text of the field is read as what it means")
{
    auto const rows = read_rows();
    REQUIRE(rows.size() >= 89);
    for (auto const& each : rows) {
        INFO(each.arrives << ' ' << each.http << ' ' << each.code << ' ' << each.text);
        auto const given = failure_of(each);
        auto const says = telegram::rules().classify(given);
        std::optional<std::int64_t> wait;
        if (says.retry_after)
            wait = std::chrono::ceil<std::chrono::seconds>(*says.retry_after).count();
        check(each.category, to_string(says.what));
        check(each.wait, text_of(wait));
        check(each.scope, to_string(says.where));
        check(each.delivery, to_string(says.delivered));
        check(each.number, text_of(says.number));
        check(each.method, given.method);
    }
}
