#include <mend/impl/watch.ipp>
