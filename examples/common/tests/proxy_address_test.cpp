// Addresses of proxies, and which host is this machine.
#include "common/proxy_address.hpp"

#include "common/input.hpp"
#include "common/url.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace common;
using namespace std::literals;

namespace {

proxy_syntax const syntax{{"socks5", "http"}, "socks5:// or http://, then [user:password@]host:port"};

proxy_address parsed(std::string const& text)
{
    return parse_proxy_address(text, syntax);
}

std::string complaint_about(std::string const& list)
{
    try {
        for_each_proxy(list, "p.txt", syntax, [](proxy_address const&) {});
    } catch (input_error const& error) {
        CHECK(std::string(error.what()).find("SECRET") == std::string::npos);
        return error.what();
    }
    return "none";
}

/// What the message says before what is allowed, which every message says.
std::string reason_for(std::string const& list)
{
    auto const complaint = complaint_about(list);
    auto const allowed = complaint.find("; allowed: " + syntax.allowed);
    CHECK(allowed != std::string::npos);
    return complaint.substr(0, allowed);
}

}  // namespace

TEST_CASE("an address has a scheme, a host, a port and perhaps credentials")
{
    auto const plain = parsed("SOCKS5://127.0.0.1:1080");
    CHECK(plain.scheme == "socks5");
    CHECK(plain.host == "127.0.0.1");
    CHECK(plain.port == 1080);
    CHECK(plain.user.empty());
    CHECK(plain.password.empty());
    CHECK(plain.text() == "socks5://127.0.0.1:1080");
    CHECK(parsed("http://[::1]:65535/").text() == "http://[::1]:65535");
}

TEST_CASE("credentials are percent-decoded, and no part of the text")
{
    auto const given = parsed("http://b%6Fb:p%40%3Ass@proxy.example:3128");
    CHECK(given.user == "bob");
    CHECK(given.password == "p@:ss");
    CHECK(given.text() == "http://proxy.example:3128");
    CHECK(parsed("http://bob@h:1").password.empty());
    CHECK(parsed("http://:word@h:1").password == "word");
}

TEST_CASE("an invalid address is named by line, with what is wrong and what is allowed, and never by password")
{
    CHECK(reason_for("# mine\n\nftp://u:SECRET@h:1") == "p.txt:3: scheme: unknown scheme \"ftp\"");
    CHECK(reason_for("127.0.0.1:1080").starts_with("p.txt:1: "));
    CHECK(reason_for("socks5://u:SECRET@h") == "p.txt:1: port: missing, or not a number from 1 to 65535");
    CHECK(reason_for("socks5://u:SECRET@h:0") == "p.txt:1: port: missing, or not a number from 1 to 65535");
    CHECK(reason_for("socks5://u:SECRET@h:99999") == "p.txt:1: invalid proxy");
    CHECK(reason_for("http://u:SECRET@h:1/path") == "p.txt:1: unexpected text after the port");
    CHECK(reason_for("http://u:SECRET@h:1?q") == "p.txt:1: unexpected text after the port");
    CHECK(reason_for("http://u:SECRET@h:1#f") == "p.txt:1: unexpected text after the port");
    CHECK(reason_for("http://u:SECRET\x01@h:1") == "p.txt:1: contains a control character");
    CHECK(reason_for("http://u:SECRET%0a@h:1") == "p.txt:1: user, password: contain a control character");
    CHECK(reason_for("http://u%00:SECRET@h:1") == "p.txt:1: user, password: contain a control character");
    CHECK(reason_for("http://u%ff:SECRET@h:1") == "p.txt:1: not valid UTF-8");
}

TEST_CASE("what the caller rejects is named by its line, too")
{
    auto const reject = [](proxy_address const& given) {
        if (given.port == 2)
            throw input_error("port: 2 is not allowed");
    };
    CHECK_THROWS_WITH(for_each_proxy("http://h:1\nhttp://h:2\n", "p.txt", syntax, reject), "p.txt:2: port: 2 is not allowed");
}

TEST_CASE("the loopback is known by address and as localhost, not by how a name begins")
{
    for (auto const* host : {"127.0.0.1", "127.255.0.9", "[::1]", "::1", "[0:0:0:0:0:0:0:1]", "localhost", "LocalHost"})
        CHECK(is_loopback(host));
    for (auto const* host : {"", "127.0.0.1.example", "localhost.example", "128.0.0.1", "0.0.0.0", "[::2]", "[::ffff:10.0.0.1]"})
        CHECK_FALSE(is_loopback(host));
}
