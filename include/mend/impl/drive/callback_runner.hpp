// Carries out the runs of an account's callbacks, each on a strand of its own.
#pragma once

#include <mend/impl/drive/account_run.hpp>

#include <memory>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// Starts the run on the manager's executor and returns. The run ends the account's recovery, or wakes its operation.
void launch(std::shared_ptr<account_run>);

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
