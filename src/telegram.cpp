#include <mend/impl/telegram.ipp>
