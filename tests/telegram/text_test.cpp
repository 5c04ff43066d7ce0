// Properties that hold for every text, on seeded random ones.
#include <mend/impl/classify/error_text.hpp>
#include <mend/telegram/bot_api.hpp>
#include <mend/telegram/names.hpp>
#include <mend/telegram/rules.hpp>
#include <mend/telegram/tdlib.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace mend;
using mend::detail::error_text;

namespace {

class generator {
public:
    explicit generator(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>{0, end - 1}(random_); }

    std::string_view one_of(std::initializer_list<std::string_view> texts) { return texts.begin()[below(texts.size())]; }

    /// Arbitrary bytes, zeros and halves of UTF-8 characters among them.
    std::string bytes(std::size_t most)
    {
        std::string result(below(most + 1), ' ');
        for (char& c : result)
            c = static_cast<char>(below(256));
        return result;
    }

    /// Pieces of real errors in any order: what is nearly right finds more faults than noise does.
    std::string pieces(std::size_t most)
    {
        std::string result;
        for (auto left = below(most + 1); left > 0; --left)
            result += one_of({"FLOOD_WAIT_",
                              "37",
                              "420",
                              "[",
                              "]",
                              "(",
                              ")",
                              ": ",
                              " ",
                              "-",
                              "_",
                              "X",
                              "_X",
                              "2FA_CONFIRM_WAIT_",
                              "99999999999999999999",
                              "rpc error code ",
                              "Telegram says: ",
                              "Too Many Requests: retry after ",
                              "FILE_PART_",
                              "_MISSING",
                              "PREVIOUS_CHAT_IMPORT_ACTIVE_WAIT_",
                              "MIN",
                              "proxy",
                              "CONNECTION",
                              "<html>",
                              "A wait of ",
                              " seconds is required",
                              "{seconds}",
                              "Error code",
                              "=",
                              "\n"});
        return result;
    }

    std::string capitals(std::size_t most)
    {
        std::string result;
        for (auto left = below(most) + 1; left > 0; --left)
            result += "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"[below(27)];
        return result;
    }

    std::string digits(std::size_t most)
    {
        std::string result;
        for (auto left = below(most) + 1; left > 0; --left)
            result += static_cast<char>('0' + below(10));
        return result;
    }

private:
    std::mt19937_64 random_;
};

bool inside(std::string_view part, std::string_view whole)
{
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void holds_for(std::string const& text)
{
    auto const stated = error_text::parse(text);
    REQUIRE(inside(stated.name, text));
    REQUIRE(inside(stated.body, text));
    REQUIRE((stated.code == 0 || (std::abs(stated.code) >= 300 && std::abs(stated.code) <= 599)));
    for (int const code : {0, 400, 420, 429, -429}) {
        auto const says = telegram::rules().classify({.code = code, .message = text});
        if (says.retry_after)
            REQUIRE(*says.retry_after > std::chrono::milliseconds{0});
        if (says.number)
            REQUIRE(*says.number >= 0);
        REQUIRE(to_string(says.what) != "?");
    }
    static_cast<void>(telegram::is_known_name(text));
    static_cast<void>(telegram::bot_api_failure(429, 429, text));
    static_cast<void>(telegram::bot_api_failure(502, 0, text));
    static_cast<void>(telegram::tdlib_failure(400, text));
}

}  // namespace

TEST_CASE("no text breaks the parser")
{
    generator random{1};
    for (int repeat = 0; repeat < 20'000; ++repeat) {
        auto const text = repeat % 2 == 0 ? random.bytes(120) : random.pieces(12);
        INFO(text);
        holds_for(text);
    }
    holds_for(std::string(1U << 20U, '9'));
    holds_for(std::string(1U << 20U, 'A'));
    holds_for(std::string(1U << 20U, '_'));
}

TEST_CASE("a wait has the very digits of its name, in every form")
{
    generator random{2};
    for (int repeat = 0; repeat < 5'000; ++repeat) {
        auto const digits = random.digits(25);
        auto const text = std::vector<std::string>{
            "FLOOD_WAIT_" + digits, "420: FLOOD_WAIT_" + digits, "rpc error code 420: FLOOD_WAIT (" + digits + ")",
            "Telegram says: [420 FLOOD_WAIT_X] - A wait of " + digits + " seconds is required (caused by 7)",
            "Too Many Requests: retry after " + digits}[random.below(5)];
        INFO(text);
        auto expected = std::chrono::milliseconds::max();
        auto const significant = digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
        if (significant.empty())
            expected = std::chrono::seconds{1};
        else if (significant.size() <= 15)
            expected = std::chrono::seconds{std::stoll(significant)};
        auto const says = telegram::rules().classify({.message = text});
        REQUIRE(says.what == category::flood_wait);
        if (significant.size() <= 15 || significant.size() >= 17)
            REQUIRE(says.retry_after == expected);
    }
}

TEST_CASE("a name matches as a whole only")
{
    generator random{3};
    for (int repeat = 0; repeat < 5'000; ++repeat) {
        auto const before = random.capitals(6);
        auto const after = random.capitals(6);
        auto const rules = classifier{}.when_name("FLOOD_WAIT_{seconds}", category::flood_wait);
        REQUIRE(rules.classify({.message = before + "FLOOD_WAIT_3"}).what == category::unknown);
        REQUIRE(rules.classify({.message = "FLOOD_WAIT_3" + after}).what == category::unknown);
        REQUIRE(rules.classify({.message = before + " FLOOD_WAIT_3 " + after}).what == category::flood_wait);
        if (repeat == 200)
            break;  // each builds an index of its own
    }
}

TEST_CASE("the index finds what a search rule by rule finds")
{
    generator random{4};
    for (int repeat = 0; repeat < 300; ++repeat) {
        classifier rules;
        std::vector<std::string> words;
        for (std::size_t rule = 0; rule < 8; ++rule) {
            std::string word;
            for (auto left = random.below(4) + 1; left > 0; --left)
                word += "abC"[random.below(3)];
            rules.when_message(word, static_cast<category>(static_cast<std::size_t>(category::custom_0) + rule));
            for (char& c : word)
                c = c == 'C' ? 'c' : c;
            words.push_back(word);
        }
        for (int text_number = 0; text_number < 20; ++text_number) {
            std::string text;
            for (auto left = random.below(12); left > 0; --left)
                text += "abcx"[random.below(4)];
            auto expected = category::unknown;
            for (std::size_t rule = 8; rule-- > 0;) {
                if (text.find(words[rule]) != std::string::npos)
                    expected = static_cast<category>(static_cast<std::size_t>(category::custom_0) + rule);
            }
            INFO(text);
            REQUIRE(rules.classify({.message = text}).what == expected);
        }
    }
}
