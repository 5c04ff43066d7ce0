// The accounts file and the list of proxies; that no complaint shows a secret.
#include "accounts.hpp"
#include "input_error.hpp"
#include "proxies.hpp"

#include "support/catch.hpp"

using namespace broadcast;
using namespace std::chrono_literals;

namespace {

template <class Parse>
std::string complaint(Parse parse)
{
    try {
        parse();
    } catch (input_error const& error) {
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

bool mentions(std::string const& text, std::string const& part)
{
    INFO(text);
    CHECK(text.find("SECRET") == std::string::npos);
    return text.find(part) != std::string::npos;
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
}

TEST_CASE("a bad accounts file is told by line and field, and never by token", "[settings]")
{
    CHECK(mentions(about_accounts(""), "account: is missing"));
    CHECK(mentions(about_accounts("account = 5"), "a.toml:1: account: is missing"));
    CHECK(mentions(about_accounts("[[account]]\nname = \"a\""), "a.toml:1: account.token: is missing"));
    CHECK(mentions(about_accounts("[[account]]\nname = \"a\"\ntoken = \"SECRET\""), "a.toml:3: account.token: (not shown)"));
    CHECK(mentions(about_accounts("[[account]]\nname = \"a\"\ntoken = 1:SECRET"), "a.toml:3: is no TOML"));
    CHECK(mentions(about_accounts("[[account]]\nname = \"a b\"\ntoken = \"1:SECRET\""), "account.name: \"a b\""));
    CHECK(mentions(about_accounts("[[account]]\nname = \"a\"\ntoken = \"1:SECRET\"\n[[account]]\nname = \"a\"\ntoken = \"2:x\""),
                   "a.toml:5: account.name: \"a\" is there twice"));
    CHECK(mentions(
        about_accounts("[[account]]\nname = \"a\"\ntoken = \"1:SECRET\"\n[[account]]\nname = \"b\"\ntoken = \"1:SECRET\""),
        "that of \"a\" too"));
    CHECK(
        mentions(about_accounts("[[account]]\nname = \"a\"\ntoken = \"1:SECRET\"\ncolour = 1"), "account.colour: unknown field"));
    CHECK(mentions(about_accounts("[timing]\nsettle = -1\n[[account]]\nname = \"a\"\ntoken = \"1:x\""),
                   "a.toml:2: timing.settle: -1 is out of range; allowed: a number from 0 to 86400"));
    CHECK(mentions(about_accounts("[timing]\nsetle = 1\n[[account]]\nname = \"a\"\ntoken = \"1:x\""),
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
    CHECK(mentions(about_proxies("socks5://127.0.0.1:1\nftp://u:SECRET@h:1"), "p.txt:2: scheme: \"ftp\" is not known; allowed"));
    CHECK(mentions(about_proxies("127.0.0.1:1080"), "p.txt:1: "));
    CHECK(mentions(about_proxies("socks5://u:SECRET@h"), "port: is missing"));
    CHECK(mentions(about_proxies("socks5://u:SECRET@h:99999"), "is no proxy"));
    CHECK(mentions(about_proxies("http://h:1/path"), "behind the port"));
    CHECK(mentions(about_proxies("http://h:1\nhttp://h:1"), "p.txt:2: is there twice"));
}

TEST_CASE("each proxy of the list is found by its name", "[settings]")
{
    proxies all(parse_proxies("http://h:1\nhttp://bob:secret@h:2\n", "p.txt"));
    CHECK(all.named("http://bob@h:2").password.reveal() == "secret");
    CHECK(all.pool().proxy_of("any account") == "http://h:1");
    CHECK(!all.empty());
    CHECK(proxies({}).empty());
}

TEST_CASE("a secret is blotted out of other texts", "[settings]")
{
    secret const token("1:abc");
    CHECK(token.redact("x1:abcy1:abc") == "x***y***");
    CHECK(secret{}.redact("x") == "x");
}
