#include <mend/impl/classify.ipp>
