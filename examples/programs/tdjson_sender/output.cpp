#include "output.hpp"

#include "common/output.hpp"
#include "common/printable.hpp"

#include <mend/redact.hpp>

#include <cerrno>
#include <system_error>

#include <unistd.h>

namespace tdjson_sender {
namespace {

std::string cleaned(std::string const& text)
{
    return common::printable_lines(mend::redact(text)) + '\n';
}

common::patient_output& output()
{
    static common::patient_output standard_output(STDOUT_FILENO);
    return standard_output;
}

}  // namespace

void print(std::string const& line)
{
    output().add(common::printable(mend::redact(line)) + '\n');
}

void finish_printing()
{
    if (!output().finish())
        complain("cannot write to standard output: " + std::generic_category().message(errno));
}

void print_error(std::string const& text)
{
    common::print(STDERR_FILENO, cleaned(text));
}

void complain(std::string const& text)
{
    common::print_if_ready(STDERR_FILENO, cleaned("tdjson_sender: " + text));
}

}  // namespace tdjson_sender
