// Includes what is compiled of mend's vocabulary: names as text, errors, backoff and policies.
#pragma once

#include <mend/impl/words/backoff.ipp>
#include <mend/impl/words/errors.ipp>
#include <mend/impl/words/policy.ipp>
#include <mend/impl/words/shared_failure.ipp>
#include <mend/impl/words/to_string.ipp>
