// What operating systems, resolvers, TLS and HTTP libraries say, as rules.
#pragma once

#include <mend/impl/classify/system_words.hpp>

#include <mend/impl/classify/quotation.hpp>
#include <mend/impl/classify/system_results.hpp>
#include <mend/impl/classify/text_reader.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace mend::detail {
namespace {

using namespace std::string_view_literals;

constexpr phrase network_phrases[] = {
    // certificates: OpenSSL, curl, Go, Node, Java
    {"certificate verify failed", false_certificate},
    {"ssl certificate problem", false_certificate},
    {"ssl peer certificate or ssh remote key was not ok", false_certificate},
    {"server certificate verification failed", false_certificate},
    {"unable to get local issuer certificate", false_certificate},
    {"unable to verify the first certificate", false_certificate},
    {"self signed certificate", false_certificate},
    {"self-signed certificate", false_certificate},
    {"certificate has expired", false_certificate},
    {"failed to verify certificate", false_certificate},
    {"x509: certificate", false_certificate},
    {"x509: cannot validate certificate", false_certificate},
    {"invalid peer certificate", false_certificate},
    {"sslcertverificationerror", false_certificate},
    {"no alternative certificate subject name matches", false_certificate},
    {"depth_zero_self_signed_cert", false_certificate},
    {"self_signed_cert_in_chain", false_certificate},
    {"unable_to_verify_leaf_signature", false_certificate},
    {"unable_to_get_issuer_cert_locally", false_certificate},
    {"cert_has_expired", false_certificate},
    {"err_tls_cert_altname_invalid", false_certificate},
    {"pkix path building failed", false_certificate},
    {"certificate is expired", false_certificate},
    {"certificate verification failed", false_certificate},
    {"unable to locally verify the issuer's authority", false_certificate},
    {"certificate is not yet valid", false_certificate},
    {"certificate is not valid", false_certificate},
    {"certificate signed by unknown authority", false_certificate},
    {"unable_to_get_issuer_cert", false_certificate},
    {"clientconnectorcertificateerror", false_certificate},
    {"sslpeerunverifiedexception", false_certificate},
    {"certpathvalidatorexception", false_certificate},
    {"the remote certificate is invalid", false_certificate},
    {"remote certificate was rejected", false_certificate},
    {"hostname mismatch, certificate is not valid", false_certificate},
    {"hostname/ip does not match certificate's altnames", false_certificate},
    {"error setting certificate verify locations", false_certificate},
    {"sec_e_untrusted_root", false_certificate},  // Schannel
    {"sec_e_wrong_principal", false_certificate},
    {"sec_e_cert_expired", false_certificate},
    {"nsurlerrordomain code=-1202", false_certificate},

    // before the first byte of the request: names
    {"name or service not known", not_connected},
    {"temporary failure in name resolution", not_connected},
    {"non-recoverable failure in name resolution", not_connected},
    {"no address associated with hostname", not_connected},
    {"name does not resolve", not_connected},
    {"nodename nor servname provided", not_connected},
    {"no such host", not_connected},
    {"no such host is known", not_connected},
    {"getaddrinfo failed", not_connected},
    {"getaddrinfo eai_again", not_connected},
    {"getaddrinfo enotfound", not_connected},
    {"eai_again", not_connected},
    {"eai_fail", not_connected},
    {"eai_nodata", not_connected},
    {"eai_noname", not_connected},
    {"gaierror", not_connected},
    {"server misbehaving", not_connected},
    {"name resolution error", not_connected},
    {"nameresolutionerror", not_connected},
    {"failed to resolve host", not_connected},
    {"failed to resolve '", not_connected},  // urllib3
    {"the remote name could not be resolved", not_connected},
    {"the server name or address could not be resolved", not_connected},
    {"dns error", not_connected},
    {"unresolvedaddressexception", not_connected},
    {"clientconnectordnserror", not_connected},
    {"enotfound", not_connected},
    {"could not resolve host", not_connected},
    {"could not resolve hostname", not_connected},
    {"couldn't resolve host", not_connected},
    {"couldn't resolve host name", not_connected},
    {"unable to resolve host", not_connected},
    {"failed to lookup address information", not_connected},
    {"resolving timed out", not_connected},
    {"unknownhostexception", not_connected},
    {"host not found (authoritative)", not_connected},  // Asio's, whose resolver has words of its own
    {"host not found (non-authoritative)", not_connected},
    {"a non-recoverable error occurred during database lookup", not_connected},
    {"the query is valid, but it does not have associated data", not_connected},
    {"err_name_not_resolved", not_connected},
    // connecting
    {"couldn't connect to server", not_connected},
    {"could not connect to server", not_connected},
    {"failed to connect to", not_connected},
    {"failed to connect for", not_connected},  // telegram-bot-api's server
    {"at connecting failed", not_connected},  // Telethon and GramJS: "Attempt 1 at connecting failed: "
    {"failed reconnection attempt", not_connected},
    {"cannot connect to host", not_connected},
    {"failed to establish a new connection", not_connected},
    {"all connection attempts failed", not_connected},
    {"connection refused", not_connected},
    {"connectionrefusederror", not_connected},
    {"econnrefused", not_connected},
    {"actively refused", not_connected},
    {"connect etimedout", not_connected},
    {"connect ehostunreach", not_connected},
    {"connect enetunreach", not_connected},
    {"connect econnreset", not_connected},
    {"connection timed out after {number} milliseconds",
     not_connected},  // libcurl; of a request it says "Operation timed out after"
    {"connection timeout after {number} ms", not_connected},
    {"connect timed out", not_connected},
    {"connect timeout", not_connected},
    {"connecttimeout", not_connected},
    {"connecterror", not_connected},
    {"connectexception", not_connected},
    {"clientconnectorerror", not_connected},
    {"noroutetohostexception", not_connected},
    {"und_err_connect_timeout", not_connected},
    {"dial tcp", not_connected},
    {"tcp connect error", not_connected},
    {"error trying to connect", not_connected},
    {"a connection attempt failed because the connected party did not properly respond", not_connected},
    {"connection to telegram failed", not_connected},
    {"reconnection failed", not_connected},
    {"clientconnectorsslerror", not_connected},
    {"connecttimeouterror", not_connected},
    {"connectiontimeouterror", not_connected},
    {"httphostconnectexception", not_connected},
    {"connect call failed", not_connected},
    {"connectex", not_connected},
    {"unable to connect", not_connected},
    {"could not connect", not_connected},
    {"couldn't connect", not_connected},
    {"cannot connect", not_connected},
    {"can't connect", not_connected},
    {"connect failed", not_connected},
    {"connectionfailed", not_connected},
    {"failed to open tcp connection", not_connected},
    {"opentimeout", not_connected},
    {"a connection with the server could not be established", not_connected},
    {"cannot send requests while disconnected", not_connected},
    // Chromium, and what is built on it
    {"net::err_cert_date_invalid", false_certificate},
    {"net::err_cert_authority_invalid", false_certificate},
    {"net::err_cert_common_name_invalid", false_certificate},
    {"net::err_proxy_connection_failed", refused_by_proxy},
    {"net::err_socks_connection_failed", refused_by_proxy},
    {"net::err_tunnel_connection_failed", refused_by_proxy},
    {"net::err_name_not_resolved", not_connected},
    {"net::err_internet_disconnected", not_connected},
    {"net::err_address_unreachable", not_connected},
    {"net::err_connection_refused", not_connected},
    {"net::err_connection_timed_out", not_connected},
    {"net::err_ssl_protocol_error", not_connected},
    {"net::err_connection_reset", lost},
    {"net::err_connection_closed", lost},
    {"net::err_timed_out", lost},
    {"net::err_network_changed", lost},
    {"net::err_empty_response", lost},
    // TLS
    {"tls handshake timeout", not_connected},
    {"ssl connect error", not_connected},
    {"openssl ssl_connect", not_connected},
    {"ssl connection timeout", not_connected},
    {"tls connect error", not_connected},
    {"gnutls_handshake() failed", not_connected},
    {"ssl handshake failed", not_connected},
    {"ssl handshake failure", not_connected},
    {"ssl handshake error", not_connected},
    {"ssl handshake timeout", not_connected},
    {"ssl handshake timed out", not_connected},
    {"ssl handshake is taking longer", not_connected},
    {"ssl handshaking to", not_connected},
    {"during ssl handshake", not_connected},
    {"sslhandshakeexception", not_connected},
    {"tls handshake failed", not_connected},
    {"tls handshake error", not_connected},
    {"handshake: failed", not_connected},
    {"a security error occurred", not_connected},  // Windows' of TLS
    {"the ssl connection could not be established", not_connected},
    {"could not create ssl/tls secure channel", not_connected},
    {"failed to initialize the ssl layer", not_connected},
    {"remote host terminated the handshake", not_connected},
    {"closed connection during handshake", not_connected},
    // alerts that may be of data; all others end a handshake
    {"alert bad record mac", lost},
    {"alert internal error", lost},
    {"alert unexpected message", lost},
    {"decryption failed or bad record mac", lost},
    {"remote error: tls: bad record mac", lost},
    {"remote error: tls: internal error", lost},
    {"remote error: tls: unexpected message", lost},
    {"sslv3 alert", not_connected},
    {"tlsv1 alert", not_connected},
    {"tlsv13 alert", not_connected},
    {"ssl/tls alert", not_connected},
    {"remote error: tls", not_connected},
    {"wrong version number", not_connected},
    {"tls: handshake failure", not_connected},
    {"first record does not look like a tls handshake", not_connected},
    {"ssl - the connection indicated an eof", not_connected},  // mbed TLS
    {"ssl - an invalid ssl record was received", not_connected},
    {"couldn't get hostname for", not_connected},
    {"disconnected before secure tls connection was established", not_connected},
    {"ssl operation failed with code", not_connected},  // PHP's streams
    {"unsafe legacy renegotiation disabled", not_connected},
    {"ssl received a record that exceeded the maximum", not_connected},  // NSS
    {"host api.telegram.org not found", not_connected},  // Qt
    // Apple's
    {"nsurlerrordomain code=-1003", not_connected},
    {"nsurlerrordomain code=-1004", not_connected},
    {"nsurlerrordomain code=-1009", not_connected},
    {"nsurlerrordomain code=-1200", not_connected},
    {"nsurlerrordomain code=-1001", lost},
    {"nsurlerrordomain code=-1005", lost},
    {"the internet connection appears to be offline", not_connected},

    // after it, or nobody knows
    {"server closed the connection", lost},  // Telethon
    {"connection closed while receiving", lost},
    {"connection closed while sending", lost},
    {"server failed to respond", lost},  // Apache HttpClient, which may name the server, too
    {":443 failed to respond", lost},
    {":80 failed to respond", lost},
    {"error: disconnect", lost},  // GramJS
    {"send() raised exception", lost},  // asyncio
    {"requesttimeout", lost},
    {"timeoutexception", lost},
    {"readtimeoutexception", lost},
    {"writetimeoutexception", lost},
    {"connecttimeoutexception", not_connected},
    {"requesttimeoutexception", lost},
    {"httprequesttimeoutexception", lost},
    {"streamresetexception", lost},
    {"eofexception", lost},
    {"prematurecloseexception", lost},
    {"reason: :timeout", lost},  // Elixir
    {"error: :timeout", lost},
    {"error: :closed", lost},
    {"error: :nxdomain", not_connected},
    {"reason: :closed", lost},
    {"reason: :nxdomain", not_connected},
    {":error, :timeout", lost},
    {":error, :closed", lost},
    {":error, :nxdomain", not_connected},
    {"connection reset", lost},
    {"econnreset", lost},
    {"connectionreseterror", lost},
    {"remotedisconnected", lost},
    {"connection aborted", lost},
    {"econnaborted", lost},
    {"software caused connection abort", lost},
    {"forcibly closed by the remote host", lost},
    {"aborted by the software in your host machine", lost},
    {"broken pipe", lost},
    {"brokenpipeerror", lost},
    {"epipe", lost},
    {"network is unreachable", lost},
    {"network unreachable", lost},
    {"enetunreach", lost},
    {"network is down", lost},
    {"enetdown", lost},
    {"no route to host", lost},
    {"host is unreachable", lost},
    {"host is down", lost},
    {"ehostunreach", lost},
    {"unreachable network", lost},
    {"unreachable host", lost},
    {"endpoint is not connected", lost},
    {"error: not connected", lost},  // GramJS
    {"exception: not connected", lost},
    {"client is not connected", lost},
    {"engine was closed", lost},  // gotd
    {"engine is closed", lost},
    {"engine forcibly closed", lost},
    {"retryuntilack", lost},
    {"read 0 bytes", lost},  // grammers
    {"0 bytes read", lost},
    {"couldn't get response", lost},  // MadelineProto
    {"unable to read data from the transport connection", lost},
    {"an error occurred while sending the request", lost},
    {"the connection with the server was terminated abnormally", lost},
    {"underlying connection was closed", lost},
    {"response ended prematurely", lost},
    {"application data after close notify", lost},
    {"other side closed", lost},  // undici
    {"premature close", lost},  // Node's streams
    {"err_stream_premature_close", lost},
    {"invalid response body while trying to fetch", lost},
    {"early eof", lost},  // Rust
    {"failed to fill whole buffer", lost},
    {"idle timeout expired", lost},  // Jetty
    {"rst_stream closed stream", lost},
    {"ssl_error_syscall", lost},
    {"the communication with telegram failed", lost},  // Laravel's channel
    {"the user aborted a request", lost},  // node-fetch, whose timeouts do so
    {"this operation was aborted", lost},
    {"typeerror: failed to fetch", lost},  // browsers
    {"typeerror: load failed", lost},
    {"networkerror when attempting to fetch resource", lost},
    {"taskcanceledexception: a task was canceled", lost},  // the timeout of .NET's HttpClient
    {"stream truncated", lost},  // Asio's of TLS
    {"header parser received no bytes", lost},  // Java's HttpClient
    {"too many messages had to be ignored consecutively", lost},  // Telethon
    {"error reading response", lost},
    {"stream closed", lost},
    {"socket closed", lost},
    {"execution expired", lost},  // Ruby
    {"the request was canceled due to the configured", lost},  // .NET's HttpClient
    {"error sending request for url", lost},
    {"exception during making request", lost},
    {"socket is not connected", lost},
    {"enotconn", lost},
    {"socket hang up", lost},
    {"timed out", lost},
    {"timedout", lost},
    {"etimedout", lost},
    {"esockettimedout", lost},
    {"timeout was reached", lost},
    {"timeout error", lost},
    {"timeouterror", lost},
    {"readtimeout", lost},
    {"writetimeout", lost},
    {"read timeout", lost},
    {"timeout occurred", lost},
    {"sockettimeoutexception", lost},
    {"sockettimeout", lost},
    {"servertimeouterror", lost},
    {"readtimeouterror", lost},
    {"request timeout", lost},
    {"error: timeout", lost},
    {"network timeout", lost},
    {"timeout awaiting", lost},
    {"timeout of {number}ms exceeded", lost},
    {"readerror", lost},
    {"writeerror", lost},
    {"i/o timeout", lost},
    {"context deadline exceeded", lost},
    {"deadline exceeded", lost},
    {"timeout exceeded", lost},
    {"semaphore timeout period has expired", lost},
    {"empty reply from server", lost},
    {"server returned nothing", lost},
    {"failed sending data to the peer", lost},
    {"failure when receiving data from the peer", lost},
    {"recv failure", lost},
    {"send failure", lost},
    {"transferred a partial file", lost},
    {"weird server reply", lost},
    {"http2 framing layer", lost},
    {"http/2 framing layer", lost},
    {"http/2 stream {number} was not closed cleanly", lost},
    {"http/2 stream {number} was closed cleanly, but before", lost},
    {"stream error: stream id", lost},
    {"server sent goaway", lost},
    {"stream closed with error code", lost},
    {"transfer closed with", lost},
    {"end of response with", lost},
    {"server disconnected", lost},
    {"clientoserror", lost},
    {"clientpayloaderror", lost},
    {"clientconnectionerror", lost},
    {"clientconnectionreseterror", lost},
    {"serverconnectionerror", lost},
    {"chunkedencodingerror", lost},
    {"sslerror", lost},
    {"ssleoferror", lost},
    {"sslexception", lost},
    {"nohttpresponseexception", lost},
    {"closedchannelexception", lost},
    {"connectionclosedexception", lost},
    {"xhr poll error", lost},
    {"connecting again and retrying", lost},  // Telethon
    {"serverdisconnectederror", lost},
    {"remoteprotocolerror", lost},
    {"localprotocolerror", lost},
    {"remote end closed", lost},
    {"peer closed", lost},
    {"server closed", lost},
    {"closed network connection", lost},
    {"unexpected eof", lost},
    {"unexpected end of file", lost},
    {"eof occurred in violation of protocol", lost},
    {"incompleteread", lost},
    {"incompletereaderror", lost},
    {"incompletemessage", lost},
    {"brokenresourceerror", lost},
    {"unexpected end of stream", lost},
    {"max retries exceeded", lost},
    {"network request for", lost},
    // how programs put it that name no reason
    {"poor internet connection", lost},
    {"no internet", lost},
    {"network error", lost},
    {"conection error", lost},  // the Arduino library's spelling
    {"could not reach telegram", lost},
    {"couldn't reach telegram", lost},
    {"cannot reach telegram", lost},
    {"can't reach telegram", lost},
    {"unable to reach telegram", lost},
    {"failed to reach telegram", lost},
    {"could not reach api.telegram.org", lost},
    {"unable to reach api.telegram.org", lost},
    {"cannot reach api.telegram.org", lost},
    {"failed to reach api.telegram.org", lost},
    {"telegram is unreachable", lost},
    {"telegram servers are unreachable", lost},
    {"network issues", lost},
    {"und_err_socket", lost},
    // a page where JSON was due: Node, Go, Python
    {"unexpected token < in json", server_failed},
    {"unexpected token '<'", server_failed},
    {"invalid character '<' looking for beginning of value", server_failed},
    {"expecting value: line 1 column 1", server_failed},
    {"expected value at line 1 column 1", server_failed},  // Rust
    {"expected begin_object but was string at line 1 column 1", server_failed},  // Gson
    {"unexpected character ('<'", server_failed},  // Jackson
    {"unexpected character encountered while parsing value: <", server_failed},  // .NET
    {"'<' is an invalid start of a value", server_failed},
    {"unexpected token at '<", server_failed},  // Ruby
    {"unexpected token at position 0: <", server_failed},  // Elixir's Poison
    {"unexpected byte at position 0: 0x3c", server_failed},  // Elixir's Jason
    // out of memory, in several languages; whether the request was sent is unknown
    {"memoryerror", server_failed},
    {"outofmemoryerror", server_failed},
    {"std::bad_alloc", server_failed},
    {"runtime: out of memory", server_failed},
    {"flood wait", {category::flood_wait, {}, delivery::not_sent}},  // "Sleeping for 37s on SendMessageRequest flood wait"
    // statuses of HTTP libraries, which say nothing of who has answered
    {"408 request timeout", {category::temporary, {}, delivery::not_sent}},
};

/// Go's io.EOF has no other word, and ends the text: `Post "https://...": EOF`.
std::optional<rule_result> read_end_of_file(failure const&, error_text const& stated)
{
    bool const is_end = stated.body == "EOF" || stated.body.ends_with(": EOF");
    return stated.tells() == evidence::words && is_end ? std::optional{lost} : std::nullopt;
}

/// Does nothing of a sentence follow? The end, a closing mark or a further field: `err=timeout chat=5`; but not "timeout must be 5".
bool ends_value(std::string_view rest) noexcept
{
    if (rest.empty() || "\"'\\,;.)]}\r\n"sv.find(rest.front()) != std::string_view::npos)
        return true;
    auto const field = next_token(rest, 0);
    return rest.front() == ' ' && field.begin == 1 && rest.substr(field.end).starts_with('=');
}

/// A word that is an error only where nothing else stands: all of the text, or the value of a key for errors, `err="timeout"`.
std::optional<rule_result> read_lone_word(failure const& what, error_text const& stated)
{
    std::string_view const text = what.message;
    if (stated.tells() != evidence::words)
        return std::nullopt;
    auto const is_of_error = [&](std::size_t end) {
        auto const key = word_before(text, text.substr(0, end).find_last_not_of(" =>:\"'\\") + 1);
        return (key.starts_with("err") || key.starts_with("Err")) && is_value_of_error(text, end);
    };
    std::optional<text_reader> reader;
    // Looked for by what few other words have in them.
    for (auto const& [word, rare] : {std::pair{"timeout"sv, "meout"sv}, std::pair{"EOF"sv, "EOF"sv}}) {
        if (stated.body == word)
            return lost;
        reader.reset();
        for (auto found = text.find(rare); found != std::string_view::npos; found = text.find(rare, found + rare.size())) {
            auto const at = found - std::min(found, word.size() - rare.size());
            if (!text.substr(at).starts_with(word))
                continue;
            auto const begin =
                at - (at > 0 && (text[at - 1] == '"' || text[at - 1] == '\'') ? at > 1 && text[at - 2] == '\\' ? 2 : 1 : 0);
            auto const end = without_spaces(text, begin);
            if (end == 0 || (text[end - 1] != '=' && text[end - 1] != ':') || !ends_value(text.substr(at + word.size())) ||
                !is_of_error(end))
                continue;
            if (!reader)
                reader.emplace(text);
            reader->walk_beyond(at);
            if (reader->reads(at))
                return lost;
        }
    }
    return std::nullopt;
}

}  // namespace

void add_network_words(classifier& rules)
{
    for (auto const& each : network_phrases)
        add_phrase(rules, each.text, each.says);
    add_numbered_errors(rules);
    for (auto const* general :
         {"fetch failed", "connectionerror", "socketexception", "aggregateerror", "ssl routines", "connection"})
        add_phrase(rules, general, {category::connection});
    rule_access::add(rules, {native_match{read_end_of_file, "the end of a connection"}});
    rule_access::add(rules, {native_match{read_lone_word, "a word that is all the error"}});
}

}  // namespace mend::detail
