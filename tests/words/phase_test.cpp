#include "support/catch.hpp"

#include <mend/phase.hpp>

TEST_CASE("every phase has the name that the source gives it, and nothing else has one")
{
    CHECK(to_string(mend::phase::resolve) == "resolve");
    CHECK(to_string(mend::phase::proxy_handshake) == "proxy_handshake");
    CHECK(to_string(mend::phase::reply) == "reply");
    CHECK(to_string(static_cast<mend::phase>(6)) == "?");
}
