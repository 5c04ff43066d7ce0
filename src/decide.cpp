#include <mend/impl/decide.ipp>
