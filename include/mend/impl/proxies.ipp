// The list of proxies, and which of them to try next.
#pragma once

#include <mend/impl/proxies/proxy_pool.ipp>
