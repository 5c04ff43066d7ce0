// All compiled code of mend, for a program that builds no library: include this header in exactly one source file.
#pragma once

#include <mend/impl/classify.ipp>
#include <mend/impl/decide.ipp>
#include <mend/impl/drive.ipp>
#include <mend/impl/proxies.ipp>
#include <mend/impl/telegram.ipp>
#include <mend/impl/watch.ipp>
#include <mend/impl/words.ipp>
