// Replaces every operator new and delete of the executable, so that a test can count allocations, or let them fail. To be included
// by one source of an executable alone, which defines what they allocate with.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace support {

/// For any thread at any time; null if there is no memory.
void* allocate(std::size_t size) noexcept;

}  // namespace support

void* operator new(std::size_t size)
{
    if (void* const memory = support::allocate(size))
        return memory;
    throw std::bad_alloc{};
}
void* operator new[](std::size_t size)
{
    return ::operator new(size);
}
void* operator new(std::size_t size, std::nothrow_t const&) noexcept
{
    return support::allocate(size);
}
void* operator new[](std::size_t size, std::nothrow_t const&) noexcept
{
    return support::allocate(size);
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete[](void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept
{
    std::free(memory);
}
