// What operating systems, resolvers, TLS and HTTP libraries and proxies say, as rules.
#pragma once

#include <mend/classifier.hpp>

namespace mend::detail {

/// Failures of a proxy, and what a SOCKS proxy says of the target. Nothing that Telegram has answered is searched for them.
void add_proxy_words(classifier&);

/// Failures of the network, by phase, and so with delivery; certificates that cannot be verified.
void add_network_words(classifier&);

}  // namespace mend::detail
