// The accounts file, the list of proxies and the root of the Bot API; that no text shows a secret.
#include "accounts.hpp"
#include "api_root.hpp"
#include "arguments.hpp"
#include "common/input.hpp"
#include "common/url.hpp"
#include "outputs.hpp"
#include "proxies.hpp"
#include "secret.hpp"

#include "mentions.hpp"

#include "support/catch.hpp"

using namespace broadcast;
using namespace std::chrono_literals;

namespace {

template <class Parse>
std::string complaint(Parse parse)
{
    try {
        parse();
    } catch (common::input_error const& error) {
        return error.what();
    }
    return "none";
}

std::string about_accounts(std::string const& toml)
{
    return complaint([&] { (void)parse_accounts(toml, "a.toml"); });
}

std::string about_proxies(std::string const& list)
{
    return complaint([&] { (void)parse_proxies(list, "p.txt"); });
}

bool mentions_and_no_secret(std::string const& text, std::string const& part)
{
    INFO(text);
    CHECK(text.find("SECRET") == std::string::npos);
    return mentions(text, part);
}

}  // namespace

TEST_CASE("accounts have names and tokens, timing is optional", "[settings]")
{
    auto const file =
        parse_accounts("[timing]\nattempt_timeout = 2.5\nmessages_per_second = 10\n"
                       "[[account]]\nname = \"a\"\ntoken = \"1:x-_Y\"\n[[account]]\nname = \"b\"\ntoken = \"2:z\"\n",
                       "a.toml");
    REQUIRE(file.bots.size() == 2);
    CHECK(file.bots[1].name == "b");
    CHECK(file.bots[0].token.reveal() == "1:x-_Y");
    CHECK(file.times.attempt_timeout == 2500ms);
    CHECK(file.times.settle == 2s);
    CHECK(parse_accounts("[[account]]\nname = \"a\"\ntoken = \"1:x\"", "a.toml").times.attempt_timeout == 30s);
}

TEST_CASE("a bad accounts file is told by line and field, and never by token", "[settings]")
{
    CHECK(mentions_and_no_secret(about_accounts(""), "account: missing"));
    CHECK(mentions_and_no_secret(about_accounts("account = 5"), "a.toml:1: account: missing"));
    CHECK(mentions_and_no_secret(about_accounts("[[account]]\nname = \"a\""), "a.toml:1: account.token: missing"));
    CHECK(mentions_and_no_secret(about_accounts("[[account]]\nname = \"a\"\ntoken = \"SECRET\""),
                                 "a.toml:3: account.token: invalid bot token (not shown)"));
    CHECK(mentions_and_no_secret(about_accounts("[[account]]\nname = \"a\"\ntoken = 1:SECRET"), "a.toml:3: invalid TOML"));
    CHECK(mentions_and_no_secret(about_accounts("[[account]]\nname = \"a b\"\ntoken = \"1:SECRET\""),
                                 "account.name: invalid name \"a b\""));
    CHECK(mentions_and_no_secret(
        about_accounts("[[account]]\nname = \"a\"\ntoken = \"1:SECRET\"\n[[account]]\nname = \"a\"\ntoken = \"2:x\""),
        "a.toml:5: account.name: duplicate name \"a\""));
    CHECK(mentions_and_no_secret(
        about_accounts("[[account]]\nname = \"a\"\ntoken = \"1:SECRET\"\n[[account]]\nname = \"b\"\ntoken = \"1:SECRET\""),
        "same token (not shown) as \"a\""));
    CHECK(mentions_and_no_secret(about_accounts("[[account]]\nname = \"a\"\ntoken = \"1:SECRET\"\ncolour = 1"),
                                 "account.colour: unknown field"));
    CHECK(mentions_and_no_secret(about_accounts("[timing]\nsettle = -1\n[[account]]\nname = \"a\"\ntoken = \"1:x\""),
                                 "a.toml:2: timing.settle: -1 is out of range; allowed: a number from 0 to 86400"));
    CHECK(mentions_and_no_secret(about_accounts("[timing]\nsetle = 1\n[[account]]\nname = \"a\"\ntoken = \"1:x\""),
                                 "timing.setle: unknown field"));
}

TEST_CASE("proxies are parsed, and named without their passwords", "[settings]")
{
    auto const list = parse_proxies(
        "# mine\n\nsocks5://127.0.0.1:1080\n  http://bob:p%40ss@proxy.example:3128/ \nsocks5h://[::1]:9\n", "p.txt");
    REQUIRE(list.size() == 3);
    CHECK(list[0].name() == "socks5://127.0.0.1:1080");
    CHECK(list[1].address == "http://proxy.example:3128");
    CHECK(list[1].user == "bob");
    CHECK(list[1].password.reveal() == "p@ss");
    CHECK(list[1].name() == "http://bob@proxy.example:3128");
    CHECK(list[2].address == "socks5h://[::1]:9");
}

TEST_CASE("a bad proxy is told by line, and never by password", "[settings]")
{
    CHECK(mentions_and_no_secret(about_proxies("socks5://127.0.0.1:1\nftp://u:SECRET@h:1"),
                                 "p.txt:2: scheme: unknown scheme \"ftp\"; allowed"));
    CHECK(mentions_and_no_secret(about_proxies("127.0.0.1:1080"), "p.txt:1: "));
    CHECK(mentions_and_no_secret(about_proxies("socks5://u:SECRET@h"), "port: missing"));
    CHECK(mentions_and_no_secret(about_proxies("socks5://u:SECRET@h:99999"), "invalid proxy"));
    CHECK(mentions_and_no_secret(about_proxies("http://h:1/path"), "text after the port"));
    CHECK(mentions_and_no_secret(about_proxies("http://h:1\nhttp://h:1"), "p.txt:2: duplicate proxy"));
}

TEST_CASE("each proxy of the list is found by its name", "[settings]")
{
    proxies all(parse_proxies("http://h:1\nhttp://bob:secret@h:2\n", "p.txt"));
    CHECK(all.named("http://bob@h:2").password.reveal() == "secret");
    CHECK(all.pool().proxy_of("any account") == "http://h:1");
    CHECK(!all.empty());
    CHECK(proxies({}).empty());
}

TEST_CASE("of a token the half behind the colon is hidden, with the other or alone", "[secret]")
{
    secret const token("123456:AbC-d_9");
    CHECK(token.redact("x123456:AbC-d_9y123456:AbC-d_9") == "x123456:[hidden]y123456:[hidden]");
    CHECK(token.redact("AbC-d_9") == "[hidden]");
    CHECK(token.redact("a bot 123456 without its secret") == "a bot 123456 without its secret");
    CHECK(secret{}.redact("x") == "x");
}

TEST_CASE("a token is hidden in every encoding in which a server or a library shows it", "[secret]")
{
    secret const token("123456:AbC-d_9");
    for (auto const* shown :
         {"/bot123456%3AAbC-d_9/getMe", "/bot123456%3aAbC%2Dd%5F9/getMe", "/bot123456%3A%41%62%43%2d%64%5f%39/getMe",
          "/bot123456%253AAbC%252Dd%255f9/", "/bot123456%25253AAbC-d%25255F9/", R"(123456\u003aAbC\u002dd\u005F9)",
          R"(123456\x3aAbC\x2dd_9)", "123456&#58;AbC&#45;d_9", "123456&#x3A;AbC&#x2d;d_9", "123456:abc-D_9",
          "HTTP://HOST/BOT123456:ABC-D_9/GETME"}) {
        auto const clean = token.redact(shown);
        INFO(shown << " -> " << clean);
        CHECK(clean.find("[hidden]") != std::string::npos);
        for (auto const* left : {"AbC", "abc", "ABC", "d_9", "%41", "%64", "9/", "D_9"})
            CHECK(clean.find(left) == std::string::npos);
    }
}

TEST_CASE("a short half of a token hides no ordinary words", "[secret]")
{
    secret const token("1:a");
    CHECK(token.redact("a bad answer to 1:a, 1%3Aa and 1%3a%61") == "a bad answer to [hidden], [hidden] and [hidden]");
}

TEST_CASE("a secret that looks encoded is found as it is", "[secret]")
{
    CHECK(secret("p%41ss").redact("refused: user p%41ss") == "refused: user [hidden]");
}

TEST_CASE("all secrets of a program are hidden at once, and nothing else is touched", "[secret]")
{
    redactor const hide({secret("1:first"), secret("2:first-and-more"), secret(""), secret("pwd"), secret("password")});
    CHECK(hide("1:first 2:first-and-more password pwd % \\u00 &# %2") == "1:[hidden] 2:[hidden] [hidden] pwd % \\u00 &# %2");
    CHECK(hide("").empty());
}

TEST_CASE("the loopback is recognised by address, not by how a name begins", "[url]")
{
    for (auto const* root : {"http://127.0.0.1:80", "http://127.255.0.9", "http://127.1", "http://2130706433", "http://0x7f.1",
                             "http://[::1]:8081", "http://[0:0:0:0:0:0:0:1]", "http://localhost", "http://LocalHost/path"}) {
        INFO(root);
        auto const parsed = parse_api_root(root);
        REQUIRE(parsed);
        CHECK(common::is_loopback(parsed->host));
        CHECK_FALSE(parsed->encrypted);
    }
    for (auto const* root : {"http://127.0.0.1.example", "http://localhost.example", "http://128.0.0.1", "http://0.0.0.0",
                             "http://[::2]", "http://[::ffff:10.0.0.1]", "http://1270.0.0.1", "http://example.com/127.0.0.1"}) {
        INFO(root);
        auto const parsed = parse_api_root(root);
        REQUIRE(parsed);
        CHECK_FALSE(common::is_loopback(parsed->host));
    }
    CHECK(parse_api_root("https://api.telegram.org")->encrypted);
}

TEST_CASE("the root of a Bot API has a scheme, a host and perhaps a path", "[url]")
{
    CHECK(parse_api_root("HTTPS://Example.com:8443/bots")->host == "Example.com");
    for (auto const* text : {"", "x", "http://", "ftp://x", "//x", "http://user@x", "http://user:PASSWORD@x", "http://x?q",
                             "http://x#f", "http://x y", "http://x\ny", "http://x:99999", "file:///etc/passwd"}) {
        INFO(text);
        CHECK_FALSE(parse_api_root(text));
    }
}

namespace {

std::string about_transport(std::string const& root, std::string const& list = {}, bool insecure = false)
{
    arguments asked;
    asked.api_root = root;
    asked.insecure = insecure;
    return complaint([&] { check_transport(asked, parse_proxies(list, "p.txt")); });
}

}  // namespace

TEST_CASE("tokens leave this machine encrypted, unless the user says otherwise", "[url]")
{
    CHECK(about_transport("https://api.example") == "none");
    CHECK(about_transport("https://api.example", "socks5://10.0.0.1:1") == "none");
    CHECK(about_transport("http://127.0.0.1:8081") == "none");
    CHECK(about_transport("http://127.0.0.1:8081", "socks5://127.0.0.1:1\nhttp://[::1]:2\n") == "none");
    CHECK(mentions_and_no_secret(about_transport("http://api.example"),
                                 "--api-root: http:// would send the tokens unencrypted to api.example"));
    CHECK(mentions_and_no_secret(about_transport("http://api.example"), "--insecure"));
    CHECK(mentions_and_no_secret(
        about_transport("http://127.0.0.1:8081", "socks5://127.0.0.1:1\nsocks5://u:SECRET@10.0.0.1:1080"),
        "--proxies: with http:// in --api-root the tokens would go unencrypted to socks5://10.0.0.1:1080"));
    CHECK(about_transport("http://api.example", "socks5://10.0.0.1:1", true) == "none");
}
