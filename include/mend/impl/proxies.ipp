// Includes what is compiled of the proxy pool.
#pragma once

#include <mend/impl/proxies/proxy_pool.ipp>
