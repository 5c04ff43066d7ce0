#include <mend/impl/words.ipp>
