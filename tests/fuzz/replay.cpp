// Replays inputs under any compiler: each argument is a file, or a directory of files.
#include "fuzz.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace {

std::vector<std::filesystem::path> files_of(std::filesystem::path const& given)
{
    if (!std::filesystem::is_directory(given))
        return {given};
    std::vector<std::filesystem::path> result;
    for (auto const& each : std::filesystem::directory_iterator{given})
        result.push_back(each.path());
    std::ranges::sort(result);
    return result;
}

}  // namespace

int main(int count, char** values)
{
    int replayed = 0;
    for (int argument = 1; argument < count; ++argument) {
        for (auto const& file : files_of(values[argument])) {
            std::ifstream stream{file, std::ios::binary};
            if (!stream) {
                std::fprintf(stderr, "FAILED: %s cannot be read\n", file.c_str());
                return 2;
            }
            std::string const content{std::istreambuf_iterator<char>{stream}, {}};
            std::fprintf(stderr, "%s\n", file.c_str());
            LLVMFuzzerTestOneInput(reinterpret_cast<std::uint8_t const*>(content.data()), content.size());
            ++replayed;
        }
    }
    std::printf("%d inputs\n", replayed);
    return replayed > 0 ? 0 : 2;
}
