#include <mend/impl/proxies.ipp>
