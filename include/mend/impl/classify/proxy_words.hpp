// The rules for what proxies answer, and for what their clients print.
#pragma once

namespace mend {
class classifier;
}

namespace mend::detail {

/// Adds rules for failures of a proxy, and for a SOCKS proxy's replies about the target. They do not read what Telegram has
/// answered.
void add_proxy_words(classifier&);

}  // namespace mend::detail
