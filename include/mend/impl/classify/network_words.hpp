// The rules for what operating systems, resolvers, TLS and HTTP libraries print.
#pragma once

namespace mend {
class classifier;
}

namespace mend::detail {

/// Adds rules for failures of the network, by phase and therefore with delivery, and for certificates that cannot be verified.
/// They do not read what Telegram has answered.
void add_network_words(classifier&);

}  // namespace mend::detail
