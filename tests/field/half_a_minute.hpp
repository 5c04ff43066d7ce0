// An outage of half a minute, and what begins it.
#pragma once

#include "field/errors.hpp"

namespace field {

/// An outage of half a minute from 1 s on.
inline constexpr ms outage_begin = 1s;
inline constexpr ms outage_end = 31s;

inline void half_a_minute(lab& in)
{
    in.down(outage_begin, outage_end, bad_gateway());
}

/// The operations that fail first and so begin the outage, in doubt all of them.
inline void begin_outage(lab& in)
{
    for (int index = 0; index < 6; ++index)
        in.send(outage_begin, once());
}

}  // namespace field
