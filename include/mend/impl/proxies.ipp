// The list of proxies, and the choice of the next to try.
#pragma once

#include <mend/impl/proxies/proxy_pool.ipp>
