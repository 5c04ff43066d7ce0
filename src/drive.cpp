#include <mend/impl/drive.ipp>
