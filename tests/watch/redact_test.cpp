#include <mend/redact.hpp>

#include "support/catch.hpp"

#include <mend/impl/watch/watched_text.hpp>

#include <array>
#include <random>
#include <string>
#include <string_view>

using mend::redact;
using mend::detail::for_watchers;
using mend::detail::limit_message;

namespace {

std::string const secret_half = "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw_";  // 35 characters, as Telegram makes them
std::string const token = "123456789:" + secret_half;

struct redaction {
    std::string text, shown;
};

template <std::size_t Size>
void check(redaction const (&rows)[Size])
{
    for (auto const& each : rows) {
        INFO(each.text);
        CHECK(redact(each.text) == each.shown);
    }
}

/// Every character of the text as %XX, `times` over.
std::string percent_encoded(std::string_view text, unsigned times = 1)
{
    constexpr auto* digits = "0123456789ABCDEF";
    std::string result;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        result += '%';
        for (unsigned more = 1; more < times; ++more)
            result += "25";
        result += {digits[byte >> 4U], digits[byte & 15U]};
    }
    return result;
}

}  // namespace

TEST_CASE("of a bot's token its id stays")
{
    redaction const rows[] = {
        {token, "123456789:[hidden]"},
        {"https://api.telegram.org/bot" + token + "/sendMessage", "https://api.telegram.org/bot123456789:[hidden]/sendMessage"},
        {"https://api.telegram.org/file/bot" + token + "/photos/1.jpg",
         "https://api.telegram.org/file/bot123456789:[hidden]/photos/1.jpg"},
        {"GET /bot" + token + "?a=b HTTP/1.1", "GET /bot123456789:[hidden]?a=b HTTP/1.1"},
        {"token=" + token + ", next", "token=123456789:[hidden], next"},
        {"\"" + token + "\" and '" + token + "'", "\"123456789:[hidden]\" and '123456789:[hidden]'"},
        {"123456:" + secret_half + "\n123456789012:" + secret_half, "123456:[hidden]\n123456789012:[hidden]"},
        {"http://127.0.0.1:8081/bot1:test/getMe", "http://127.0.0.1:8081/bot1:[hidden]/getMe"},
        {"123456789:" + std::string(30, '-'), "123456789:[hidden]"},
    };
    check(rows);
}

TEST_CASE("a token is found in any percent-encoding")
{
    redaction const rows[] = {
        {"/bot123456789%3A" + secret_half + "/getMe", "/bot123456789%3A[hidden]/getMe"},
        {"/bot123456789%3a" + secret_half + "/getMe", "/bot123456789%3a[hidden]/getMe"},
        {"u=https%3A%2F%2Fapi.telegram.org%2Fbot123456789%3A" + secret_half + "%2FgetMe",
         "u=https%3A%2F%2Fapi.telegram.org%2Fbot123456789%3A[hidden]%2FgetMe"},
        {"/bot123456789%253A" + secret_half, "/bot123456789%253A[hidden]"},
        {"123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw%5F and on", "123456789:[hidden] and on"},
        {"123456789:" + percent_encoded(secret_half), "123456789:[hidden]"},
    };
    check(rows);
    for (unsigned const times : {1U, 2U, 3U}) {
        auto const encoded = percent_encoded(token, times);
        CHECK(redact(encoded) == encoded.substr(0, encoded.size() * 10 / token.size()) + "[hidden]");
    }
}

TEST_CASE("the password of a URL is hidden, and its user stays")
{
    redaction const rows[] = {
        {"socks5://user:password@10.0.0.1:1080", "socks5://user:[hidden]@10.0.0.1:1080"},
        {"http://user:password@proxy.example:3128/", "http://user:[hidden]@proxy.example:3128/"},
        {"Cannot connect to proxy socks5h://u:p@[::1]:1080, giving up",
         "Cannot connect to proxy socks5h://u:[hidden]@[::1]:1080, giving up"},
        {"redis://:password@cache/0", "redis://:[hidden]@cache/0"},
        {"http://u:p@ss@host/", "http://u:[hidden]@host/"},
        {"http://u:p:q@host", "http://u:[hidden]@host"},
        {"http://u:p%40ss%2F@host/a@b", "http://u:[hidden]@host/a@b"},
        {"socks5://user:pa/ss?#@host:1080", "socks5://user:[hidden]@host:1080"},
        {"socks5://user:pa'ss@host", "socks5://user:[hidden]@host"},
        {"proxy=socks5%3A%2F%2Fuser%3Apassword%40host%3A1080", "proxy=socks5%3A%2F%2Fuser%3A[hidden]%40host%3A1080"},
        {R"({"proxy":"http://u:p@h","next":"http://v:q@i"})", R"({"proxy":"http://u:[hidden]@h","next":"http://v:[hidden]@i"})"},
        {"http://u:p@h/bot" + token + "/x", "http://u:[hidden]@h/bot123456789:[hidden]/x"},
    };
    check(rows);
}

TEST_CASE("the secret of an MTProxy's link is hidden")
{
    constexpr auto* hex = "dd0123456789abcdef0123456789abcdef";
    constexpr auto* base64 = "7gEjRWeJq83vASNFZ4mrze8uZ29vZ2xlLmNvbQ==";
    for (std::string const secret : {hex, base64, "ee+/A-_z"}) {
        redaction const rows[] = {
            {"tg://proxy?server=1.2.3.4&port=443&secret=" + secret, "tg://proxy?server=1.2.3.4&port=443&secret=[hidden]"},
            {"https://t.me/proxy?secret=" + secret + "&server=a.b&port=443)",
             "https://t.me/proxy?secret=[hidden]&server=a.b&port=443)"},
            {"<a href=\"https://t.me/proxy?port=4&amp;secret=" + secret + "\">",
             "<a href=\"https://t.me/proxy?port=4&amp;secret=[hidden]\">"},
            {"u=tg%3A%2F%2Fproxy%3Fport%3D4%26secret%3D" + secret + "%26server%3Da",
             "u=tg%3A%2F%2Fproxy%3Fport%3D4%26secret%3D[hidden]%26server%3Da"},
        };
        check(rows);
    }
    CHECK(redact(std::string{"proxy 1.2.3.4 secret="} + hex + ": refused") == "proxy 1.2.3.4 secret=[hidden]: refused");
    CHECK(redact("secret=none, Secret=0") == "secret=none, Secret=0");
}

TEST_CASE("an ordinary text stays as it is")
{
    for (std::string const text : {
             "",
             "FLOOD_WAIT_37",
             "at 12:34:56 on 2026-11-27T12:34:56.123456Z",
             "2001:db8:85a3:8d3:1319:8a2e:370:7348 and [fe80::1%25eth0]:443 and ::ffff:192.0.2.1",
             "00:1B:44:11:3A:B7",
             "chat -1001557000000: not found; user 123456789: blocked",
             "https://t.me/c/1234567890/12, https://t.me/user, tg://user?id=123456789",
             "http://host:8080/path:with@signs?x=a:b@c#d:e@f",
             "http://[::1]:8080/a:b@c, ftp://user@host/file:1@2",
             "mail a:b@c and //x:y@z",
             "read tcp 10.0.0.5:45706->149.154.167.220:443: i/o timeout",
             "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
             "12345:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw_ has too short an id",
             "1234567:too-short-to-be-a-secret",
             "client_secret=0123456789abcdef0123 and secrets=0123456789abcdef0123",
             "100%: 50% of 20%3",
             "/bot and /bot12 and /bots1:2",
             "%",
             "%2",
             "%25",
             "a%3A",
             ":",
             "://",
             "x://:@",
             "secret=",
             "&secret=",
             "/bot1:",
         }) {
        INFO(text);
        CHECK(redact(text) == text);
    }
}

TEST_CASE("a secret is hidden at any place among other characters")
{
    std::mt19937 random{7};  // NOLINT: the same texts on every run
    constexpr std::string_view pieces[] = {" ", "a", "/", ":",  "@",  "%",      "%3A", "://",
                                           "=", "&", "?", "\"", "12", "x://u:", "\n",  "é"};
    auto const some = [&] {
        std::string result;
        for (auto left = random() % 8; left > 0; --left)
            result += pieces[random() % std::size(pieces)];
        return result;
    };
    for (int round = 0; round < 20'000; ++round) {
        std::array const secrets{token, "socks5://user:" + secret_half + "@host", "tg://proxy?port=1&secret=" + secret_half,
                                 percent_encoded(token)};
        auto const& secret = secrets[random() % secrets.size()];
        auto const text = some() + ' ' + secret + some();
        auto const shown = redact(text);
        INFO(text);
        CHECK(shown.find("[hidden]") != std::string::npos);
        CHECK(shown.find(secret_half) == std::string::npos);
        CHECK(shown.find(percent_encoded(secret_half)) == std::string::npos);
    }
}

TEST_CASE("a long text is cut at the end of a character, and shows how much is missing")
{
    CHECK(limit_message("12345", 5) == "12345");
    CHECK(limit_message("123456", 5) == "12345... (1 more bytes)");
    CHECK(limit_message(std::string(5000, 'x'), 4096) == std::string(4096, 'x') + "... (904 more bytes)");
    CHECK(limit_message("abc", 0) == "... (3 more bytes)");
    CHECK(limit_message("", 0).empty());
    for (std::string const character : {"é", "€", "😀"}) {
        auto const text = "ab" + character + character;
        for (std::size_t limit = 2; limit < 2 + character.size(); ++limit)
            CHECK(limit_message(text, limit) == "ab... (" + std::to_string(2 * character.size()) + " more bytes)");
        CHECK(limit_message(text, 2 + character.size()) ==
              "ab" + character + "... (" + std::to_string(character.size()) + " more bytes)");
    }
    // Bytes that are not UTF-8 are cut at the limit itself.
    CHECK(limit_message(std::string(10, '\x80'), 4) == std::string(4, '\x80') + "... (6 more bytes)");
    CHECK(limit_message("\x80\x80\x80", 1) == "\x80... (2 more bytes)");
}

TEST_CASE("a text for observers has neither secrets nor too many bytes, and is the text itself if nothing changes")
{
    CHECK_FALSE(for_watchers("FLOOD_WAIT_37", true, 4096));
    CHECK_FALSE(for_watchers("http://host:80/: Connection refused", true, 4096));
    CHECK_FALSE(for_watchers(token, false, 4096));
    CHECK_FALSE(for_watchers("http://u:[hidden]@h", true, 4096));
    CHECK(for_watchers(token, true, 4096) == "123456789:[hidden]");
    CHECK(for_watchers("123456", true, 5) == "12345... (1 more bytes)");
    CHECK(for_watchers("123456", false, 5) == "12345... (1 more bytes)");
    // Half a secret would not be recognised: the cut comes second.
    CHECK(for_watchers(token, true, 20) == "123456789:[hidden]");
    CHECK(for_watchers(token, true, 12) == "123456789:[h... (6 more bytes)");
}

TEST_CASE("hostile texts of 256 KiB are redacted in one pass")
{
    for (std::string const piece : {"x://u:p/", "://", "1234567:a", "%25", "%252525", "://%3A%2F%2F%253A%252F%252F",
                                    "secret=", "/bot1:", "&secret=a&", "http://a:b@", "x://a:b"}) {
        INFO(piece);
        std::string text;
        while (text.size() < (std::size_t{1} << 18U))
            text += piece;
        CHECK(!redact(text).empty());  // quadratic, it would take minutes
    }
}
