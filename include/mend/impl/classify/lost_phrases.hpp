// What systems and libraries print of failures with a request on its way, or at an unknown moment.
#pragma once

#include <mend/impl/classify/system_results.hpp>

namespace mend::detail {

/// In small letters. The rules are added in this order, behind connecting_phrases, and the first that matches wins.
inline constexpr phrase lost_phrases[] = {
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
    // programs that name no reason
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
    // a page instead of JSON: Node, Go, Python
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
    // statuses of HTTP libraries, which do not say which server has answered
    {"408 request timeout", {category::temporary, {}, delivery::not_sent}},
};

}  // namespace mend::detail
